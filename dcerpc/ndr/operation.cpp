#include "dcerpc/ndr/operation.h"

#include <algorithm>

namespace ndr {

std::uint32_t check_reply(std::uint64_t count, std::size_t size_bytes) {
    return count > base::limits::kMaxReplyBytes / size_bytes ? kFaultReplyTooBig : 0;
}

std::uint32_t reserve(Arena& arena, Bytes& out, std::uint64_t count) {
    if (const std::uint32_t fault = check_reply(count, 1); fault != 0) return fault;
    out = arena.zeroed(static_cast<std::uint32_t>(count));
    return out.present ? 0 : kFaultNoMemory;
}

std::uint32_t fit(Arena& arena, Bytes& out, std::uint64_t count) {
    if (!out.present || out.size == count) return 0;
    const Bytes old = out;
    if (const std::uint32_t fault = reserve(arena, out, count); fault != 0) return fault;
    std::copy_n(old.data, std::min(old.size, out.size), out.data);
    return 0;
}

}  // namespace ndr
