// Printer drivers as values: the union of all DRIVER_INFO levels [MS-RPRN] 2.2.1.5.
#pragma once

#include "base/filetime.h"

#include <cstdint>
#include <string>
#include <vector>

namespace spooler {

struct Driver {
    std::string name;
    std::string environment;                                       // "Windows x64"
    std::uint32_t version = 3;                                     // cVersion
    bool in_box = false;                                           // declared in the configuration; no files
    std::string driver_path, data_file, config_file, help_file, monitor_name, default_datatype;   // file names, no directory
    std::vector<std::string> dependent_files, previous_names;
    base::FileTime date;
    std::uint64_t driver_version = 0;                              // major<<48 | minor<<32 | build<<16 | revision
    std::string manufacturer, oem_url, hardware_id, provider;
    std::string print_processor, vendor_setup;
    std::vector<std::string> color_profiles, core_dependencies;
    std::string inf_path;
    std::uint32_t attributes = 0;                                  // PRINTER_DRIVER_*
    base::FileTime minimum_inbox_date;
    std::uint64_t minimum_inbox_version = 0;
    std::uint32_t config_file_version = 0, driver_file_version = 0;   // replacement counters since start (DRIVER_INFO_5)
    bool operator==(const Driver&) const = default;
};

// An installed file. The drivers of one environment and version share their files by name.
struct DriverFile {
    std::string environment;
    std::uint32_t version = 3;                                     // cVersion
    std::string name;
    std::string content;                                           // SHA-256, see DriverFiles; empty when the content was lost
    std::uint64_t size = 0;
    base::FileTime modified;                                       // as it was where the file came from
    std::uint32_t generation = 0;                                  // 1, and one more with each replacement (_DRIVER_FILE_INFO.FileVersion)
    bool operator==(const DriverFile&) const = default;
};

inline constexpr std::uint32_t kFirstV4DriverVersion = 4;          // Driver::version from which on a driver is "v4"

namespace driver_attribute {
inline constexpr std::uint32_t kPackageAware = 0x1, kXps = 0x2, kSandbox = 0x4, kClass = 0x8, kDerived = 0x10, kNotShareable = 0x20;
inline constexpr std::uint32_t kCategoryFax = 0x40, kCategoryFile = 0x80, kCategoryVirtual = 0x100, kCategoryService = 0x200;
inline constexpr std::uint32_t kSoftReset = 0x400, kCategory3d = 0x1000;
}

}  // namespace spooler
