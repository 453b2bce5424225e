#include "dcerpc/ndr/decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ndr {

static_assert(std::endian::native == std::endian::little, "blocks of numbers are copied as they stand");

void Decoder::fail(std::uint32_t status) {
    if (fault_ != 0) return;
    fault_ = status;
    position_ = stub_.size();  // nothing is left for later reads
}

void Decoder::align(std::size_t alignment) {
    const std::size_t pad = (0 - position_) & (alignment - 1);
    if (pad <= remaining()) {
        position_ += pad;
    } else {
        position_ = stub_.size();  // padding may be missing at the end; whoever reads on will notice
    }
}

const std::byte* Decoder::take(std::size_t size) {
    if (size > remaining()) {
        fail(kFaultBadStubData);
        return nullptr;
    }
    const std::byte* start = stub_.data() + position_;
    position_ += size;
    return start;
}

template <class T>
T Decoder::scalar() {
    align(sizeof(T));
    const std::byte* start = take(sizeof(T));
    T value{};
    if (start == nullptr) return value;
    if (order_ == base::ByteOrder::little) {
        std::memcpy(&value, start, sizeof(T));
    } else {
        copy_swapped(reinterpret_cast<std::byte*>(&value), start, 1, sizeof(T));
    }
    return value;
}

void Decoder::copy_swapped(std::byte* to, const std::byte* from, std::size_t elements, std::size_t size) const {
    for (std::size_t i = 0; i < elements; ++i) std::reverse_copy(from + i * size, from + (i + 1) * size, to + i * size);
}

// ---- scalars

void Decoder::u8(const char* name, std::uint8_t& v) {
    at(name);
    v = scalar<std::uint8_t>();
}
void Decoder::i8(const char* name, std::int8_t& v) {
    at(name);
    v = scalar<std::int8_t>();
}
void Decoder::ch(const char* name, char& v) {
    at(name);
    v = scalar<char>();
}
void Decoder::wchar(const char* name, char16_t& v) {
    at(name);
    v = scalar<char16_t>();
}
void Decoder::u16(const char* name, std::uint16_t& v) {
    at(name);
    v = scalar<std::uint16_t>();
}
void Decoder::i16(const char* name, std::int16_t& v) {
    at(name);
    v = scalar<std::int16_t>();
}
void Decoder::u32(const char* name, std::uint32_t& v) {
    at(name);
    v = scalar<std::uint32_t>();
}
void Decoder::i32(const char* name, std::int32_t& v) {
    at(name);
    v = scalar<std::int32_t>();
}
void Decoder::u64(const char* name, std::uint64_t& v) {
    at(name);
    v = scalar<std::uint64_t>();
}
void Decoder::i64(const char* name, std::int64_t& v) {
    at(name);
    v = scalar<std::int64_t>();
}
void Decoder::f32(const char* name, float& v) {
    at(name);
    v = scalar<float>();
}
void Decoder::f64(const char* name, double& v) {
    at(name);
    v = scalar<double>();
}
void Decoder::uptr(const char* name, std::uint64_t& v) {
    at(name);
    v = syntax_ == Syntax::ndr64 ? scalar<std::uint64_t>() : scalar<std::uint32_t>();
}
void Decoder::iptr(const char* name, std::int64_t& v) {
    at(name);
    v = syntax_ == Syntax::ndr64 ? scalar<std::int64_t>() : scalar<std::int32_t>();
}

void Decoder::guid(const char* name, base::Guid& v) {
    at(name);
    v.data1 = scalar<std::uint32_t>();
    v.data2 = scalar<std::uint16_t>();
    v.data3 = scalar<std::uint16_t>();
    fixed_bytes(name, v.data4.data(), v.data4.size());
}

void Decoder::context(const char* name, ContextHandle& v) {
    at(name);
    v.attributes = scalar<std::uint32_t>();
    guid(name, v.uuid);
}

