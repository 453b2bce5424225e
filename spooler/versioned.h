// State under a lock like base::Guarded's, whose changes are counted in a number that many such states share: while the number stays the
// same, nothing in any of them changed.
#pragma once

#include "base/guarded.h"

#include <atomic>
#include <cstdint>

namespace spooler {

using Version = std::atomic<std::uint64_t>;

template <class State>
class Versioned {
 public:
    // `version` outlives this.
    explicit Versioned(Version& version) : version_(version) {}

    // Runs `function(State&)` and returns its value. One that takes `const State&` reads; every other counts as a change, before the lock
    // opens.
    template <class Function>
    auto with(Function&& function) {
        if constexpr (std::is_invocable_v<Function, const State&>) {
            return std::as_const(state_).with(std::forward<Function>(function));
        } else {
            return state_.with([&](State& state) -> std::invoke_result_t<Function, State&> {
                const Count count{version_};
                return std::forward<Function>(function)(state);
            });
        }
    }
    template <class Function>
    auto with(Function&& function) const {
        return state_.with(std::forward<Function>(function));
    }

 private:
    struct Count {
        Version& version;
        ~Count() { version.fetch_add(1); }
    };
    Version& version_;
    base::Guarded<State> state_;
};

}  // namespace spooler
