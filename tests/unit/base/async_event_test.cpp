#include "base/async_event.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// One waiting coroutine, its outcome and the way to cancel it.
struct Waiting {
    asio::cancellation_signal cancel;
    std::optional<bool> value;
    std::exception_ptr escaped;

    void start(const asio::any_io_executor& executor, Task<bool> task) {
        asio::co_spawn(executor, std::move(task),
                       asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr caught, bool result) {
                           escaped = std::move(caught);
                           value = result;
                       }));
    }
};

Task<bool> wait_true(AsyncEvent& event) {
    co_await event.wait();
    co_return event.is_set();
}

TEST(AsyncEvent, AlreadySetDoesNotWait) {
    asio::io_context io;
    AsyncEvent event;
    event.set();
    Waiting waiting, forever;
    waiting.start(io.get_executor(), event.wait_for(1h));
    forever.start(io.get_executor(), wait_true(event));
    io.run();
    EXPECT_EQ(waiting.value, true);
    EXPECT_EQ(forever.value, true);
}

TEST(AsyncEvent, SetWakesEveryWaiter) {
    asio::io_context io;
    AsyncEvent event;
    std::vector<Waiting> waiting(10);
    for (auto& one : waiting) one.start(io.get_executor(), event.wait_for(1h));
    io.poll();
    for (auto& one : waiting) EXPECT_FALSE(one.value.has_value());
    event.set();
    for (auto& one : waiting) EXPECT_FALSE(one.value.has_value());  // never inside set()
    io.run();
    for (auto& one : waiting) EXPECT_EQ(one.value, true);
}

TEST(AsyncEvent, TimesOut) {
    asio::io_context io;
    AsyncEvent event;
    Waiting waiting, zero, negative;
    const auto before = std::chrono::steady_clock::now();
    waiting.start(io.get_executor(), event.wait_for(20ms));
    zero.start(io.get_executor(), event.wait_for(0ms));
    negative.start(io.get_executor(), event.wait_for(-1h));
    io.run();
    EXPECT_EQ(waiting.value, false);
    EXPECT_EQ(zero.value, false);
    EXPECT_EQ(negative.value, false);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
}

TEST(AsyncEvent, LongestTimeoutDoesNotOverflow) {
    asio::io_context io;
    AsyncEvent event;
    Waiting waiting;
    waiting.start(io.get_executor(), event.wait_for(std::chrono::steady_clock::duration::max()));
    io.poll();
    EXPECT_FALSE(waiting.value.has_value());
    event.set();
    io.run();
    EXPECT_EQ(waiting.value, true);
}

TEST(AsyncEvent, ResetMakesNewWaitersWait) {
    asio::io_context io;
    AsyncEvent event;
    Waiting woken, late;
    woken.start(io.get_executor(), event.wait_for(1h));
    io.poll();
    event.set();
    event.reset();                                                 // the waiter was there when it was set
    EXPECT_FALSE(event.is_set());
    late.start(io.get_executor(), event.wait_for(1ms));
    io.run();
    EXPECT_EQ(woken.value, true);
    EXPECT_EQ(late.value, false);
}

TEST(AsyncEvent, CancellationEndsTheWait) {
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
        asio::io_context io;
        AsyncEvent event;
        Waiting cancelled, other;
        cancelled.start(io.get_executor(), event.wait_for(1h));
        other.start(io.get_executor(), event.wait_for(1h));
        io.poll();
        cancelled.cancel.emit(type);
        io.poll();
        // co_spawn lets terminal through by default; the other kinds are filtered before they reach us.
        EXPECT_EQ(cancelled.value.has_value(), type == asio::cancellation_type::terminal);
        EXPECT_FALSE(other.value.has_value());
        event.set();
        io.run();
        EXPECT_EQ(cancelled.value, type != asio::cancellation_type::terminal);
        EXPECT_FALSE(cancelled.escaped);
        EXPECT_EQ(other.value, true);
    }
}

TEST(AsyncEvent, CancelAfterSetChangesNothing) {
    asio::io_context io;
    AsyncEvent event;
    Waiting waiting;
    waiting.start(io.get_executor(), event.wait_for(1h));
    io.poll();
    event.set();
    waiting.cancel.emit(asio::cancellation_type::terminal);
    io.run();
    EXPECT_EQ(waiting.value, true);
    waiting.cancel.emit(asio::cancellation_type::terminal);        // nothing is listening any more
    EXPECT_EQ(io.poll(), 0U);
}

Task<bool> tolerant_waits(AsyncEvent& event) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const bool first = co_await event.wait_for(1h);
    const bool second = co_await event.wait_for(1h);               // already cancelled: must not wait
    co_return first || second;
}

TEST(AsyncEvent, AlreadyCancelledDoesNotWait) {
    asio::io_context io;
    AsyncEvent event;
    Waiting waiting;
    waiting.start(io.get_executor(), tolerant_waits(event));
    io.poll();
    waiting.cancel.emit(asio::cancellation_type::terminal);
    io.run();
    EXPECT_EQ(waiting.value, false);
}

TEST(AsyncEvent, EndsWaitsWhenItDies) {
    asio::io_context io;
    Waiting waiting, forever;
    auto event = std::make_unique<AsyncEvent>();
    Task<bool> not_started = event->wait_for(1h);
    waiting.start(io.get_executor(), event->wait_for(1h));
    io.poll();
    event.reset();
    forever.start(io.get_executor(), std::move(not_started));      // holds the state, not the event
    io.run();
    EXPECT_EQ(waiting.value, false);
    EXPECT_EQ(forever.value, false);
}

