#include "spooler/ports/tcp_link.h"

#include "base/async_event.h"
#include "base/limits.h"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <deque>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <vector>

// After <netinet/tcp.h>: the unsent-byte query of Linux.
#include <linux/sockios.h>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using boost::asio::ip::tcp;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kReadChunkBytes = 16U << 10U;
constexpr std::size_t kBackChannelBytes = 16U << 10U;              // kept for read(); a status page is far smaller
constexpr std::uint64_t kFloodBytes = 4U << 20U;                   // back-channel volume after which reading slows down
constexpr std::chrono::milliseconds kFloodPause{10};
constexpr std::chrono::milliseconds kFirstPoll{1};
constexpr std::chrono::milliseconds kLongestPoll{50};

struct Addresses {
    std::vector<tcp::endpoint> list;
};

Result<Addresses> resolve(const TcpTarget& target) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string service = std::to_string(target.port);
    int code = ::getaddrinfo(target.host.c_str(), service.c_str(), &hints, &found);
    if (code != 0) {
        // AI_ADDRCONFIG hides loopback literals on hosts without any other address of that family.
        hints.ai_flags = AI_NUMERICSERV;
        code = ::getaddrinfo(target.host.c_str(), service.c_str(), &hints, &found);
    }
    if (code != 0) return Error(Win32::dev_not_exist, "host \"" + target.host + "\": " + ::gai_strerror(code));
    Addresses addresses;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        tcp::endpoint endpoint;
        if (at->ai_addrlen > endpoint.capacity()) continue;
        std::copy_n(reinterpret_cast<const std::byte*>(at->ai_addr), at->ai_addrlen, reinterpret_cast<std::byte*>(endpoint.data()));
        endpoint.resize(at->ai_addrlen);
        addresses.list.push_back(endpoint);
    }
    ::freeaddrinfo(found);
    if (addresses.list.empty()) return Error(Win32::dev_not_exist, "host \"" + target.host + "\" has no address");
    return addresses;
}

}  // namespace

struct TcpLink::State : std::enable_shared_from_this<TcpLink::State> {
    State(const boost::asio::any_io_executor& executor, TcpTarget the_target, TcpDeadlines the_deadlines)
        : target(std::move(the_target)), deadlines(the_deadlines), socket(executor), timer(executor), started(Clock::now()) {}

    TcpTarget target;
    TcpDeadlines deadlines;
    tcp::socket socket;
    boost::asio::steady_timer timer;
    Clock::time_point started;
    std::uint64_t armed = 0;                                       // number of the deadline in force
    bool timed_out = false;
    std::uint64_t sent = 0;
    // Back-channel.
    std::deque<std::byte> received;
    std::uint64_t received_total = 0;
    bool peer_closed = false;
    boost::system::error_code read_error;
    base::AsyncEvent reader_ended;

    [[nodiscard]] std::string where() const { return target.host + ":" + std::to_string(target.port); }

