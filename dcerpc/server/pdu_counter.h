// Counts complete PDUs in a byte stream that arrives in pieces, by their frag_length alone: for the statistics of the management
// interface and the time-out of a started PDU. Judges nothing; the association does.
#pragma once

#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dcerpc {

class PduCounter {
 public:
    // PDUs that these bytes complete.
    std::size_t feed(base::ByteView bytes) {
        std::size_t complete = 0;
        while (!bytes.empty()) {
            if (left_ == 0) {
                const std::size_t taken = std::min(kNeeded - have_, bytes.size());
                std::copy_n(bytes.begin(), taken, start_.begin() + static_cast<std::ptrdiff_t>(have_));
                have_ += taken;
                bytes = bytes.subspan(taken);
                if (have_ < kNeeded) break;
                // A length shorter than what we have read already is an error that closes the connection: count it as one.
                left_ = std::max(frag_length(), kNeeded) - kNeeded;
                have_ = 0;
                if (left_ == 0) ++complete;
                continue;
            }
            const std::size_t taken = std::min(left_, bytes.size());
            left_ -= taken;
            bytes = bytes.subspan(taken);
            if (left_ == 0) ++complete;
        }
        return complete;
    }

 private:
    static constexpr std::size_t kNeeded = 10;                                     // up to and including frag_length

    [[nodiscard]] std::size_t frag_length() const {
        const bool little = (std::to_integer<unsigned>(start_[4]) & 0xF0U) == 0x10U;
        const auto low = std::to_integer<std::size_t>(start_[little ? 8 : 9]);
        const auto high = std::to_integer<std::size_t>(start_[little ? 9 : 8]);
        return (high << 8U) | low;
    }

    std::array<std::byte, kNeeded> start_{};
    std::size_t have_ = 0;
    std::size_t left_ = 0;
};

}  // namespace dcerpc
