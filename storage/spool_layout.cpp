#include "storage/spool_layout.h"

#include "base/log.h"
#include "spooler/failpoint.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace storage {

using base::Error;
using base::Result;
using base::Win32;
using spooler::JobId;
using spooler::StoredDocument;

namespace {

// After so many bytes the kernel is asked to start writing, so that the fsync at the end finds little left to do.
constexpr std::uint64_t kWritebackBytes = 4U << 20U;

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

JobId job_id_from(std::string_view name) {
    JobId id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc() || end != name.data() + name.size() || std::to_string(id) != name || id > spooler::kMaxJobId) return 0;
    return id;
}

// Names in a directory except the two special ones.
Result<std::vector<std::string>> entries(const std::string& path) {
    const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
    if (!directory) return file_error(errno, "opendir " + path);
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(directory.get());
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return file_error(errno, "readdir " + path);
    return names;
}

Result<void> unlink_if_there(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return file_error(errno, "unlink " + path);
    return {};
}

}  // namespace

std::string SpoolLayout::fan_out_path(unsigned index) const {
    char name[4];
    (void)std::snprintf(name, sizeof name, "%02x", index & 0xFFU);
    return root_ + "/" + name;
}

std::string SpoolLayout::job_path(JobId id) const { return fan_out_path(fan_out(id)) + "/" + std::to_string(id); }

Result<void> SpoolLayout::prepare() const {
    TRY_VOID(make_directory(root_));
    for (unsigned i = 0; i < kFanOut; ++i) {
        TRY_VOID(make_directory(fan_out_path(i)));
    }
    TRY(const FileDescriptor root, open_directory(root_));
    TRY_VOID(sync_all(root.number(), root_));
    const std::string parent_path = std::filesystem::absolute(root_).parent_path().string();
    TRY(const FileDescriptor parent, open_directory(parent_path));
    return sync_all(parent.number(), parent_path);
}

Result<FileDescriptor> SpoolLayout::lock() const {
    const std::string path = root_ + "/lock";
    TRY(FileDescriptor file, open_file(path, O_RDWR | O_CREAT));
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return Error(Win32::sharing_violation, "spool directory " + root_ + " is in use by another process");
        return file_error(errno, "flock " + path);
    }
    return file;
}

Result<FileDescriptor> SpoolLayout::create(JobId id) {
    TRY_VOID(make_directory(job_path(id)));
    WSP_FAILPOINT("spool.mkdir.after");
    return open_file(temporary_path(id), O_RDWR | O_CREAT | O_TRUNC);
}

Result<void> SpoolLayout::append(int descriptor, base::ByteView data, std::uint64_t offset) const {
    WSP_FAILPOINT("spool.append.before");
    TRY_VOID(write_at(descriptor, data, offset));
    const std::uint64_t end = offset + data.size();
    if (end / kWritebackBytes != offset / kWritebackBytes) {
        const std::uint64_t from = (offset / kWritebackBytes) * kWritebackBytes;
        (void)::sync_file_range(descriptor, static_cast<off_t>(from), static_cast<off_t>(end - from), SYNC_FILE_RANGE_WRITE);
    }
    WSP_FAILPOINT("spool.append.after");
    return {};
}

Result<void> SpoolLayout::publish(JobId id, int descriptor) {
    const std::string temporary = temporary_path(id);
    WSP_FAILPOINT("spool.fsync.before");
    TRY_VOID(sync_data(descriptor, temporary));
    WSP_FAILPOINT("spool.fsync.after");
    TRY_VOID(rename_file(temporary, data_path(id)));
    WSP_FAILPOINT("spool.rename.after");
    return sync_directories(id);
}

Result<void> SpoolLayout::write_whole(JobId id, base::ByteView data) {
    TRY(const FileDescriptor file, create(id));
    TRY_VOID(append(file.number(), data, 0));
    TRY_VOID(rename_file(temporary_path(id), data_path(id)));
    WSP_FAILPOINT("spool.rename.after");
    WSP_FAILPOINT("spool.fsync.before");
    TRY_VOID(sync_data(file.number(), data_path(id)));
    WSP_FAILPOINT("spool.fsync.after");
    return sync_directories(id);
}

Result<void> SpoolLayout::sync_directories(JobId id) {
    const std::string job = job_path(id);
    TRY(const FileDescriptor directory, open_directory(job));
    TRY_VOID(sync_all(directory.number(), job));
    // The job's directory itself is an entry of the one above.
    const unsigned index = fan_out(id);
    const std::string above = fan_out_path(index);
    TRY(const FileDescriptor parent, open_directory(above));
    TRY_VOID(syncs_[index].sync(parent.number(), above));
    WSP_FAILPOINT("spool.dirsync.after");
    return {};
}

Result<FileDescriptor> SpoolLayout::open(JobId id) const {
    // Published between the two looks? Then the third finds it.
    for (const std::string& path : {data_path(id), temporary_path(id), data_path(id)}) {
        Result<FileDescriptor> file = open_file(path, O_RDONLY);
        if (file || file.error().code() != Win32::file_not_found) return file;
    }
    return Error(Win32::spool_file_not_found, "no document of job " + std::to_string(id));
}

Result<void> SpoolLayout::remove(JobId id) const {
    WSP_FAILPOINT("spool.remove.before");
    const std::string job = job_path(id);
    // A document may be published between the first step and the last; then the second round finds it under its new name.
    for (int round = 1;; ++round) {
        TRY_VOID(unlink_if_there(data_path(id)));
        TRY_VOID(unlink_if_there(temporary_path(id)));
        if (::rmdir(job.c_str()) == 0 || errno == ENOENT) break;
        if (errno != ENOTEMPTY || round == 3) return file_error(errno, "rmdir " + job);
    }
    WSP_FAILPOINT("spool.remove.after");
    return {};
}

void SpoolLayout::discard(JobId id) const {
    (void)::unlink(temporary_path(id).c_str());
    (void)::rmdir(job_path(id).c_str());                           // stays when there is a published document
}

Result<std::vector<StoredDocument>> SpoolLayout::sweep(std::span<const JobId> live) const {
    WSP_FAILPOINT("spool.sweep.before");
    std::vector<JobId> sorted(live.begin(), live.end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<StoredDocument> kept;
    kept.reserve(sorted.size());
    for (unsigned index = 0; index < kFanOut; ++index) {
        const std::string path = fan_out_path(index);
        TRY(const FileDescriptor directory, open_directory(path));
        TRY(const std::vector<std::string> names, entries(path));
        for (const std::string& name : names) {
            const JobId id = job_id_from(name);
            struct stat status {};
            const bool ours = id != 0 && fan_out(id) == index;
            if (ours && std::binary_search(sorted.begin(), sorted.end(), id) &&
                ::fstatat(directory.number(), (name + "/data").c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
                kept.push_back(StoredDocument{id, static_cast<std::uint64_t>(status.st_size)});
                continue;
            }
            std::error_code failed;
            std::filesystem::remove_all(path + "/" + name, failed);
            if (failed) return Error(Win32::access_denied, "cannot remove " + path + "/" + name + ": " + failed.message());
        }
    }
    return kept;
}

Result<std::uint64_t> SpoolLayout::free_bytes() const {
    struct statvfs status {};
    if (::statvfs(root_.c_str(), &status) != 0) return file_error(errno, "statvfs " + root_);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace storage
