// How many bytes of requests, replies and running calls a server may hold together. What each connection and each call may hold is bounded,
// too, but a client with a thousand connections must not be able to multiply that. Owned by the server, used by its associations and by
// the arenas of its calls.
#pragma once

#include <atomic>
#include <cstddef>

namespace base {

// Thread-safe. Amounts are those beyond limits::kFreeBufferBytes of each connection and call, so small traffic never meets the budget.
class BufferBudget {
 public:
    explicit BufferBudget(std::size_t limit_bytes) : limit_(limit_bytes) {}

    // Whether somebody who has been charged `charged` bytes may hold `wanted` of them.
    [[nodiscard]] bool affords(std::size_t charged, std::size_t wanted) const {
        return wanted <= charged || used_.load(std::memory_order_relaxed) + (wanted - charged) <= limit_;
    }
    // Never refuses: what is held is held.
    void charge(std::size_t before, std::size_t now) { used_.fetch_add(now - before, std::memory_order_relaxed); }
    // The same at once: charges, or says no.
    [[nodiscard]] bool take(std::size_t charged, std::size_t wanted) {
        const std::size_t more = wanted - charged;
        if (used_.fetch_add(more, std::memory_order_relaxed) + more <= limit_) return true;
        used_.fetch_sub(more, std::memory_order_relaxed);
        return false;
    }
    [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
    const std::size_t limit_;
    std::atomic<std::size_t> used_{0};
};

}  // namespace base
