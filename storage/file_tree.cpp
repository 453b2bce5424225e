#include "storage/file_tree.h"

#include "base/utf.h"
#include "spooler/driver_files.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace storage {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::size_t kCopyBlock = 256U << 10U;
// Nobody needs to look through more to find one name.
constexpr std::size_t kMaxEntriesLookedAt = 100'000;

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Error open_error(int number, const std::string& name) {
    if (number == ELOOP || number == ENOTDIR) return Error(Win32::access_denied, name + " is a link or no directory");
    return file_error(number, "open " + name);
}

Result<FileDescriptor> open_at(int directory, const std::string& name, int flags) {
    const int number = ::openat(directory, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (number < 0) return open_error(errno, name);
    return FileDescriptor(number);
}

// A reader of its own over the same directory.
Result<Directory> read_directory(int directory) {
    const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) return file_error(errno, "read a directory");
    Directory reader(::fdopendir(again));  // owns the descriptor from here
    if (reader) return reader;
    ::close(again);
    return file_error(ENOMEM, "read a directory");
}

// Up to the first error of `visit`.
Result<void> each_name(const Directory& reader, const std::function<Result<void>(const std::string&)>& visit) {
    for (;;) {
        errno = 0;
        const dirent* found = ::readdir(reader.get());
        if (found == nullptr) break;
        const std::string name = found->d_name;
        if (name == "." || name == "..") continue;
        TRY_VOID(visit(name));
    }
    if (errno != 0) return file_error(errno, "read a directory");
    return {};
}

bool valid_utf8(const std::string& text) { return base::to_utf8(base::to_utf16(text)) == text; }

struct Copier {
    const TreeLimits& limits;
    std::size_t files = 0, directories = 0;
    std::uint64_t bytes = 0;
    std::vector<char> block = std::vector<char>(kCopyBlock);

    Result<void> one_file(int from, const std::string& name, int to, const std::string& to_name) {
        TRY(const FileDescriptor source, open_at(from, name, O_RDONLY));
        struct stat info {};
        if (::fstat(source.number(), &info) != 0) return file_error(errno, "stat " + name);
        if (!S_ISREG(info.st_mode)) return Error(Win32::access_denied, name + " is no regular file");
        if (limits.one_name_only && info.st_nlink > 1) return Error(Win32::access_denied, name + " has further names in the file system");
        if (++files > limits.files) return Error(Win32::not_enough_quota, "more than " + std::to_string(limits.files) + " files");
        TRY(const FileDescriptor target, open_at(to, to_name, O_WRONLY | O_CREAT | O_EXCL));
        for (;;) {
            const ssize_t count = ::read(source.number(), block.data(), block.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return Error(Win32::read_fault, "read " + name + ": errno " + std::to_string(errno));
            if (count == 0) break;
            // Counted as read: the file may grow meanwhile.
            if (limits.bytes - bytes < static_cast<std::uint64_t>(count))
                return Error(Win32::not_enough_quota, "more than " + std::to_string(limits.bytes) + " bytes");
            TRY(const std::uint64_t left, free_bytes(target.number()));
            if (left < limits.min_free_bytes || left - limits.min_free_bytes < static_cast<std::uint64_t>(count))
                return Error(Win32::disk_full, "only the disk's reserve is left");
            TRY_VOID(append(target.number(), std::string_view(block.data(), static_cast<std::size_t>(count))));
            bytes += static_cast<std::uint64_t>(count);
        }
        // Which of two drivers' files is newer is a matter of these times.
        const timespec times[2] = {info.st_atim, info.st_mtim};
        if (::futimens(target.number(), times) != 0) return file_error(errno, "set the time of " + name);
        return {};
    }

    static Result<void> append(int descriptor, std::string_view data) {
        while (!data.empty()) {
            const ssize_t done = ::write(descriptor, data.data(), data.size());
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) return file_error(errno, "write");
            data.remove_prefix(static_cast<std::size_t>(done));
        }
        return {};
    }

