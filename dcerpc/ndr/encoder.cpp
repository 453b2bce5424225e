#include "dcerpc/ndr/encoder.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ndr {

static_assert(std::endian::native == std::endian::little, "blocks of numbers are copied as they stand");

namespace {

constexpr std::size_t kLargeBytes = 4096;

}  // namespace

void Encoder::append(const void* data, std::size_t size) {
    if (fault_ != 0 || size == 0) return;
    if (size > base::limits::kMaxReplyBytes - std::min(out_.size() - start_, base::limits::kMaxReplyBytes)) return fail(kFaultReplyTooBig);
    const auto* first = static_cast<const std::byte*>(data);
    // A large buffer is followed by a few numbers: they must not make the vector move it once more.
    if (size > kLargeBytes && out_.capacity() - out_.size() < size) out_.reserve(out_.size() + size + size / 8);
    out_.insert(out_.end(), first, first + size);
}

void Encoder::align(std::size_t alignment) {
    static constexpr std::byte kZeros[8] = {};
    append(kZeros, (0 - (out_.size() - start_)) & (alignment - 1));
}

template <class T>
void Encoder::scalar(T value) {
    align(sizeof(T));
    std::byte raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    if (order_ == base::ByteOrder::big) std::reverse(raw, raw + sizeof(T));
    append(raw, sizeof(T));
}

// ---- scalars

void Encoder::u8(const char* name, std::uint8_t v) {
    at(name);
    scalar(v);
}
void Encoder::i8(const char* name, std::int8_t v) {
    at(name);
    scalar(v);
}
void Encoder::ch(const char* name, char v) {
    at(name);
    scalar(v);
}
void Encoder::wchar(const char* name, char16_t v) {
    at(name);
    scalar(v);
}
void Encoder::u16(const char* name, std::uint16_t v) {
    at(name);
    scalar(v);
}
void Encoder::i16(const char* name, std::int16_t v) {
    at(name);
    scalar(v);
}
void Encoder::u32(const char* name, std::uint32_t v) {
    at(name);
    scalar(v);
}
void Encoder::i32(const char* name, std::int32_t v) {
    at(name);
    scalar(v);
}
void Encoder::u64(const char* name, std::uint64_t v) {
    at(name);
    scalar(v);
}
void Encoder::i64(const char* name, std::int64_t v) {
    at(name);
    scalar(v);
}
void Encoder::f32(const char* name, float v) {
    at(name);
    scalar(v);
}
void Encoder::f64(const char* name, double v) {
    at(name);
    scalar(v);
}
void Encoder::uptr(const char* name, std::uint64_t v) {
    at(name);
    if (syntax_ == Syntax::ndr64) {
        scalar(v);
    } else {
        scalar(static_cast<std::uint32_t>(v));
    }
}
void Encoder::iptr(const char* name, std::int64_t v) {
    at(name);
    if (syntax_ == Syntax::ndr64) {
        scalar(v);
    } else {
        scalar(static_cast<std::int32_t>(v));
    }
}

void Encoder::guid(const char* name, const base::Guid& v) {
    at(name);
    scalar(v.data1);
    scalar(v.data2);
    scalar(v.data3);
    append(v.data4.data(), v.data4.size());
}

void Encoder::context(const char* name, const ContextHandle& v) {
    at(name);
    scalar(v.attributes);
    guid(name, v.uuid);
}

void Encoder::fixed_bytes(const char* name, const std::uint8_t* v, std::size_t count) {
    at(name);
    append(v, count);
}

void Encoder::fixed_chars(const char* name, const char16_t* v, std::size_t count) {
    at(name);
    block(v, count, sizeof(char16_t));
}

void Encoder::fixed_string(const char* name, const char* v, std::size_t capacity) {
    const std::size_t length = static_cast<std::size_t>(std::find(v, v + capacity, '\0') - v);
    require(name, length < capacity);
    const std::size_t actual = std::min(length + 1, capacity);
    write_count(0);
    write_count(actual);
    append(v, actual);
}

void Encoder::enumeration(const char* name, std::int32_t v) {
    at(name);
    if (syntax_ == Syntax::ndr64) {
        scalar(v);
    } else {
        scalar(static_cast<std::uint16_t>(v));
    }
}

// ---- unions

bool Encoder::tag16(std::uint64_t expected) {
    at("union tag");
    scalar(static_cast<std::uint16_t>(expected));
    return fault_ == 0;
}
bool Encoder::tag32(std::uint64_t expected) {
    at("union tag");
    scalar(static_cast<std::uint32_t>(expected));
    return fault_ == 0;
}
bool Encoder::tag_enum(std::uint64_t expected) {
    enumeration("union tag", static_cast<std::int32_t>(expected));
    return fault_ == 0;
}

// ---- pointers and counts

void Encoder::write_count(std::uint64_t value) {
    if (syntax_ == Syntax::ndr64) {
        scalar(value);
    } else {
        scalar(static_cast<std::uint32_t>(value));
    }
}

void Encoder::presence(const char* name, bool present) {
    at(name);
    write_count(present ? next_referent_ : 0);
    if (present) next_referent_ += 4;
}

void Encoder::ref_presence(const char* name, bool present) {
    require(name, present);
    presence(name, true);
}

void Encoder::counted(const char* name, std::uint64_t size, std::uint64_t expected) {
    require(name, size == expected);
    write_count(size);
}

// ---- bulk data

void Encoder::block(const void* data, std::size_t elements, std::size_t size) {
    align(size);
    if (order_ == base::ByteOrder::little || size == 1) return append(data, elements * size);
    const auto* from = static_cast<const std::byte*>(data);
    for (std::size_t i = 0; i < elements; ++i) {
        std::byte raw[8];
        std::reverse_copy(from + i * size, from + (i + 1) * size, raw);
        append(raw, size);
    }
}

void Encoder::bytes(const char* name, const Bytes& v, std::uint64_t expected) {
    counted(name, v.size, expected);
    append(v.data, v.size);
}

void Encoder::hoisted_bytes(const char* name, const Bytes& v, std::uint64_t expected) {
    require(name, v.size == expected);
    append(v.data, v.size);
}

template <class Char>
void Encoder::write_string(const char* name, const BasicStr<Char>& v, std::uint64_t size) {
    const std::uint64_t actual = size == 0 ? 0 : std::uint64_t{v.size} + 1;
    require(name, actual <= size && (actual != 0 || v.size == 0));
    write_count(size);
    write_count(0);
    write_count(actual);
    if (actual == 0) return;
    block(v.data, v.size, sizeof(Char));
    scalar(Char{0});
}

void Encoder::string(const char* name, const WStr& v) { write_string(name, v, std::uint64_t{v.size} + 1); }
void Encoder::string(const char* name, const AStr& v) { write_string(name, v, std::uint64_t{v.size} + 1); }
void Encoder::sized_string(const char* name, const WStr& v, std::uint64_t expected) { write_string(name, v, expected); }
void Encoder::sized_string(const char* name, const AStr& v, std::uint64_t expected) { write_string(name, v, expected); }

}  // namespace ndr
