// "06/21/2019,61.240.1.24630": the DriverVer of INF files.
#pragma once

#include "base/filetime.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace spooler::inf {

// month/day/year, as INF files write it; '-' may stand for '/'.
[[nodiscard]] std::optional<base::FileTime> parse_driver_date(std::string_view text);
// One to four numbers below 65536: major<<48 | minor<<32 | build<<16 | revision.
[[nodiscard]] std::optional<std::uint64_t> parse_driver_version(std::string_view text);

}  // namespace spooler::inf
