// What every spooler object needs: the interfaces behind the spooler, its limits, and the counters that all queues share.
// Made by Spooler; lives as long as it.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "spooler/driver_files.h"
#include "spooler/notify/event.h"
#include "spooler/ports/port_monitor.h"
#include "spooler/processors/print_processor.h"
#include "spooler/spool_files.h"
#include "spooler/store.h"

#include <atomic>
#include <memory>
#include <vector>

namespace spooler {

// Numbers from the configuration. 0 = no limit where a quota is meant.
struct SpoolSettings {
    std::uint64_t min_free_bytes = 64ULL << 20U;                   // spool data stops when the disk has less
    std::uint64_t spool_quota_bytes = 0;                           // of all jobs together
    std::uint64_t queue_quota_bytes = 0;
    std::uint64_t job_quota_bytes = 0;
    std::uint32_t retry_initial_ms = 1'000;                        // doubles up to retry_max_ms
    std::uint32_t retry_max_ms = 60'000;
    std::uint32_t stop_timeout_ms = 10'000;                        // how long stop() waits for running documents
    std::int16_t default_paper_size = 9;                           // DMPAPER id: 9 A4, 1 Letter
};

struct Dependencies {
    Store& store;
    SpoolFiles& files;
    EventSink& events;
    const base::Clock& clock;
    const MonitorSource& monitors;
    std::vector<PrintProcessorPtr> processors;
    boost::asio::any_io_executor executor;                         // queues make their strands on it
    DriverFiles* drivers = nullptr;                                // null: no driver can be installed
};

}  // namespace spooler
