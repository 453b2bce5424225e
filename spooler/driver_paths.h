// Paths of driver files as clients write them, and where they lead on this machine: into the upload area of the share print$ or nowhere.
// No path is followed to another host, a device or a place outside. Used by AddPrinterDriver and UploadPrinterDriverPackage.
#pragma once

#include "base/result.h"
#include "spooler/driver_files.h"
#include "spooler/drivers.h"
#include "spooler/model/names.h"
#include "spooler/server_object.h"

#include <string>
#include <string_view>

namespace spooler {

// How clients may write our share.
struct UploadPlace {
    const ServerNames& names;
    std::string_view called;  // "\\srv" as the client calls us in this request, or empty: needed when it uses an address
    std::string_view local;   // local_driver_directory()
};

// "C:\Windows\system32\spool\DRIVERS": the local spelling of the share, which clients without a server name are given.
[[nodiscard]] std::string local_driver_directory(const ServerSettings& settings);

// "oem.dll", "\\srv\print$\x64\{GUID}\oem.dll" and "C:\…\DRIVERS\x64\oem.dll" become "x64/oem.dll" and "x64/{GUID}/oem.dll", relative to
// DriverFiles::share(). invalid_parameter for every other path: another host or share, another environment, "\\?\", "\\.\", "\??\", drives,
// slashes, "..", streams, device names, limits::kMaxDriverPathChars or kMaxDriverPathParts exceeded. Touches no file.
[[nodiscard]] base::Result<std::string> upload_path(std::string_view path, const Environment& environment, const UploadPlace& place);

}  // namespace spooler
