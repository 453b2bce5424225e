// What printer INF files borrow from Windows' own ntprint.inf: the sections that third parties name in Needs= and CoreDriverSections=.
// Their content is known well enough to say which files a driver will use; the files themselves are part of every Windows.
#pragma once

#include <span>
#include <string_view>

namespace spooler::inf {

struct CoreSection {
    std::string_view name;                                 // "UNIDRV.OEM"
    std::string_view guid;                                 // of its core driver
    std::string_view driver_file, config_file, help_file;  // of data sections, else empty
    std::string_view language_monitor;                     // likewise
    std::span<const std::string_view> files;               // in the driver's directory
};

[[nodiscard]] const CoreSection* find_core_section(std::string_view name);  // any case; null when unknown
// A file that comes with Windows' core drivers and is therefore missing in vendors' packages.
[[nodiscard]] bool is_windows_core_file(std::string_view file_name);

}  // namespace spooler::inf
