#include "base/async.h"

#include "base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

namespace base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

Task<void> set_flag(std::shared_ptr<std::atomic<int>> flag, int value) {
    flag->store(value);
    co_return;
}

Task<void> throw_error(std::string text) {
    throw std::runtime_error(text);
    co_return;
}

Task<void> throw_number() {
    throw 42;
    co_return;
}

Task<void> throw_cancelled() {
    throw boost::system::system_error(asio::error::operation_aborted);
    co_return;
}

TEST(Spawn, RunsWithValues) {
    asio::io_context io;
    auto flag = std::make_shared<std::atomic<int>>(0);
    spawn(io.get_executor(), "flag", set_flag, flag, 7);
    EXPECT_EQ(flag->load(), 0);                                    // started on the executor, not here
    io.run();
    EXPECT_EQ(flag->load(), 7);
    EXPECT_EQ(flag.use_count(), 1);
}

TEST(Spawn, EscapingExceptionsAreLoggedAndSwallowed) {
    asio::io_context io;
    spawn(io.get_executor(), "broken task", throw_error, std::string("it broke"));
    spawn(io.get_executor(), "odd task", throw_number);
    spawn(io.get_executor(), "cancelled task", throw_cancelled);
    testing::internal::CaptureStderr();
    log::configure({}, log::Level::info);
    io.run();
    log::flush();
    const std::string heard = testing::internal::GetCapturedStderr();
    EXPECT_NE(heard.find("task=\"broken task\" reason=\"it broke\""), std::string::npos) << heard;
    EXPECT_NE(heard.find("task=\"odd task\""), std::string::npos) << heard;
    EXPECT_EQ(heard.find("cancelled task"), std::string::npos) << heard;   // an ordinary end: debug only
}

// A coroutine of the tests below, its outcome and the way to cancel it.
template <class T>
struct Running {
    asio::cancellation_signal cancel;
    std::optional<T> value;
    std::exception_ptr escaped;

    void start(const asio::any_io_executor& executor, Task<T> task) {
        asio::co_spawn(executor, std::move(task),
                       asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr caught, T result) {
                           escaped = std::move(caught);
                           if (!escaped) value = std::move(result);
                       }));
    }
};

Task<int> sleep_then(std::chrono::milliseconds delay, int value) {
    co_await sleep_for(delay);
    co_return value;
}

TEST(SleepFor, Waits) {
    asio::io_context io;
    Running<int> running;
    const auto before = std::chrono::steady_clock::now();
    running.start(io.get_executor(), sleep_then(20ms, 5));
    io.run();
    EXPECT_EQ(running.value, 5);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
}

TEST(SleepFor, CancelledReturnsEarlyWithoutError) {
    asio::io_context io;
    Running<int> running;
    running.start(io.get_executor(), sleep_then(1h, 5));
    io.poll();
    EXPECT_FALSE(running.value.has_value());
    running.cancel.emit(asio::cancellation_type::terminal);
    io.run();
    EXPECT_EQ(running.value, 5);                                   // no second co_await, so nothing throws
}

Task<int> tolerant_sleeps() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await sleep_for(1h);
    co_await sleep_for(1h);                                        // already cancelled: must not start a timer
    co_return 1;
}

TEST(SleepFor, AlreadyCancelledDoesNotSleep) {
    asio::io_context io;
    Running<int> running;
    running.start(io.get_executor(), tolerant_sleeps());
    io.poll();
    running.cancel.emit(asio::cancellation_type::terminal);
    io.run();
    EXPECT_EQ(running.value, 1);
}

struct Where {
    std::thread::id before, during, after;
    bool on_strand = false;
    Result<int> result;
};

