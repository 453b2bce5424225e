// Bounded little- and big-endian readers and writers, used wherever bytes of the network or of a file are taken apart by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;
using ByteBuffer = std::vector<std::byte>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline void append(ByteBuffer& buffer, ByteView bytes) { buffer.insert(buffer.end(), bytes.begin(), bytes.end()); }

enum class ByteOrder : std::uint8_t { little, big };

// Reads forward. After the first read past the end `ok()` is false, every further read gives zero or nothing, position stays.
class ByteReader {
 public:
    explicit ByteReader(ByteView bytes, ByteOrder order = ByteOrder::little) : bytes_(bytes), order_(order) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }
    [[nodiscard]] ByteOrder order() const { return order_; }
    void set_order(ByteOrder order) { order_ = order; }

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    // A view of the next `count` bytes; empty and !ok() when there are fewer.
    ByteView view(std::size_t count) {
        if (!take(count)) return {};
        return bytes_.subspan(position_ - count, count);
    }
    void skip(std::size_t count) { take(count); }
    // Skips padding up to a multiple of `alignment` (a power of two) counted from the start of the view.
    void align(std::size_t alignment) {
        const std::size_t pad = (alignment - (position_ & (alignment - 1))) & (alignment - 1);
        skip(pad);
    }
    void fail() { ok_ = false; }

 private:
    bool take(std::size_t count) {
        if (!ok_ || count > remaining()) {
            ok_ = false;
            return false;
        }
        position_ += count;
        return true;
    }
    std::uint64_t number(std::size_t size) {
        if (!take(size)) return 0;
        const std::byte* at = bytes_.data() + position_ - size;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t index = order_ == ByteOrder::little ? size - 1 - i : i;
            value = (value << 8U) | std::to_integer<std::uint64_t>(at[index]);
        }
        return value;
    }

    ByteView bytes_;
    std::size_t position_ = 0;
    ByteOrder order_;
    bool ok_ = true;
};

// Appends to a buffer that it does not own. Little-endian unless the method says otherwise.
class ByteWriter {
 public:
    explicit ByteWriter(ByteBuffer& buffer) : buffer_(buffer) {}

    [[nodiscard]] std::size_t size() const { return buffer_.size(); }
    void u8(std::uint8_t value) { number(value, 1); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void u16_be(std::uint16_t value) {
        u8(static_cast<std::uint8_t>(value >> 8U));
        u8(static_cast<std::uint8_t>(value & 0xFFU));
    }
    void bytes(ByteView view) { append(buffer_, view); }
    void zeros(std::size_t count) { buffer_.resize(buffer_.size() + count); }
    void align(std::size_t alignment) { zeros((alignment - (size() & (alignment - 1))) & (alignment - 1)); }
    // Overwrites earlier bytes; the position must exist.
    void patch_u16(std::size_t at, std::uint16_t value) { patch(at, value, 2); }
    void patch_u32(std::size_t at, std::uint32_t value) { patch(at, value, 4); }

 private:
    void number(std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) buffer_.push_back(static_cast<std::byte>((value >> (8U * i)) & 0xFFU));
    }
    void patch(std::size_t at, std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) buffer_[at + i] = static_cast<std::byte>((value >> (8U * i)) & 0xFFU);
    }

    ByteBuffer& buffer_;
};

// "0a1b2c" in lower case; and back (nothing on odd length or a foreign character).
[[nodiscard]] std::string to_hex(ByteView bytes);
[[nodiscard]] bool from_hex(std::string_view text, ByteBuffer& out);
// Compares in time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(ByteView a, ByteView b);
// Overwrites memory in a way the optimiser keeps: keys, hashes and passwords after use.
void wipe(MutableByteView secret);
// Cryptographically strong random bytes from the kernel; aborts if there are none.
void random_bytes(MutableByteView out);

}  // namespace base
