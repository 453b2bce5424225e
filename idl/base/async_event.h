// An awaitable, manually reset event and a cancel signal, both safe to use from any thread.
#pragma once

#include "base/async.h"

#include <memory>

namespace base {

// set() wakes every waiter and stays set until reset(). Waiting honours Asio cancellation.
class AsyncEvent {
 public:
    AsyncEvent();
    ~AsyncEvent();
    AsyncEvent(const AsyncEvent&) = delete;
    AsyncEvent& operator=(const AsyncEvent&) = delete;

    void set();
    void reset();
    [[nodiscard]] bool is_set() const;
    // true when set, false when the deadline passed first or the coroutine was cancelled. Every waiter resumes on its own executor.
    // A waiter keeps the shared state alive; the event itself may die, which ends all waits with false.
    Task<bool> wait_for(std::chrono::steady_clock::duration timeout);
    // Until set, or cancelled, or the event dies: is_set() tells.
    Task<void> wait();

    struct State;                                                  // implementation

 private:
    std::shared_ptr<State> state_;
};

// One-way: once cancelled, cancelled. Copies share the state. Long operations look at it between steps or race it.
class CancelSignal {
 public:
    CancelSignal() : event_(std::make_shared<AsyncEvent>()) {}
    void cancel() const { event_->set(); }
    [[nodiscard]] bool cancelled() const { return event_->is_set(); }
    [[nodiscard]] AsyncEvent& event() const { return *event_; }

 private:
    std::shared_ptr<AsyncEvent> event_;
};

}  // namespace base
