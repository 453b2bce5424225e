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
#include <string_view>
#include <type_traits>
#include <utility>

namespace base {

template <class T = void>
using Task = boost::asio::awaitable<T>;

// Completion token: results arrive as a tuple whose first element is the error code; nothing throws.
// Use: auto r = co_await socket.async_read_some(buffer, nothrow); auto& [ec, n] = r;
inline constexpr auto nothrow = boost::asio::as_tuple(boost::asio::use_awaitable);

namespace detail {

// A detached coroutine's reference parameter would refer to an argument that is gone by the time it runs.
template <class Function>
struct TakesValues : std::true_type {};
template <class R, class... P>
struct TakesValues<R (*)(P...)> : std::bool_constant<(!std::is_reference_v<P> && ...)> {};

}  // namespace detail

// Starts `task` on `executor` as background work called `name`. An escaping exception is logged as a bug and swallowed;
// one that says "cancelled" (operation_aborted) is an ordinary end.
// The function form constructs the coroutine from a plain function and values, never from a capturing lambda.
void spawn_task(const boost::asio::any_io_executor& executor, std::string name, Task<void> task);

template <class Function, class... Args>
void spawn(const boost::asio::any_io_executor& executor, std::string name, Function function, Args... args) {
    static_assert(std::is_pointer_v<Function> || std::is_empty_v<Function>, "spawn a plain function: a capture dies before the coroutine runs");
    static_assert(detail::TakesValues<Function>::value, "a spawned coroutine takes values, not references");
    spawn_task(executor, std::move(name), function(std::move(args)...));
}

// Waits `delay`; returns early (without error) when the coroutine is cancelled. As everywhere in Asio, the next co_await of a
// cancelled coroutine throws operation_aborted, unless it has said co_await this_coro::throw_if_cancelled(false).
Task<void> sleep_for(std::chrono::steady_clock::duration delay);

// Runs `work` on a thread of `pool` and comes back to the caller's executor with its result.
// Every use of a blocking call goes through this. Exceptions become Win32::gen_failure. `work` is not interrupted by a
// cancellation: the result still arrives, and the caller's next co_await throws. `work` and its captures die on the pool.
template <class T>
Task<Result<T>> run_blocking(boost::asio::any_io_executor pool, std::function<Result<T>()> work);

// How a Boost error code reads as an outcome; `what` goes into the text.
Error error_from(const boost::system::error_code& code, std::string_view what);
// The same for errno.
Error error_from_errno(int number, std::string_view what);

}  // namespace base

#include "base/async_blocking.h"
