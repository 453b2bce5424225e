// The constants of the printing specifications that people write by name: [MS-RPRN] 2.2.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace print_client {

// In any case, e.g. "PRINTER_ENUM_LOCAL" or "reg_sz".
[[nodiscard]] std::optional<std::uint64_t> find_symbol(std::string_view name);

}  // namespace print_client
