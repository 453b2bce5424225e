// Runs coroutines from plain test code. Used by unit tests.
#pragma once

#include "base/async.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace test_support {

// Runs the task on the executor and then calls `done` with what escaped from it, or null. Compiled once: each type that co_spawn is
// instantiated for costs every test file seconds.
void start_task(const boost::asio::any_io_executor& executor, base::Task<void> task, std::function<void(const std::exception_ptr&)> done);

// Stores the task's result in `place`.
template <class T>
base::Task<void> keep_result(base::Task<T> task, std::shared_ptr<std::optional<T>> place) {
    T value = co_await std::move(task);
    place->emplace(std::move(value));
}

// An io_context that runs on threads of its own until the object dies.
class Threads {
 public:
    explicit Threads(std::size_t count = 2) : work_(boost::asio::make_work_guard(io_)) {
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([this] { io_.run(); });
        }
    }
    ~Threads() {
        work_.reset();
        io_.stop();
        for (std::thread& thread : threads_) thread.join();
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    [[nodiscard]] boost::asio::io_context& io() { return io_; }

    // Runs the task on a strand of its own and waits for its result; throws when it takes longer than the limit.
    template <class T>
    T run(base::Task<T> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
        std::future<T> future = start(std::move(task));
        if (future.wait_for(limit) != std::future_status::ready) throw std::runtime_error("the task does not end");
        return future.get();
    }

    // The same on an executor that is run by these threads.
    template <class T>
    T run_on(const boost::asio::any_io_executor& executor, base::Task<T> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
        std::future<T> future = start_on(executor, std::move(task));
        if (future.wait_for(limit) != std::future_status::ready) throw std::runtime_error("the task does not end");
        return future.get();
    }

    template <class T>
    std::future<T> start(base::Task<T> task) {
        return start_on(boost::asio::make_strand(io_), std::move(task));
    }

    template <class T>
    static std::future<T> start_on(const boost::asio::any_io_executor& strand, base::Task<T> task) {
        auto promise = std::make_shared<std::promise<T>>();
        std::future<T> future = promise->get_future();
        if constexpr (std::is_void_v<T>) {
            start_task(strand, std::move(task), [promise](const std::exception_ptr& escaped) {
                if (escaped) promise->set_exception(escaped);
                else promise->set_value();
            });
        } else {
            auto result = std::make_shared<std::optional<T>>();
            start_task(strand, keep_result(std::move(task), result), [promise, result](const std::exception_ptr& escaped) {
                if (escaped) promise->set_exception(escaped);
                else promise->set_value(std::move(**result));
            });
        }
        return future;
    }

 private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<std::thread> threads_;
};

}  // namespace test_support