Task<std::shared_ptr<Where>> observe(asio::any_io_executor pool, asio::strand<asio::any_io_executor> home, std::function<Result<int>()> work) {
    auto where = std::make_shared<Where>();
    where->before = std::this_thread::get_id();
    std::function<Result<int>()> job = [where, work = std::move(work)] {
        where->during = std::this_thread::get_id();
        return work();
    };
    Result<int> result = co_await run_blocking<int>(pool, std::move(job));
    where->result = std::move(result);
    where->after = std::this_thread::get_id();
    where->on_strand = home.running_in_this_thread();
    co_return where;
}

std::shared_ptr<Where> run_observed(std::function<Result<int>()> work) {
    asio::io_context io;
    asio::thread_pool pool(2);
    auto home = asio::make_strand(asio::any_io_executor(io.get_executor()));
    Running<std::shared_ptr<Where>> running;
    running.start(home, observe(pool.get_executor(), home, std::move(work)));
    io.run();                                                      // returns only if the pool's work counts as outstanding
    pool.join();
    EXPECT_FALSE(running.escaped);
    return running.value.value_or(nullptr);
}

TEST(RunBlocking, WorksOnThePoolAndReturnsToTheStrand) {
    const auto where = run_observed([] { return Result<int>(42); });
    ASSERT_NE(where, nullptr);
    ASSERT_TRUE(where->result);
    EXPECT_EQ(*where->result, 42);
    EXPECT_EQ(where->before, std::this_thread::get_id());
    EXPECT_NE(where->during, std::this_thread::get_id());
    EXPECT_EQ(where->after, std::this_thread::get_id());
    EXPECT_TRUE(where->on_strand);
}

TEST(RunBlocking, ErrorsAndExceptionsAreResults) {
    const auto failed = run_observed([]() -> Result<int> { return Error(Win32::disk_full, "full"); });
    EXPECT_EQ(failed->result.error().to_string(), "ERROR_DISK_FULL: full");
    const auto thrown = run_observed([]() -> Result<int> { throw std::runtime_error("boom"); });
    EXPECT_EQ(thrown->result.error().code(), Win32::gen_failure);
    EXPECT_EQ(thrown->result.error().text(), "unexpected exception: boom");
    EXPECT_TRUE(thrown->on_strand);
    const auto odd = run_observed([]() -> Result<int> { throw 42; });
    EXPECT_EQ(odd->result.error().code(), Win32::gen_failure);
}

Task<int> blocking_void(asio::any_io_executor pool) {
    std::function<Result<void>()> good = [] { return Result<void>(); };
    const auto first = co_await run_blocking<void>(pool, std::move(good));
    std::function<Result<void>()> bad = []() -> Result<void> { throw std::runtime_error("boom"); };
    const auto second = co_await run_blocking<void>(pool, std::move(bad));
    co_return (first ? 1 : 0) + (second ? 0 : 2);
}

TEST(RunBlocking, VoidResults) {
    asio::io_context io;
    asio::thread_pool pool(1);
    Running<int> running;
    running.start(io.get_executor(), blocking_void(pool.get_executor()));
    io.run();
    EXPECT_EQ(running.value, 3);
}

Task<int> cancelled_while_blocked(asio::any_io_executor pool, std::shared_ptr<std::promise<void>> started, std::shared_future<void> release) {
    std::function<Result<int>()> job = [started, release]() -> Result<int> {
        started->set_value();
        release.wait();
        return 9;
    };
    const Result<int> result = co_await run_blocking<int>(pool, std::move(job));
    co_return result ? *result : -1;
}

TEST(RunBlocking, CancellationLetsTheWorkFinish) {
    asio::io_context io;
    asio::thread_pool pool(1);
    auto started = std::make_shared<std::promise<void>>();
    std::promise<void> release;
    Running<int> running;
    running.start(io.get_executor(), cancelled_while_blocked(pool.get_executor(), started, release.get_future().share()));
    io.poll();
    started->get_future().wait();                                  // the work runs on the pool right now
    running.cancel.emit(asio::cancellation_type::terminal);        // touches the coroutine's state: it must still be at home
    io.poll();
    EXPECT_FALSE(running.value.has_value());
    release.set_value();
    io.run();
    EXPECT_FALSE(running.escaped);
    EXPECT_EQ(running.value, 9);
}

