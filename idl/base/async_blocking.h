// Template body of base::run_blocking; included by base/async.h only.
#pragma once

#include "base/async.h"

#include <memory>

namespace base {
namespace detail {

// Runs `job` on a thread of `pool`; the coroutine itself never leaves its own executor (its cancellation state is not
// thread-safe), it is resumed there by post. `job` must not throw. Finishes even when the caller is cancelled meanwhile.
Task<void> run_on(const boost::asio::any_io_executor& pool, std::function<void()> job);

template <class T>
struct BlockingState {
    std::function<Result<T>()> work;
    Result<T> result;
};

template <class T>
void run_blocking_work(BlockingState<T>& state) {
    try {
        state.result = state.work();
    } catch (const std::exception& caught) {
        state.result = Error(Win32::gen_failure, std::string("unexpected exception: ") + caught.what());
    } catch (...) {
        state.result = Error(Win32::gen_failure, "unexpected exception of unknown type");
    }
    state.work = nullptr;                                          // what the work captured dies here, on the pool
}

}  // namespace detail

template <class T>
Task<Result<T>> run_blocking(boost::asio::any_io_executor pool, std::function<Result<T>()> work) {
    auto state = std::make_shared<detail::BlockingState<T>>();
    state->work = std::move(work);
    std::function<void()> job = [state] { detail::run_blocking_work(*state); };
    co_await detail::run_on(pool, std::move(job));
    co_return std::move(state->result);
}

}  // namespace base
