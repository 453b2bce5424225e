// A clock that only moves when a test says so.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"

namespace test_support {

class ManualClock final : public base::Clock {
 public:
    // 2024-01-01 12:00:00 UTC.
    ManualClock() {
        base::SystemTime start;
        start.year = 2024;
        start.month = start.day = 1;
        start.hour = 12;
        state_.with([&](State& state) { state.wall = base::to_filetime(start); });
    }
    [[nodiscard]] base::FileTime now() const override {
        return state_.with([](const State& state) { return state.wall; });
    }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
        return state_.with([](const State& state) { return state.steady; });
    }
    void advance(std::chrono::milliseconds by) {
        state_.with([&](State& state) {
            state.wall.ticks += static_cast<std::uint64_t>(by.count()) * 10'000;
            state.steady += by;
        });
    }

 private:
    struct State {
        base::FileTime wall;
        std::chrono::steady_clock::time_point steady{std::chrono::hours(1)};
    };
    base::Guarded<State> state_;
};

}  // namespace test_support
