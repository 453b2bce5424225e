#include "storage/driver_layout.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"
#include "spooler/drivers.h"
#include "storage/digest.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace storage {

using base::Error;
using base::Result;
using base::Win32;
using spooler::DriverFile;
using spooler::DriverQuota;
using spooler::StoredFile;

namespace {

constexpr std::size_t kCopyBytes = 256U << 10U;
constexpr std::uint32_t kMaxVersion = 9;  // directories "0" … "9" hold installed files
constexpr const char* kTemporaryLink = ".winspoold.new";
constexpr int kOpenPart = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

// Reads names until `visit` says false. Never follows anything.
Result<void> each_entry(int directory, const std::string& path, const std::function<bool(const std::string&)>& visit) {
    const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return file_error(errno, "open " + path);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), &::closedir);
    if (!stream) {
        ::close(copy);
        return file_error(errno, "list " + path);
    }
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (!visit(name)) break;
    }
    return {};
}

bool is_link(int directory, const std::string& name) {
    struct stat status {};
    return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

Result<FileDescriptor> open_part(int directory, const std::string& name, int flags, const std::string& path) {
    const int number = ::openat(directory, name.c_str(), kOpenPart | flags);
    if (number >= 0) return FileDescriptor(number);
    const int error = errno;
    if (error == ELOOP || is_link(directory, name)) return Error(Win32::access_denied, path + " is a link: not followed");
    return file_error(error, "open " + path);
}

// As open_part; when there is no such name, one that differs in case will do, as it does for the Windows clients that put it there.
Result<FileDescriptor> open_any_case(int directory, const std::string& name, int flags, const std::string& path) {
    auto opened = open_part(directory, name, flags, path);
    if (opened || opened.error().code() != Win32::file_not_found) return opened;
    const std::string wanted = base::fold_utf8(name);
    std::string found;
    std::size_t seen = 0;
    TRY_VOID(each_entry(directory, path, [&](const std::string& entry) {
        if (++seen > base::limits::kMaxUploadEntries) return false;
        if (base::fold_utf8(entry) == wanted) found = entry;
        return found.empty();
    }));
    if (seen > base::limits::kMaxUploadEntries) {
        return Error(Win32::file_not_found, path +
                                                ": there is no file of exactly this name, and the directory has too many to look for one " +
                                                "in another case: delete what is installed");
    }
    if (found.empty()) return Error(Win32::file_not_found, path + " does not exist");
    return open_part(directory, found, flags, path);
}

// Whoever puts a file there chooses its time; the standard clock's nanoseconds end in 2262.
base::FileTime modified_time(const struct stat& status) {
    constexpr std::int64_t kSecondsTo1970 = 11'644'473'600, kLastSecond = 900'000'000'000;  // year 30,000
    constexpr std::uint64_t kTicksPerSecond = 10'000'000;
    const std::int64_t seconds = std::clamp<std::int64_t>(status.st_mtim.tv_sec, -kSecondsTo1970, kLastSecond) + kSecondsTo1970;
    return {static_cast<std::uint64_t>(seconds) * kTicksPerSecond + static_cast<std::uint64_t>(status.st_mtim.tv_nsec) / 100U};
}

bool same_file(const struct stat& a, const struct stat& b) {
    if (a.st_dev == b.st_dev && a.st_ino == b.st_ino) return true;
    // Where the file system has no hard links, the share holds copies.
    return S_ISREG(a.st_mode) && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

Result<void> make_readable_directory(const std::string& path) {
    TRY_VOID(make_directory(path));
    TRY(const FileDescriptor directory, open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    // The state directory above is private; who may reach the share is decided by whoever exports it.
    if (::fchmod(directory.number(), 0755) != 0) return file_error(errno, "chmod " + path);
    return {};
}

// The directory of one environment and version in the share, opened without following links.
Result<FileDescriptor> open_version(const std::string& share, const DriverFile& file) {
    const spooler::Environment* environment = spooler::find_environment(file.environment);
    const bool known = environment != nullptr && file.version <= kMaxVersion && spooler::valid_driver_file_name(file.name);
    if (!known) return Error(Win32::invalid_data, "no place in the share for " + file.name);
    const std::string path = share + "/" + std::string(environment->directory);
    TRY(const FileDescriptor top, open_directory(share));
    TRY(const FileDescriptor middle, open_part(top.number(), std::string(environment->directory), O_DIRECTORY, path));
    const std::string version = std::to_string(file.version);
    if (::mkdirat(middle.number(), version.c_str(), 0755) != 0 && errno != EEXIST)
        return file_error(errno, "mkdir " + path + "/" + version);
    return open_part(middle.number(), version, O_DIRECTORY, path + "/" + version);
}

Result<void> copy_bytes(int from, int into) {
    base::ByteBuffer buffer(kCopyBytes);
    for (std::uint64_t offset = 0;;) {
        TRY(const std::size_t count, read_at(from, buffer, offset));
        if (count == 0) return {};
        TRY_VOID(write_at(into, base::ByteView(buffer).first(count), offset));
        offset += count;
    }
}

// For file systems without hard links.
Result<void> copy_into(const std::string& from, int directory, const std::string& name) {
    TRY(const FileDescriptor source, open_file(from, O_RDONLY));
    const int number = ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
    if (number < 0) return file_error(errno, "create " + name);
    const FileDescriptor target(number);
    TRY_VOID(copy_bytes(source.number(), number));
    struct stat status {};
    if (::fstat(source.number(), &status) != 0) return file_error(errno, "stat " + from);
    const timespec times[2] = {status.st_atim, status.st_mtim};
    if (::futimens(number, times) != 0) return file_error(errno, "set time of " + name);
    return sync_all(number, name);
}

}  // namespace

DriverLayout::DriverLayout(std::string base) : base_(std::filesystem::absolute(base).lexically_normal().string()), share_(), contents_() {
    while (base_.size() > 1 && base_.back() == '/') base_.pop_back();
    share_ = base_ + "/drivers";
    contents_ = base_ + "/driver_files";
}

std::string DriverLayout::content_path(std::string_view content) const { return contents_ + "/" + std::string(content); }

std::string DriverLayout::shown_path(const DriverFile& file) const {
    const spooler::Environment* environment = spooler::find_environment(file.environment);
    if (environment == nullptr || !spooler::valid_driver_file_name(file.name)) return {};
    return share_ + "/" + std::string(environment->directory) + "/" + std::to_string(file.version) + "/" + file.name;
}

Result<void> DriverLayout::prepare() {
    TRY(base_directory_, open_directory(base_));
    TRY_VOID(make_directory(contents_));
    TRY_VOID(make_readable_directory(share_));
    for (const spooler::Environment& environment : spooler::environments()) {
        const std::string path = share_ + "/" + std::string(environment.directory);
        const Result<void> made = make_readable_directory(path);
        // Somebody may have put something else there; the rest of the share does not suffer from that.
        if (!made) base::log::error("no drivers for one environment", {{"directory", path}, {"reason", made.error().to_string()}});
    }
    TRY(const FileDescriptor share, open_directory(share_));
    TRY_VOID(sync_all(share.number(), share_));
    return sync_all(base_directory_.number(), base_);
}

// --- Taking files in -------------------------------------------------------------------------------------------------

Result<FileDescriptor> DriverLayout::open_source(const std::string& path) const {
    const std::string inside = base_ + "/";
    if (path.compare(0, inside.size(), inside) != 0) return Error(Win32::access_denied, path + " is not below the state directory");
    FileDescriptor directory(::fcntl(base_directory_.number(), F_DUPFD_CLOEXEC, 0));
    if (!directory.is_open()) return file_error(errno, "open " + base_);
    for (std::size_t start = inside.size();;) {
        const std::size_t end = path.find('/', start);
        const std::string part = path.substr(start, end - start);
        if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string::npos) {
            return Error(Win32::access_denied, path + " is no plain path");
        }
        const bool last = end == std::string::npos;
        TRY(FileDescriptor opened, open_any_case(directory.number(), part, last ? 0 : O_DIRECTORY, path));
        if (!last) {
            directory = std::move(opened);
            start = end + 1;
            continue;
        }
        struct stat status {};
        if (::fstat(opened.number(), &status) != 0) return file_error(errno, "stat " + path);
        if (!S_ISREG(status.st_mode)) return Error(Win32::access_denied, path + " is no plain file");
        return opened;
    }
}

Result<void> DriverLayout::check_free(std::uint64_t bytes, std::uint64_t min_free) const {
    TRY(const std::uint64_t free, free_bytes(base_directory_.number()));
    if (free < min_free || free - min_free < bytes) return Error(Win32::disk_full, "the disk reserve is reached");
    return {};
}

Result<StoredFile> DriverLayout::copy_in(int source, const std::string& name, const DriverQuota& quota, Intake& intake) const {
    struct stat status {};
    if (::fstat(source, &status) != 0) return file_error(errno, "stat " + name);
    const auto too_large = [&](std::uint64_t size) { return size > quota.file_bytes || size > quota.total_bytes - intake.bytes; };
    const Error refused(Win32::not_enough_quota, name + " is too large for a driver");
    if (too_large(static_cast<std::uint64_t>(status.st_size))) return refused;
    TRY_VOID(check_free(static_cast<std::uint64_t>(status.st_size), quota.min_free_bytes));

    const std::string temporary = contents_ + "/incoming";
    TRY(const FileDescriptor target, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW));
    Sha256 digest;
    base::ByteBuffer buffer(kCopyBytes);
    StoredFile stored;
    stored.modified = modified_time(status);
    for (;;) {
        TRY(const std::size_t count, read_at(source, buffer, stored.size));
        if (count == 0) break;
        if (too_large(stored.size + count)) return refused;  // it grows while we read
        const base::ByteView part = base::ByteView(buffer).first(count);
        digest.add(part);
        TRY_VOID(write_at(target.number(), part, stored.size));
        stored.size += count;
    }
    TRY(stored.content, digest.finish());
    intake.bytes += stored.size;
    const timespec times[2] = {status.st_mtim, status.st_mtim};
    if (::futimens(target.number(), times) != 0) return file_error(errno, "set time of " + temporary);
    if (::access(content_path(stored.content).c_str(), F_OK) != 0) intake.fresh.push_back(stored.content);
    TRY_VOID(keep(target, temporary, stored.content));
    return stored;
}

