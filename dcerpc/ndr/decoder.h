// Stub to values: interprets generated descriptions for NDR 2.0 [C706] 14 and NDR64 [MS-RPCE] 2.2.5, in the sender's byte order.
// Strict: every count, terminator, discriminant and range is checked, nothing is allocated for a count that the rest of the stub
// cannot hold, and nesting is as deep as the IDL's types, which cannot refer to themselves. The first error sticks; everything read
// after it is zero or absent. Bytes left over are tolerated.
#pragma once

#include "base/bytes.h"
#include "dcerpc/ndr/arena.h"
#include "dcerpc/ndr/codec_support.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <string_view>

namespace ndr {

class Decoder {
 public:
    static constexpr bool kSampling = false;
    static constexpr bool kCreates = true;

    // `stub` must outlive the values: byte arrays are views into it.
    Decoder(base::ByteView stub, Syntax syntax, base::ByteOrder order, Arena& arena)
        : stub_(stub), syntax_(syntax), order_(order), arena_(arena) {}

    // 0 or a fault status: kFaultBadStubData, kFaultInvalidTag, kFaultInvalidBound, kFaultNoMemory.
    [[nodiscard]] std::uint32_t fault() const { return fault_; }
    // Name of the member or parameter where the fault happened.
    [[nodiscard]] std::string_view where() const { return where_; }
    [[nodiscard]] std::size_t position() const { return position_; }

    // ---- scalars; `name` is for where()
    void u8(const char* name, std::uint8_t& v);
    void i8(const char* name, std::int8_t& v);
    void ch(const char* name, char& v);
    void wchar(const char* name, char16_t& v);
    void u16(const char* name, std::uint16_t& v);
    void i16(const char* name, std::int16_t& v);
    void u32(const char* name, std::uint32_t& v);
    void i32(const char* name, std::int32_t& v);
    void u64(const char* name, std::uint64_t& v);
    void i64(const char* name, std::int64_t& v);
    void f32(const char* name, float& v);
    void f64(const char* name, double& v);
    void uptr(const char* name, std::uint64_t& v);
    void iptr(const char* name, std::int64_t& v);
    void guid(const char* name, base::Guid& v);
    void context(const char* name, ContextHandle& v);
    void fixed_bytes(const char* name, std::uint8_t* v, std::size_t count);
    void fixed_chars(const char* name, char16_t* v, std::size_t count);
    void fixed_string(const char* name, char* v, std::size_t capacity);
    template <class E>
    void enum16(const char* name, E& v) {
        v = static_cast<E>(enumeration(name));
    }
    template <class E>
    void enum32(const char* name, E& v) {
        std::int32_t value = 0;
        i32(name, value);
        v = static_cast<E>(value);
    }
    template <class T>
    void range(const char* name, T v, std::uint64_t low, std::uint64_t high) {
        check_range(name, number(v), low, high);
    }

    // ---- structure
    void enter(const char*) {}
    void leave() {}
    void begin(std::size_t align20, std::size_t align64) { align(syntax_ == Syntax::ndr64 ? align64 : align20); }
    void end(std::size_t align64) {
        if (syntax_ == Syntax::ndr64) align(align64);
    }

    // ---- unions: the discriminant on the wire must be `expected`
    void union_begin(std::size_t align64) { end(align64); }
    void union_arm(std::size_t align20, std::size_t align64) { begin(align20, align64); }
    bool tag16(std::uint64_t expected);
    bool tag32(std::uint64_t expected);
    bool tag_enum(std::uint64_t expected);
    void no_arm() { fail(kFaultInvalidTag); }

    // ---- pointers: first pass
    template <class T>
    void pointer(const char* name, T*& v) {
        bool present = false;
        presence(name, present);
        v = present ? create<T>() : nullptr;
    }
    template <class T>
    void ref_pointer(const char* name, T*& v) {
        bool present = false;
        ref_presence(name, present);
        v = present ? create<T>() : nullptr;
    }
    void presence(const char* name, bool& present);
    // The referent of an embedded reference pointer may have any value.
    void ref_presence(const char* name, bool& present);

