// Inside of JobWriter; internal to the spooler.
#pragma once

#include "spooler/job_writer.h"
#include "spooler/queue_state.h"
#include "spooler/spool_files.h"

namespace spooler {

class DirectFeed;

struct JobWriter::State {
    std::shared_ptr<PrinterQueue> queue;
    JobId id = 0;
    std::shared_ptr<WriterControl> control;
    base::ByteBuffer buffer;                                       // not yet in the file; at most one chunk
    std::unique_ptr<SpoolWriter> file;                             // made when the first chunk is full
    std::uint64_t in_file = 0;
    std::uint32_t pages_started = 0, pages_ended = 0;
    std::shared_ptr<DirectFeed> feed;                              // of a document that is printed directly
    std::shared_ptr<Delivery> delivery;                            // likewise
    bool closed = false;                                           // ended or aborted
};

}  // namespace spooler
