// Where an INF file's CopyFiles lead: which file of the package goes to which directory. One object per INF file and architecture.
#pragma once

#include "spooler/inf/architecture.h"
#include "spooler/inf/inf_file.h"
#include "spooler/model/driver_package.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spooler::inf {

// What a CopyFiles entry leads to.
struct CopiedFile : PackageDriverFile {
    bool listed = false;  // [SourceDisksFiles] has it
};

class SourceFiles {
 public:
    SourceFiles(const InfFile& file, const Architecture& architecture);
    // What one value of a CopyFiles line copies: "@file.dll" or the name of a section. Errors: invalid_printer_driver_manifest for a
    // missing section, a path that leaves the package, a name that is no file name.
    [[nodiscard]] base::Result<std::vector<CopiedFile>> copied(const std::string& value, std::size_t line) const;

 private:
    struct Disk {
        std::string directory;
    };
    struct Source {
        std::string disk, directory;
        std::size_t line = 0;
    };
    void load(const std::string& suffix);
    [[nodiscard]] base::Result<CopiedFile> resolve(const std::string& name, const std::string& source, PackageFileRole role,
                                                   std::size_t line) const;
    [[nodiscard]] PackageFileRole role_of(std::string_view section) const;

    const InfFile& file_;
    std::unordered_map<std::string, Disk> disks_;      // by folded id
    std::unordered_map<std::string, Source> sources_;  // by folded file name
};

// A name of one file: no separator, no stream, no wildcard, no control character, none of Windows' device names.
[[nodiscard]] bool is_file_name(std::string_view name);
// "\amd64\sub" as "amd64/sub"; nothing when it is a path of another place ("..", a drive, a stream).
[[nodiscard]] std::optional<std::string> package_path(std::string_view text);

}  // namespace spooler::inf
