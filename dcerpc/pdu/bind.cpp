#include "dcerpc/pdu/bind.h"

namespace dcerpc {
namespace {

constexpr std::size_t kSyntaxIdBytes = 20;
constexpr std::size_t kContextFixedBytes = 4 + kSyntaxIdBytes;
constexpr std::size_t kAnswerBytes = 4 + kSyntaxIdBytes;

SyntaxId read_syntax(base::ByteReader& reader) {
    SyntaxId id;
    id.uuid = base::read_guid(reader);
    // One 32-bit number: major in the low half ([C706] 12.6.3.1).
    const std::uint32_t version = reader.u32();
    id.major = static_cast<std::uint16_t>(version & 0xFFFFU);
    id.minor = static_cast<std::uint16_t>(version >> 16U);
    return id;
}

void write_syntax(PduWriter& writer, const SyntaxId& id) {
    writer.guid(id.uuid);
    writer.u32(static_cast<std::uint32_t>(id.major) | (static_cast<std::uint32_t>(id.minor) << 16U));
}

bool read_element(base::ByteReader& reader, ContextElement& element) {
    if (reader.remaining() < kContextFixedBytes) return false;
    element.context_id = reader.u16();
    const std::size_t count = reader.u8();
    reader.skip(1);
    element.abstract_syntax = read_syntax(reader);
    if (reader.remaining() < count * kSyntaxIdBytes) return false;
    element.transfer_syntaxes.reserve(count);
    for (std::size_t i = 0; i < count; ++i) element.transfer_syntaxes.push_back(read_syntax(reader));
    return reader.ok();
}

}  // namespace

std::optional<BindPdu> parse_bind(base::ByteView pdu, base::ByteOrder order) {
    base::ByteReader reader(pdu, order);
    reader.skip(kPduHeaderBytes);
    BindPdu bind;
    bind.max_xmit_frag = reader.u16();
    bind.max_recv_frag = reader.u16();
    bind.group_id = reader.u32();
    const std::size_t count = reader.u8();
    reader.skip(3);
    if (!reader.ok() || reader.remaining() < count * kContextFixedBytes) return std::nullopt;
    bind.contexts.resize(count);
    for (ContextElement& element : bind.contexts) {
        if (!read_element(reader, element)) return std::nullopt;
    }
    return bind;
}

std::optional<BindAckPdu> parse_bind_ack(base::ByteView pdu, base::ByteOrder order) {
    base::ByteReader reader(pdu, order);
    reader.skip(kPduHeaderBytes);
    BindAckPdu ack;
    ack.max_xmit_frag = reader.u16();
    ack.max_recv_frag = reader.u16();
    ack.group_id = reader.u32();
    const std::size_t address_size = reader.u16();
    std::string_view address = base::as_text(reader.view(address_size));
    if (!address.empty() && address.back() == '\0') address.remove_suffix(1);
    ack.secondary_address = address;
    reader.align(4);
    const std::size_t count = reader.u8();
    reader.skip(3);
    if (!reader.ok() || reader.remaining() < count * kAnswerBytes) return std::nullopt;
    ack.answers.resize(count);
    for (ContextAnswer& answer : ack.answers) {
        answer.result = static_cast<ContextResult>(reader.u16());
        answer.reason = reader.u16();
        answer.transfer_syntax = read_syntax(reader);
    }
    if (!reader.ok()) return std::nullopt;
    return ack;
}

std::optional<NakReason> parse_bind_nak(base::ByteView pdu, base::ByteOrder order) {
    base::ByteReader reader(pdu, order);
    reader.skip(kPduHeaderBytes);
    const auto reason = static_cast<NakReason>(reader.u16());
    if (!reader.ok()) return std::nullopt;
    return reason;
}

void write_bind(PduWriter& writer, const BindPdu& bind) {
    writer.u16(bind.max_xmit_frag);
    writer.u16(bind.max_recv_frag);
    writer.u32(bind.group_id);
    writer.u8(static_cast<std::uint8_t>(bind.contexts.size()));
    writer.zeros(3);
    for (const ContextElement& element : bind.contexts) {
        writer.u16(element.context_id);
        writer.u8(static_cast<std::uint8_t>(element.transfer_syntaxes.size()));
        writer.zeros(1);
        write_syntax(writer, element.abstract_syntax);
        for (const SyntaxId& syntax : element.transfer_syntaxes) write_syntax(writer, syntax);
    }
}

void write_bind_ack(PduWriter& writer, const BindAckPdu& ack) {
    writer.u16(ack.max_xmit_frag);
    writer.u16(ack.max_recv_frag);
    writer.u32(ack.group_id);
    if (ack.secondary_address.empty()) {
        writer.u16(0);
    } else {
        writer.u16(static_cast<std::uint16_t>(ack.secondary_address.size() + 1));
        writer.bytes(base::as_bytes(ack.secondary_address));
        writer.u8(0);
    }
    writer.align(4);
    writer.u8(static_cast<std::uint8_t>(ack.answers.size()));
    writer.zeros(3);
    for (const ContextAnswer& answer : ack.answers) {
        writer.u16(static_cast<std::uint16_t>(answer.result));
        writer.u16(answer.reason);
        write_syntax(writer, answer.transfer_syntax);
    }
}

void write_bind_nak(PduWriter& writer, NakReason reason) {
    writer.u16(static_cast<std::uint16_t>(reason));
    writer.u8(1);
    writer.u8(kRpcVersion);
    writer.u8(kRpcVersionMinor);
    // Up to a multiple of 4: C706 leaves the rest open, and clients read it as the end of the PDU.
    writer.align(4);
}

std::optional<std::uint16_t> feature_bits(const ContextElement& element) {
    if (element.transfer_syntaxes.size() != 1) return std::nullopt;
    const SyntaxId& syntax = element.transfer_syntaxes.front();
    const base::Guid& uuid = syntax.uuid;
    if (uuid.data1 != 0x6cb71c2c || uuid.data2 != 0x9812 || uuid.data3 != 0x4540 || syntax.major != 1 || syntax.minor != 0) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(uuid.data4[0] | (uuid.data4[1] << 8U));
}

SyntaxId feature_syntax(std::uint16_t bits) {
    SyntaxId id{{0x6cb71c2c, 0x9812, 0x4540, {}}, 1, 0};
    id.uuid.data4[0] = static_cast<std::uint8_t>(bits & 0xFFU);
    id.uuid.data4[1] = static_cast<std::uint8_t>(bits >> 8U);
    return id;
}

}  // namespace dcerpc
