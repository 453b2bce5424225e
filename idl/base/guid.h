// GUID/UUID [MS-DTYP] 2.3.4: wire form little-endian in the first three fields.
#pragma once

#include "base/bytes.h"

#include <array>
#include <compare>
#include <optional>

namespace base {

struct Guid {
    std::uint32_t data1 = 0;
    std::uint16_t data2 = 0;
    std::uint16_t data3 = 0;
    std::array<std::uint8_t, 8> data4{};

    auto operator<=>(const Guid&) const = default;
    [[nodiscard]] bool is_nil() const { return *this == Guid{}; }
};

// "9940ca8e-512f-4c58-88a9-61098d6896bd", with or without braces; nothing on any other text.
[[nodiscard]] std::optional<Guid> parse_guid(std::string_view text);
[[nodiscard]] std::string to_string(const Guid& guid);             // lower case, no braces
[[nodiscard]] std::string to_braced_upper(const Guid& guid);       // "{9940CA8E-…}", [MS-RPRN] 2.2.1.10.8
[[nodiscard]] Guid random_guid();                                  // version 4
[[nodiscard]] Guid read_guid(ByteReader& reader);                  // honours the reader's byte order
void write_guid(ByteWriter& writer, const Guid& guid);             // little-endian

struct GuidHash {
    std::size_t operator()(const Guid& guid) const noexcept;
};

}  // namespace base
