// The text form of security descriptors [MS-DTYP] 2.5.1; declared in base/security_descriptor.h.
#include "base/limits.h"
#include "base/security_descriptor.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace base {
namespace {

constexpr std::string_view kNullDacl = "NO_ACCESS_CONTROL";
constexpr std::size_t kMaxAclBytes = 0xFFFF;                       // the size field of an ACL has 16 bits
constexpr std::size_t kMaxTextBytes = 4 * limits::kMaxSecurityDescriptorBytes;

template <class Value>
struct Word {
    std::string_view text;
    Value value;
};

constexpr std::array<Word<std::uint32_t>, 8> kRights = {{
    {"GA", 0x10000000}, {"GR", 0x80000000}, {"GW", 0x40000000}, {"GX", 0x20000000},
    {"RC", 0x00020000}, {"SD", 0x00010000}, {"WD", 0x00040000}, {"WO", 0x00080000},
}};

// CR is not in [MS-DTYP], but it is how Windows' own tools spell the flag 0x20; without it a text could lose a bit.
constexpr std::array<Word<std::uint8_t>, 8> kAceFlags = {{
    {"OI", ace_flags::kObjectInherit}, {"CI", ace_flags::kContainerInherit}, {"NP", ace_flags::kNoPropagate},
    {"IO", ace_flags::kInheritOnly},   {"ID", ace_flags::kInherited},        {"CR", 0x20},
    {"SA", ace_flags::kAuditSuccess},  {"FA", ace_flags::kAuditFailure},
}};

struct Alias {
    std::string_view text;
    const Sid& (*sid)();
};

constexpr std::array<Alias, 11> kAliases = {{
    {"WD", well_known::everyone},
    {"BA", well_known::administrators},
    {"BU", well_known::users},
    {"PO", well_known::print_operators},
    {"SY", well_known::local_system},
    {"CO", well_known::creator_owner},
    {"CG", well_known::creator_group},
    {"AU", well_known::authenticated_users},
    {"AN", well_known::anonymous},
    {"NU", well_known::network},
    {"AC", well_known::all_app_packages},
}};

// The control bits of one kind of ACL.
struct AclControl {
    std::uint16_t is_protected, inherit_required, auto_inherited;
};
constexpr AclControl kDaclControl{kSeDaclProtected, kSeDaclInheritRequired, kSeDaclAutoInherited};
constexpr AclControl kSaclControl{kSeSaclProtected, kSeSaclInheritRequired, kSeSaclAutoInherited};

Error malformed(const std::string& what) { return {Win32::invalid_parameter, "SDDL: " + what}; }

std::string sid_text(const Sid& sid) {
    for (const Alias& alias : kAliases) {
        if (alias.sid() == sid) return std::string(alias.text);
    }
    return to_string(sid);
}

std::string rights_text(std::uint32_t mask) {
    std::string letters;
    std::uint32_t rest = mask;
    for (const auto& right : kRights) {
        if ((mask & right.value) == 0) continue;
        letters += right.text;
        rest &= ~right.value;
    }
    if (rest == 0 && mask != 0) return letters;
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "0x%x", mask);
    return buffer.data();
}

std::string ace_text(const Ace& ace) {
    std::string text = ace.type == AceType::allow ? "(A;" : ace.type == AceType::deny ? "(D;" : "(AU;";
    for (const auto& flag : kAceFlags) {
        if ((ace.flags & flag.value) != 0) text += flag.text;
    }
    return text + ";" + rights_text(ace.mask) + ";;;" + sid_text(ace.sid) + ")";
}

void append_acl_text(std::string& text, const Acl& acl, std::uint16_t control, const AclControl& bits) {
    if ((control & bits.is_protected) != 0) text += "P";
    if ((control & bits.inherit_required) != 0) text += "AR";
    if ((control & bits.auto_inherited) != 0) text += "AI";
    for (const Ace& ace : acl) text += ace_text(ace);
}

Result<Sid> parse_sid_text(std::string_view text) {
    for (const Alias& alias : kAliases) {
        if (alias.text == text) return alias.sid();
    }
    auto sid = parse_sid(text);
    if (!sid) return malformed("unknown SID \"" + std::string(text.substr(0, 80)) + "\"");
    return *sid;
}

// A run of two-letter words that are or-ed together. Each may stand once.
template <class Value, std::size_t N>
Result<Value> parse_words(std::string_view text, const std::array<Word<Value>, N>& words, const char* kind) {
    Value value = 0;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, 2);
        const Word<Value>* found = nullptr;
        for (const auto& candidate : words) {
            if (candidate.text == word) found = &candidate;
        }
        if (found == nullptr || (value & found->value) != 0) return malformed(std::string("bad ") + kind + " \"" + std::string(word) + "\"");
        value = static_cast<Value>(value | found->value);
        text.remove_prefix(2);
    }
    return value;
}

Result<std::uint32_t> parse_rights(std::string_view text) {
    if (text.substr(0, 2) != "0x" && text.substr(0, 2) != "0X") return parse_words(text, kRights, "right");
    std::uint32_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 2, end, value, 16);
    if (error != std::errc() || rest != end) return malformed("bad access mask");
    return value;
}

