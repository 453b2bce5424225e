// Where the bytes of documents are kept: one directory per job. Blocking work happens behind these calls, never on the caller's strand.
// Implemented in storage/.
#pragma once

#include "base/async.h"
#include "base/bytes.h"
#include "spooler/model/ids.h"

#include <memory>
#include <span>
#include <vector>

namespace spooler {

// Writes one document under a temporary name. Not thread-safe: one call at a time. Destroying it without publish() removes the file.
class SpoolWriter {
 public:
    virtual ~SpoolWriter() = default;
    // Takes all of `data` or fails: disk_full, write_fault. `data` must stay valid until completion.
    virtual base::Task<base::Result<void>> append(base::ByteView data) = 0;
    // fsync, rename to the final name, fsync of the directories. Afterwards only destruction is allowed.
    virtual base::Task<base::Result<void>> publish() = 0;
    // Removes what was written.
    virtual base::Task<void> discard() = 0;
};

// Reads one document from its own offset, also while it grows and across publish(). Not thread-safe.
class SpoolReader {
 public:
    virtual ~SpoolReader() = default;
    // Bytes read; 0 at the present end. spool_file_not_found when the document was removed.
    virtual base::Task<base::Result<std::size_t>> read(base::MutableByteView into) = 0;
    [[nodiscard]] virtual std::uint64_t position() const = 0;
    virtual void seek(std::uint64_t position) = 0;
};

struct StoredDocument {
    JobId id = 0;
    std::uint64_t size = 0;
};

class SpoolFiles {
 public:
    virtual ~SpoolFiles() = default;
    virtual base::Task<base::Result<std::unique_ptr<SpoolWriter>>> create(JobId id) = 0;
    // create + append + publish in one blocking step, for documents that fit into memory. Leaves nothing behind on failure.
    virtual base::Task<base::Result<void>> write_whole(JobId id, base::ByteView data) = 0;
    // Published or still growing. spool_file_not_found when there is none.
    virtual base::Task<base::Result<std::unique_ptr<SpoolReader>>> open(JobId id) = 0;
    // Published or temporary; success when there is nothing.
    virtual base::Task<base::Result<void>> remove(JobId id) = 0;
    // Bytes that an unprivileged writer could still write.
    virtual base::Task<base::Result<std::uint64_t>> free_bytes() = 0;
    // Blocking, at start only: removes temporary files and every document whose job is not in `live`; tells what remains.
    virtual base::Result<std::vector<StoredDocument>> sweep(std::span<const JobId> live) = 0;
};

}  // namespace spooler
