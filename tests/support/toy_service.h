// A hand-written RPC interface without NDR, to test the runtime by itself: raw stubs, handles of 20 bytes, both little-endian always.
#pragma once

#include "base/async_event.h"
#include "base/guarded.h"
#include "dcerpc/server/call.h"
#include "dcerpc/server/interface.h"

#include <memory>
#include <string>
#include <vector>

namespace test_support {

namespace toy {
inline constexpr std::uint16_t kEcho = 0;         // stub → the same stub
inline constexpr std::uint16_t kOpen = 1;         // → handle
inline constexpr std::uint16_t kClose = 2;        // handle → 20 zero bytes
inline constexpr std::uint16_t kUse = 3;          // handle, u32 → u32: notes the number in the log
inline constexpr std::uint16_t kWait = 4;         // until cancelled; then fault cancel
inline constexpr std::uint16_t kThrow = 5;        // throws
inline constexpr std::uint16_t kBig = 6;          // u32 → as many bytes, value = index % 251
inline constexpr std::uint16_t kHold = 7;         // handle, u32: notes the number, waits for ToyService::release, gated
inline constexpr std::uint16_t kWho = 8;          // → user name, level as one byte
inline constexpr std::uint16_t kHole = 9;         // not served
inline constexpr std::uint16_t kWaitHandle = 10;  // handle; [waits]: as kWait
inline constexpr std::uint16_t kThrowOdd = 11;    // throws something that is no std::exception
inline constexpr std::uint16_t kPast = 12;        // one past the end
}  // namespace toy

struct ToyService {
    base::Guarded<std::vector<std::uint32_t>> numbers;                             // of kUse and kHold, in the order of execution
    std::atomic<int> handles{0};
    std::atomic<int> rundowns{0};
    std::atomic<int> waiting{0};                                                   // calls inside kWait, kWaitHandle and kHold
    std::atomic<int> cancelled{0};
    base::AsyncEvent release;

    [[nodiscard]] std::vector<std::uint32_t> noted() const {
        return numbers.with([](const std::vector<std::uint32_t>& all) { return all; });
    }
};

// Two interfaces over the same operations: the second one to prove that handles do not cross.
[[nodiscard]] const dcerpc::Interface& toy_interface();
[[nodiscard]] const dcerpc::Interface& second_toy_interface();

}  // namespace test_support
