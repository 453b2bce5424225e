#include "base/metrics.h"

#include <algorithm>
#include <bit>

namespace base {
namespace {

// "name{labels}" with `suffix` after the name and one more label: how Prometheus spells the parts of a histogram.
std::string with_suffix(const std::string& name, std::string_view suffix, const std::string& label = {}) {
    const std::size_t brace = name.find('{');
    std::string out = name.substr(0, brace);
    out.append(suffix);
    std::string labels = brace == std::string::npos ? std::string() : name.substr(brace + 1, name.size() - brace - 2);
    if (!label.empty()) labels += labels.empty() ? label : "," + label;
    return labels.empty() ? out : out + "{" + labels + "}";
}

}  // namespace

void Histogram::record_us(std::uint64_t microseconds) {
    // Bucket i holds values up to 2^i µs; the last one everything above.
    const auto index = microseconds <= 1 ? std::size_t{0} : static_cast<std::size_t>(std::bit_width(microseconds - 1));
    buckets_[std::min(index, kBuckets - 1)].add();
    sum_.add(microseconds);
    count_.add();
}

std::array<std::uint64_t, Histogram::kBuckets> Histogram::buckets() const {
    std::array<std::uint64_t, kBuckets> out{};
    for (std::size_t i = 0; i < kBuckets; ++i) out[i] = buckets_[i].value();
    return out;
}

Counter& Metrics::counter(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    const auto found = counters_.find(name);
    return found != counters_.end() ? found->second : counters_[std::string(name)];
}

Histogram& Metrics::histogram(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    const auto found = histograms_.find(name);
    return found != histograms_.end() ? found->second : histograms_[std::string(name)];
}

std::vector<Metrics::Sample> Metrics::snapshot() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Sample> out;
    for (const auto& [name, counter] : counters_) out.push_back({name, counter.value()});
    for (const auto& [name, histogram] : histograms_) {
        const auto buckets = histogram.buckets();
        // Read once: between two reads another thread may record, and "count" must equal the last bucket.
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
            cumulative += buckets[i];
            const bool last = i + 1 == Histogram::kBuckets;
            const std::string bound = last ? "+Inf" : std::to_string(std::uint64_t{1} << i);
            out.push_back({with_suffix(name, "_bucket", "le=\"" + bound + "\""), cumulative});
        }
        out.push_back({with_suffix(name, "_sum"), histogram.sum_us()});
        out.push_back({with_suffix(name, "_count"), cumulative});
    }
    return out;
}

}  // namespace base
