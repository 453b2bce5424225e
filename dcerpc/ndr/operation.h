// What generated code tells the runtime about one operation, with types erased: how its In and Out are made, decoded, encoded,
// mapped and sampled. Used by generated dispatch and clients, by tests and by fuzzing.
#pragma once

#include "dcerpc/ndr/arena.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <string_view>

namespace ndr {

class Decoder;
class Encoder;
class Mapper;
class Sampler;

// `value` is an Op::In or Op::Out. `in` is the Op::In of the same call when `value` is an Op::Out (counts of the reply may be in
// the request), else nullptr.
struct ValueCodec {
    void* (*make)(Arena& arena);  // default-initialised; nullptr when the arena is full
    void (*decode)(Decoder& decoder, const void* in, void* value);
    void (*encode)(Encoder& encoder, const void* in, void* value);
    void (*map)(Mapper& mapper, const void* in, void* value);
    void (*sample)(Sampler& sampler, const void* in, void* value);
};

struct OperationCodec {
    std::string_view name;
    ValueCodec in;
    ValueCodec out;
};

// A structure by itself, as behind a top-level reference pointer. For tests.
struct TypeCodec {
    std::string_view name;
    ValueCodec value;
};

// Where an operation can be called.
struct OperationInfo {
    static constexpr int kAbsent = -1;
    const OperationCodec* codec;
    int opnums[2];  // in the order of the service's interfaces; kAbsent: not there
    bool waits;
};

template <class T>
void* make_value(Arena& arena) {
    return arena.alloc<T>();
}

// ---- for generated dispatch: storage of the reply before the handler runs. Each gives a fault status, 0 = good.

// Present, `count` zeroed elements.
[[nodiscard]] std::uint32_t reserve(Arena& arena, Bytes& out, std::uint64_t count);
template <class T>
[[nodiscard]] std::uint32_t reserve(Arena& arena, Array<T>& out, std::uint64_t count);
// As many zeroed elements as `in` has; absent stays absent.
template <class Buffer>
[[nodiscard]] std::uint32_t reserve_like(Arena& arena, Buffer& out, const Buffer& in) {
    out = {};
    return in.present ? reserve(arena, out, in.size) : 0;
}
// After the handler: makes a present buffer `count` long, cutting it or appending zeros.
[[nodiscard]] std::uint32_t fit(Arena& arena, Bytes& out, std::uint64_t count);
template <class T>
[[nodiscard]] std::uint32_t fit(Arena& arena, Array<T>& out, std::uint64_t count);

// Fault status if `count` elements of `size_bytes` are more than a reply may carry.
[[nodiscard]] std::uint32_t check_reply(std::uint64_t count, std::size_t size_bytes);

template <class T>
std::uint32_t reserve(Arena& arena, Array<T>& out, std::uint64_t count) {
    if (const std::uint32_t fault = check_reply(count, sizeof(T)); fault != 0) return fault;
    out = arena.array<T>(static_cast<std::uint32_t>(count));
    return out.present ? 0 : kFaultNoMemory;
}

template <class T>
std::uint32_t fit(Arena& arena, Array<T>& out, std::uint64_t count) {
    if (!out.present || out.size == count) return 0;
    const Array<T> old = out;
    if (const std::uint32_t fault = reserve(arena, out, count); fault != 0) return fault;
    for (std::uint32_t i = 0; i < old.size && i < out.size; ++i) out[i] = old[i];
    return 0;
}

}  // namespace ndr
