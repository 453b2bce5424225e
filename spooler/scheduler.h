// Which job prints next. Pure data: no clock, no lock, no I/O; the queue keeps one ReadyList up to date and asks it.
#pragma once

#include "spooler/model/ids.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>

namespace spooler {

// Minutes of the day, UTC; the window wraps midnight when `start` is after `until`; equal ends mean always open.
[[nodiscard]] bool window_open(std::uint32_t start, std::uint32_t until, std::uint32_t minute);
// 0 when open now, else 1 … 1439.
[[nodiscard]] std::uint32_t minutes_until_open(std::uint32_t start, std::uint32_t until, std::uint32_t minute);

// A job that could print: neither paused nor held nor being deleted, and with data.
struct Candidate {
    JobId id = 0;
    std::uint32_t priority = 1;
    std::int64_t order = 0;
    std::uint32_t start_time = 0, until_time = 0;
    bool complete = true;                                          // false: still being spooled
};

struct PrinterRules {
    std::uint32_t start_time = 0, until_time = 0;
    bool complete_only = false;                                    // QUEUED: start after the last page
    bool complete_first = false;                                   // DO_COMPLETE_FIRST
    JobId linked = 0;                                              // must come next if it can
};

struct Choice {
    JobId id = 0;                                                  // 0: nothing can print now
    std::uint32_t retry_minutes = 0;                               // when a time window opens; 0: none will
};

class ReadyList {
 public:
    void put(const Candidate& candidate);                          // inserts or replaces
    void erase(JobId id);
    [[nodiscard]] bool contains(JobId id) const { return by_id_.count(id) != 0; }
    [[nodiscard]] bool empty() const { return by_id_.empty(); }
    [[nodiscard]] std::size_t size() const { return by_id_.size(); }
    // The linked job; then highest priority, then order; complete ones before incomplete ones if the printer says so.
    // `blocked` tells which jobs wait for the job they are linked behind; may be empty.
    [[nodiscard]] Choice pick(const PrinterRules& rules, std::uint32_t minute, const std::function<bool(JobId)>& blocked) const;

 private:
    struct Before {
        bool operator()(const Candidate& a, const Candidate& b) const {
            if (a.priority != b.priority) return a.priority > b.priority;
            if (a.order != b.order) return a.order < b.order;
            return a.id < b.id;
        }
    };
    using Ordered = std::set<Candidate, Before>;

    Ordered complete_;
    Ordered growing_;
    std::unordered_map<JobId, Candidate> by_id_;
};

}  // namespace spooler
