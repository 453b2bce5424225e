// Memory of one call: a bump allocator with a byte limit. Everything decoded from a request and everything a handler builds for the
// reply lives here and goes at once. Not thread-safe: it belongs to the call's strand.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "dcerpc/ndr/types.h"

#include <cstddef>
#include <new>
#include <string_view>
#include <type_traits>

namespace base {
class BufferBudget;
}

namespace ndr {

class Arena {
 public:
    // A large arena also needs the agreement of `budget`, which outlives it; null: none.
    explicit Arena(std::size_t limit_bytes = base::limits::kMaxArenaBytes, base::BufferBudget* budget = nullptr)
        : limit_(limit_bytes), budget_(budget) {}
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    // `count` value-initialised (zeroed) objects. nullptr when the limit would be passed: then failed() stays true.
    // A count of zero gives a valid, unusable pointer.
    template <class T>
    [[nodiscard]] T* alloc(std::size_t count = 1) {
        static_assert(std::is_trivially_destructible_v<T>, "the arena never runs destructors");
        if (count > limit_ / sizeof(T)) {
            failed_ = true;
            return nullptr;
        }
        void* memory = raw(count * sizeof(T), alignof(T));
        if (memory == nullptr) return nullptr;
        T* first = static_cast<T*>(memory);
        if constexpr (std::is_trivially_default_constructible_v<T>) {
            std::memset(memory, 0, count * sizeof(T));
        } else {
            for (std::size_t i = 0; i < count; ++i) ::new (static_cast<void*>(first + i)) T();
        }
        return first;
    }

    // Copies into the arena. Absent (and failed()) when the limit is passed. Strings get a NUL behind their last character.
    [[nodiscard]] WStr copy(std::u16string_view text);
    [[nodiscard]] AStr copy(std::string_view text);
    [[nodiscard]] Bytes copy(base::ByteView bytes);
    // Present and zeroed.
    [[nodiscard]] Bytes zeroed(std::uint32_t size_bytes);
    template <class T>
    [[nodiscard]] Array<T> array(std::uint32_t count) {
        Array<T> result;
        result.data = alloc<T>(count);
        if (result.data == nullptr) return {};
        result.size = count;
        result.present = true;
        return result;
    }

    // Uninitialised memory, for decoders. `alignment` is a power of two, at most that of std::max_align_t.
    [[nodiscard]] void* raw(std::size_t size_bytes, std::size_t alignment);

    [[nodiscard]] std::size_t used_bytes() const { return used_; }
    [[nodiscard]] bool failed() const { return failed_; }

 private:
    struct Block;
    [[nodiscard]] bool grow(std::size_t size_bytes);
    [[nodiscard]] bool afford(std::size_t total_bytes);

    Block* blocks_ = nullptr;
    std::byte* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t used_ = 0;  // bytes asked from the system
    std::size_t limit_;
    base::BufferBudget* budget_;
    std::size_t charged_ = 0;  // what the budget knows of us
    bool failed_ = false;
};

}  // namespace ndr
