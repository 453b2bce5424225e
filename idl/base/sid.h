// Security identifiers [MS-DTYP] 2.4.2 and the well-known ones this server uses.
#pragma once

#include "base/bytes.h"

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace base {

struct Sid {
    static constexpr std::size_t kMaxSubAuthorities = 15;
    std::uint8_t revision = 1;
    std::uint8_t count = 0;
    std::array<std::uint8_t, 6> authority{};                       // big-endian on the wire
    std::array<std::uint32_t, kMaxSubAuthorities> sub_authorities{};

    auto operator<=>(const Sid&) const = default;
    [[nodiscard]] std::size_t size() const { return 8U + 4U * count; }
    // This SID with one more sub-authority; must have room.
    [[nodiscard]] Sid child(std::uint32_t rid) const;
};

[[nodiscard]] std::optional<Sid> parse_sid(std::string_view text); // "S-1-5-32-544"
[[nodiscard]] std::string to_string(const Sid& sid);
[[nodiscard]] std::optional<Sid> read_sid(ByteReader& reader);
void write_sid(ByteWriter& writer, const Sid& sid);

namespace well_known {
[[nodiscard]] const Sid& everyone();              // S-1-1-0
[[nodiscard]] const Sid& creator_owner();         // S-1-3-0
[[nodiscard]] const Sid& creator_group();         // S-1-3-1
[[nodiscard]] const Sid& network();               // S-1-5-2
[[nodiscard]] const Sid& anonymous();             // S-1-5-7
[[nodiscard]] const Sid& authenticated_users();   // S-1-5-11
[[nodiscard]] const Sid& local_system();          // S-1-5-18
[[nodiscard]] const Sid& administrators();        // S-1-5-32-544
[[nodiscard]] const Sid& users();                 // S-1-5-32-545
[[nodiscard]] const Sid& print_operators();       // S-1-5-32-550
[[nodiscard]] const Sid& all_app_packages();      // S-1-15-2-1
}  // namespace well_known

}  // namespace base