void Decoder::fixed_bytes(const char* name, std::uint8_t* v, std::size_t count) {
    at(name);
    const std::byte* start = take(count);
    if (start == nullptr) {
        std::fill_n(v, count, std::uint8_t{0});
    } else {
        std::memcpy(v, start, count);
    }
}

void Decoder::fixed_chars(const char* name, char16_t* v, std::size_t count) {
    at(name);
    for (std::size_t i = 0; i < count; ++i) v[i] = scalar<char16_t>();
}

void Decoder::fixed_string(const char* name, char* v, std::size_t capacity) {
    at(name);
    std::fill_n(v, capacity, '\0');
    const std::uint64_t offset = read_count();
    const std::uint64_t actual = read_count();
    if (offset != 0 || actual == 0 || actual > capacity) return fail(kFaultBadStubData);
    const std::byte* start = take(static_cast<std::size_t>(actual));
    if (start == nullptr) return;
    if (start[actual - 1] != std::byte{0}) return fail(kFaultBadStubData);
    std::memcpy(v, start, static_cast<std::size_t>(actual));
}

std::int32_t Decoder::enumeration(const char* name) {
    at(name);
    return syntax_ == Syntax::ndr64 ? scalar<std::int32_t>() : scalar<std::uint16_t>();
}

void Decoder::check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
    at(name);
    if (value < low || value > high) fail(kFaultBadStubData);
}

// ---- unions

bool Decoder::tag(std::uint64_t actual, std::uint64_t expected) {
    if (actual != expected) fail(kFaultBadStubData);
    return fault_ == 0;
}
bool Decoder::tag16(std::uint64_t expected) {
    at("union tag");
    return tag(scalar<std::uint16_t>(), expected);
}
bool Decoder::tag32(std::uint64_t expected) {
    at("union tag");
    return tag(scalar<std::uint32_t>(), expected);
}
bool Decoder::tag_enum(std::uint64_t expected) { return tag(static_cast<std::uint64_t>(enumeration("union tag")), expected); }

// ---- pointers and counts

std::uint64_t Decoder::read_referent() { return syntax_ == Syntax::ndr64 ? scalar<std::uint64_t>() : scalar<std::uint32_t>(); }

std::uint64_t Decoder::read_count() { return read_referent(); }

void Decoder::presence(const char* name, bool& present) {
    at(name);
    present = read_referent() != 0;
}

void Decoder::ref_presence(const char* name, bool& present) {
    at(name);
    (void)read_referent();
    present = fault_ == 0;
}

std::uint32_t Decoder::checked_count(std::uint64_t value) {
    if (value > 0xFFFFFFFFU) fail(kFaultInvalidBound);
    return fault_ == 0 ? static_cast<std::uint32_t>(value) : 0;
}

std::uint32_t Decoder::count(const char* name, std::uint64_t expected) {
    at(name);
    const std::uint32_t value = checked_count(read_count());
    return hoisted_count(name, value, expected);
}

std::uint32_t Decoder::hoisted_count(const char* name, std::uint32_t size, std::uint64_t expected) {
    at(name);
    if (expected != kAnyCount && size != expected) fail(kFaultBadStubData);
    return fault_ == 0 ? size : 0;
}

std::uint32_t Decoder::varying_count(const char* name, std::uint64_t expected, std::uint64_t expected_length) {
    const std::uint32_t size = count(name, expected);
    const std::uint64_t offset = read_count();
    const std::uint64_t actual = read_count();
    if (offset != 0 || actual > size) fail(kFaultBadStubData);
    if (expected_length != kAnyCount && actual != expected_length) fail(kFaultBadStubData);
    return fault_ == 0 ? static_cast<std::uint32_t>(actual) : 0;
}

std::uint32_t Decoder::bounded(std::uint32_t elements, std::size_t least) {
    if (elements > base::limits::kMaxNdrElements) fail(kFaultInvalidBound);
    if (elements > remaining() / std::max<std::size_t>(least, 1)) fail(kFaultBadStubData);
    return fault_ == 0 ? elements : 0;
}

