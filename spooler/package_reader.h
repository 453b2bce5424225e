// Reads foreign package files on the spooler's behalf. Implemented by server/package_worker, which lets a sandboxed process do it: INF, CAB
// and catalogue files come from outside, and nothing that parses them runs in the daemon (ARCHITECTURE section 13).
#pragma once

#include "base/async.h"
#include "spooler/model/driver_package.h"

#include <cstdint>
#include <string>

namespace spooler {

class PackageReader {
 public:
    virtual ~PackageReader() = default;
    // Parses `inf_name` in `directory` (a path of this machine that the server made or an administrator named), hashes the files that it
    // needs and checks the catalogue. file_not_found: the INF or a file that it names is missing; invalid_printer_driver_manifest: it is
    // no INF of the printer class, or not understood; the error's text says file, line and what is wrong. timeout when the worker hangs.
    // A bad signature is no error: see DriverPackage::signature. `id` is filled in.
    virtual base::Task<base::Result<DriverPackage>> read(std::string directory, std::string inf_name) = 0;
    // Unpacks a cabinet into an empty directory. invalid_data: it is damaged, holds a path that leads outside, or unpacks to more than
    // limits::kMaxPackageBytes or kMaxPackageFiles; disk_full: to more than `room` bytes. The directory may hold a part afterwards.
    virtual base::Task<base::Result<void>> unpack(std::string cabinet, std::string directory, std::uint64_t room) = 0;
    // Writes everything below `directory` as one cabinet, as clients fetch it [MS-RPRN] 3.1.4.2.11.
    virtual base::Task<base::Result<void>> pack(std::string directory, std::string cabinet) = 0;
};

}  // namespace spooler
