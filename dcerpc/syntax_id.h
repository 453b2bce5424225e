// Interface and transfer syntax identifiers (p_syntax_id_t, [C706] 12.6.3.1).
#pragma once

#include "base/guid.h"

namespace dcerpc {

struct SyntaxId {
    base::Guid uuid;
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    auto operator<=>(const SyntaxId&) const = default;
};

inline constexpr SyntaxId kNdr20{{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, 2, 0};
inline constexpr SyntaxId kNdr64{{0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, 1, 0};

}  // namespace dcerpc
