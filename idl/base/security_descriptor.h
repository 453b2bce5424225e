// Security descriptors [MS-DTYP] 2.4.6: self-relative bytes ⇄ struct, and SDDL text [MS-DTYP] 2.5.1 for configuration and logs.
#pragma once

#include "base/result.h"
#include "base/sid.h"

#include <vector>

namespace base {

enum class AceType : std::uint8_t { allow = 0, deny = 1, audit = 2 };

namespace ace_flags {
inline constexpr std::uint8_t kObjectInherit = 0x01, kContainerInherit = 0x02, kNoPropagate = 0x04, kInheritOnly = 0x08, kInherited = 0x10;
inline constexpr std::uint8_t kAuditSuccess = 0x40, kAuditFailure = 0x80;
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
// How inheritance treats an ACL; the only control bits that SDDL can say ("AR", "AI", "P").
inline constexpr std::uint16_t kSeDaclInheritRequired = 0x0100, kSeSaclInheritRequired = 0x0200, kSeDaclAutoInherited = 0x0400,
                               kSeSaclAutoInherited = 0x0800, kSeDaclProtected = 0x1000, kSeSaclProtected = 0x2000;

// invalid_parameter with a text on any malformed input; ACEs of unknown types are refused; bounded by limits::kMaxSecurityDescriptorBytes
// and limits::kMaxAces per ACL, before and after parts that overlap in the input have been taken apart. Parts may stand in any order
// and share bytes. `dacl_present` tells "DACL absent from the message" (keep the old one) from "present and NULL".
struct ParsedDescriptor {
    SecurityDescriptor descriptor;
    bool dacl_present = false;
    bool sacl_present = false;
};
[[nodiscard]] Result<ParsedDescriptor> parse_security_descriptor(ByteView bytes);
// Self-relative, parts 4-aligned. An absent DACL is written as "present and NULL". Every descriptor that came out of one of the two
// parsers can be written; of others the limits above are the caller's business (checked).
[[nodiscard]] ByteBuffer to_bytes(const SecurityDescriptor& descriptor);
// The size of that form.
[[nodiscard]] std::size_t serialized_size(const SecurityDescriptor& descriptor);
// "O:BAG:SYD:P(A;OICI;GA;;;WD)". A NULL DACL is "D:NO_ACCESS_CONTROL". Understood: ACE types A, D, AU; flags OI CI NP IO ID SA FA;
// rights as 0x… or GA GR GW GX RC SD WD WO; SIDs as S-1-… or WD BA BU PO SY CO CG AU AN NU AC. invalid_parameter on everything else.
[[nodiscard]] std::string to_sddl(const SecurityDescriptor& descriptor);
// A text without "D:" has no DACL, which allows everything: who reads configuration should insist on one.
[[nodiscard]] Result<SecurityDescriptor> parse_sddl(std::string_view text);

}  // namespace base
