// Injectable time: the daemon uses system_clock(), tests a ManualClock.
#pragma once

#include "base/filetime.h"

#include <chrono>

namespace base {

class Clock {
 public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual FileTime now() const = 0;                                    // wall clock, UTC
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

[[nodiscard]] const Clock& system_clock();

}  // namespace base
