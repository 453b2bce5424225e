#include "dcerpc/assoc/reassembly.h"

#include <algorithm>

namespace dcerpc {
namespace {

// Taken on the word of a fragment that is itself up to 5840 bytes.
constexpr std::size_t kTrustedHintBytes = 256U << 10U;
// The buffer is moved once more at most, for requests up to 8 MiB.
constexpr std::size_t kHintedTimes = 32;

}  // namespace

Reassembly::Reassembly(std::size_t max_bytes, std::uint32_t alloc_hint)
    : max_bytes_(max_bytes), hint_(std::min<std::size_t>(alloc_hint, max_bytes)) {
    stub_.reserve(std::min(hint_, kTrustedHintBytes));
}

bool Reassembly::append(base::ByteView body) {
    if (body.size() > max_bytes_ - stub_.size()) return false;
    const std::size_t needed = stub_.size() + body.size();
    if (needed > stub_.capacity()) {
        // A lying hint costs address space only: what is never written to never becomes memory.
        const std::size_t grown = needed <= hint_ ? std::min(hint_, kHintedTimes * needed) : std::min(2 * stub_.capacity(), max_bytes_);
        stub_.reserve(std::max(needed, grown));
    }
    base::append(stub_, body);
    return true;
}

}  // namespace dcerpc
