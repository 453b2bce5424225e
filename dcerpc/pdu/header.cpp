#include "dcerpc/pdu/header.h"

namespace dcerpc {

std::optional<PduHeader> read_header(base::ByteView pdu) {
    base::ByteReader reader(pdu);
    PduHeader header;
    header.version = reader.u8();
    header.version_minor = reader.u8();
    header.type = reader.u8();
    header.flags = reader.u8();
    for (std::uint8_t& octet : header.drep) octet = reader.u8();
    reader.set_order(header.order());
    header.frag_length = reader.u16();
    header.auth_length = reader.u16();
    header.call_id = reader.u32();
    if (!reader.ok()) return std::nullopt;
    return header;
}

void PduWriter::number(std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t octet = order_ == base::ByteOrder::little ? i : size - 1 - i;
        u8(static_cast<std::uint8_t>((value >> (8U * octet)) & 0xFFU));
    }
}

void PduWriter::patch_u16(std::size_t at, std::uint16_t value) {
    const auto low = static_cast<std::byte>(value & 0xFFU);
    const auto high = static_cast<std::byte>(value >> 8U);
    const bool little = order_ == base::ByteOrder::little;
    buffer_[start_ + at] = little ? low : high;
    buffer_[start_ + at + 1] = little ? high : low;
}

void PduWriter::guid(const base::Guid& value) {
    u32(value.data1);
    u16(value.data2);
    u16(value.data3);
    for (const std::uint8_t octet : value.data4) u8(octet);
}

void write_header(PduWriter& writer, const PduHeader& header) {
    writer.u8(header.version);
    writer.u8(header.version_minor);
    writer.u8(header.type);
    writer.u8(header.flags);
    for (const std::uint8_t octet : header.drep) writer.u8(octet);
    writer.u16(header.frag_length);
    writer.u16(header.auth_length);
    writer.u32(header.call_id);
}

void patch_frag_length(PduWriter& writer) { writer.patch_u16(8, static_cast<std::uint16_t>(writer.size())); }

}  // namespace dcerpc