    // ---- pointers: second pass. `expected` is what size_is says, or kAnyCount.
    void string(const char* name, WStr& v);
    void string(const char* name, AStr& v);
    void sized_string(const char* name, WStr& v, std::uint64_t expected);
    void sized_string(const char* name, AStr& v, std::uint64_t expected);
    void bytes(const char* name, Bytes& v, std::uint64_t expected);
    template <class T>
    void numbers(const char* name, Array<T>& v, std::uint64_t expected) {
        read_numbers(name, v, count(name, expected));
    }
    // Makes `v` with its elements, which the caller then decodes. `least` bytes each at least.
    template <class T>
    void array(const char* name, Array<T>& v, std::uint64_t expected, std::size_t least) {
        make(v, bounded(count(name, expected), least));
    }
    template <class T>
    void varying(const char* name, Array<T>& v, std::uint64_t expected, std::uint64_t expected_length, std::size_t least) {
        make(v, bounded(varying_count(name, expected, expected_length), least));
    }
    // NULL where `expected` elements should be.
    void absent(const char* name, std::uint64_t expected);

    // ---- conformant structures: the count comes before the structure, the elements at its end
    template <class A>
    void conformance(A& v) {
        at("count of the structure's array");
        v = {};
        v.size = checked_count(read_count());
    }
    void hoisted_bytes(const char* name, Bytes& v, std::uint64_t expected);
    template <class T>
    void hoisted_numbers(const char* name, Array<T>& v, std::uint64_t expected) {
        read_numbers(name, v, hoisted_count(name, v.size, expected));
    }
    template <class T>
    void hoisted(const char* name, Array<T>& v, std::uint64_t expected, std::size_t least) {
        make(v, bounded(hoisted_count(name, v.size, expected), least));
    }

    // ---- counts that come after their arrays
    [[nodiscard]] static std::uint64_t later(std::uint64_t) { return kAnyCount; }
    void check(const char* name, std::uint64_t size, std::uint64_t expected);

 private:
    void fail(std::uint32_t status);
    void at(const char* name) {
        if (fault_ == 0) where_ = name;
    }
    [[nodiscard]] std::size_t remaining() const { return stub_.size() - position_; }
    void align(std::size_t alignment);
    [[nodiscard]] const std::byte* take(std::size_t size);
    template <class T>
    T scalar();
    std::int32_t enumeration(const char* name);
    bool tag(std::uint64_t actual, std::uint64_t expected);
    void check_range(const char* name, std::uint64_t value, std::uint64_t low, std::uint64_t high);

    // 4 or 8 bytes; 0 after a fault.
    std::uint64_t read_count();
    std::uint64_t read_referent();
    // Fits 32 bits, else a fault and 0.
    std::uint32_t checked_count(std::uint64_t value);
    std::uint32_t count(const char* name, std::uint64_t expected);
    std::uint32_t varying_count(const char* name, std::uint64_t expected, std::uint64_t expected_length);
    std::uint32_t hoisted_count(const char* name, std::uint32_t size, std::uint64_t expected);
    // `elements` if the limits and the rest of the stub allow so many, else a fault and 0.
    std::uint32_t bounded(std::uint32_t elements, std::size_t least);
    // Length of a string in characters without terminator, which has been checked; the characters start at `text`.
    std::uint32_t string_length(const char* name, std::uint64_t expected, std::size_t char_size, bool sized, const std::byte*& text);
    template <class Char>
    void read_string(const char* name, BasicStr<Char>& v, std::uint64_t expected, bool sized);
    // `count` numbers of `size` bytes each into arena memory; nullptr after a fault.
    void* block(std::uint32_t elements, std::size_t size);
    void copy_swapped(std::byte* to, const std::byte* from, std::size_t elements, std::size_t size) const;

    template <class T>
    void read_numbers(const char* name, Array<T>& v, std::uint32_t elements) {
        at(name);
        v = {};
        v.data = static_cast<T*>(block(elements, sizeof(T)));
        if (v.data == nullptr) return;
        v.size = elements;
        v.present = true;
    }
    template <class T>
    void make(Array<T>& v, std::uint32_t elements) {
        v = {};
        if (fault_ != 0) return;
        v.data = arena_.alloc<T>(elements);
        if (v.data == nullptr) return fail(kFaultNoMemory);
        v.size = elements;
        v.present = true;
    }
    template <class T>
    T* create() {
        T* made = arena_.alloc<T>();
        if (made == nullptr) fail(kFaultNoMemory);
        return made;
    }

    base::ByteView stub_;
    std::size_t position_ = 0;
    Syntax syntax_;
    base::ByteOrder order_;
    std::uint32_t fault_ = 0;
    Arena& arena_;
    const char* where_ = "";
};

}  // namespace ndr
