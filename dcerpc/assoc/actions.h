// What an association asks of the code that drives it: the closed list. Used by server/connection and by the tests. Bytes to
// send are not in the list: they are fetched with Association::next_output, because replies are cut and sealed as they leave.
#pragma once

#include "base/bytes.h"
#include "base/guid.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dcerpc {

struct Caller;
struct Interface;

// Run a request: reassembled, verified, decrypted, verification trailer checked and removed. Answer it exactly once, with
// Association::reply or Association::fault, in any order; after OrphanCall, too (it is dropped then, but an exclusive connection waits
// for it before the next call). Calls must be started in the order of these actions.
struct StartCall {
    std::uint32_t call_id = 0;                                                     // unique among the calls of the connection in flight
    const Interface* interface = nullptr;                                          // as InterfaceDirectory gave it; never null
    std::uint16_t context_id = 0;
    std::uint16_t opnum = 0;                                                       // not checked against the interface
    ndr::Syntax syntax = ndr::Syntax::ndr20;
    base::ByteOrder order = base::ByteOrder::little;
    std::optional<base::Guid> object;                                              // not checked
    std::shared_ptr<const Caller> caller;                                          // never null; of the security context
    base::ByteBuffer stub;
    bool cancelled = false;                                                        // PFC_PENDING_CANCEL, or a cancel PDU came first
};

// The client cancels a call in flight: end it soon (fault 0x1C00000D or a failure code); it still needs its answer.
struct CancelCall {
    std::uint32_t call_id = 0;
};

// The client no longer wants the answer: stop the call if possible. Its reply or fault only says that the call is over.
struct OrphanCall {
    std::uint32_t call_id = 0;
};

// Send what next_output still has, then close. Nothing that arrives later is looked at. Calls in flight are to be cancelled.
struct CloseConnection {
    std::string reason;                                                            // for the log
};

// Something an operator may want to read. Never contains tokens or payload.
struct LogEvent {
    enum class Kind : std::uint8_t {
        bound,             // text: interface and transfer syntax names, auth type and level
        bind_rejected,     // reason of the bind_nak or of a refused context
        logged_on,         // user, workstation, mechanism
        logon_failed,      // user, workstation, reason: goes to the audit log
        access_denied,     // request below the authentication level of its interface, anonymous, verification trailer mismatch
        bad_signature,     // a PDU did not verify
        protocol_error,    // the peer broke a rule; the connection closes
        limit_exceeded,    // too many calls, too large a stub, too many contexts
    };
    Kind kind = Kind::protocol_error;
    std::string text;
    std::string user;                                                              // as the client says it when it failed
    std::string workstation;
    std::string mechanism;
    std::uint8_t auth_type = 0;
    std::uint8_t auth_level = 0;
    bool anonymous = false;                                                        // logged_on: as nobody in particular
};

using Action = std::variant<StartCall, CancelCall, OrphanCall, CloseConnection, LogEvent>;
using Actions = std::vector<Action>;

}  // namespace dcerpc
