// Counters and latency histograms, cheap enough for every call. Readers take a snapshot.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace base {

class Counter {
 public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::uint64_t> value_{0};
};

// Buckets of powers of two microseconds: bucket i counts values up to 2^i µs, 1 µs … 2^26 µs (67 s); the last one is open.
class Histogram {
 public:
    static constexpr std::size_t kBuckets = 28;
    void record_us(std::uint64_t microseconds);
    [[nodiscard]] std::uint64_t count() const { return count_.value(); }
    [[nodiscard]] std::uint64_t sum_us() const { return sum_.value(); }
    [[nodiscard]] std::array<std::uint64_t, kBuckets> buckets() const;

 private:
    std::array<Counter, kBuckets> buckets_;
    Counter count_;
    Counter sum_;
};

// Named metrics; a reference stays valid as long as the registry lives. Names follow Prometheus ("winspoold_calls_total{operation=\"…\"}").
class Metrics {
 public:
    Counter& counter(std::string_view name);
    Histogram& histogram(std::string_view name);
    struct Sample {
        std::string name;
        std::uint64_t value;
    };
    // Counters by name; then each histogram as Prometheus' cumulative "_bucket{…,le="microseconds"}", "_sum" and "_count".
    [[nodiscard]] std::vector<Sample> snapshot() const;

 private:
    mutable std::mutex mutex_;
    std::map<std::string, Counter, std::less<>> counters_;
    std::map<std::string, Histogram, std::less<>> histograms_;
};

}  // namespace base
