#include "spooler/inf/inf_file.h"

#include "base/utf.h"

#include <algorithm>
#include <array>

namespace spooler::inf {
namespace {

// Windows-1252 from 0x80 to 0x9F; the rest is Latin-1. Unassigned places keep their number, as Windows' best fit does.
constexpr std::array<char16_t, 32> kCodePage1252{0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

bool starts_with(base::ByteView bytes, std::initializer_list<std::uint8_t> mark) {
    return bytes.size() >= mark.size() && std::equal(mark.begin(), mark.end(), bytes.begin(),
                                                     [](std::uint8_t a, std::byte b) { return a == std::to_integer<std::uint8_t>(b); });
}

std::string from_utf16(base::ByteView bytes, base::ByteOrder order) {
    std::u16string text;
    text.reserve(bytes.size() / 2);
    base::ByteReader reader(bytes, order);
    while (reader.remaining() >= 2) text.push_back(static_cast<char16_t>(reader.u16()));
    return base::to_utf8(text);
}

std::string from_code_page(base::ByteView bytes) {
    std::u16string text;
    text.reserve(bytes.size());
    for (const std::byte byte : bytes) {
        const auto c = std::to_integer<std::uint8_t>(byte);
        text.push_back(c >= 0x80 && c < 0xA0 ? kCodePage1252.at(c - 0x80U) : static_cast<char16_t>(c));
    }
    return base::to_utf8(text);
}

std::string decode(base::ByteView bytes) {
    if (starts_with(bytes, {0xFF, 0xFE})) return from_utf16(bytes.subspan(2), base::ByteOrder::little);
    if (starts_with(bytes, {0xFE, 0xFF})) return from_utf16(bytes.subspan(2), base::ByteOrder::big);
    // Through UTF-16 and back, so that broken sequences become U+FFFD.
    if (starts_with(bytes, {0xEF, 0xBB, 0xBF})) return base::to_utf8(base::to_utf16(base::as_text(bytes.subspan(3))));
    if (bytes.size() >= 2 && bytes[0] != std::byte{0} && bytes[1] == std::byte{0}) return from_utf16(bytes, base::ByteOrder::little);
    if (bytes.size() >= 2 && bytes[0] == std::byte{0} && bytes[1] != std::byte{0}) return from_utf16(bytes, base::ByteOrder::big);
    return from_code_page(bytes);
}

}  // namespace

base::Result<std::string> decode_text(base::ByteView bytes) {
    std::string text = decode(bytes);
    // What DOS editors wrote as the end of the file.
    if (const auto end = text.find('\x1A'); end != std::string::npos) text.resize(end);
    if (text.find('\0') != std::string::npos) return base::Error(base::Win32::invalid_data, "a zero character: this is no text file");
    return text;
}

std::string_view trim(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = text.find(',');
        parts.emplace_back(trim(text.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace spooler::inf
