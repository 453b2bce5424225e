// An awaitable, manually reset event and a cancel signal, both safe to use from any thread.
#pragma once

#include "base/async.h"
#include "base/guarded.h"

#include <functional>
#include <list>
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
    CancelSignal() : state_(std::make_shared<State>()) {}
    void cancel() const;
    [[nodiscard]] bool cancelled() const { return state_->event.is_set(); }
    [[nodiscard]] AsyncEvent& event() const { return state_->event; }

 private:
    struct State {
        AsyncEvent event;
        Guarded<std::list<std::function<void()>>> hooks;
    };

 public:
    // Takes the hook away when it goes; after that the hook runs no more (it may be running on another thread at that moment).
    class Hook {
     public:
        Hook() = default;
        Hook(Hook&& other) noexcept : state_(std::move(other.state_)), place_(other.place_) {}
        Hook& operator=(Hook&&) = delete;
        ~Hook();

     private:
        friend class CancelSignal;
        std::shared_ptr<State> state_;
        std::list<std::function<void()>>::iterator place_;
    };
    // Runs `function` once when cancelled, on the cancelling thread; at once when that was before. It must not block and must keep alive
    // what it uses: that is how an operation that waits for something else is woken.
    [[nodiscard]] Hook on_cancel(std::function<void()> function) const;

 private:
    std::shared_ptr<State> state_;
};

}  // namespace base
