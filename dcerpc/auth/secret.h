// A 128-bit key or hash that is wiped when it dies. Used by everything under dcerpc/auth and by the account file.
#pragma once

#include "base/bytes.h"

#include <array>

namespace dcerpc {

class Secret16 {
 public:
    static constexpr std::size_t kSize = 16;

    Secret16() = default;                                                          // zeros
    explicit Secret16(base::ByteView bytes) { assign(bytes); }                     // copies at most 16 bytes; the rest stays zero
    Secret16(const Secret16&) = default;
    Secret16& operator=(const Secret16&) = default;
    ~Secret16() { base::wipe(bytes_); }

    void assign(base::ByteView bytes) {
        bytes_.fill(std::byte{0});
        for (std::size_t i = 0; i < kSize && i < bytes.size(); ++i) bytes_[i] = bytes[i];
    }
    [[nodiscard]] base::ByteView view() const { return bytes_; }
    [[nodiscard]] base::MutableByteView writable() { return bytes_; }
    // Compares in constant time.
    [[nodiscard]] bool equals(base::ByteView other) const { return base::equal_constant_time(bytes_, other); }

 private:
    std::array<std::byte, kSize> bytes_{};
};

}  // namespace dcerpc
