// Access check [MS-DTYP] 2.5.3.2: token + descriptor → granted mask. Used at open and wherever a caller is re-checked.
#pragma once

#include "base/security_descriptor.h"

#include <memory>
#include <string>
#include <vector>

namespace base {

// Who a caller is. Immutable once made; shared between a connection's calls and its handles.
struct Token {
    std::string user;                                              // "alice" or "DOMAIN\\alice", UTF-8, for logs and job owners
    Sid user_sid;
    std::vector<Sid> groups;                                       // incl. Everyone, Authenticated Users, Network
    bool anonymous = false;

    [[nodiscard]] bool is_member(const Sid& sid) const;            // user_sid or a group
};
using TokenPtr = std::shared_ptr<const Token>;

namespace access {
inline constexpr std::uint32_t kDelete = 0x00010000, kReadControl = 0x00020000, kWriteDac = 0x00040000, kWriteOwner = 0x00080000,
                               kSynchronize = 0x00100000, kAccessSystemSecurity = 0x01000000, kMaximumAllowed = 0x02000000,
                               kGenericAll = 0x10000000, kGenericExecute = 0x20000000, kGenericWrite = 0x40000000,
                               kGenericRead = 0x80000000;
}

struct GenericMapping {
    std::uint32_t read, write, execute, all;
};

[[nodiscard]] std::uint32_t map_generic(std::uint32_t mask, const GenericMapping& mapping);

// The bits of `desired` (generic bits mapped; MAXIMUM_ALLOWED = everything the descriptor gives) that are granted.
// access_denied when a bit asked for by name is missing. The owner always gets READ_CONTROL and WRITE_DAC;
// ACCESS_SYSTEM_SECURITY only for members of Administrators, and only when asked for by name; inherit-only ACEs are skipped.
// MAXIMUM_ALLOWED that finds nothing is access_denied too; asking for nothing (0) succeeds with 0. Generic bits in ACEs are
// mapped, which [MS-DTYP] 2.4.3 leaves to whoever attaches the descriptor.
[[nodiscard]] Result<std::uint32_t> check_access(const Token& token, const SecurityDescriptor& descriptor, std::uint32_t desired,
                                                 const GenericMapping& mapping);

}  // namespace base