Task<bool> wait_holding(std::shared_ptr<AsyncEvent> event, std::shared_ptr<int> held) {
    co_await event->wait();
    co_return *held == 1;
}

TEST(AsyncEvent, WaitersDieWithTheirIoContext) {
    auto event = std::make_shared<AsyncEvent>();
    auto held = std::make_shared<int>(1);
    Waiting waiting;
    {
        asio::io_context io;
        waiting.start(io.get_executor(), wait_holding(event, held));
        io.poll();
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1);                                // the frame is gone although nobody set the event
    EXPECT_EQ(event.use_count(), 1);
    event->set();                                                  // and its entry is harmless
    EXPECT_FALSE(waiting.value.has_value());
}

Task<bool> count_on_strand(std::shared_ptr<AsyncEvent> event, asio::strand<asio::any_io_executor> home, std::atomic<int>& right) {
    const bool set = co_await event->wait_for(1h);
    if (home.running_in_this_thread()) ++right;
    co_return set;
}

TEST(AsyncEvent, WaitersResumeOnTheirOwnExecutors) {
    asio::io_context io;
    auto event = std::make_shared<AsyncEvent>();
    std::atomic<int> right{0};
    std::vector<Waiting> waiting(8);
    for (auto& one : waiting) {
        auto home = asio::make_strand(asio::any_io_executor(io.get_executor()));
        one.start(home, count_on_strand(event, home, right));
    }
    std::thread setter([event] { event->set(); });
    std::thread second([&io] { io.run(); });
    io.run();
    second.join();
    setter.join();
    EXPECT_EQ(right.load(), 8);
}

Task<bool> ping_pong(std::shared_ptr<AsyncEvent> in, std::shared_ptr<AsyncEvent> out, int rounds) {
    for (int i = 0; i < rounds; ++i) {
        const bool woken = co_await in->wait_for(1h);
        if (!woken) co_return false;
        in->reset();
        out->set();
    }
    co_return true;
}

TEST(AsyncEvent, PingPongBetweenThreads) {
    asio::io_context left, right;
    auto ping = std::make_shared<AsyncEvent>();
    auto pong = std::make_shared<AsyncEvent>();
    Waiting a, b;
    a.start(left.get_executor(), ping_pong(ping, pong, 2000));
    b.start(right.get_executor(), ping_pong(pong, ping, 2000));
    ping->set();
    std::thread other([&right] { right.run(); });
    left.run();
    other.join();
    EXPECT_EQ(a.value, true);
    EXPECT_EQ(b.value, true);
}

Task<bool> short_waits(std::shared_ptr<AsyncEvent> event, std::atomic<int>& woken, std::atomic<int>& timed_out) {
    for (int i = 0; i < 200; ++i) {
        const bool set = co_await event->wait_for(std::chrono::microseconds(i % 7 * 20));
        ++(set ? woken : timed_out);
    }
    co_return true;
}

// Sets, timeouts and several threads without strands, all racing: every wait ends exactly once.
TEST(AsyncEvent, RacesOfSetAndTimeout) {
    asio::io_context io;
    auto event = std::make_shared<AsyncEvent>();
    std::atomic<int> woken{0}, timed_out{0};
    std::atomic<bool> stop{false};
    std::vector<Waiting> waiting(8);
    for (auto& one : waiting) one.start(io.get_executor(), short_waits(event, woken, timed_out));
    std::thread setter([&] {
        while (!stop.load()) {
            event->set();
            event->reset();
        }
    });
    std::thread second([&io] { io.run(); });
    io.run();
    second.join();
    stop.store(true);
    setter.join();
    EXPECT_EQ(woken.load() + timed_out.load(), 8 * 200);
    for (auto& one : waiting) EXPECT_EQ(one.value, true);
}

// Cancellation from the waiter's strand against set() from another thread.
TEST(AsyncEvent, RacesOfSetAndCancel) {
    for (int round = 0; round < 200; ++round) {
        asio::io_context io;
        AsyncEvent event;
        Waiting waiting;
        waiting.start(io.get_executor(), event.wait_for(1h));
        io.poll();
        std::thread setter([&event] { event.set(); });
        waiting.cancel.emit(asio::cancellation_type::terminal);
        io.run();
        setter.join();
        ASSERT_TRUE(waiting.value.has_value());
    }
}

TEST(CancelSignal, CopiesShareTheState) {
    asio::io_context io;
    const CancelSignal signal;
    const CancelSignal copy = signal;
    Waiting waiting;
    waiting.start(io.get_executor(), copy.event().wait_for(1h));
    io.poll();
    EXPECT_FALSE(copy.cancelled());
    signal.cancel();
    signal.cancel();
    EXPECT_TRUE(copy.cancelled());
    io.run();
    EXPECT_EQ(waiting.value, true);
}

TEST(CancelSignal, HooksRunOnceCancelledAndWhileTheyLive) {
    const CancelSignal signal;
    int first = 0, second = 0;
    const auto hook = signal.on_cancel([&first] { ++first; });
    { const auto dropped = signal.on_cancel([&second] { ++second; }); }
    signal.cancel();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 0);
    const auto late = signal.on_cancel([&second] { ++second; });
    EXPECT_EQ(second, 1);                                          // already cancelled: at once
}

}  // namespace
}  // namespace base
