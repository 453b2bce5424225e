// Security descriptors [MS-DTYP] 2.4.6: self-relative bytes ⇄ struct, and SDDL text [MS-DTYP] 2.5.1 for configuration and logs.
#pragma once

#include "base/result.h"
#include "base/sid.h"

#include <vector>

namespace base {

enum class AceType : std::uint8_t { allow = 0, deny = 1, audit = 2 };

namespace ace_flags {
inline constexpr std::uint8_t kObjectInherit = 0x01, kContainerInherit = 0x02, kNoPropagate = 0x04, kInheritOnly = 0x08, kInherited = 0x10;
}

struct Ace {
    AceType type = AceType::allow;
    std::uint8_t flags = 0;
    std::uint32_t mask = 0;
    Sid sid;
    bool operator==(const Ace&) const = default;
};

using Acl = std::vector<Ace>;

struct SecurityDescriptor {
    std::uint16_t control = 0;                                     // SE_* bits without SE_SELF_RELATIVE and without the *_PRESENT bits
    std::optional<Sid> owner;
    std::optional<Sid> group;
    std::optional<Acl> dacl;                                       // absent = NULL DACL = everything allowed
    std::optional<Acl> sacl;
    bool operator==(const SecurityDescriptor&) const = default;
};

inline constexpr std::uint16_t kSeDaclPresent = 0x0004, kSeDaclDefaulted = 0x0008, kSeSaclPresent = 0x0010, kSeSelfRelative = 0x8000;

// invalid_parameter with a text on any malformed input; ACEs of unknown types are refused; bounded by limits::kMaxSecurityDescriptorBytes.
// `dacl_present` tells "DACL absent from the message" (keep the old one) from "present and NULL".
struct ParsedDescriptor {
    SecurityDescriptor descriptor;
    bool dacl_present = false;
    bool sacl_present = false;
};
[[nodiscard]] Result<ParsedDescriptor> parse_security_descriptor(ByteView bytes);
[[nodiscard]] ByteBuffer to_bytes(const SecurityDescriptor& descriptor);   // self-relative, parts 4-aligned
[[nodiscard]] std::string to_sddl(const SecurityDescriptor& descriptor);
[[nodiscard]] Result<SecurityDescriptor> parse_sddl(std::string_view text);

}  // namespace base
