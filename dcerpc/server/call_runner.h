// From a started call to its reply or fault: the checks before the operation, the operation, and what is recorded about it. The one
// place of the server that catches exceptions of operations. Used by Connection.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "dcerpc/fault.h"
#include "dcerpc/server/call.h"
#include "dcerpc/server/registry.h"

#include <cstdint>
#include <optional>

namespace dcerpc {

// Why a call may not begin: operation range, authentication level, anonymous callers, object UUID; Fault::none when it may.
// In this order: what an interface has is public, who may call it is decided before the object is looked at.
[[nodiscard]] Fault check_call(const Registration& registration, const Caller& caller, std::uint16_t opnum,
                               const std::optional<base::Guid>& object);

// Runs the operation and records count, outcome and latency. An exception becomes fault unspec (remote_no_memory for bad_alloc) and an
// error in the log. A reply larger than
// limits::kMaxReplyBytes becomes out_args_too_big. `registration` and `call` outlive the coroutine; the stub's bytes too.
base::Task<ReplyStub> run_call(const Registration& registration, Call& call, RequestStub request, base::Metrics& metrics);

// Counts a call that ended in a fault, also one that never began.
void record_fault(base::Metrics& metrics, const Interface& interface, std::string_view operation, std::uint32_t status);

}  // namespace dcerpc
