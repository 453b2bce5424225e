// Template body of base::run_blocking; included by base/async.h only.
#pragma once

#include "base/async.h"

#include <boost/asio/post.hpp>

#include <memory>

namespace base {
namespace detail {

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
    }
}

}  // namespace detail

template <class T>
Task<Result<T>> run_blocking(boost::asio::any_io_executor pool, std::function<Result<T>()> work) {
    auto state = std::make_shared<detail::BlockingState<T>>();
    state->work = std::move(work);
    const boost::asio::any_io_executor home = co_await boost::asio::this_coro::executor;
    // Two explicit hops: the work runs between them on the pool, everything after the second on our own executor.
    auto on_pool = boost::asio::bind_executor(pool, boost::asio::use_awaitable);
    co_await boost::asio::post(on_pool);
    detail::run_blocking_work(*state);
    auto at_home = boost::asio::bind_executor(home, boost::asio::use_awaitable);
    co_await boost::asio::post(at_home);
    co_return std::move(state->result);
}

}  // namespace base
