// State that is reachable only inside with(function), under a mutex. A coroutine cannot get in: the function is plain.
#pragma once

#include <mutex>
#include <type_traits>
#include <utility>

namespace base {

template <class State>
class Guarded {
 public:
    Guarded() = default;
    template <class... Args>
    explicit Guarded(std::in_place_t /*tag*/, Args&&... args) : state_(std::forward<Args>(args)...) {}

    // Runs `function(State&)` and returns its value. Never returns references into the state; never enter two Guardeds at once.
    template <class Function>
    auto with(Function&& function) {
        static_assert(!std::is_reference_v<std::invoke_result_t<Function, State&>>, "return values, not references");
        const std::scoped_lock lock(mutex_);
        return std::forward<Function>(function)(state_);
    }
    template <class Function>
    auto with(Function&& function) const {
        static_assert(!std::is_reference_v<std::invoke_result_t<Function, const State&>>, "return values, not references");
        const std::scoped_lock lock(mutex_);
        return std::forward<Function>(function)(state_);
    }

 private:
    mutable std::mutex mutex_;
    State state_;
};

}  // namespace base
