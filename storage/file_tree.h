// Directory trees that came from somebody else: opened, copied and removed without ever following a link. Blocking; used by package_store
// on its own threads.
#pragma once

#include "storage/posix_file.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace storage {

struct TreeLimits {
    std::size_t files = 0;
    std::size_t directories = 0;
    std::uint64_t bytes = 0;
    std::size_t depth = 0;             // directories above one another
    bool one_name_only = true;         // refuse files with further hard links: they may be somebody else's
    std::uint64_t min_free_bytes = 0;  // stay free on the disk that is copied to
};

// The names in a directory, without "." and "..".
[[nodiscard]] base::Result<std::vector<std::string>> entries_of(int directory);
// The entry of `directory` that is called `name`: exactly, or else the only one in another case. file_not_found.
[[nodiscard]] base::Result<std::string> find_entry(int directory, std::string_view name);
// Walks down from `root`, one directory after the other. file_not_found; access_denied for a link.
[[nodiscard]] base::Result<FileDescriptor> open_below(int root, const std::vector<std::string>& parts);
// The directory `name` in `directory`, made with `mode` when there is none. access_denied for a link.
[[nodiscard]] base::Result<FileDescriptor> make_and_open(int directory, const std::string& name, unsigned mode);
// Copies the regular files below `from`, with their times, into the empty directory `to`. Names must be safe file names in UTF-8.
// access_denied names a link, device or unsafe name; not_enough_quota past a limit; disk_full. On error a part is there.
[[nodiscard]] base::Result<void> copy_tree(int from, int to, const TreeLimits& limits);
// Copies one regular file; `bytes` is the most it may have.
[[nodiscard]] base::Result<void> copy_file(int from_directory, const std::string& name, int to_directory, const std::string& to_name,
                                           const TreeLimits& limits);
// The regular files below `directory`, relative with '/', in order. not_enough_quota past a limit.
[[nodiscard]] base::Result<std::vector<std::string>> list_tree(const std::string& directory, const TreeLimits& limits);
// fsync of every file and directory below and of `directory` itself.
[[nodiscard]] base::Result<void> sync_tree(const std::string& directory);
// Removes `directory` with everything in it; success when there is none.
[[nodiscard]] base::Result<void> remove_tree(const std::string& directory);

}  // namespace storage