    Result<void> entry(int from, int to, const std::string& name, std::size_t depth) {
        if (!spooler::valid_driver_file_name(name) || !valid_utf8(name))
            return Error(Win32::access_denied, "a file name that drivers cannot have: " + name);
        struct stat info {};
        if (::fstatat(from, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return file_error(errno, "stat " + name);
        if (!S_ISDIR(info.st_mode)) return one_file(from, name, to, name);
        if (depth >= limits.depth) return Error(Win32::not_enough_quota, "directories deeper than " + std::to_string(limits.depth));
        if (++directories > limits.directories) return Error(Win32::not_enough_quota, "too many directories");
        TRY(const FileDescriptor below, open_at(from, name, O_RDONLY | O_DIRECTORY));
        if (::mkdirat(to, name.c_str(), 0700) != 0) return file_error(errno, "mkdir " + name);
        TRY(const FileDescriptor target, open_at(to, name, O_RDONLY | O_DIRECTORY));
        return tree(below.number(), target.number(), depth + 1);
    }

    Result<void> tree(int from, int to, std::size_t depth) {
        TRY(const Directory reader, read_directory(from));
        return each_name(reader, [&](const std::string& name) { return entry(from, to, name, depth); });
    }
};

}  // namespace

Result<std::vector<std::string>> entries_of(int directory) {
    TRY(const Directory reader, read_directory(directory));
    std::vector<std::string> names;
    const auto read = each_name(reader, [&](const std::string& name) -> Result<void> {
        names.push_back(name);
        return {};
    });
    if (!read) return read.error();
    return names;
}

Result<std::string> find_entry(int directory, std::string_view name) {
    struct stat info {};
    const std::string exact(name);
    if (::fstatat(directory, exact.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return exact;
    TRY(const Directory reader, read_directory(directory));
    std::string found;
    std::size_t looked_at = 0;
    while (const dirent* entry = ::readdir(reader.get())) {
        if (++looked_at > kMaxEntriesLookedAt) return Error(Win32::not_enough_quota, "too many entries in a directory");
        if (!base::equal_names(std::string_view(entry->d_name), name)) continue;
        if (!found.empty()) return Error(Win32::file_not_found, exact + " is there in several spellings");
        found = entry->d_name;
    }
    if (found.empty()) return Error(Win32::file_not_found, exact);
    return found;
}

Result<FileDescriptor> open_below(int root, const std::vector<std::string>& parts) {
    TRY(FileDescriptor at, open_at(root, ".", O_RDONLY | O_DIRECTORY));
    for (const std::string& part : parts) {
        if (!spooler::valid_driver_file_name(part)) return Error(Win32::access_denied, "a part of the path is no file name");
        TRY(const std::string name, find_entry(at.number(), part));
        TRY(at, open_at(at.number(), name, O_RDONLY | O_DIRECTORY));
    }
    return at;
}

Result<FileDescriptor> make_and_open(int directory, const std::string& name, unsigned mode) {
    const bool made = ::mkdirat(directory, name.c_str(), mode) == 0;
    if (!made && errno != EEXIST) return file_error(errno, "mkdir " + name);
    TRY(FileDescriptor opened, open_at(directory, name, O_RDONLY | O_DIRECTORY));
    if (made && ::fchmod(opened.number(), mode) != 0) return file_error(errno, "chmod " + name);  // whatever the umask says
    return opened;
}

Result<void> copy_tree(int from, int to, const TreeLimits& limits) { return Copier{limits}.tree(from, to, 0); }

Result<void> copy_file(int from_directory, const std::string& name, int to_directory, const std::string& to_name,
                       const TreeLimits& limits) {
    return Copier{limits}.one_file(from_directory, name, to_directory, to_name);
}

Result<std::vector<std::string>> list_tree(const std::string& directory, const TreeLimits& limits) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    std::error_code error;
    std::size_t entries = 0;
    for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
        if (++entries > limits.files + limits.directories) return Error(Win32::not_enough_quota, "too many files");
        if (static_cast<std::size_t>(at.depth()) > limits.depth) return Error(Win32::not_enough_quota, "directories too deep");
        if (!at->is_symlink(error) && at->is_regular_file(error))
            files.push_back(at->path().lexically_relative(directory).generic_string());
    }
    if (error) return file_error(error.value(), "list " + directory);
    std::sort(files.begin(), files.end());
    return files;
}

Result<void> sync_tree(const std::string& directory) {
    namespace fs = std::filesystem;
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
        TRY(const FileDescriptor file, open_file(at->path().string(), O_RDONLY | O_NOFOLLOW));
        TRY_VOID(sync_all(file.number(), at->path().string()));
    }
    if (error) return file_error(error.value(), "list " + directory);
    TRY(const FileDescriptor self, open_directory(directory));
    return sync_all(self.number(), directory);
}

Result<void> remove_tree(const std::string& directory) {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    if (error) return file_error(error.value(), "remove " + directory);
    return {};
}

}  // namespace storage