Result<void> DriverLayout::keep(const FileDescriptor& file, const std::string& temporary, const std::string& content) const {
    if (::fchmod(file.number(), 0444) != 0) return file_error(errno, "chmod " + temporary);
    TRY_VOID(sync_all(file.number(), temporary));
    return rename_file(temporary, content_path(content));  // over the same bytes, when we have them already
}

Result<std::vector<StoredFile>> DriverLayout::store(const std::vector<std::string>& sources, const DriverQuota& quota) {
    std::vector<StoredFile> stored;
    Intake intake;
    const auto take = [&]() -> Result<void> {
        for (const std::string& path : sources) {
            TRY(const FileDescriptor source, open_source(path));
            TRY(StoredFile file, copy_in(source.number(), path, quota, intake));
            stored.push_back(std::move(file));
        }
        TRY(const FileDescriptor directory, open_directory(contents_));
        return sync_all(directory.number(), contents_);
    };
    Result<void> taken = take();
    if (taken) return stored;
    intake.fresh.emplace_back("incoming");
    (void)forget(intake.fresh);
    return std::move(taken).error();
}

// --- The share -------------------------------------------------------------------------------------------------------

Result<void> DriverLayout::link_into_share(const DriverFile& file) const {
    TRY(const FileDescriptor directory, open_version(share_, file));
    const int number = directory.number();
    const std::string content = content_path(file.content);
    ::unlinkat(number, kTemporaryLink, 0);
    if (::linkat(AT_FDCWD, content.c_str(), number, kTemporaryLink, 0) != 0) {
        const bool no_links = errno == EPERM || errno == EXDEV || errno == EMLINK || errno == EOPNOTSUPP;
        if (!no_links) return file_error(errno, "link " + content);
        TRY_VOID(copy_into(content, number, kTemporaryLink));
    }
    if (::renameat(number, kTemporaryLink, number, file.name.c_str()) != 0) {
        const int error = errno;
        ::unlinkat(number, kTemporaryLink, 0);
        return file_error(error, "show " + shown_path(file));
    }
    ::unlinkat(number, kTemporaryLink, 0);  // rename leaves it when both names are the same file
    return sync_all(number, share_);
}

