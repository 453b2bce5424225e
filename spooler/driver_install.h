// Installing and removing printer drivers: the rules of AddPrinterDriverEx and DeletePrinterDriverEx that need no RPC. The calls are
// Spooler::install_driver and Spooler::remove_driver; this header has their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace spooler {

// A file that comes with a driver. The caller has decided that it may be read.
struct DriverFileSource {
    std::string name;    // in the directory of the driver's environment and version
    std::string source;  // absolute path on this machine, see DriverFiles::store
};

// What happens to files that are there already. "Newer" is a matter of their modification times [MS-RPRN] 3.1.4.4.8.
enum class DriverCopy : std::uint8_t {
    strict_upgrade,    // APD_STRICT_UPGRADE: nothing at all when a new file is older
    strict_downgrade,  // APD_STRICT_DOWNGRADE: nothing at all when a new file is newer
    all,               // APD_COPY_ALL_FILES, IPDFP_COPY_ALL_FILES
    newer,             // APD_COPY_NEW_FILES: older files stay out, the rest is taken
};

struct DriverRemoval {
    // What becomes of the files that only the removed drivers use.
    enum class Files : std::uint8_t { keep, unused, all };  // all: refused when another driver uses one
    std::string name, environment;         // every environment when empty
    std::optional<std::uint32_t> version;  // every version when absent
    Files files = Files::keep;
};

}  // namespace spooler
