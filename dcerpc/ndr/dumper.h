// Values to readable text, one member per line: for trace logs and for tests that compare values.
#pragma once

#include "dcerpc/ndr/codec_support.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <string>

namespace ndr {

class Dumper {
 public:
    static constexpr bool kSampling = false;
    static constexpr bool kCreates = false;

    // Byte arrays are cut after `most_bytes`.
    explicit Dumper(std::size_t most_bytes = 4096) : most_bytes_(most_bytes) {}
    [[nodiscard]] const std::string& text() const { return text_; }

    void u8(const char* name, std::uint8_t v) { line(name, std::to_string(v)); }
    void i8(const char* name, std::int8_t v) { line(name, std::to_string(v)); }
    void ch(const char* name, char v) { line(name, std::to_string(static_cast<int>(v))); }
    void wchar(const char* name, char16_t v) { line(name, std::to_string(static_cast<unsigned>(v))); }
    void u16(const char* name, std::uint16_t v) { line(name, std::to_string(v)); }
    void i16(const char* name, std::int16_t v) { line(name, std::to_string(v)); }
    void u32(const char* name, std::uint32_t v) { line(name, std::to_string(v)); }
    void i32(const char* name, std::int32_t v) { line(name, std::to_string(v)); }
    void u64(const char* name, std::uint64_t v) { line(name, std::to_string(v)); }
    void i64(const char* name, std::int64_t v) { line(name, std::to_string(v)); }
    void f32(const char* name, float v);
    void f64(const char* name, double v);
    void uptr(const char* name, std::uint64_t v) { line(name, std::to_string(v)); }
    void iptr(const char* name, std::int64_t v) { line(name, std::to_string(v)); }
    void guid(const char* name, const base::Guid& v) { line(name, base::to_string(v)); }
    void context(const char* name, const ContextHandle& v);
    void fixed_bytes(const char* name, const std::uint8_t* v, std::size_t count);
    void fixed_chars(const char* name, const char16_t* v, std::size_t count);
    void fixed_string(const char* name, const char* v, std::size_t capacity);
    template <class E>
    void enum16(const char* name, E v) {
        i32(name, static_cast<std::int32_t>(v));
    }
    template <class E>
    void enum32(const char* name, E v) {
        i32(name, static_cast<std::int32_t>(v));
    }
    template <class T>
    void range(const char*, T, std::uint64_t, std::uint64_t) {}

    void enter(const char* name);
    void leave() { --depth_; }
    void begin(std::size_t, std::size_t) {}
    void end(std::size_t) {}
    void union_begin(std::size_t) {}
    void union_arm(std::size_t, std::size_t) {}
    bool tag16(std::uint64_t expected) { return tag32(expected); }
    bool tag32(std::uint64_t expected);
    bool tag_enum(std::uint64_t expected) { return tag32(expected); }
    void no_arm() { line("arm", "none"); }
    void wrong_arm() { line("arm", "another one is set"); }

    template <class T>
    void pointer(const char* name, const T* v) {
        presence(name, v != nullptr);
    }
    template <class T>
    void ref_pointer(const char* name, const T* v) {
        presence(name, v != nullptr);
    }
    void presence(const char* name, bool present) { line(name, present ? "present" : "NULL"); }
    void ref_presence(const char* name, bool present) { presence(name, present); }

    void string(const char* name, const WStr& v) { line(name, quoted(v.view())); }
    void string(const char* name, const AStr& v);
    void sized_string(const char* name, const WStr& v, std::uint64_t) { string(name, v); }
    void sized_string(const char* name, const AStr& v, std::uint64_t) { string(name, v); }
    void bytes(const char* name, const Bytes& v, std::uint64_t);
    template <class T>
    void numbers(const char* name, const Array<T>& v, std::uint64_t) {
        std::string text = count_text(v.size);
        for (const T& item : v) text += " " + std::to_string(number(item));
        line(name, text);
    }
    template <class T>
    void array(const char* name, const Array<T>& v, std::uint64_t, std::size_t) {
        line(name, count_text(v.size));
    }
    template <class T>
    void varying(const char* name, const Array<T>& v, std::uint64_t, std::uint64_t, std::size_t) {
        line(name, count_text(v.size));
    }
    void absent(const char*, std::uint64_t) {}
    template <class A>
    void conformance(const A&) {}
    void hoisted_bytes(const char* name, const Bytes& v, std::uint64_t count) { bytes(name, v, count); }
    template <class T>
    void hoisted_numbers(const char* name, const Array<T>& v, std::uint64_t count) {
        numbers(name, v, count);
    }
    template <class T>
    void hoisted(const char* name, const Array<T>& v, std::uint64_t, std::size_t) {
        line(name, count_text(v.size));
    }
    [[nodiscard]] static std::uint64_t later(std::uint64_t count) { return count; }
    void check(const char*, std::uint64_t, std::uint64_t) {}

 private:
    void line(const char* name, const std::string& value);
    static std::string count_text(std::uint32_t count) { return "[" + std::to_string(count) + "]"; }
    static std::string quoted(std::u16string_view text);

    std::string text_;
    std::size_t most_bytes_;
    int depth_ = 0;
};

}  // namespace ndr
