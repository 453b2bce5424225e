// State machine of one connection, client side [MS-RPCE] 3.3.2. Sans-I/O like Association; used by dcerpc/client, tools/probe and tests.
//
// The driver's loop is that of Association; what happened comes as events.
#pragma once

#include "base/guid.h"
#include "base/limits.h"
#include "dcerpc/auth/security_context.h"
#include "dcerpc/ndr/types.h"
#include "dcerpc/syntax_id.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dcerpc {

enum class OfferedSyntaxes : std::uint8_t { ndr20, ndr64, both };                  // both: two contexts, as Windows does

struct ClientSettings {
    base::ByteOrder order = base::ByteOrder::little;                               // of PDU headers; stubs must be encoded alike
    std::uint16_t max_fragment_bytes = base::limits::kMaxFragmentBytes;
    std::uint32_t group_id = 0;                                                    // 0: new group
    bool conc_mpx = true;
    bool header_signing = true;                                                    // offered at levels packet and above
    bool feature_negotiation = true;
    bool verification_trailer = true;                                              // bitmask, pcontext and header2 on every request (authenticated contexts)
    std::size_t max_reply_bytes = base::limits::kMaxReplyBytes;
};

// One security context to build: with the bind or with an alter_context.
struct ClientSecurity {
    std::unique_ptr<SecurityContext> context;                                      // initiator, not yet stepped
    std::uint8_t auth_type = kAuthTypeNone;
    std::uint8_t auth_level = 1;
    std::uint32_t auth_context_id = 1;
};

// The bind or alter_context exchange incl. all its security legs is over: requests may be sent.
struct Negotiated {
    struct Context {
        std::uint16_t context_id = 0;
        SyntaxId abstract_syntax;
        bool accepted = false;
        std::uint16_t result = 0, reason = 0;                                      // p_cont_def_result_t, p_provider_reason_t
        ndr::Syntax syntax = ndr::Syntax::ndr20;                                   // when accepted
    };
    std::vector<Context> contexts;                                                 // of this exchange, without the feature element
    std::uint32_t group_id = 0;
    std::string secondary_address;
    std::uint16_t max_xmit_fragment = 0, max_recv_fragment = 0;                    // ours, as agreed
    std::uint16_t features = 0;                                                    // bind-time feature bits of the server
    bool conc_mpx = false, header_signing = false;
};
// bind_nak, a fault instead of alter_context_resp, or a security package that says no on our side.
struct NegotiationFailed {
    bool nak = false;
    std::uint32_t code = 0;                                                        // reject reason (nak) or fault status; 0: see text
    std::string text;
};
struct ResponseReceived {
    std::uint32_t call_id = 0;
    base::ByteBuffer stub;
    base::ByteOrder order = base::ByteOrder::little;
};
struct FaultReceived {
    std::uint32_t call_id = 0;
    std::uint32_t status = 0;
    bool did_not_execute = false;
};
// The server broke a rule or a signature: close the connection; no further events come.
struct ConnectionBroken {
    std::string reason;
};
using ClientEvent = std::variant<Negotiated, NegotiationFailed, ResponseReceived, FaultReceived, ConnectionBroken>;

class ClientAssociation {
 public:
    explicit ClientAssociation(ClientSettings settings);
    ~ClientAssociation();
    ClientAssociation(const ClientAssociation&) = delete;
    ClientAssociation& operator=(const ClientAssociation&) = delete;

    // Starts a negotiation: the first one is a bind, later ones are alter_context. Context ids are given out in order from 0
    // (both: NDR20 first, then NDR64). One negotiation at a time; fails with invalid_parameter otherwise.
    base::Result<void> negotiate(const SyntaxId& abstract_syntax, OfferedSyntaxes syntaxes, ClientSecurity security = {});

    struct Request {
        std::uint16_t context_id = 0;
        std::uint16_t opnum = 0;
        std::optional<base::Guid> object;
        base::ByteBuffer stub;
        std::optional<std::uint32_t> auth_context_id;                              // default: the context built last, none if none
    };
    // Queues the request and returns its call id.
    base::Result<std::uint32_t> request(Request request);
    void cancel(std::uint32_t call_id);                                            // co_cancel PDU; the answer still comes
    void orphan(std::uint32_t call_id);                                            // orphaned PDU; no answer is reported any more

    [[nodiscard]] base::MutableByteView read_space();
    void received(std::size_t count);
    void receive(base::ByteView bytes);
    [[nodiscard]] std::vector<ClientEvent> take_events();

    [[nodiscard]] bool has_output() const;
    void next_output(base::ByteBuffer& out, std::size_t budget);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dcerpc