void Decoder::absent(const char* name, std::uint64_t expected) {
    at(name);
    if (expected != 0 && expected != kAnyCount) fail(kFaultBadStubData);
}

void Decoder::check(const char* name, std::uint64_t size, std::uint64_t expected) {
    at(name);
    if (size != expected) fail(kFaultBadStubData);
}

// ---- bulk data

void Decoder::bytes(const char* name, Bytes& v, std::uint64_t expected) {
    v.size = count(name, expected);
    hoisted_bytes(name, v, kAnyCount);
}

void Decoder::hoisted_bytes(const char* name, Bytes& v, std::uint64_t expected) {
    const std::uint32_t size = hoisted_count(name, v.size, expected);
    v = {};
    const std::byte* start = take(size);
    if (fault_ != 0) return;
    v.data = const_cast<std::byte*>(start);  // the request belongs to the call
    v.size = size;
    v.present = true;
}

void* Decoder::block(std::uint32_t elements, std::size_t size) {
    align(size);
    if (elements > remaining() / size) fail(kFaultBadStubData);
    if (fault_ != 0) return nullptr;
    const std::byte* start = take(elements * size);
    void* memory = arena_.raw(elements * size, size);
    if (memory == nullptr) {
        fail(kFaultNoMemory);
    } else if (elements == 0) {
        return memory;
    } else if (order_ == base::ByteOrder::little || size == 1) {
        std::memcpy(memory, start, elements * size);
    } else {
        copy_swapped(static_cast<std::byte*>(memory), start, elements, size);
    }
    return memory;
}

std::uint32_t Decoder::string_length(const char* name, std::uint64_t expected, std::size_t char_size, bool sized, const std::byte*& text) {
    const std::uint32_t size = count(name, expected);
    const std::uint64_t offset = read_count();
    const std::uint64_t actual = read_count();
    const bool empty = sized && size == 0 && actual == 0;  // no room for a terminator, so none is there
    if (offset != 0 || actual > size || (actual == 0 && !empty)) fail(kFaultBadStubData);
    if (actual > base::limits::kMaxNdrElements) fail(kFaultInvalidBound);
    if (fault_ != 0 || empty) return 0;
    text = take(static_cast<std::size_t>(actual) * char_size);
    if (text == nullptr) return 0;
    const std::byte* last = text + (actual - 1) * char_size;
    if (last[0] != std::byte{0} || last[char_size - 1] != std::byte{0}) fail(kFaultBadStubData);
    return fault_ == 0 ? static_cast<std::uint32_t>(actual - 1) : 0;
}

template <class Char>
void Decoder::read_string(const char* name, BasicStr<Char>& v, std::uint64_t expected, bool sized) {
    v = {};
    const std::byte* text = nullptr;
    const std::uint32_t length = string_length(name, expected, sizeof(Char), sized, text);
    if (fault_ != 0) return;
    Char* copy = arena_.alloc<Char>(std::size_t{length} + 1);
    if (copy == nullptr) return fail(kFaultNoMemory);
    if (order_ == base::ByteOrder::little || sizeof(Char) == 1) {
        if (length != 0) std::memcpy(copy, text, length * sizeof(Char));
    } else {
        copy_swapped(reinterpret_cast<std::byte*>(copy), text, length, sizeof(Char));
    }
    // As for every C string, the first NUL ends it: nobody may see a longer name than the client's own code does.
    const auto* end = std::find(copy, copy + length, Char{0});
    v = BasicStr<Char>(std::basic_string_view<Char>(copy, static_cast<std::size_t>(end - copy)));
}

void Decoder::string(const char* name, WStr& v) { read_string(name, v, kAnyCount, false); }
void Decoder::string(const char* name, AStr& v) { read_string(name, v, kAnyCount, false); }
void Decoder::sized_string(const char* name, WStr& v, std::uint64_t expected) { read_string(name, v, expected, true); }
void Decoder::sized_string(const char* name, AStr& v, std::uint64_t expected) { read_string(name, v, expected, true); }

}  // namespace ndr
