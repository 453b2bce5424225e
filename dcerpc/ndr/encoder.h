// Values to stub: the counterpart of Decoder. Checks the same consistency, because a peer would refuse what it breaks: a wrong count,
// a range, an arm that does not match its discriminant. The first error sticks.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "dcerpc/ndr/codec_support.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <string_view>

namespace ndr {

class Encoder {
 public:
    static constexpr bool kSampling = false;
    static constexpr bool kCreates = false;

    // Appends to `out`; alignment counts from its present end. Servers answer little-endian; tests and clients may choose.
    Encoder(base::ByteBuffer& out, Syntax syntax, base::ByteOrder order = base::ByteOrder::little)
        : out_(out), start_(out.size()), syntax_(syntax), order_(order) {}

    // For tests that send what no good client sends: counts and ranges are written as they stand.
    void allow_inconsistent() { checked_ = false; }

    // 0 or a fault status: kFaultBadStubData (inconsistent values), kFaultInvalidTag, kFaultReplyTooBig.
    [[nodiscard]] std::uint32_t fault() const { return fault_; }
    [[nodiscard]] std::string_view where() const { return where_; }

    void u8(const char* name, std::uint8_t v);
    void i8(const char* name, std::int8_t v);
    void ch(const char* name, char v);
    void wchar(const char* name, char16_t v);
    void u16(const char* name, std::uint16_t v);
    void i16(const char* name, std::int16_t v);
    void u32(const char* name, std::uint32_t v);
    void i32(const char* name, std::int32_t v);
    void u64(const char* name, std::uint64_t v);
    void i64(const char* name, std::int64_t v);
    void f32(const char* name, float v);
    void f64(const char* name, double v);
    void uptr(const char* name, std::uint64_t v);
    void iptr(const char* name, std::int64_t v);
    void guid(const char* name, const base::Guid& v);
    void context(const char* name, const ContextHandle& v);
    void fixed_bytes(const char* name, const std::uint8_t* v, std::size_t count);
    void fixed_chars(const char* name, const char16_t* v, std::size_t count);
    void fixed_string(const char* name, const char* v, std::size_t capacity);
    template <class E>
    void enum16(const char* name, E v) {
        enumeration(name, static_cast<std::int32_t>(v));
    }
    template <class E>
    void enum32(const char* name, E v) {
        i32(name, static_cast<std::int32_t>(v));
    }
    template <class T>
    void range(const char* name, T v, std::uint64_t low, std::uint64_t high) {
        require(name, number(v) >= low && number(v) <= high);
    }

    void enter(const char*) {}
    void leave() {}
    void begin(std::size_t align20, std::size_t align64) { align(syntax_ == Syntax::ndr64 ? align64 : align20); }
    void end(std::size_t align64) {
        if (syntax_ == Syntax::ndr64) align(align64);
    }

    void union_begin(std::size_t align64) { end(align64); }
    void union_arm(std::size_t align20, std::size_t align64) { begin(align20, align64); }
    bool tag16(std::uint64_t expected);
    bool tag32(std::uint64_t expected);
    bool tag_enum(std::uint64_t expected);
    void no_arm() { fail(kFaultInvalidTag); }
    void wrong_arm() { fail(kFaultBadStubData); }

    template <class T>
    void pointer(const char* name, const T* v) {
        presence(name, v != nullptr);
    }
    template <class T>
    void ref_pointer(const char* name, const T* v) {
        ref_presence(name, v != nullptr);
    }
    void presence(const char* name, bool present);
    void ref_presence(const char* name, bool present);

    void string(const char* name, const WStr& v);
    void string(const char* name, const AStr& v);
    void sized_string(const char* name, const WStr& v, std::uint64_t expected);
    void sized_string(const char* name, const AStr& v, std::uint64_t expected);
    void bytes(const char* name, const Bytes& v, std::uint64_t expected);
    template <class T>
    void numbers(const char* name, const Array<T>& v, std::uint64_t expected) {
        counted(name, v.size, expected);
        block(v.data, v.size, sizeof(T));
    }
    template <class T>
    void array(const char* name, const Array<T>& v, std::uint64_t expected, std::size_t) {
        counted(name, v.size, expected);
    }
    // `expected` is the size on the wire, `v` holds `expected_length` of its elements.
    template <class T>
    void varying(const char* name, const Array<T>& v, std::uint64_t expected, std::uint64_t expected_length, std::size_t) {
        require(name, v.size == expected_length && v.size <= expected);
        write_count(expected);
        write_count(0);
        write_count(v.size);
    }
    void absent(const char* name, std::uint64_t expected) { require(name, expected == 0); }

    template <class A>
    void conformance(const A& v) {
        write_count(v.size);
    }
    void hoisted_bytes(const char* name, const Bytes& v, std::uint64_t expected);
    template <class T>
    void hoisted_numbers(const char* name, const Array<T>& v, std::uint64_t expected) {
        require(name, v.size == expected);
        block(v.data, v.size, sizeof(T));
    }
    template <class T>
    void hoisted(const char* name, const Array<T>& v, std::uint64_t expected, std::size_t) {
        require(name, v.size == expected);
    }

    [[nodiscard]] static std::uint64_t later(std::uint64_t count) { return count; }
    void check(const char*, std::uint64_t, std::uint64_t) {}

 private:
    void at(const char* name) {
        if (fault_ == 0) where_ = name;
    }
    void fail(std::uint32_t status) {
        if (fault_ == 0) fault_ = status;
    }
    void require(const char* name, bool good) {
        at(name);
        if (!good && checked_) fail(kFaultBadStubData);
    }
    void align(std::size_t alignment);
    void append(const void* data, std::size_t size);
    template <class T>
    void scalar(T value);
    void enumeration(const char* name, std::int32_t v);
    void write_count(std::uint64_t value);
    void counted(const char* name, std::uint64_t size, std::uint64_t expected);
    void block(const void* data, std::size_t elements, std::size_t size);
    template <class Char>
    void write_string(const char* name, const BasicStr<Char>& v, std::uint64_t size);

    base::ByteBuffer& out_;
    std::size_t start_;
    Syntax syntax_;
    base::ByteOrder order_;
    bool checked_ = true;
    std::uint32_t fault_ = 0;
    std::uint32_t next_referent_ = 0x00020000;
    const char* where_ = "";
};

}  // namespace ndr
