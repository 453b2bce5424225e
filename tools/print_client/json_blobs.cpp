#include "tools/print_client/json_blobs.h"

#include "base/limits.h"
#include "base/security_descriptor.h"
#include "base/utf.h"
#include "tools/print_client/json_values.h"
#include "tools/print_client/symbols.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace print_client {
namespace {

using base::Error;
using base::Result;
using base::Win32;

enum class Kind : std::uint8_t { u16, i16, u32, name };  // a name has 32 UTF-16 units

struct Member {
    const char* name;
    std::size_t at;
    Kind kind;
};
constexpr Member kDevMode[] = {
    {"dmDeviceName", 0, Kind::name},    {"dmSpecVersion", 64, Kind::u16},
    {"dmDriverVersion", 66, Kind::u16}, {"dmSize", 68, Kind::u16},
    {"dmDriverExtra", 70, Kind::u16},   {"dmFields", 72, Kind::u32},
    {"dmOrientation", 76, Kind::i16},   {"dmPaperSize", 78, Kind::i16},
    {"dmPaperLength", 80, Kind::i16},   {"dmPaperWidth", 82, Kind::i16},
    {"dmScale", 84, Kind::i16},         {"dmCopies", 86, Kind::i16},
    {"dmDefaultSource", 88, Kind::i16}, {"dmPrintQuality", 90, Kind::i16},
    {"dmColor", 92, Kind::i16},         {"dmDuplex", 94, Kind::i16},
    {"dmYResolution", 96, Kind::i16},   {"dmTTOption", 98, Kind::i16},
    {"dmCollate", 100, Kind::i16},      {"dmFormName", 102, Kind::name},
    {"dmLogPixels", 166, Kind::u16},    {"dmBitsPerPel", 168, Kind::u32},
    {"dmPelsWidth", 172, Kind::u32},    {"dmPelsHeight", 176, Kind::u32},
    {"dmNup", 180, Kind::u32},          {"dmDisplayFrequency", 184, Kind::u32},
    {"dmICMMethod", 188, Kind::u32},    {"dmICMIntent", 192, Kind::u32},
    {"dmMediaType", 196, Kind::u32},    {"dmDitherType", 200, Kind::u32},
    {"dmReserved1", 204, Kind::u32},    {"dmReserved2", 208, Kind::u32},
    {"dmPanningWidth", 212, Kind::u32}, {"dmPanningHeight", 216, Kind::u32},
};
constexpr std::size_t kDevModeBytes = 220, kDevModeLeast = 76, kNameUnits = 32, kSizeAt = 68, kExtraAt = 70;

std::size_t size_of(Kind kind) { return kind == Kind::name ? 2 * kNameUnits : kind == Kind::u32 ? 4 : 2; }

const Member* find_member(std::string_view key) {
    for (const Member& member : kDevMode) {
        if (same_name(member.name, key)) return &member;
    }
    return nullptr;
}

std::uint64_t number_at(base::ByteView bytes, std::size_t at, std::size_t size) {
    if (at + size > bytes.size()) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = (value << 8U) | std::to_integer<std::uint64_t>(bytes[at + i - 1]);
    return value;
}

void put_number(base::ByteBuffer& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::byte>((value >> (8U * i)) & 0xFFU);
}

std::string text_of(base::ByteView utf16) {
    const std::u16string text = base::utf16_from_le(utf16.first(utf16.size() / 2 * 2));
    return base::to_utf8(std::u16string_view(text).substr(0, text.find(u'\0')));
}

base::ByteBuffer utf16_bytes(std::string_view text) {
    base::ByteBuffer bytes;
    base::append_utf16_le(bytes, base::to_utf16(text) + u'\0');
    return bytes;
}

Result<base::ByteBuffer> from_hex(const std::string& text) {
    base::ByteBuffer bytes;
    if (text.size() % 2 != 0) return Error(Win32::invalid_parameter, "odd number of hexadecimal digits");
    for (std::size_t i = 0; i < text.size(); i += 2) {
        char* end = nullptr;
        const std::string digits = text.substr(i, 2);
        bytes.push_back(static_cast<std::byte>(std::strtoul(digits.c_str(), &end, 16)));
        if (*end != '\0') return Error(Win32::invalid_parameter, "not hexadecimal: " + digits);
    }
    return bytes;
}

Result<base::ByteBuffer> from_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error(Win32::file_not_found, path);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    base::ByteBuffer bytes;
    base::append(bytes, base::as_bytes(text));
    return bytes;
}

