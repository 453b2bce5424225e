// State machine of one connection, server side [MS-RPCE] 3.3.3: bytes in, actions and bytes out. No socket, no clock, no thread;
// lives on the strand of its connection.
//
// The driver's loop:
//   read into read_space(); received(n); run take_actions(); while has_output(): next_output(buffer, budget), write buffer.
//   When a call ends: reply() or fault(), then take_actions() again (the next queued call may start) and the output loop.
//   On CloseConnection: flush the output, close. On loss of the connection: cancel the calls, then GroupDirectory::leave(group()).
#pragma once

#include "dcerpc/assoc/actions.h"
#include "dcerpc/assoc/group.h"
#include "dcerpc/auth/security_context.h"
#include "dcerpc/syntax_id.h"

#include "base/limits.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace base {
class BufferBudget;
}

namespace dcerpc {

// An interface as the association needs it.
struct ServedInterface {
    const Interface* interface = nullptr;                                          // handed through to StartCall
    std::string_view name;                                                         // for the log
    std::uint8_t min_auth_level = 1;                                               // above 1: anonymous callers are refused, too
};

// Which abstract syntaxes are served on this endpoint. Outlives the association.
class InterfaceDirectory {
 public:
    virtual ~InterfaceDirectory() = default;
    // The interface for an abstract syntax as a client offers it: same UUID and major version, minor not above ours. Nothing if not served.
    [[nodiscard]] virtual std::optional<ServedInterface> find(const SyntaxId& abstract_syntax) const = 0;
};

// Makes acceptors; usually one line over make_acceptor (auth/providers.h). Outlives the association.
class SecurityContextFactory {
 public:
    virtual ~SecurityContextFactory() = default;
    // Null for types and levels we do not speak.
    [[nodiscard]] virtual std::unique_ptr<SecurityContext> make(std::uint8_t auth_type, std::uint8_t auth_level) = 0;
};

struct AssociationSettings {
    const InterfaceDirectory* interfaces = nullptr;                                // required
    SecurityContextFactory* security = nullptr;                                    // required
    GroupDirectory* groups = nullptr;                                              // required
    // Who calls without authentication: token anonymous, auth_level 1, addresses filled in. Copied and completed for each security
    // context. peer_address also tells whether a connection may join a group. Required.
    std::shared_ptr<const Caller> anonymous;
    std::string secondary_address;                                                 // "49152", or "\\PIPE\\spoolss"
    std::uint16_t max_fragment_bytes = base::limits::kMaxFragmentBytes;            // ours, both directions
    std::size_t max_stub_bytes = base::limits::kMaxStubBytes;
    std::shared_ptr<base::BufferBudget> budget;                                          // shared with other connections; null: none
    bool ndr64 = true;                                                             // offer it and prefer it, as Windows does
};

class Association {
 public:
    explicit Association(AssociationSettings settings);
    ~Association();
    Association(const Association&) = delete;
    Association& operator=(const Association&) = delete;

    // Where to read the next bytes of the peer; never empty. Valid until the next call of received().
    [[nodiscard]] base::MutableByteView read_space();
    // `count` bytes were put into read_space(). Takes all complete fragments apart.
    void received(std::size_t count);
    // Copies into read_space(); for tests and replay.
    void receive(base::ByteView bytes);

    // What to do now, in order. Empty when there is nothing.
    [[nodiscard]] Actions take_actions();

    // The answer of a started call. False (and nothing happens) when the call is unknown, answered or orphaned, or the connection is closing.
    bool reply(std::uint32_t call_id, base::ByteBuffer stub);
    // `status` as in dcerpc/fault.h; statuses that a server must not send ([MS-RPCE] 3.3.3.5.1) become nca_s_fault_unspec.
    // did_not_execute: the operation has certainly not begun, the client may repeat it.
    enum class Execution : std::uint8_t { may_have_executed, did_not_execute };
    bool fault(std::uint32_t call_id, std::uint32_t status, Execution execution = Execution::may_have_executed);

    [[nodiscard]] bool has_output() const;
    // Appends whole PDUs to `out` until it holds `budget` bytes or more, or nothing is left. Seals in the order of this output: whatever
    // has been appended must be sent. A large reply is cut here, piece by piece.
    void next_output(base::ByteBuffer& out, std::size_t budget);
    // False while so many reply bytes wait that no new requests should be read.
    [[nodiscard]] bool wants_input() const;

    // Between fragments of one PDU or of one request: limits::kFragmentTimeoutMs applies.
    [[nodiscard]] bool in_fragment() const;
    // Before a bind (with finished authentication, if it began one) limits::kAuthenticationTimeoutMs applies.
    [[nodiscard]] bool established() const;
    // CloseConnection was emitted.
    [[nodiscard]] bool closing() const;
    [[nodiscard]] std::size_t calls_in_flight() const;                             // started and queued
    // Null before the bind.
    [[nodiscard]] GroupPtr group() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dcerpc
