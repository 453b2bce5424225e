// Waiting in tests for what another thread is about to do.
#pragma once

#include <chrono>
#include <thread>

namespace test_support {

// Asks again and again until `condition` holds; false when it does not within a time that no healthy machine needs.
template <class Condition>
bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace test_support