Result<base::ByteBuffer> from_sddl(const std::string& text) {
    TRY(const auto descriptor, base::parse_sddl(text));
    return base::to_bytes(descriptor);
}

// The end of a SID or ACL at `at`; 0 means there is none.
std::size_t end_of_part(base::ByteView bytes, std::size_t at, bool acl) {
    if (at == 0) return 0;
    return at + (acl ? number_at(bytes, at + 2, 2) : 8 + 4 * number_at(bytes, at + 1, 1));
}

}  // namespace

std::string to_time_text(const base::SystemTime& time) {
    if (time == base::SystemTime{}) return {};
    char text[64];
    std::snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", time.year, time.month, time.day, time.hour, time.minute,
                  time.second, time.milliseconds);
    return text;
}

std::optional<base::FileTime> to_file_time(const json& value) {
    if (value.is_number_unsigned()) return base::FileTime{value.get<std::uint64_t>()};
    if (!value.is_string()) return std::nullopt;
    const auto text = value.get<std::string>();
    if (text.empty()) return base::FileTime{};
    unsigned part[7] = {};
    if (std::sscanf(text.c_str(), "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ", part, part + 1, part + 2, part + 3, part + 4, part + 5, part + 6) < 3) {
        return std::nullopt;
    }
    base::SystemTime time;
    std::uint16_t* const members[] = {&time.year, &time.month, &time.day, &time.hour, &time.minute, &time.second, &time.milliseconds};
    for (std::size_t i = 0; i < std::size(members); ++i) *members[i] = static_cast<std::uint16_t>(part[i]);
    return base::to_filetime(time);
}

json devmode_json(base::ByteView bytes) {
    const std::uint64_t size = number_at(bytes, kSizeAt, 2);
    const std::uint64_t extra = number_at(bytes, kExtraAt, 2);
    if (size < kDevModeLeast || size + extra > bytes.size()) return nullptr;
    json members;
    for (const Member& member : kDevMode) {
        if (member.at + size_of(member.kind) > size) break;
        const std::uint64_t value = number_at(bytes, member.at, member.kind == Kind::u32 ? 4 : 2);
        if (member.kind == Kind::name)
            members[member.name] = text_of(bytes.subspan(member.at, 2 * kNameUnits));
        else if (member.kind == Kind::i16)
            members[member.name] = static_cast<std::int16_t>(value);
        else
            members[member.name] = value;
    }
    if (extra != 0) members["dmDriverData"] = base::to_hex(bytes.subspan(size, extra));
    return members;
}

Result<base::ByteBuffer> devmode_bytes(const json& members) {
    base::ByteBuffer extra;
    if (const json* data = find_value(members, "dmDriverData")) {
        TRY(extra, from_hex(data->is_string() ? data->get<std::string>() : "?"));
    }
    std::uint64_t size = kDevModeBytes;
    if (const json* given = find_value(members, "dmSize")) {
        TRY(size, to_number(*given));
    }
    if (size > 0xFFFF || extra.size() > 0xFFFF) return Error(Win32::invalid_parameter, "dmSize");
    base::ByteBuffer bytes(std::max<std::size_t>(size, kDevModeBytes));
    put_number(bytes, kSizeAt, size, 2);
    for (const auto& [key, value] : members.items()) {
        if (key == "dmDriverData") continue;
        const Member* member = find_member(key);
        if (member == nullptr) return Error(Win32::invalid_parameter, "DEVMODE has no member " + key);
        if (member->kind == Kind::name) {
            const base::ByteBuffer text = utf16_bytes(value.is_string() ? value.get<std::string>() : std::string());
            std::copy_n(text.begin(), std::min(text.size(), 2 * (kNameUnits - 1)), bytes.begin() + static_cast<std::ptrdiff_t>(member->at));
        } else {
            TRY(const auto number, to_number(value));
            put_number(bytes, member->at, number, size_of(member->kind));
        }
    }
    if (!extra.empty()) put_number(bytes, kExtraAt, extra.size(), 2);
    bytes.resize(size);
    base::append(bytes, extra);
    return bytes;
}