Task<int> many_blocking(asio::any_io_executor pool, int rounds) {
    int sum = 0;
    for (int i = 0; i < rounds; ++i) {
        std::function<Result<int>()> job = [i] { return Result<int>(i); };
        const Result<int> result = co_await run_blocking<int>(pool, std::move(job));
        sum += result.value_or(0);
    }
    co_return sum;
}

TEST(RunBlocking, ManyCoroutinesOnManyThreads) {
    asio::io_context io;
    asio::thread_pool pool(3);
    std::vector<std::unique_ptr<Running<int>>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(std::make_unique<Running<int>>());
        all.back()->start(asio::make_strand(io.get_executor()), many_blocking(pool.get_executor(), 50));
    }
    std::thread second([&io] { io.run(); });
    io.run();
    second.join();
    for (const auto& running : all) EXPECT_EQ(running->value, 50 * 49 / 2);
}

TEST(RunBlocking, PendingWorkDiesWithAStoppedPool) {
    auto alive = std::make_shared<int>(1);
    asio::io_context io;
    Running<Result<int>> running;
    {
        asio::thread_pool pool(1);
        pool.stop();
        std::function<Result<int>()> job = [alive] { return Result<int>(*alive); };
        running.start(io.get_executor(), run_blocking<int>(pool.get_executor(), std::move(job)));
        io.poll();
        pool.join();
    }
    io.run();                                                      // Asio unwinds the abandoned coroutine on its own executor
    EXPECT_FALSE(running.value.has_value());
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(ErrorFrom, NetworkCodes) {
    EXPECT_EQ(error_from(asio::error::connection_refused, "open").code(), Win32::connection_refused);
    EXPECT_EQ(error_from(asio::error::timed_out, "open").code(), Win32::timeout);
    EXPECT_EQ(error_from(asio::error::eof, "read").code(), Win32::graceful_disconnect);
    EXPECT_EQ(error_from(asio::error::connection_reset, "read").code(), Win32::connection_aborted);
    EXPECT_EQ(error_from(asio::error::host_unreachable, "x").code(), Win32::host_unreachable);
    EXPECT_EQ(error_from(asio::error::network_unreachable, "x").code(), Win32::network_unreachable);
    EXPECT_EQ(error_from(asio::error::operation_aborted, "x").code(), Win32::operation_aborted);
    EXPECT_EQ(error_from(asio::error::broken_pipe, "x").code(), Win32::broken_pipe);
    EXPECT_EQ(error_from(asio::error::host_not_found, "resolve").code(), Win32::host_unreachable);
    EXPECT_EQ(error_from(asio::error::already_open, "x").code(), Win32::gen_failure);
    const std::string text = error_from(asio::error::connection_refused, "connect 10.0.0.1").text();
    EXPECT_EQ(text.substr(0, 18), "connect 10.0.0.1: ");
    EXPECT_GT(text.size(), 18U);
}

TEST(ErrorFrom, Errno) {
    EXPECT_EQ(error_from_errno(ENOSPC, "write").code(), Win32::disk_full);
    EXPECT_EQ(error_from_errno(EDQUOT, "write").code(), Win32::not_enough_quota);
    EXPECT_EQ(error_from_errno(ENOENT, "open").code(), Win32::file_not_found);
    EXPECT_EQ(error_from_errno(EACCES, "open").code(), Win32::access_denied);
    EXPECT_EQ(error_from_errno(EEXIST, "open").code(), Win32::file_exists);
    EXPECT_EQ(error_from_errno(EIO, "read").code(), Win32::gen_failure);
    EXPECT_EQ(error_from_errno(12345, "").code(), Win32::gen_failure);
    EXPECT_EQ(error_from_errno(ENOENT, "").text().find(": "), std::string::npos);
}

}  // namespace
}  // namespace base