    // Cancels the socket's operations at `when`, unless disarm() or another arm() comes first.
    void arm(Clock::time_point when) {
        const std::uint64_t number = ++armed;
        timer.expires_at(when);
        timer.async_wait([weak = weak_from_this(), number](const boost::system::error_code& code) {
            const std::shared_ptr<State> self = weak.lock();
            if (code || !self || self->armed != number) return;
            self->timed_out = true;
            self->cancel();
        });
    }
    void disarm() {
        ++armed;
        timer.cancel();
    }
    void cancel() {
        boost::system::error_code ignored;
        socket.cancel(ignored);
    }
    [[nodiscard]] Clock::time_point operation_deadline() const {
        const Clock::time_point idle = Clock::now() + deadlines.idle;
        if (deadlines.total.count() == 0) return idle;
        return std::min(idle, started + deadlines.total);
    }
    [[nodiscard]] Error failure(const boost::system::error_code& code, std::string_view doing) const {
        const std::string text = std::string(doing) + " " + where();
        if (timed_out) return Error(Win32::timeout, text + ": no progress in time");
        if (code == boost::asio::error::connection_reset || code == boost::asio::error::broken_pipe ||
            code == boost::asio::error::connection_aborted || code == boost::asio::error::eof)
            return Error(Win32::connection_aborted, text + ": the device dropped the connection");
        if (code == boost::asio::error::operation_aborted) return Error(Win32::operation_aborted, text + ": cancelled");
        return base::error_from(code, text);
    }
    // The error that the kernel holds for this connection, if any.
    [[nodiscard]] boost::system::error_code pending_error() {
        int number = 0;
        socklen_t size = sizeof number;
        if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &number, &size) != 0) number = errno;
        return {number, boost::system::system_category()};
    }
    // Bytes (and the final FIN) that the device's TCP has not acknowledged.
    [[nodiscard]] int unacknowledged() {
        int count = 0;
        if (::ioctl(socket.native_handle(), SIOCOUTQ, &count) != 0) return 0;
        return count;
    }
    void keep(base::ByteView data) {
        received_total += data.size();
        received.insert(received.end(), data.begin(), data.end());
        if (received.size() > kBackChannelBytes)
            received.erase(received.begin(), received.end() - static_cast<std::ptrdiff_t>(kBackChannelBytes));
    }
};