Result<void> DriverLayout::publish(const std::vector<DriverFile>& files) const {
    for (const DriverFile& file : files) {
        TRY_VOID(link_into_share(file));
    }
    return {};
}

Result<void> DriverLayout::withdraw(const std::vector<DriverFile>& files) const {
    for (const DriverFile& file : files) {
        TRY(const FileDescriptor directory, open_version(share_, file));
        if (::unlinkat(directory.number(), file.name.c_str(), 0) != 0 && errno != ENOENT)
            return file_error(errno, "unlink " + shown_path(file));
    }
    return {};
}

Result<void> DriverLayout::forget(const std::vector<std::string>& contents) const {
    for (const std::string& content : contents) {
        if (::unlink(content_path(content).c_str()) != 0 && errno != ENOENT) return file_error(errno, "unlink " + content);
    }
    return {};
}

// --- Start -----------------------------------------------------------------------------------------------------------

// A content that is gone comes back from the share when the bytes there are still the right ones. False: lost.
Result<bool> DriverLayout::restore(const DriverFile& file) const {
    const auto shown = open_source(shown_path(file));
    if (!shown) return false;
    TRY(const std::string content, sha256_of(shown->number()));
    if (content != file.content) return false;
    // The very file that was read: its name may lead to another one by now.
    const std::string opened = "/proc/self/fd/" + std::to_string(shown->number());
    if (::linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, content_path(content).c_str(), AT_SYMLINK_FOLLOW) != 0)
        return file_error(errno, "link " + content);
    return true;
}

