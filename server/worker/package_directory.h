// One directory with package files, opened once: everything is reached from its descriptor and stays below it. Symbolic links are never
// followed. Names are found in any case, as INF files spell them for Windows.
#pragma once

#include "base/result.h"
#include "storage/posix_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace server::worker {

class PackageDirectory {
 public:
    static base::Result<PackageDirectory> open(const std::string& path);

    [[nodiscard]] int descriptor() const { return root_.number(); }
    // The path as it is spelled on disk; file_not_found with `path` in the text. Two files whose names differ in case only: the exact one,
    // else invalid_data.
    [[nodiscard]] base::Result<std::string> find(std::string_view path);
    // An ordinary file, for reading. `path` as find() gave it.
    [[nodiscard]] base::Result<storage::FileDescriptor> open_file(const std::string& path) const;
    // Every file below, sorted; invalid_data for links and devices, more than kMaxPackageFiles or kMaxPackageBytes.
    struct Entry {
        std::string path;
        std::uint64_t size = 0;
    };
    [[nodiscard]] base::Result<std::vector<Entry>> list() const;

 private:
    using Names = std::unordered_map<std::string, std::vector<std::string>>;   // folded → as spelled
    [[nodiscard]] base::Result<const Names*> names_in(const std::string& directory);
    [[nodiscard]] base::Result<void> list_into(const std::string& directory, std::vector<Entry>& entries, std::uint64_t& bytes) const;

    storage::FileDescriptor root_;
    std::unordered_map<std::string, Names> known_;                 // by directory, "" is the root
};

// Opens a path below `directory` without leaving it and without following links.
[[nodiscard]] base::Result<storage::FileDescriptor> open_beneath(int directory, const std::string& path, int flags, unsigned int mode = 0);

}  // namespace server::worker
