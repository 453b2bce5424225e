// DRIVER_INFO levels 1 to 6, 8 and 101 [MS-RPRN] 2.2.2.4 of GetPrinterDriver and EnumPrinterDrivers.
#pragma once

#include "server/winspool/levels/reply_context.h"
#include "spooler/model/driver.h"

namespace server {

// _DRIVER_FILE_INFO.FileType.
namespace driver_file_type {
inline constexpr std::uint32_t kRendering = 0, kConfiguration = 1, kData = 2, kHelp = 3, kOther = 4;
}

struct DriverRow {
    std::shared_ptr<const spooler::Driver> driver;
    std::string directory;                                         // "\\srv\print$\x64\3\": where clients find the files
    std::vector<std::string> dependent_files;                      // full paths
    std::vector<FileRow> files;                                    // level 101

    // `directory` ends with a backslash. `generations` belong to the files in the order of file_order(); level 101 has them as versions,
    // and the counters of level 5 where there are none.
    static DriverRow make(std::shared_ptr<const spooler::Driver> driver, std::string directory,
                          const std::vector<std::uint32_t>& generations = {});
    // Driver, configuration, data and help file, then the dependent ones; files that the driver does not have are empty.
    static std::vector<std::string> file_order(const spooler::Driver& driver);

    [[nodiscard]] Text path(const std::string& file) const { return file.empty() ? Text() : Text::joined(directory, file); }
};

extern const Level<DriverRow> kDriverLevels[8];                    // GetPrinterDriver
extern const Level<DriverRow> kEnumDriverLevels[7];                // EnumPrinterDrivers: without 101

}  // namespace server
