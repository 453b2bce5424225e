// FILETIME (100 ns since 1601-01-01 UTC) [MS-DTYP] 2.3.3 and SYSTEMTIME [MS-DTYP] 2.3.13, both UTC here.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace base {

struct FileTime {
    std::uint64_t ticks = 0;                                       // 100 ns
    auto operator<=>(const FileTime&) const = default;
};

struct SystemTime {
    std::uint16_t year = 0, month = 0, day_of_week = 0, day = 0, hour = 0, minute = 0, second = 0, milliseconds = 0;
    bool operator==(const SystemTime&) const = default;
};

[[nodiscard]] FileTime filetime_from(std::chrono::system_clock::time_point time);
[[nodiscard]] std::chrono::system_clock::time_point to_time_point(FileTime time);
[[nodiscard]] SystemTime to_system_time(FileTime time);
// Zero when the fields are no date.
[[nodiscard]] FileTime to_filetime(const SystemTime& time);

}  // namespace base
