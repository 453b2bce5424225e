// Asking for memory ahead of its use, for loops over objects that lie all over the memory.
#pragma once

#include <cstddef>

namespace base {

// Starts to bring all of `object` into the cache; does not wait and changes nothing.
template <class Object>
void prefetch(const Object& object) {
    constexpr std::size_t kLineBytes = 64;
    const auto* at = reinterpret_cast<const std::byte*>(&object);
    for (std::size_t i = 0; i < sizeof(Object); i += kLineBytes) __builtin_prefetch(at + i);
}

}  // namespace base
