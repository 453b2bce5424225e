#include "base/clock.h"

namespace base {
namespace {

class SystemClock final : public Clock {
 public:
    [[nodiscard]] FileTime now() const override { return filetime_from(std::chrono::system_clock::now()); }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;                                // stateless
    return clock;
}

}  // namespace base