json security_json(base::ByteView bytes) {
    constexpr std::size_t kHeaderBytes = 20;
    std::size_t end = kHeaderBytes;
    for (const std::size_t at : {4, 8, 12, 16}) end = std::max(end, end_of_part(bytes, number_at(bytes, at, 4), at >= 12));
    const base::ByteView exact = bytes.first(std::min(end, bytes.size()));
    const auto parsed = base::parse_security_descriptor(exact);
    return parsed ? json(base::to_sddl(parsed->descriptor)) : json({{"hex", base::to_hex(exact)}});
}

json multi_string_json(base::ByteView utf16) {
    json list = json::array();
    const std::u16string text = base::utf16_from_le(utf16.first(utf16.size() / 2 * 2));
    for (std::size_t at = 0; at < text.size() && text[at] != u'\0';) {
        const std::size_t end = std::min(text.find(u'\0', at), text.size());
        list.push_back(base::to_utf8(std::u16string_view(text).substr(at, end - at)));
        at = end + 1;
    }
    return list;
}

json registry_json(std::uint64_t type, base::ByteView data) {
    switch (type) {
        case 1:
        case 2:
            return text_of(data);
        case 4:
            return number_at(data, 0, 4);
        case 7:
            return multi_string_json(data);
        case 11:
            return number_at(data, 0, 8);
        default:
            return {{"hex", base::to_hex(data)}};
    }
}

Result<base::ByteBuffer> registry_bytes(std::uint64_t type, const json& value) {
    if (value.is_object()) return to_bytes_value("pData", value);
    if ((type == 1 || type == 2) && value.is_string()) return utf16_bytes(value.get<std::string>());
    if (type == 4 || type == 11) {
        TRY(const auto number, to_number(value));
        base::ByteBuffer bytes(type == 4 ? 4 : 8);
        put_number(bytes, 0, number, bytes.size());
        return bytes;
    }
    if (type == 7 && value.is_array()) {
        base::ByteBuffer bytes;
        for (const json& item : value) base::append(bytes, utf16_bytes(item.is_string() ? item.get<std::string>() : item.dump()));
        bytes.resize(bytes.size() + 2);
        return bytes;
    }
    return to_bytes_value("pData", value);
}

Result<std::uint64_t> to_number(const json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (value.is_number_integer()) return static_cast<std::uint64_t>(value.get<std::int64_t>());
    if (value.is_boolean()) return value.get<bool>() ? std::uint64_t{1} : std::uint64_t{0};
    if (!value.is_string()) return Error(Win32::invalid_parameter, "not a number: " + value.dump());
    const auto text = value.get<std::string>();
    std::uint64_t number = 0;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('|', at), text.size());
        const std::string part = text.substr(at, end - at);
        char* rest = nullptr;
        const std::uint64_t plain = part.starts_with('-') ? static_cast<std::uint64_t>(std::strtoll(part.c_str(), &rest, 0))
                                                          : std::strtoull(part.c_str(), &rest, 0);
        const auto symbol = find_symbol(part);
        if (symbol)
            number |= *symbol;
        else if (!part.empty() && *rest == '\0')
            number |= plain;
        else
            return Error(Win32::invalid_parameter, "neither a number nor a known name: " + part);
        at = end + 1;
    }
    return number;
}

Result<base::ByteBuffer> to_bytes_value(std::string_view name, const json& value) {
    if (value.is_string()) {
        const auto text = value.get<std::string>();
        if (same_name(name, "Security") || same_name(name, "SecurityDescriptor")) return from_sddl(text);
        if (text.starts_with('@')) return from_file(text.substr(1));
        if (text.starts_with("hex:")) return from_hex(text.substr(4));
        base::ByteBuffer bytes;
        base::append(bytes, base::as_bytes(text));
        return bytes;
    }
    if (!value.is_object()) return Error(Win32::invalid_parameter, "neither text nor an object");
    const auto text = [&value](const char* key) {
        return value.contains(key) && value[key].is_string() ? value[key].get<std::string>() : "";
    };
    if (value.contains("zeros")) {
        TRY(const auto count, to_number(value["zeros"]));
        if (count > base::limits::kMaxReplyBytes) return Error(Win32::invalid_parameter, "too many zeros");
        return base::ByteBuffer(static_cast<std::size_t>(count));
    }
    if (value.contains("hex")) return from_hex(text("hex"));
    if (value.contains("file")) return from_file(text("file"));
    if (value.contains("utf16")) return utf16_bytes(text("utf16"));
    if (value.contains("sddl")) return from_sddl(text("sddl"));
    return devmode_bytes(value);
}

}  // namespace print_client
