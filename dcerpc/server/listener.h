// Accepts TCP connections on one port of one or several addresses and hands each one over on a strand of its own. Used by Server.
#pragma once

#include "base/async.h"
#include "base/metrics.h"
#include "base/result.h"
#include "dcerpc/server/stream.h"


#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace base {
class LogLimiter;
}

namespace boost::asio {
class io_context;
}

namespace dcerpc {

// Counts the connections of the whole server, in total and per peer address. Thread-safe.
class ConnectionCount {
 public:
    ConnectionCount(std::size_t max_total, std::size_t max_per_address) : max_total_(max_total), max_per_address_(max_per_address) {}

    // Counts one connection; false when a limit is reached. Total::beyond: in place of one that is about to leave.
    enum class Total : std::uint8_t { limited, beyond };
    [[nodiscard]] bool enter(std::string_view address, Total total = Total::limited);
    // The limit of the whole server is reached, the one of this address is not.
    [[nodiscard]] bool only_total_is_full(std::string_view address) const;
    void leave(std::string_view address);
    [[nodiscard]] std::size_t total() const;

 private:
    mutable std::mutex mutex_;
    std::map<std::string, std::size_t, std::less<>> by_address_;
    std::size_t total_ = 0;
    std::size_t max_total_;
    std::size_t max_per_address_;
};

class Listener {
 public:
    // Takes the stream of an accepted connection, which the count includes already. Called on the strand of the stream.
    using Accepted = std::function<void(std::unique_ptr<Stream> stream)>;

    // Asked when the whole server is full: closes a connection that matters less than a new one; false when there is none. Any thread.
    using MakeRoom = std::function<bool()>;

    // All references outlive the listener.
    Listener(boost::asio::io_context& io, ConnectionCount& count, base::Metrics& metrics, base::LogLimiter& log_limiter);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Binds and listens. "0.0.0.0" and "::" mean all addresses of a family; IPv6 sockets take no IPv4. Port 0 chooses one port that is
    // free on all addresses. Fails with a Win32 code and a text that names the address.
    base::Result<void> open(const std::vector<std::string>& addresses, std::uint16_t port);
    // 0 before open.
    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Begins to accept; returns at once.
    void start(Accepted accepted, MakeRoom make_room = {});
    // Closes the sockets and ends when no accept loop is left.
    base::Task<void> stop();

 private:
    struct State;
    base::Result<void> open_all(const std::vector<std::string>& addresses, std::uint16_t port);

    std::shared_ptr<State> state_;
    std::uint16_t port_ = 0;
};

}  // namespace dcerpc
