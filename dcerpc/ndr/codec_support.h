// Small tools that generated codecs and the four interpreters (Decoder, Encoder, Mapper, Sampler) share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>

namespace ndr {

// "Not known yet": the count that an array must have comes later in the stub.
inline constexpr std::uint64_t kAnyCount = ~std::uint64_t{0};

// A member as it stands in a size_is, length_is or switch_is expression.
template <class T>
constexpr std::uint64_t number(T value) {
    if constexpr (std::is_enum_v<T>) {
        return static_cast<std::uint64_t>(static_cast<std::underlying_type_t<T>>(value));
    } else {
        return static_cast<std::uint64_t>(value);
    }
}

// The arm to read into (made when the codec creates values) or to write; nullptr, after a fault, when another arm is set.
template <std::size_t N, class C, class Variant>
auto* arm(C& codec, Variant& value) {
    if constexpr (C::kCreates) {
        return &value.template emplace<N>();
    } else {
        if constexpr (requires { codec.fills(); }) {
            if (codec.fills()) return &value.template emplace<N>();
        }
        auto* set = std::get_if<N>(&value);
        if (set == nullptr) codec.wrong_arm();
        return set;
    }
}

// Codecs that make values without their counts get these from the arrays.
template <class C, class T>
void derive(C& codec, T& count, std::uint32_t size) {
    if constexpr (requires { codec.derive(count, size); }) codec.derive(count, size);
}

}  // namespace ndr
