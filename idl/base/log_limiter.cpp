#include "base/log_limiter.h"

#include "base/log.h"

#include <boost/asio/ip/address.hpp>

namespace base {
namespace {

constexpr std::chrono::minutes kWindow{1};
constexpr std::string_view kOthers = "others";

std::string group_of(std::string_view peer) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(peer, error);
    if (error || !address.is_v6() || address.to_v6().is_v4_mapped()) return std::string(peer);
    auto bytes = address.to_v6().to_bytes();
    for (std::size_t i = 8; i < bytes.size(); ++i) bytes[i] = 0;
    return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace

LogLimiter::~LogLimiter() { report(table_); }

bool LogLimiter::admit(std::string_view kind, std::string_view peer) {
    Key key(kind, group_of(peer));
    Table over;
    bool write = false;
    {
        const std::scoped_lock lock(mutex_);
        over = take_if_over();
        if (table_.empty()) begin_ = clock_.steady_now();
        auto found = table_.find(key);
        if (found == table_.end()) {
            // One place is left for the rest of them.
            if (table_.size() + 1 >= limits_.peers) key = Key(kOthers, kOthers);
            found = table_.try_emplace(std::move(key)).first;
        }
        Entry& entry = found->second;
        write = entry.written < limits_.per_peer && written_ < limits_.in_total;
        if (write) {
            ++entry.written;
            ++written_;
        } else {
            ++entry.suppressed;
        }
    }
    report(over);
    return write;
}

void LogLimiter::tick() {
    Table over;
    {
        const std::scoped_lock lock(mutex_);
        over = take_if_over();
    }
    report(over);
}

std::size_t LogLimiter::entries() const {
    const std::scoped_lock lock(mutex_);
    return table_.size();
}

LogLimiter::Table LogLimiter::take_if_over() {
    if (table_.empty() || clock_.steady_now() - begin_ < kWindow) return {};
    written_ = 0;
    return std::exchange(table_, Table());
}

void LogLimiter::report(const Table& over) {
    for (const auto& [key, entry] : over) {
        if (entry.suppressed == 0) continue;
        log::warning("log lines suppressed", {{"event", key.first}, {"peer", key.second}, {"suppressed", entry.suppressed}});
    }
}

}  // namespace base
