// The bind family: bind and alter_context, their acknowledgements, bind_nak [C706] 12.6.4.3-4, [MS-RPCE] 2.2.2.4-5, 2.2.2.9.
#pragma once

#include "dcerpc/pdu/header.h"
#include "dcerpc/syntax_id.h"

#include <string>
#include <vector>

namespace dcerpc {

struct ContextElement {
    std::uint16_t context_id = 0;
    SyntaxId abstract_syntax;
    std::vector<SyntaxId> transfer_syntaxes;
};

// bind and alter_context.
struct BindPdu {
    std::uint16_t max_xmit_frag = 0;
    std::uint16_t max_recv_frag = 0;
    std::uint32_t group_id = 0;
    std::vector<ContextElement> contexts;
};

enum class ContextResult : std::uint16_t { acceptance = 0, user_rejection = 1, provider_rejection = 2, negotiate_ack = 3 };
enum class ContextReason : std::uint16_t {
    none = 0,
    abstract_syntax_not_supported = 1,
    transfer_syntaxes_not_supported = 2,
    local_limit_exceeded = 3,
};

struct ContextAnswer {
    ContextResult result = ContextResult::provider_rejection;
    std::uint16_t reason = 0;                                                      // ContextReason; feature bits for negotiate_ack
    SyntaxId transfer_syntax;                                                      // zero unless accepted
};

// bind_ack and alter_context_resp.
struct BindAckPdu {
    std::uint16_t max_xmit_frag = 0;
    std::uint16_t max_recv_frag = 0;
    std::uint32_t group_id = 0;
    std::string secondary_address;                                                 // without NUL; empty: length 0 on the wire
    std::vector<ContextAnswer> answers;
};

enum class NakReason : std::uint16_t {
    not_specified = 0,
    temporary_congestion = 1,
    local_limit_exceeded = 2,
    protocol_version_not_supported = 4,
    authentication_type_not_recognized = 8,
    invalid_checksum = 9,
};

// `pdu` ends before the security trailer. Nothing when a field is cut off or a count exceeds what is there.
[[nodiscard]] std::optional<BindPdu> parse_bind(base::ByteView pdu, base::ByteOrder order);
[[nodiscard]] std::optional<BindAckPdu> parse_bind_ack(base::ByteView pdu, base::ByteOrder order);
// Versions and signature are ignored.
[[nodiscard]] std::optional<NakReason> parse_bind_nak(base::ByteView pdu, base::ByteOrder order);

// The part behind the common header; the writer has written that. bind_ack pads to 4 bytes from the start of the PDU.
void write_bind(PduWriter& writer, const BindPdu& bind);
void write_bind_ack(PduWriter& writer, const BindAckPdu& ack);
void write_bind_nak(PduWriter& writer, NakReason reason);                          // names 5.0 as the supported version

// Bind-time feature negotiation [MS-RPCE] 3.3.1.5.3: a transfer syntax whose UUID carries a bit mask.
inline constexpr std::uint16_t kFeatureSecurityMultiplexing = 0x01, kFeatureKeepConnectionOnOrphan = 0x02;
// The client's bits if `element` is the feature element.
[[nodiscard]] std::optional<std::uint16_t> feature_bits(const ContextElement& element);
[[nodiscard]] SyntaxId feature_syntax(std::uint16_t bits);

}  // namespace dcerpc
