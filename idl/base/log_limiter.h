// Keeps log lines that strangers can cause from filling the disk. Per kind and peer the first lines of a minute are written in full,
// the rest is counted and told in one line per minute. Used by the RPC runtime; owned by its server.
#pragma once

#include "base/clock.h"
#include "base/limits.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace base {

struct LogLimits {
    std::size_t per_peer = limits::kLogLinesPerMinute;
    std::size_t in_total = limits::kLogLinesPerMinuteInTotal;
    std::size_t peers = limits::kMaxLogPeers;                      // bounds memory and summaries; further peers of a minute share one entry
};

// Thread-safe. A minute begins with the first line after the last one was over.
class LogLimiter {
 public:
    explicit LogLimiter(const Clock& clock = system_clock(), LogLimits limits = {}) : clock_(clock), limits_(limits) {}
    ~LogLimiter();                                                 // writes what is still to be told
    LogLimiter(const LogLimiter&) = delete;
    LogLimiter& operator=(const LogLimiter&) = delete;

    // Whether the caller is to write its line now. `peer`: an IP address as text; IPv6 addresses count by their /64, of which one host
    // has all.
    [[nodiscard]] bool admit(std::string_view kind, std::string_view peer);
    // Writes the summaries of a minute that is over. admit() does so, too; call it now and then so that the last ones come out.
    void tick();
    [[nodiscard]] std::size_t entries() const;

 private:
    using Key = std::pair<std::string, std::string>;               // kind, peer
    struct Entry {
        std::size_t written = 0;
        std::uint64_t suppressed = 0;
    };
    using Table = std::map<Key, Entry>;

    Table take_if_over();                                          // with the mutex held
    static void report(const Table& over);

    const Clock& clock_;
    const LogLimits limits_;
    mutable std::mutex mutex_;
    Table table_;
    std::size_t written_ = 0;
    std::chrono::steady_clock::time_point begin_{};
};

}  // namespace base
