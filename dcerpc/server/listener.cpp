#include "dcerpc/server/listener.h"

#include "base/async_event.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/log_limiter.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/strand.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace dcerpc {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

bool ConnectionCount::enter(std::string_view address, Total total) {
    const std::scoped_lock lock(mutex_);
    if (total == Total::limited && total_ >= max_total_) return false;
    const auto found = by_address_.find(address);
    if (found == by_address_.end()) {
        if (max_per_address_ == 0) return false;
        by_address_.emplace(std::string(address), 1);
    } else {
        if (found->second >= max_per_address_) return false;
        ++found->second;
    }
    ++total_;
    return true;
}

bool ConnectionCount::only_total_is_full(std::string_view address) const {
    const std::scoped_lock lock(mutex_);
    const auto found = by_address_.find(address);
    const std::size_t here = found == by_address_.end() ? 0 : found->second;
    return total_ >= max_total_ && here < max_per_address_;
}

void ConnectionCount::leave(std::string_view address) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_address_.find(address);
    WSP_CHECK(found != by_address_.end() && total_ > 0);
    --total_;
    if (--found->second == 0) by_address_.erase(found);
}

std::size_t ConnectionCount::total() const {
    const std::scoped_lock lock(mutex_);
    return total_;
}

// Shared with the accept loops, which may outlive the listener by a moment.
struct Listener::State {
    struct Socket {
        explicit Socket(asio::io_context& io) : strand(asio::make_strand(io)), acceptor(strand) {}
        asio::any_io_executor strand;                                              // all use of the acceptor after start
        tcp::acceptor acceptor;
    };

    State(asio::io_context& the_io, ConnectionCount& the_count, base::Metrics& metrics, base::LogLimiter& the_log_limiter)
        : io(the_io),
          count(the_count),
          log_limiter(the_log_limiter),
          accepted_total(metrics.counter("winspoold_connections_total")),
          refused_total(metrics.counter("winspoold_connections_refused_total")),
          accept_errors_total(metrics.counter("winspoold_accept_errors_total")) {}

    static base::Task<void> accept_loop(std::shared_ptr<State> state, std::size_t index);
    void take(tcp::socket socket);
    bool admit(const std::string& address);

    asio::io_context& io;
    ConnectionCount& count;
    base::LogLimiter& log_limiter;
    base::Counter& accepted_total;
    base::Counter& refused_total;
    base::Counter& accept_errors_total;
    std::vector<std::unique_ptr<Socket>> sockets;
    Accepted accepted;
    MakeRoom make_room;
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> loops{0};
    base::AsyncEvent stop_now;
    base::AsyncEvent all_stopped;
};

