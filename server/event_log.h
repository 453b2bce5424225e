// The print event log: JSON lines in the state directory, bounded by rotation. Written by LogJobInfoForBranchOffice, read by
// `winspoolctl events`.
#pragma once

#include "base/async.h"

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>
#include <vector>

namespace server {

// Thread-safe. The file work runs on a thread of its own, in the order of the calls.
class EventLog {
 public:
    struct Limits {
        std::size_t file_bytes;                                    // then the file is rotated
        std::size_t files;                                         // rotated ones that are kept
    };
    // DIRECTORY/events.jsonl, rotated to events.1.jsonl (the youngest) and so on. A line that a crash cut off is removed.
    static base::Result<std::unique_ptr<EventLog>> open(const std::string& directory);
    static base::Result<std::unique_ptr<EventLog>> open(const std::string& directory, Limits limits);
    ~EventLog();
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;

    // Completes when all lines are on disk; `lines` are JSON without line feeds. disk_full, write_fault: none of the lines that
    // follow the failed one is there.
    base::Task<base::Result<void>> append(std::vector<std::string> lines);
    // The last `count` lines, oldest first.
    base::Task<base::Result<std::vector<std::string>>> last(std::size_t count);

 private:
    class Files;
    explicit EventLog(std::shared_ptr<Files> files);

    std::shared_ptr<Files> files_;
    boost::asio::thread_pool pool_{1};
};

}  // namespace server
