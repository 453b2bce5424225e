#include "base/sid.h"

#include "base/log.h"

#include <charconv>
#include <cstdio>

namespace base {
namespace {

constexpr std::uint8_t kRevision = 1;

// A number that fills `text` entirely; std::from_chars also keeps out signs and white space.
template <class Number>
bool parse_number(std::string_view text, Number& out, int base) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out, base);
    return error == std::errc() && rest == end;
}

// [MS-DTYP] 2.4.2.1: decimal below 2^32, otherwise "0x" and 12 digits.
bool parse_authority(std::string_view text, Sid& sid) {
    std::uint64_t value = 0;
    const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (!parse_number(hex ? text.substr(2) : text, value, hex ? 16 : 10) || value >> 48U != 0) return false;
    for (std::size_t i = 0; i < sid.authority.size(); ++i) sid.authority[i] = static_cast<std::uint8_t>((value >> (40U - 8U * i)) & 0xFFU);
    return true;
}

Sid make(std::uint8_t authority, std::initializer_list<std::uint32_t> subs) {
    Sid sid;
    sid.authority[5] = authority;
    for (const std::uint32_t sub : subs) sid.sub_authorities[sid.count++] = sub;
    return sid;
}

}  // namespace

Sid Sid::child(std::uint32_t rid) const {
    WSP_CHECK(count < kMaxSubAuthorities);
    Sid out = *this;
    out.sub_authorities[out.count++] = rid;
    return out;
}

std::optional<Sid> parse_sid(std::string_view text) {
    constexpr std::string_view kPrefix = "S-1-";
    if (text.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
    text.remove_prefix(kPrefix.size());
    Sid sid;
    bool first = true;
    for (;;) {
        const std::size_t dash = text.find('-');
        const std::string_view part = text.substr(0, dash);
        if (first) {
            if (!parse_authority(part, sid)) return std::nullopt;
            first = false;
        } else {
            if (sid.count == Sid::kMaxSubAuthorities || !parse_number(part, sid.sub_authorities[sid.count], 10)) return std::nullopt;
            ++sid.count;
        }
        if (dash == std::string_view::npos) return sid;
        text.remove_prefix(dash + 1);
    }
}

std::string to_string(const Sid& sid) {
    std::uint64_t authority = 0;
    for (const auto byte : sid.authority) authority = (authority << 8U) | byte;
    std::string text = "S-" + std::to_string(sid.revision) + "-";
    if (authority >> 32U != 0) {
        std::array<char, 24> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "0x%012llX", static_cast<unsigned long long>(authority));
        text += buffer.data();
    } else {
        text += std::to_string(authority);
    }
    for (std::size_t i = 0; i < sid.count; ++i) text += "-" + std::to_string(sid.sub_authorities[i]);
    return text;
}

std::optional<Sid> read_sid(ByteReader& reader) {
    Sid sid;
    sid.revision = reader.u8();
    sid.count = reader.u8();
    if (sid.revision != kRevision || sid.count > Sid::kMaxSubAuthorities) reader.fail();
    for (auto& byte : sid.authority) byte = reader.u8();
    if (!reader.ok()) return std::nullopt;
    for (std::size_t i = 0; i < sid.count; ++i) sid.sub_authorities[i] = reader.u32();
    if (!reader.ok()) return std::nullopt;
    return sid;
}

void write_sid(ByteWriter& writer, const Sid& sid) {
    writer.u8(sid.revision);
    writer.u8(sid.count);
    for (const auto byte : sid.authority) writer.u8(byte);
    for (std::size_t i = 0; i < sid.count; ++i) writer.u32(sid.sub_authorities[i]);
}

namespace well_known {

#define WELL_KNOWN(name, ...)                        \
    const Sid& name() {                              \
        static const Sid sid = make(__VA_ARGS__);    \
        return sid;                                  \
    }

WELL_KNOWN(everyone, 1, {0})
WELL_KNOWN(creator_owner, 3, {0})
WELL_KNOWN(creator_group, 3, {1})
WELL_KNOWN(network, 5, {2})
WELL_KNOWN(anonymous, 5, {7})
WELL_KNOWN(authenticated_users, 5, {11})
WELL_KNOWN(local_system, 5, {18})
WELL_KNOWN(administrators, 5, {32, 544})
WELL_KNOWN(users, 5, {32, 545})
WELL_KNOWN(print_operators, 5, {32, 550})
WELL_KNOWN(all_app_packages, 15, {2, 1})

#undef WELL_KNOWN

}  // namespace well_known
}  // namespace base
