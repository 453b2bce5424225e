// Task<T> and the few asynchronous tools that all layers share. Includes Asio's coroutine headers and nothing wider.
// The await rules of the architecture document (section 7) apply to every user.
#pragma once

#include "base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <string>

namespace base {

template <class T = void>
using Task = boost::asio::awaitable<T>;

// Completion token: results arrive as a tuple whose first element is the error code; nothing throws.
// Use: auto r = co_await socket.async_read_some(buffer, nothrow); auto& [ec, n] = r;
inline constexpr auto nothrow = boost::asio::as_tuple(boost::asio::use_awaitable);

// Starts `task` on `executor` as background work called `name`. An escaping exception is logged as a bug and swallowed.
// The function form constructs the coroutine from a plain function and values, never from a capturing lambda.
void spawn_task(const boost::asio::any_io_executor& executor, std::string name, Task<void> task);

template <class Function, class... Args>
void spawn(const boost::asio::any_io_executor& executor, std::string name, Function function, Args... args) {
    spawn_task(executor, std::move(name), function(std::move(args)...));
}

// Waits `delay`; returns early (without error) when the coroutine is cancelled.
Task<void> sleep_for(std::chrono::steady_clock::duration delay);

// Runs `work` on a thread of `pool` and comes back to the caller's executor with its result.
// Every use of a blocking call goes through this. Exceptions become Win32::gen_failure.
template <class T>
Task<Result<T>> run_blocking(boost::asio::any_io_executor pool, std::function<Result<T>()> work);

// How a Boost error code reads as an outcome; `what` goes into the text.
Error error_from(const boost::system::error_code& code, std::string_view what);
// The same for errno.
Error error_from_errno(int number, std::string_view what);

}  // namespace base

#include "base/async_blocking.h"
