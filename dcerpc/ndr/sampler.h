// Random valid values from a seed, for round-trip tests: counts agree with arrays, discriminants with arms, ranges hold.
#pragma once

#include "dcerpc/ndr/arena.h"
#include "dcerpc/ndr/codec_support.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <initializer_list>

namespace ndr {

class Sampler {
 public:
    static constexpr bool kSampling = true;
    static constexpr bool kCreates = true;

    // Values live in `arena`; the same seed gives the same values.
    Sampler(std::uint64_t seed, Arena& arena) : state_(seed * 2 + 1), arena_(arena) {}

    void u8(const char*, std::uint8_t& v) { v = static_cast<std::uint8_t>(next()); }
    void i8(const char*, std::int8_t& v) { v = static_cast<std::int8_t>(next()); }
    void ch(const char*, char& v) { v = static_cast<char>(1 + below(126)); }
    void wchar(const char*, char16_t& v) { v = character(); }
    void u16(const char*, std::uint16_t& v) { v = static_cast<std::uint16_t>(next()); }
    void i16(const char*, std::int16_t& v) { v = static_cast<std::int16_t>(next()); }
    void u32(const char*, std::uint32_t& v) { v = static_cast<std::uint32_t>(next()); }
    void i32(const char*, std::int32_t& v) { v = static_cast<std::int32_t>(next()); }
    void u64(const char*, std::uint64_t& v) { v = next(); }
    void i64(const char*, std::int64_t& v) { v = static_cast<std::int64_t>(next()); }
    void f32(const char*, float& v) { v = static_cast<float>(below(100'000)) / 16.0F; }
    void f64(const char*, double& v) { v = static_cast<double>(below(100'000)) / 16.0; }
    void uptr(const char*, std::uint64_t& v) { v = next() & 0x7FFFFFFFU; }  // what fits both syntaxes
    void iptr(const char*, std::int64_t& v) { v = static_cast<std::int32_t>(next()); }
    void guid(const char* name, base::Guid& v);
    void context(const char* name, ContextHandle& v);
    void fixed_bytes(const char* name, std::uint8_t* v, std::size_t count);
    void fixed_chars(const char* name, char16_t* v, std::size_t count);
    void fixed_string(const char* name, char* v, std::size_t capacity);
    template <class E>
    void enum16(const char*, E& v) {
        v = static_cast<E>(below(8));
    }
    template <class E>
    void enum32(const char*, E& v) {
        v = static_cast<E>(below(8));
    }
    template <class T>
    void range(const char*, T& v, std::uint64_t low, std::uint64_t high) {
        if (number(v) < low || number(v) > high) v = static_cast<T>(low + below(high - low + 1));
    }
    // A count that is small enough for a test and within the bounds.
    template <class T>
    void pick_count(T& v, std::uint64_t low, std::uint64_t high) {
        const std::uint64_t most = high - low < kMostElements ? high - low : kMostElements;
        v = static_cast<T>(low + below(most + 1));
    }
    template <class T>
    void pick_case(T& v, std::initializer_list<std::uint64_t> cases) {
        v = static_cast<T>(cases.begin()[below(cases.size())]);
    }

    void enter(const char*) {}
    void leave() {}
    void begin(std::size_t, std::size_t) {}
    void end(std::size_t) {}
    void union_begin(std::size_t) {}
    void union_arm(std::size_t, std::size_t) {}
    bool tag16(std::uint64_t) { return true; }
    bool tag32(std::uint64_t) { return true; }
    bool tag_enum(std::uint64_t) { return true; }
    void no_arm() {}

    template <class T>
    void pointer(const char*, T*& v) {
        v = flip() ? arena_.alloc<T>() : nullptr;
    }
    template <class T>
    void ref_pointer(const char*, T*& v) {
        v = arena_.alloc<T>();
    }
    void presence(const char*, bool& present) { present = flip(); }
    void ref_presence(const char*, bool& present) { present = true; }

    void string(const char* name, WStr& v) { sized_string(name, v, kMostElements * 2); }
    void string(const char* name, AStr& v) { sized_string(name, v, kMostElements * 2); }
    void sized_string(const char* name, WStr& v, std::uint64_t expected);
    void sized_string(const char* name, AStr& v, std::uint64_t expected);
    void bytes(const char* name, Bytes& v, std::uint64_t expected);
    template <class T>
    void numbers(const char*, Array<T>& v, std::uint64_t expected) {
        v = arena_.array<T>(static_cast<std::uint32_t>(expected));
        for (T& item : v) item = static_cast<T>(next());
    }
    template <class T>
    void array(const char*, Array<T>& v, std::uint64_t expected, std::size_t) {
        v = arena_.array<T>(static_cast<std::uint32_t>(expected));
    }
    template <class T>
    void varying(const char*, Array<T>& v, std::uint64_t, std::uint64_t expected_length, std::size_t) {
        v = arena_.array<T>(static_cast<std::uint32_t>(expected_length));
    }
    // A pointer to a sized array may be NULL only if the count is zero.
    static void need(bool& present, std::uint64_t expected) { present = present || expected != 0; }
    static void absent(const char*, std::uint64_t) {}
    template <class A>
    void conformance(A&) {}
    void hoisted_bytes(const char* name, Bytes& v, std::uint64_t expected) { bytes(name, v, expected); }
    template <class T>
    void hoisted_numbers(const char* name, Array<T>& v, std::uint64_t expected) {
        numbers(name, v, expected);
    }
    template <class T>
    void hoisted(const char* name, Array<T>& v, std::uint64_t expected, std::size_t least) {
        array(name, v, expected, least);
    }
    [[nodiscard]] static std::uint64_t later(std::uint64_t count) { return count; }
    void check(const char*, std::uint64_t, std::uint64_t) {}

 private:
    static constexpr std::uint64_t kMostElements = 6;

    std::uint64_t next();
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
    bool flip() { return below(4) != 0; }
    char16_t character();

    std::uint64_t state_;
    Arena& arena_;
};

}  // namespace ndr
