// Descriptors and the few file operations whose order decides what survives a power cut. Blocking; used on storage's own threads.
// Errors: full disk or quota disk_full, missing file_not_found, otherwise access_denied or write_fault; the text names the path.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace storage {

class FileDescriptor {
 public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { close(); }

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    void close();

 private:
    int number_ = -1;
};

// `flags` as for open(2); O_CLOEXEC is added; new files are 0600.
[[nodiscard]] base::Result<FileDescriptor> open_file(const std::string& path, int flags);
[[nodiscard]] base::Result<FileDescriptor> open_directory(const std::string& path);
// Creates one directory (0700); an existing one is fine.
[[nodiscard]] base::Result<void> make_directory(const std::string& path);
// Writes all of `data` at `offset`; on error the file may be longer than before.
[[nodiscard]] base::Result<void> write_at(int descriptor, base::ByteView data, std::uint64_t offset);
// Up to the size of `into`; fewer only at the end of the file.
[[nodiscard]] base::Result<std::size_t> read_at(int descriptor, base::MutableByteView into, std::uint64_t offset);
[[nodiscard]] base::Result<void> sync_data(int descriptor, const std::string& path);
[[nodiscard]] base::Result<void> sync_all(int descriptor, const std::string& path);
// What the disk of an open file or directory has left for us, in bytes.
[[nodiscard]] base::Result<std::uint64_t> free_bytes(int descriptor);
[[nodiscard]] base::Result<void> rename_file(const std::string& from, const std::string& to);
// As error_from_errno, with a full disk or quota told apart.
[[nodiscard]] base::Error file_error(int number, const std::string& what);

// Lets everyone who needs the same directory on disk share one fsync: callers that arrive while one runs wait for the next.
class GroupSync {
 public:
    // Returns once everything done to the directory before the call is durable.
    base::Result<void> sync(int descriptor, const std::string& path);

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t requested_ = 0;                                  // callers so far
    std::uint64_t completed_ = 0;                                  // callers covered by a finished fsync
    std::uint64_t failed_ = 0;                                     // callers covered by a failed one
    bool running_ = false;
};

}  // namespace storage
