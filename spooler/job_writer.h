// One open document, StartDoc … EndDoc: bytes into the spool file under quotas. Made by PrinterQueue::start_document.
#pragma once

#include "base/async.h"
#include "base/bytes.h"
#include "spooler/model/ids.h"

#include <memory>

namespace spooler {

class PrinterQueue;

// One call at a time (the handle's gate sees to that); cancelling the job from elsewhere is safe at any moment and makes every later
// write and page call fail with print_cancelled. Destroying it without end() or abort() aborts the document.
class JobWriter {
 public:
    struct State;                                                  // implementation
    explicit JobWriter(std::unique_ptr<State> state);
    ~JobWriter();
    JobWriter(const JobWriter&) = delete;
    JobWriter& operator=(const JobWriter&) = delete;

    [[nodiscard]] JobId id() const;
    // Informational; counted in TotalPages at end_page (at start_page when pages are not ended).
    base::Result<void> start_page();
    base::Result<void> end_page();
    // Bytes taken: all of `data`, or less when `data` exceeds limits::kMaxWriteBytes. `data` must stay valid until completion.
    // print_cancelled; no_spool_space when a quota or the disk reserve is reached; disk_full, write_fault from the file system.
    // After an error of space the document may still be ended (what is there prints) or aborted.
    // A document that is printed directly: completes when the device has the data; errors of device and port monitor.
    base::Task<base::Result<std::uint32_t>> write(base::ByteView data);
    // Completes when file, directory and database row are durable. print_cancelled when the job was cancelled meanwhile.
    // A document that is printed directly: when the device has finished it; its errors.
    base::Task<base::Result<void>> end();
    // Deletes the job and its file, whatever stage it is in.
    base::Task<base::Result<void>> abort();

    // Of a document that is printed directly: what its device has sent back meanwhile, as much as fits; 0 when there is nothing (more) now.
    // print_cancelled; errors of the device; invalid_handle for a spooled document, which has no device yet.
    base::Task<base::Result<std::size_t>> read_back(base::MutableByteView into);
    // Completes when nothing of a document that is printed directly holds its port any more; at once for others.
    base::Task<void> left_port();

 private:
    base::Task<base::Result<std::size_t>> take(base::ByteView data);
    base::Task<base::Result<void>> append(base::ByteView data);
    base::Task<base::Result<void>> flush_chunk();
    base::Task<base::Result<void>> publish_file();
    // The same for a document that is printed directly (spooler/queue_direct.cpp).
    base::Task<base::Result<std::uint32_t>> write_direct(base::ByteView data);
    base::Task<base::Result<void>> end_direct();
    base::Task<base::Result<void>> abort_direct();

    std::unique_ptr<State> state_;
};
using JobWriterPtr = std::shared_ptr<JobWriter>;

}  // namespace spooler
