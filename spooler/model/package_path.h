// Paths of driver packages as clients write them: into the upload area of print$, and into the driver store that UploadPrinterDriverPackage
// names. Only text is looked at here; a path that passes leads nowhere but below the directory that it names.
#pragma once

#include "spooler/driver_paths.h"

#include <string>
#include <string_view>
#include <vector>

namespace spooler {

// "a/b.dll": one or more names, see valid_driver_file_name, with '/' between them. What a package may hold.
[[nodiscard]] bool safe_relative_path(std::string_view path);

// A file that a client has put into a directory of its own in print$.
struct UploadPath {
    std::vector<std::string> directories;  // below the environment's directory: {"{BD443844-…}"}; not empty
    std::string file;                      // "oemprt.inf"
    bool operator==(const UploadPath&) const = default;
};

// As upload_path(), for the INF file of a package. file_not_found: the path leads elsewhere; invalid_parameter: it leads into our share,
// but not into a directory of the client's own.
[[nodiscard]] base::Result<UploadPath> parse_upload_path(std::string_view text, const Environment& environment, const UploadPlace& place);

// "C:\Windows\System32\DriverStore\FileRepository\<id>\<inf>", with the Windows directory that `spool_directory` lies in.
[[nodiscard]] std::string store_path(std::string_view spool_directory, std::string_view id, std::string_view inf);
// The id in such a path, with or without the INF's name, or the bare id; empty when the text is neither. Any case.
[[nodiscard]] std::string package_of_path(std::string_view spool_directory, std::string_view text);

}  // namespace spooler
