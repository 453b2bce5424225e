// DRIVER_CONTAINER of AddPrinterDriver and AddPrinterDriverEx → Driver, and its files: where the client says they are → where they are.
#pragma once

#include "server/winspool/validate.h"
#include "spooler/driver_install.h"
#include "spooler/driver_paths.h"

#include <vector>

namespace server {

// Levels 2, 3, 4, and 6 and 8 unless `legacy`; what the level does not have stays empty. File names are still as the client wrote them.
// [MS-RPRN] 3.1.4.1.8.3: invalid_level; invalid_parameter for missing names, texts and lists that are too long, and what must not be given
// at level 8; invalid_environment. 3.1.4.4.8: printer_driver_blocked from version 4 on, not_supported for "Windows ARM".
enum class DriverCall : std::uint8_t { legacy, extended };
[[nodiscard]] base::Result<spooler::Driver> driver_from(const op::DRIVER_CONTAINER& container, DriverCall call);

// APD_* flags [MS-RPRN] 3.1.4.4.8: exactly one of the four copy rules, no unknown bit; invalid_parameter.
[[nodiscard]] base::Result<spooler::DriverCopy> copy_rule(std::uint32_t flags);

// Replaces the file names in `driver` by plain names and says where each file is; `share` is the share's directory on this machine.
// invalid_parameter when a path does not lead into the upload area, see upload_path; the text has the path.
[[nodiscard]] base::Result<std::vector<spooler::DriverFileSource>> take_sources(spooler::Driver& driver, const spooler::UploadPlace& place,
                                                                                const std::string& share);

}  // namespace server