// "A;OICI;GA;;;WD": what stands between the brackets.
Result<Ace> parse_ace(std::string_view text) {
    std::array<std::string_view, 6> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::size_t semicolon = text.find(';');
        if ((semicolon == std::string_view::npos) != (i + 1 == fields.size())) return malformed("an ACE has six fields");
        fields[i] = text.substr(0, semicolon);
        if (semicolon != std::string_view::npos) text.remove_prefix(semicolon + 1);
    }
    Ace ace;
    if (fields[0] == "A") {
        ace.type = AceType::allow;
    } else if (fields[0] == "D") {
        ace.type = AceType::deny;
    } else if (fields[0] == "AU") {
        ace.type = AceType::audit;
    } else {
        return malformed("unknown ACE type \"" + std::string(fields[0].substr(0, 8)) + "\"");
    }
    if (!fields[3].empty() || !fields[4].empty()) return malformed("object GUIDs are not supported");
    TRY(ace.flags, parse_words(fields[1], kAceFlags, "ACE flag"));
    TRY(ace.mask, parse_rights(fields[2]));
    TRY(ace.sid, parse_sid_text(fields[5]));
    return ace;
}

bool take(std::string_view& text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::uint16_t take_acl_flags(std::string_view& text, const AclControl& bits) {
    unsigned control = 0;
    for (;;) {
        if (take(text, "P")) {
            control |= bits.is_protected;
        } else if (take(text, "AR")) {
            control |= bits.inherit_required;
        } else if (take(text, "AI")) {
            control |= bits.auto_inherited;
        } else {
            return static_cast<std::uint16_t>(control);
        }
    }
}

Result<Acl> parse_acl(std::string_view text, std::uint16_t& control, const AclControl& bits) {
    control = static_cast<std::uint16_t>(control | take_acl_flags(text, bits));
    Acl acl;
    std::size_t size = 8;
    while (!text.empty()) {
        const std::size_t close = text.find(')');
        if (text.front() != '(' || close == std::string_view::npos) return malformed("an ACE stands in brackets");
        TRY(Ace ace, parse_ace(text.substr(1, close - 1)));
        size += 8 + ace.sid.size();
        if (acl.size() == limits::kMaxAces || size > kMaxAclBytes) return malformed("too many ACEs");
        acl.push_back(ace);
        text.remove_prefix(close + 1);
    }
    return acl;
}

Result<void> parse_part(char letter, std::string_view body, SecurityDescriptor& out) {
    switch (letter) {
        case 'O': {
            TRY(out.owner, parse_sid_text(body));
            return {};
        }
        case 'G': {
            TRY(out.group, parse_sid_text(body));
            return {};
        }
        case 'D': {
            std::string_view rest = body;
            const std::uint16_t flags = take_acl_flags(rest, kDaclControl);
            if (rest == kNullDacl) {
                out.control = static_cast<std::uint16_t>(out.control | flags);
                return {};
            }
            TRY(out.dacl, parse_acl(body, out.control, kDaclControl));
            return {};
        }
        case 'S': {
            TRY(out.sacl, parse_acl(body, out.control, kSaclControl));
            return {};
        }
        default: return malformed("a part starts with O:, G:, D: or S:");
    }
}

}  // namespace

std::string to_sddl(const SecurityDescriptor& descriptor) {
    std::string text;
    if (descriptor.owner) text += "O:" + sid_text(*descriptor.owner);
    if (descriptor.group) text += "G:" + sid_text(*descriptor.group);
    text += "D:";
    if (descriptor.dacl) {
        append_acl_text(text, *descriptor.dacl, descriptor.control, kDaclControl);
    } else {
        append_acl_text(text, {}, descriptor.control, kDaclControl);
        text += kNullDacl;
    }
    if (descriptor.sacl) {
        text += "S:";
        append_acl_text(text, *descriptor.sacl, descriptor.control, kSaclControl);
    }
    return text;
}

Result<SecurityDescriptor> parse_sddl(std::string_view text) {
    if (text.size() > kMaxTextBytes) return malformed("too long");
    SecurityDescriptor out;
    std::string seen;
    while (!text.empty()) {
        if (text.size() < 2 || text[1] != ':') return malformed("a part starts with O:, G:, D: or S:");
        const char letter = text[0];
        if (seen.find(letter) != std::string::npos) return malformed("a part stands twice");
        seen.push_back(letter);
        text.remove_prefix(2);
        // A colon belongs to the next part's name; none of ours contains one.
        const std::size_t colon = text.find(':');
        const std::size_t length = colon == std::string_view::npos ? text.size() : colon == 0 ? 0 : colon - 1;
        TRY_VOID(parse_part(letter, text.substr(0, length), out));
        text.remove_prefix(length);
    }
    if (serialized_size(out) > limits::kMaxSecurityDescriptorBytes) return malformed("too long");
    return out;
}

}  // namespace base
