#include "base/guid.h"

#include <cstdio>

namespace base {
namespace {

constexpr std::size_t kTextLength = 36;                            // 8-4-4-4-12
constexpr std::size_t kWireBytes = 16;

std::string format_guid(const Guid& guid, const char* format) {
    std::array<char, 48> buffer{};
    const auto& d = guid.data4;
    const int length = std::snprintf(buffer.data(), buffer.size(), format, guid.data1, guid.data2, guid.data3, d[0], d[1], d[2], d[3],
                                     d[4], d[5], d[6], d[7]);
    return {buffer.data(), static_cast<std::size_t>(length)};
}

Guid read_fields(ByteReader& reader) {
    Guid guid;
    guid.data1 = reader.u32();
    guid.data2 = reader.u16();
    guid.data3 = reader.u16();
    for (auto& byte : guid.data4) byte = reader.u8();
    return guid;
}

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) {
    if (text.size() == kTextLength + 2 && text.front() == '{' && text.back() == '}') text = text.substr(1, kTextLength);
    if (text.size() != kTextLength) return std::nullopt;
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-')) return std::nullopt;
        if (!dash) digits.push_back(text[i]);
    }
    ByteBuffer bytes;
    if (!from_hex(digits, bytes)) return std::nullopt;
    ByteReader reader(bytes, ByteOrder::big);
    return read_fields(reader);
}

std::string to_string(const Guid& guid) { return format_guid(guid, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x"); }

std::string to_braced_upper(const Guid& guid) { return format_guid(guid, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}"); }

Guid random_guid() {
    std::array<std::byte, kWireBytes> bytes{};
    random_bytes(bytes);
    ByteReader reader(bytes);
    Guid guid = read_fields(reader);
    // RFC 4122 4.4: version 4, variant 10.
    guid.data3 = static_cast<std::uint16_t>((guid.data3 & 0x0FFFU) | 0x4000U);
    guid.data4[0] = static_cast<std::uint8_t>((guid.data4[0] & 0x3FU) | 0x80U);
    return guid;
}

Guid read_guid(ByteReader& reader) {
    if (reader.remaining() < kWireBytes) reader.fail();            // all or nothing: no half-read GUID
    return read_fields(reader);
}

void write_guid(ByteWriter& writer, const Guid& guid) {
    writer.u32(guid.data1);
    writer.u16(guid.data2);
    writer.u16(guid.data3);
    for (const auto byte : guid.data4) writer.u8(byte);
}

std::size_t GuidHash::operator()(const Guid& guid) const noexcept {
    std::uint64_t low = 0;
    for (const auto byte : guid.data4) low = (low << 8U) | byte;
    const std::uint64_t high = (std::uint64_t{guid.data1} << 32U) | (std::uint64_t{guid.data2} << 16U) | guid.data3;
    return static_cast<std::size_t>((high * 0x9E3779B97F4A7C15ULL) ^ (low + (high >> 29U)));
}

}  // namespace base