Result<void> DriverLayout::clean_share(std::span<const DriverFile> files) const {
    std::map<std::string, std::set<std::string>> expected;  // directory → names
    for (const DriverFile& file : files) {
        const std::string path = shown_path(file);
        if (!path.empty()) expected[path.substr(0, path.size() - file.name.size() - 1)].insert(file.name);
    }
    for (const spooler::Environment& environment : spooler::environments()) {
        const std::string top = share_ + "/" + std::string(environment.directory);
        const auto above = open_file(top, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (!above) continue;  // prepare() has said so
        for (std::uint32_t version = 0; version <= kMaxVersion; ++version) {
            const std::string path = top + "/" + std::to_string(version);
            const auto directory = open_part(above->number(), std::to_string(version), O_DIRECTORY, path);
            if (!directory) continue;
            std::vector<std::string> strange;
            TRY_VOID(each_entry(directory->number(), path, [&](const std::string& name) {
                if (expected[path].count(name) == 0) strange.push_back(name);
                return true;
            }));
            for (const std::string& name : strange) {
                if (::unlinkat(directory->number(), name.c_str(), 0) != 0) continue;  // a directory: not ours
                base::log::info("file without a driver removed", {{"file", path + "/" + name}});
            }
        }
    }
    return {};
}

Result<void> DriverLayout::clean_contents(std::span<const DriverFile> files) const {
    std::set<std::string_view> used;
    for (const DriverFile& file : files) used.insert(file.content);
    TRY(const FileDescriptor directory, open_directory(contents_));
    std::vector<std::string> unused;
    TRY_VOID(each_entry(directory.number(), contents_, [&](const std::string& name) {
        if (used.count(name) == 0) unused.push_back(name);
        return true;
    }));
    return forget(unused);
}

Result<std::vector<DriverFile>> DriverLayout::sweep(std::span<const DriverFile> files) const {
    std::vector<DriverFile> lost;
    TRY_VOID(clean_share(files));
    TRY_VOID(clean_contents(files));
    for (const DriverFile& file : files) {
        struct stat content {};
        const bool there = is_sha256(file.content) && ::lstat(content_path(file.content).c_str(), &content) == 0 &&
                           S_ISREG(content.st_mode) && static_cast<std::uint64_t>(content.st_size) == file.size;
        if (!there) {
            const auto restored = restore(file);
            if (!restored || !*restored) lost.push_back(file);
            continue;
        }
        struct stat shown {};
        const std::string path = shown_path(file);
        if (!path.empty() && ::lstat(path.c_str(), &shown) == 0 && same_file(shown, content)) continue;
        const auto linked = link_into_share(file);
        if (!linked)
            base::log::error("an installed driver file is not in the share", {{"file", path}, {"reason", linked.error().to_string()}});
    }
    return lost;
}

}  // namespace storage
