#include "base/access_check.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace base {
namespace {

constexpr std::uint32_t kOwnerImplicit = access::kReadControl | access::kWriteDac;
// Never granted by an ACE [MS-DTYP] 2.4.3: MAXIMUM_ALLOWED is a request, ACCESS_SYSTEM_SECURITY a privilege.
constexpr std::uint32_t kNotForAces = access::kMaximumAllowed | access::kAccessSystemSecurity;

// What the DACL decides, in order: the first ACE that names a bit settles it. `granted` holds bits settled before.
std::uint32_t walk(const Token& token, const Acl& dacl, const GenericMapping& mapping, std::uint32_t granted) {
    std::uint32_t denied = 0;
    for (const Ace& ace : dacl) {
        if ((ace.flags & ace_flags::kInheritOnly) != 0 || !token.is_member(ace.sid)) continue;
        // Windows maps generic bits when a descriptor is attached; ours may come from configuration, so they are mapped here.
        const std::uint32_t mask = map_generic(ace.mask, mapping) & ~kNotForAces;
        if (ace.type == AceType::allow) granted |= mask & ~denied;
        if (ace.type == AceType::deny) denied |= mask & ~granted;
    }
    return granted;
}

Error denied(const Token& token, std::uint32_t missing) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "0x%08x", missing);
    return {Win32::access_denied, "not granted to " + token.user + ": " + buffer.data()};
}

}  // namespace

bool Token::is_member(const Sid& sid) const { return sid == user_sid || std::find(groups.begin(), groups.end(), sid) != groups.end(); }

std::uint32_t map_generic(std::uint32_t mask, const GenericMapping& mapping) {
    constexpr std::uint32_t kGeneric = access::kGenericAll | access::kGenericExecute | access::kGenericWrite | access::kGenericRead;
    std::uint32_t out = mask & ~kGeneric;
    if ((mask & access::kGenericRead) != 0) out |= mapping.read;
    if ((mask & access::kGenericWrite) != 0) out |= mapping.write;
    if ((mask & access::kGenericExecute) != 0) out |= mapping.execute;
    if ((mask & access::kGenericAll) != 0) out |= mapping.all;
    return out;
}

Result<std::uint32_t> check_access(const Token& token, const SecurityDescriptor& descriptor, std::uint32_t desired,
                                   const GenericMapping& mapping) {
    const bool maximum = (desired & access::kMaximumAllowed) != 0;
    const std::uint32_t asked = map_generic(desired & ~access::kMaximumAllowed, mapping);

    std::uint32_t granted = 0;
    // The privilege to see and change auditing; no ACE can give it.
    if ((asked & access::kAccessSystemSecurity) != 0 && token.is_member(well_known::administrators())) {
        granted |= access::kAccessSystemSecurity;
    }
    if (descriptor.owner && token.is_member(*descriptor.owner)) granted |= kOwnerImplicit;
    if (descriptor.dacl) {
        granted = walk(token, *descriptor.dacl, mapping, granted);
    } else {
        granted |= (asked & ~kNotForAces) | (maximum ? mapping.all : 0U);
    }

    const std::uint32_t missing = asked & ~granted;
    if (missing != 0) return denied(token, missing);
    if (!maximum) return asked;
    if (granted == 0) return denied(token, access::kMaximumAllowed);
    return granted;
}

}  // namespace base
