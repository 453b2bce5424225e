// Installing and removing printer drivers: the rules of AddPrinterDriverEx and DeletePrinterDriverEx that need no RPC. The calls are
// Spooler::install_driver and Spooler::remove_driver; this header has their arguments.
#pragma once

#include "base/result.h"
#include "spooler/model/driver.h"

#include <cstdint>
#include <optional>
#include <string>

namespace spooler {

class Catalog;
class Drivers;

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

// printer_driver_blocked: a driver of version 3 does not replace a class driver, nor a newer one of version 4, nor one of version 4 that
// shared printers use [MS-RPRN] 3.1.4.4.1, [MS-PAR] 3.1.4.2.7. Others always may, as far as this rule goes.
[[nodiscard]] base::Result<void> check_replaceable(const Drivers& drivers, const Catalog& printers, const Driver& driver);
[[nodiscard]] bool used_by_shared_printer(const Catalog& printers, const std::string& driver);

}  // namespace spooler
