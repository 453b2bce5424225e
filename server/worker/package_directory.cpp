#include "server/worker/package_directory.h"

#include "base/limits.h"
#include "base/utf.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace server::worker {
namespace {

using storage::FileDescriptor;

std::string join(const std::string& directory, std::string_view name) {
    return directory.empty() ? std::string(name) : directory + "/" + std::string(name);
}

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

base::Result<std::vector<std::string>> names_of(int root, const std::string& directory) {
    TRY(FileDescriptor opened, open_beneath(root, directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY));
    const int copy = dup(opened.number());
    const std::unique_ptr<DIR, CloseDirectory> stream(copy < 0 ? nullptr : fdopendir(copy));
    if (!stream) return storage::file_error(errno, directory);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream.get())) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
        if (names.size() > base::limits::kMaxDirectoryEntries) {
            return base::Error(base::Win32::invalid_data, "'" + directory + "' holds too many files");
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

base::Result<FileDescriptor> open_beneath(int directory, const std::string& path, int flags, unsigned int mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const long number = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (number < 0) return storage::file_error(errno, "'" + path + "'");
    return FileDescriptor(static_cast<int>(number));
}

base::Result<PackageDirectory> PackageDirectory::open(const std::string& path) {
    PackageDirectory result;
    TRY(result.root_, storage::open_directory(path));
    return result;
}

base::Result<const PackageDirectory::Names*> PackageDirectory::names_in(const std::string& directory) {
    if (const auto known = known_.find(directory); known != known_.end()) return &known->second;
    TRY(const auto names, names_of(root_.number(), directory));
    Names folded;
    for (const std::string& name : names) folded[base::fold_utf8(name)].push_back(name);
    return &known_.emplace(directory, std::move(folded)).first->second;
}

base::Result<std::string> PackageDirectory::find(std::string_view path) {
    std::string found;
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto end = rest.find('/');
        const std::string_view part = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        TRY(const Names* names, names_in(found));
        const auto spellings = names->find(base::fold_utf8(part));
        if (spellings == names->end()) {
            return base::Error(base::Win32::file_not_found, "'" + std::string(path) + "' is missing from the package");
        }
        const auto& candidates = spellings->second;
        const auto exact = std::find(candidates.begin(), candidates.end(), part);
        if (exact == candidates.end() && candidates.size() > 1) {
            return base::Error(base::Win32::invalid_data, "'" + std::string(path) + "' is there several times, in different case");
        }
        found = join(found, exact == candidates.end() ? candidates.front() : *exact);
    }
    return found;
}

base::Result<FileDescriptor> PackageDirectory::open_file(const std::string& path) const {
    TRY(FileDescriptor file, open_beneath(root_.number(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (fstat(file.number(), &status) != 0) return storage::file_error(errno, path);
    if (!S_ISREG(status.st_mode)) return base::Error(base::Win32::invalid_data, "'" + path + "' is no ordinary file");
    return file;
}

base::Result<void> PackageDirectory::list_into(const std::string& directory, std::vector<Entry>& entries, std::uint64_t& bytes) const {
    if (directory.size() > base::limits::kMaxPackagePathBytes) return base::Error(base::Win32::invalid_data, "directories too deep");
    TRY(const auto names, names_of(root_.number(), directory));
    for (const std::string& name : names) {
        const std::string path = join(directory, name);
        struct stat status {};
        if (fstatat(root_.number(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return storage::file_error(errno, path);
        if (S_ISDIR(status.st_mode)) {
            TRY_VOID(list_into(path, entries, bytes));
            continue;
        }
        if (!S_ISREG(status.st_mode)) return base::Error(base::Win32::invalid_data, "'" + path + "' is no ordinary file");
        bytes += static_cast<std::uint64_t>(status.st_size);
        entries.push_back({path, static_cast<std::uint64_t>(status.st_size)});
        if (entries.size() > base::limits::kMaxPackageFiles || bytes > base::limits::kMaxPackageBytes) {
            return base::Error(base::Win32::invalid_data, "the package is too large");
        }
    }
    return {};
}

base::Result<std::vector<PackageDirectory::Entry>> PackageDirectory::list() const {
    std::vector<Entry> entries;
    std::uint64_t bytes = 0;
    TRY_VOID(list_into({}, entries, bytes));
    return entries;
}

}  // namespace server::worker
