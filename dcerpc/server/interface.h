// What the runtime knows of an interface: generated code fills these tables, Registry serves them.
#pragma once

#include "base/async.h"
#include "base/bytes.h"
#include "dcerpc/ndr/types.h"
#include "dcerpc/syntax_id.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace dcerpc {

class Call;

// A reassembled, verified and decrypted request. The bytes live until the operation has returned.
struct RequestStub {
    base::ByteView bytes;
    ndr::Syntax syntax = ndr::Syntax::ndr20;
    base::ByteOrder order = base::ByteOrder::little;
};

// Either a reply stub or a fault status (non-zero).
struct ReplyStub {
    std::uint32_t fault = 0;
    base::ByteBuffer bytes;
    std::uint32_t result = 0;                                                      // Win32 code of a failed operation, for metrics and the log only
};

struct Operation {
    std::string_view name;                                                         // ours, "GetPrinter"; empty = not on the wire
    // Decodes, resolves handles, calls the service, encodes. `service` is the object given to Registry::add.
    base::Task<ReplyStub> (*run)(void* service, Call& call, RequestStub request) = nullptr;
    bool waits = false;                                                            // may stay pending: takes no handle gate
};

struct Interface {
    SyntaxId id;
    std::string_view name;                                                         // "IRemoteWinspool"
    std::span<const Operation> operations;                                         // index = opnum; run == nullptr: op_rng_error
};

}  // namespace dcerpc
