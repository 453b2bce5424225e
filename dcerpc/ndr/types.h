// The value types of decoded and to-be-encoded NDR data, used by generated code and by everybody who reads or fills it.
// All are trivially destructible views: what they point at lives in an ndr::Arena, in the request or in the caller's storage.
#pragma once

#include "base/guid.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace ndr {

// Transfer syntax: NDR 2.0 [C706] 14 or NDR64 [MS-RPCE] 2.2.5.
enum class Syntax : std::uint8_t { ndr20, ndr64 };

// A [string] pointer. `size` counts characters without the terminating NUL; `data` of a decoded string is NUL-terminated.
// Absent (a NULL pointer) and empty are different values.
template <class Char>
struct BasicStr {
    const Char* data = nullptr;
    std::uint32_t size = 0;
    bool present = false;

    constexpr BasicStr() = default;
    // A present string that views `text`, which must outlive it.
    constexpr BasicStr(std::basic_string_view<Char> text)  // NOLINT: conversion is the point
        : data(text.data()), size(static_cast<std::uint32_t>(text.size())), present(true) {}

    static constexpr BasicStr absent() { return {}; }
    [[nodiscard]] constexpr std::basic_string_view<Char> view() const { return {data, size}; }
    [[nodiscard]] constexpr bool empty() const { return size == 0; }
};

using WStr = BasicStr<char16_t>;  // [string] wchar_t*
using AStr = BasicStr<char>;      // [string] char*

// [size_is(n)] byte*. A decoded one may be a view into the request: change only what the arena or you own.
struct Bytes {
    std::byte* data = nullptr;
    std::uint32_t size = 0;
    bool present = false;

    constexpr Bytes() = default;
    // A present buffer over storage that must outlive it.
    constexpr Bytes(std::span<std::byte> storage)  // NOLINT: conversion is the point
        : data(storage.data()), size(static_cast<std::uint32_t>(storage.size())), present(true) {}

    static constexpr Bytes absent() { return {}; }
    [[nodiscard]] constexpr std::span<const std::byte> view() const { return {data, size}; }
    [[nodiscard]] constexpr std::span<std::byte> span() const { return {data, size}; }
    [[nodiscard]] constexpr bool empty() const { return size == 0; }
};

// Every other conformant array: characters, numbers, structures, pointers.
template <class T>
struct Array {
    T* data = nullptr;
    std::uint32_t size = 0;
    bool present = false;

    constexpr Array() = default;
    constexpr Array(std::span<T> storage)  // NOLINT: conversion is the point
        : data(storage.data()), size(static_cast<std::uint32_t>(storage.size())), present(true) {}

    static constexpr Array absent() { return {}; }
    [[nodiscard]] constexpr std::span<T> span() const { return {data, size}; }
    [[nodiscard]] constexpr bool empty() const { return size == 0; }
    [[nodiscard]] constexpr T* begin() const { return data; }
    [[nodiscard]] constexpr T* end() const { return data + size; }
    constexpr T& operator[](std::size_t index) const { return data[index]; }
};

// 20 opaque bytes on the wire [C706] 14.4; the nil UUID is the NULL handle.
struct ContextHandle {
    std::uint32_t attributes = 0;
    base::Guid uuid;

    auto operator<=>(const ContextHandle&) const = default;
    [[nodiscard]] bool is_null() const { return uuid.is_nil() && attributes == 0; }
};

// Fault status values that decoding and encoding can end with; the names are those of dcerpc::Fault.
inline constexpr std::uint32_t kFaultBadStubData = 0x000006F7;
inline constexpr std::uint32_t kFaultInvalidTag = 0x1C000006;
inline constexpr std::uint32_t kFaultInvalidBound = 0x1C000007;
inline constexpr std::uint32_t kFaultNoMemory = 0x1C00001B;
inline constexpr std::uint32_t kFaultReplyTooBig = 0x1C010013;

static_assert(std::is_trivially_destructible_v<WStr> && std::is_trivially_destructible_v<Bytes> &&
              std::is_trivially_destructible_v<ContextHandle>);

}  // namespace ndr