namespace {

using StatePtr = std::shared_ptr<TcpLink::State>;

// Awaiting in a coroutine that is already cancelled may throw, so it is asked before each wait.
bool is_cancelled(const boost::asio::cancellation_state& state) { return state.cancelled() != boost::asio::cancellation_type::none; }

// Reads for as long as the connection lives: a device that talks must never find its window full, or it may stop printing.
Task<void> drain_back_channel(StatePtr state) {
    std::vector<std::byte> chunk(kReadChunkBytes);
    const auto buffer = boost::asio::buffer(chunk.data(), chunk.size());
    for (;;) {
        auto outcome = co_await state->socket.async_read_some(buffer, base::nothrow);
        auto& [code, count] = outcome;
        if (code) {
            state->peer_closed = code == boost::asio::error::eof;
            if (!state->peer_closed) state->read_error = code;
            break;
        }
        state->keep(base::ByteView(chunk.data(), count));
        // A flood is still taken, but not at the price of everybody else's processor time.
        if (state->received_total > kFloodBytes) co_await base::sleep_for(kFloodPause);
    }
    state->reader_ended.set();
}

Task<Result<void>> connect(StatePtr state, Addresses addresses) {
    Result<void> last = Error(Win32::dev_not_exist, "no address");
    for (const tcp::endpoint& endpoint : addresses.list) {
        boost::system::error_code ignored;
        state->socket.close(ignored);
        auto outcome = co_await state->socket.async_connect(endpoint, base::nothrow);
        auto& [code] = outcome;
        if (!code) co_return Result<void>();
        last = state->failure(code, "connect to");
        if (state->timed_out || code == boost::asio::error::operation_aborted) break;
    }
    co_return last;
}

void tune(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    // A device that lost power in the middle of a document answers nothing: find out while nothing is being sent, too.
    socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
    const int seconds = 30;
    (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
}

}  // namespace

TcpLink::TcpLink(std::shared_ptr<State> state) : state_(std::move(state)) {}

TcpLink::~TcpLink() {
    state_->disarm();
    boost::system::error_code ignored;
    if (state_->socket.is_open()) {
        // No half document may come out as if it were whole: discard what is still on its way.
        state_->socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
        state_->socket.close(ignored);
    }
}

Task<Result<std::unique_ptr<TcpLink>>> TcpLink::open(boost::asio::any_io_executor resolver, TcpTarget target, TcpDeadlines deadlines) {
    const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    const boost::asio::cancellation_state cancellation = co_await boost::asio::this_coro::cancellation_state;
    auto state = std::make_shared<State>(executor, target, deadlines);
    // The look-up itself cannot be interrupted (the C library has its own limits); the deadline is checked when it comes back.
    std::function<Result<Addresses>()> look_up = [target] { return resolve(target); };
    auto addresses = co_await base::run_blocking<Addresses>(resolver, std::move(look_up));
    if (is_cancelled(cancellation)) co_return state->failure(boost::asio::error::operation_aborted, "look up");
    if (!addresses) co_return std::move(addresses).error();
    const Clock::time_point deadline = state->started + deadlines.connect;
    if (Clock::now() >= deadline) co_return Error(Win32::timeout, "look up " + state->where() + ": took too long");

    state->arm(deadline);
    auto connected = co_await connect(state, std::move(addresses).value());
    state->disarm();
    if (!connected) co_return std::move(connected).error();
    tune(state->socket);
    base::spawn(executor, "tcp-back-channel", drain_back_channel, state);
    co_return std::unique_ptr<TcpLink>(new TcpLink(state));
}

Task<Result<std::size_t>> TcpLink::write(base::ByteView data) {
    const StatePtr state = state_;
    if (state->timed_out) co_return state->failure(boost::asio::error::operation_aborted, "write to");
    // Writing after a reset that only the reader has seen would succeed into the void.
    if (state->read_error) co_return state->failure(state->read_error, "write to");
    state->arm(state->operation_deadline());
    const auto buffer = boost::asio::buffer(data.data(), data.size());
    auto outcome = co_await state->socket.async_write_some(buffer, base::nothrow);
    auto& [code, count] = outcome;
    state->disarm();
    if (code) co_return state->failure(code, "write to");
    state->sent += count;
    co_return count;
}

std::size_t TcpLink::read(base::MutableByteView into) {
    const std::size_t count = std::min(into.size(), state_->received.size());
    std::copy_n(state_->received.begin(), count, into.begin());
    state_->received.erase(state_->received.begin(), state_->received.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
}

Task<Result<void>> TcpLink::finish() {
    const StatePtr state = state_;
    const boost::asio::cancellation_state cancellation = co_await boost::asio::this_coro::cancellation_state;
    if (state->timed_out) co_return state->failure(boost::asio::error::operation_aborted, "finish at");
    boost::system::error_code code;
    state->socket.shutdown(tcp::socket::shutdown_send, code);
    if (code) co_return state->failure(code, "finish at");

    // Two clocks: the device must go on taking bytes (idle), and once it has them all it gets some time to close by itself.
    Clock::time_point idle_deadline = state->operation_deadline();
    Clock::time_point linger_deadline = Clock::time_point::max();
    int left = state->unacknowledged();
    std::chrono::milliseconds poll = kFirstPoll;
    for (;;) {
        const int now_left = state->unacknowledged();
        const boost::system::error_code pending = state->pending_error();
        if (pending) co_return state->failure(pending, "finish at");
        if (state->read_error) co_return state->failure(state->read_error, "finish at");
        if (is_cancelled(cancellation)) co_return state->failure(boost::asio::error::operation_aborted, "finish at");
        const Clock::time_point now = Clock::now();
        if (now_left == 0 && state->peer_closed) break;
        if (now_left == 0 && linger_deadline == Clock::time_point::max()) linger_deadline = now + state->deadlines.linger;
        if (now >= linger_deadline) break;
        if (now_left < left) idle_deadline = state->operation_deadline();
        left = now_left;
        if (now_left != 0 && now >= idle_deadline) {
            state->timed_out = true;
            co_return state->failure(code, "finish at");
        }
        // While the reader runs, its end is what we wait for; afterwards only the acknowledgements are missing.
        if (state->peer_closed) {
            co_await base::sleep_for(poll);
        } else {
            co_await state->reader_ended.wait_for(poll);
        }
        poll = std::min(poll * 2, kLongestPoll);
    }
    state->socket.close(code);
    co_return Result<void>();
}

std::uint64_t TcpLink::bytes_sent() const { return state_->sent; }

}  // namespace spooler
