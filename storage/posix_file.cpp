#include "storage/posix_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace storage {

using base::Error;
using base::Result;

void FileDescriptor::close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
}

Error file_error(int number, const std::string& what) {
    const std::string text = what + ": errno " + std::to_string(number);
    switch (number) {
        case ENOSPC:
        case EDQUOT: return Error(base::Win32::disk_full, text);
        case ENOENT:
        case ENOTDIR: return Error(base::Win32::file_not_found, text);
        case EACCES:
        case EPERM:
        case EROFS: return Error(base::Win32::access_denied, text);
        case EEXIST: return Error(base::Win32::file_exists, text);
        default: return Error(base::Win32::write_fault, text);
    }
}

Result<FileDescriptor> open_file(const std::string& path, int flags) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (number < 0) return file_error(errno, "open " + path);
    return FileDescriptor(number);
}

Result<FileDescriptor> open_directory(const std::string& path) { return open_file(path, O_RDONLY | O_DIRECTORY); }

Result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return file_error(errno, "mkdir " + path);
    return {};
}

Result<void> write_at(int descriptor, base::ByteView data, std::uint64_t offset) {
    while (!data.empty()) {
        const ssize_t done = ::pwrite(descriptor, data.data(), data.size(), static_cast<off_t>(offset));
        if (done < 0) {
            if (errno == EINTR) continue;
            return file_error(errno, "write");
        }
        data = data.subspan(static_cast<std::size_t>(done));
        offset += static_cast<std::uint64_t>(done);
    }
    return {};
}

Result<std::size_t> read_at(int descriptor, base::MutableByteView into, std::uint64_t offset) {
    std::size_t total = 0;
    while (total < into.size()) {
        const ssize_t done = ::pread(descriptor, into.data() + total, into.size() - total, static_cast<off_t>(offset + total));
        if (done < 0) {
            if (errno == EINTR) continue;
            return Error(base::Win32::read_fault, "read: errno " + std::to_string(errno));
        }
        if (done == 0) break;
        total += static_cast<std::size_t>(done);
    }
    return total;
}

Result<void> sync_data(int descriptor, const std::string& path) {
    if (::fdatasync(descriptor) != 0) return file_error(errno, "fdatasync " + path);
    return {};
}

Result<void> sync_all(int descriptor, const std::string& path) {
    if (::fsync(descriptor) != 0) return file_error(errno, "fsync " + path);
    return {};
}

Result<std::uint64_t> free_bytes(int descriptor) {
    struct statvfs info {};
    if (::fstatvfs(descriptor, &info) != 0) return file_error(errno, "free space");
    return std::uint64_t{info.f_bavail} * info.f_frsize;
}

Result<void> rename_file(const std::string& from, const std::string& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) return file_error(errno, "rename " + from);
    return {};
}

Result<void> GroupSync::sync(int descriptor, const std::string& path) {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = ++requested_;
    while (completed_ < ticket && failed_ < ticket) {
        if (running_) {
            changed_.wait(lock);
            continue;
        }
        running_ = true;
        const std::uint64_t covers = requested_;
        lock.unlock();
        Result<void> done = sync_all(descriptor, path);
        lock.lock();
        running_ = false;
        (done ? completed_ : failed_) = covers;
        changed_.notify_all();
        if (!done) return done;
    }
    // A later success says nothing about a failure that came first: the kernel reports a lost write only once.
    if (failed_ >= ticket) return Error(base::Win32::write_fault, "fsync " + path + ": failed for another writer of the same directory");
    return {};
}

}  // namespace storage
