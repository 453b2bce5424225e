#include "dcerpc/assoc/reassembly.h"

#include <algorithm>

namespace dcerpc {
namespace {

// Taken on the word of a fragment that is itself up to 5840 bytes.
constexpr std::size_t kTrustedHintBytes = 256U << 10U;

}  // namespace

Reassembly::Reassembly(std::size_t max_bytes, std::uint32_t alloc_hint)
    : max_bytes_(max_bytes), hint_(std::min<std::size_t>(alloc_hint, max_bytes)) {
    stub_.reserve(std::min(hint_, kTrustedHintBytes));
}

bool Reassembly::append(base::ByteView body) {
    if (body.size() > max_bytes_ - stub_.size()) return false;
    const std::size_t needed = stub_.size() + body.size();
    if (needed > stub_.capacity()) {
        // Four times what has been received is the most that a lying hint can cost.
        const std::size_t by_hint = std::min(hint_, 4 * needed);
        stub_.reserve(std::max({needed, by_hint, std::min(2 * stub_.capacity(), max_bytes_)}));
    }
    base::append(stub_, body);
    return true;
}

}  // namespace dcerpc
