// Where a job's files lie below the spool root, and the blocking steps on them in the order that survives a power cut.
// Used by spool_dir on its pool.
#pragma once

#include "spooler/spool_files.h"
#include "storage/posix_file.h"

#include <array>
#include <atomic>
#include <string>

namespace storage {

inline constexpr unsigned kFanOut = 256;

class SpoolLayout {
 public:
    explicit SpoolLayout(std::string root) : root_(std::move(root)) {}

    // Creates root and fan-out directories and makes them durable.
    base::Result<void> prepare() const;
    // Takes the root for this process.
    base::Result<FileDescriptor> lock() const;

    [[nodiscard]] const std::string& root() const { return root_; }
    [[nodiscard]] std::string fan_out_path(unsigned index) const;
    [[nodiscard]] std::string job_path(spooler::JobId id) const;
    [[nodiscard]] std::string data_path(spooler::JobId id) const { return job_path(id) + "/data"; }
    [[nodiscard]] std::string temporary_path(spooler::JobId id) const { return job_path(id) + "/data.tmp"; }
    // Consecutive ids share a directory, so that jobs which end at the same time share its fsync.
    [[nodiscard]] static unsigned fan_out(spooler::JobId id) { return (id / 64) % kFanOut; }

    // An empty temporary document, read and write.
    base::Result<FileDescriptor> create(spooler::JobId id);
    base::Result<void> append(int descriptor, base::ByteView data, std::uint64_t offset) const;
    // fdatasync, rename, fsync of the job's directory and of the one above.
    base::Result<void> publish(spooler::JobId id, int descriptor);
    // A whole small document in one go. Renames before it syncs, so that one commit of the file system's journal covers everything;
    // what a power cut leaves under the final name is no document as long as no row says so, and the sweep removes it.
    base::Result<void> write_whole(spooler::JobId id, base::ByteView data);
    // The published document, else the temporary one.
    base::Result<FileDescriptor> open(spooler::JobId id) const;
    base::Result<void> remove(spooler::JobId id) const;
    // Temporary file and directory only, when the job has not been published.
    void discard(spooler::JobId id) const;
    base::Result<std::vector<spooler::StoredDocument>> sweep(std::span<const spooler::JobId> live) const;
    base::Result<std::uint64_t> free_bytes() const;

 private:
    base::Result<void> sync_directories(spooler::JobId id);

    std::string root_;
    std::array<GroupSync, kFanOut> syncs_;
};

}  // namespace storage