namespace {

// Errors of accept() that concern the one connection, not the listener: accept the next one at once.
bool concerns_one_connection(const boost::system::error_code& error) {
    switch (error.value()) {
        case ECONNABORTED: case EPROTO: case EINTR: case EAGAIN: case ENETDOWN: case ENOPROTOOPT: case EHOSTDOWN: case ENONET:
        case EHOSTUNREACH: case EOPNOTSUPP: case ENETUNREACH: case EPERM:
            return true;
        default:
            return false;
    }
}

// Frees the descriptor without TIME_WAIT or lingering data: the peer sees a reset.
void reset(tcp::socket& socket) {
    const ::linger at_once{1, 0};
    (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    boost::system::error_code ignored;
    socket.close(ignored);
}

base::Result<void> open_one(tcp::acceptor& acceptor, const std::string& text, std::uint16_t port) {
    boost::system::error_code error;
    const asio::ip::address address = asio::ip::make_address(text, error);
    if (error) return base::Error(base::Win32::invalid_parameter, "not an IP address: " + text);
    const tcp::endpoint endpoint(address, port);
    const std::string what = "listen on " + text + " port " + std::to_string(port);
    acceptor.open(endpoint.protocol(), error);
    if (error) return base::error_from(error, what);
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return base::error_from(error, what);
    return {};
}

}  // namespace

Listener::Listener(asio::io_context& io, ConnectionCount& count, base::Metrics& metrics, base::LogLimiter& log_limiter)
    : state_(std::make_shared<State>(io, count, metrics, log_limiter)) {}

Listener::~Listener() = default;

base::Result<void> Listener::open(const std::vector<std::string>& addresses, std::uint16_t port) {
    if (addresses.empty() || addresses.size() > base::limits::kMaxListenAddresses) {
        return base::Error(base::Win32::invalid_parameter, "between 1 and 64 addresses to listen on");
    }
    // A port that the kernel gave for the first address may be taken on another one: then try again with a new one.
    constexpr int kAttempts = 16;
    base::Result<void> outcome;
    for (int attempt = 0; attempt < (port == 0 ? kAttempts : 1); ++attempt) {
        outcome = open_all(addresses, port);
        if (outcome) return outcome;
        state_->sockets.clear();
    }
    port_ = 0;
    return outcome;
}

base::Result<void> Listener::open_all(const std::vector<std::string>& addresses, std::uint16_t port) {
    port_ = port;
    for (const std::string& address : addresses) {
        auto socket = std::make_unique<State::Socket>(state_->io);
        TRY_VOID(open_one(socket->acceptor, address, port_));
        boost::system::error_code error;
        port_ = socket->acceptor.local_endpoint(error).port();
        if (error) return base::error_from(error, "listen on " + address);
        state_->sockets.push_back(std::move(socket));
    }
    return {};
}

void Listener::start(Accepted accepted, MakeRoom make_room) {
    state_->accepted = std::move(accepted);
    state_->make_room = std::move(make_room);
    state_->loops = state_->sockets.size();
    for (std::size_t index = 0; index < state_->sockets.size(); ++index) {
        base::spawn(state_->sockets[index]->strand, "accept", &State::accept_loop, state_, index);
    }
}

base::Task<void> Listener::stop() {
    const std::shared_ptr<State> state = state_;
    const bool first = !state->stopping.exchange(true);
    if (first) {
        state->stop_now.set();
        for (const auto& socket : state->sockets) {
            asio::post(socket->strand, [state, one = socket.get()] {
                boost::system::error_code ignored;
                one->acceptor.close(ignored);
            });
        }
    }
    if (state->loops != 0) co_await state->all_stopped.wait();
}

base::Task<void> Listener::State::accept_loop(std::shared_ptr<State> state, std::size_t index) {
    tcp::acceptor& acceptor = state->sockets[index]->acceptor;
    constexpr auto kFirstDelay = 10ms;
    constexpr auto kLongestDelay = 1000ms;
    std::chrono::milliseconds delay = kFirstDelay;
    while (!state->stopping) {
        const asio::any_io_executor strand = asio::make_strand(state->io);
        auto outcome = co_await acceptor.async_accept(strand, base::nothrow);
        auto& [error, socket] = outcome;
        if (state->stopping) break;
        if (!error) {
            delay = kFirstDelay;
            state->take(std::move(socket));
            continue;
        }
        state->accept_errors_total.add();
        if (concerns_one_connection(error)) continue;
        // Out of descriptors or memory: the connection stays in the backlog, and asking again at once would only burn time. One log
        // line per episode, not per attempt.
        if (delay == kFirstDelay) base::log::error("accepting connections fails for now", {{"reason", error.message()}});
        co_await state->stop_now.wait_for(delay);
        delay = std::min<std::chrono::milliseconds>(delay * 2, kLongestDelay);
    }
    if (--state->loops == 0) state->all_stopped.set();
}

bool Listener::State::admit(const std::string& address) {
    if (count.enter(address)) return true;
    if (!make_room || !count.only_total_is_full(address) || !make_room()) return false;
    // The one that makes room is still counted until its coroutine ends.
    return count.enter(address, ConnectionCount::Total::beyond);
}

void Listener::State::take(tcp::socket socket) {
    boost::system::error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;                                                             // gone already
    const std::string address = address_text(peer.address());
    if (!admit(address)) {
        refused_total.add();
        if (log_limiter.admit("connection refused", address)) {
            base::log::warning("connection refused: too many connections", {{"peer", address}});
        }
        reset(socket);
        return;
    }
    accepted_total.add();
    const asio::any_io_executor strand = socket.get_executor();
    asio::post(strand, [handler = accepted, stream = make_tcp_stream(std::move(socket))]() mutable { handler(std::move(stream)); });
}

}  // namespace dcerpc
