// Values with the names of their members, for whoever shows them or makes them from something other than a stub: the dump of tests, the
// JSON of the tools. Reads generated descriptions and hands each value to one of a few virtual functions; with an arena it fills values,
// otherwise it shows them. Counts of arrays follow from what was filled in, so that nobody has to state them.
#pragma once

#include "dcerpc/ndr/arena.h"
#include "dcerpc/ndr/codec_support.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>
#include <type_traits>
#include <vector>

namespace ndr {

class Mapper {
 public:
    static constexpr bool kSampling = false;
    static constexpr bool kCreates = false;

    virtual ~Mapper() = default;
    Mapper(const Mapper&) = delete;
    Mapper& operator=(const Mapper&) = delete;

    [[nodiscard]] bool fills() const { return arena_ != nullptr; }

    // ---- what generated code calls; see Decoder for the meaning
    void u8(const char* name, std::uint8_t& v) { integer(name, v); }
    void i8(const char* name, std::int8_t& v) { integer(name, v); }
    void ch(const char* name, char& v) { integer(name, v); }
    void wchar(const char* name, char16_t& v) { integer(name, v); }
    void u16(const char* name, std::uint16_t& v) { integer(name, v); }
    void i16(const char* name, std::int16_t& v) { integer(name, v); }
    void u32(const char* name, std::uint32_t& v) { integer(name, v); }
    void i32(const char* name, std::int32_t& v) { integer(name, v); }
    void u64(const char* name, std::uint64_t& v) { integer(name, v); }
    void i64(const char* name, std::int64_t& v) { integer(name, v); }
    void uptr(const char* name, std::uint64_t& v) { integer(name, v); }
    void iptr(const char* name, std::int64_t& v) { integer(name, v); }
    void f32(const char* name, float& v) { on_f32(name, v); }
    void f64(const char* name, double& v) { on_f64(name, v); }
    void guid(const char* name, base::Guid& v) { on_guid(name, v); }
    void context(const char* name, ContextHandle& v) { on_context(name, v); }
    void fixed_bytes(const char* name, std::uint8_t* v, std::size_t count) { on_fixed_bytes(name, {v, count}); }
    void fixed_chars(const char* name, char16_t* v, std::size_t count) { on_fixed_chars(name, {v, count}); }
    void fixed_string(const char* name, char* v, std::size_t capacity) { on_fixed_string(name, {v, capacity}); }
    template <class E>
    void enum16(const char* name, E& v) {
        enum32(name, v);
    }
    template <class E>
    void enum32(const char* name, E& v) {
        auto value = static_cast<std::int32_t>(v);
        integer(name, value);
        if (fills()) v = static_cast<E>(value);
    }
    template <class T>
    void range(const char*, T, std::uint64_t, std::uint64_t) {}

    void enter(const char* name) { on_enter(name); }
    void leave() { on_leave(); }
    void begin(std::size_t, std::size_t) {}
    void end(std::size_t) {}
    void union_begin(std::size_t) {}
    void union_arm(std::size_t, std::size_t) {}
    bool tag16(std::uint64_t expected) { return tag32(expected); }
    bool tag32(std::uint64_t expected) {
        on_tag(expected);
        return true;
    }
    bool tag_enum(std::uint64_t expected) { return tag32(expected); }
    void no_arm() { on_no_arm("none"); }
    void wrong_arm() { on_no_arm("another one is set"); }

    template <class T>
    void pointer(const char* name, T*& v) {
        bool present = v != nullptr;
        on_presence(name, present);
        if (fills()) v = present ? arena_->alloc<T>() : nullptr;
    }
    template <class T>
    void ref_pointer(const char* name, T*& v) {
        pointer(name, v);
    }
    void presence(const char* name, bool& present) { on_presence(name, present); }
    void ref_presence(const char* name, bool& present) { on_presence(name, present); }

    void string(const char* name, WStr& v) { on_string(name, v); }
    void string(const char* name, AStr& v) { on_string(name, v); }
    void sized_string(const char* name, WStr& v, std::uint64_t) { on_string(name, v); }
    void sized_string(const char* name, AStr& v, std::uint64_t) { on_string(name, v); }
    void bytes(const char* name, Bytes& v, std::uint64_t) { on_bytes(name, v); }
    template <class T>
    void numbers(const char* name, Array<T>& v, std::uint64_t) {
        std::vector<std::uint64_t> values;
        for (const T& item : v) values.push_back(number(item));
        on_numbers(name, values, std::is_same_v<T, char16_t>);
        if (!fills()) return;
        v = arena_->array<T>(static_cast<std::uint32_t>(values.size()));
        for (std::uint32_t i = 0; i < v.size; ++i) v[i] = static_cast<T>(values[i]);
    }
    template <class T>
    void array(const char* name, Array<T>& v, std::uint64_t, std::size_t) {
        std::uint32_t count = v.size;
        on_list(name, count);
        if (fills()) v = arena_->array<T>(count);
    }
    template <class T>
    void varying(const char* name, Array<T>& v, std::uint64_t expected, std::uint64_t, std::size_t least) {
        array(name, v, expected, least);
    }
    void absent(const char*, std::uint64_t) {}
    template <class A>
    void conformance(const A&) {}
    void hoisted_bytes(const char* name, Bytes& v, std::uint64_t count) { bytes(name, v, count); }
    template <class T>
    void hoisted_numbers(const char* name, Array<T>& v, std::uint64_t count) {
        numbers(name, v, count);
    }
    template <class T>
    void hoisted(const char* name, Array<T>& v, std::uint64_t count, std::size_t least) {
        array(name, v, count, least);
    }
    [[nodiscard]] static std::uint64_t later(std::uint64_t count) { return count; }
    void check(const char*, std::uint64_t, std::uint64_t) {}
    // The member or parameter that counts an array.
    template <class T>
    void derive(T& count, std::uint32_t size) {
        if (fills()) count = static_cast<T>(size);
    }

 protected:
    explicit Mapper(Arena* arena) : arena_(arena) {}
    [[nodiscard]] Arena& arena() { return *arena_; }

    // A number of any width, sign-extended; `value` stays as it is when there is nothing to fill in.
    struct Number {
        std::uint64_t value = 0;
        bool is_signed = false;
    };

 private:
    // Each shows or fills in its value. Pointers come twice: whether they are there, then, if so, what they lead to under the same name.
    virtual void on_number(const char* name, Number& v) = 0;
    virtual void on_f32(const char* name, float& v) = 0;
    virtual void on_f64(const char* name, double& v) = 0;
    virtual void on_guid(const char* name, base::Guid& v) = 0;
    virtual void on_context(const char* name, ContextHandle& v) = 0;
    virtual void on_fixed_bytes(const char* name, std::span<std::uint8_t> v) = 0;
    virtual void on_fixed_chars(const char* name, std::span<char16_t> v) = 0;
    virtual void on_fixed_string(const char* name, std::span<char> v) = 0;
    virtual void on_string(const char* name, WStr& v) = 0;
    virtual void on_string(const char* name, AStr& v) = 0;
    virtual void on_bytes(const char* name, Bytes& v) = 0;
    virtual void on_numbers(const char* name, std::vector<std::uint64_t>& values, bool characters) = 0;
    // The elements follow, each under `name`: first all their scalars, then, if the type has pointers, all that these lead to.
    virtual void on_list(const char* name, std::uint32_t& count) = 0;
    virtual void on_presence(const char* name, bool& present) = 0;
    // A structure or union, once or twice as an element.
    virtual void on_enter(const char* name) = 0;
    virtual void on_leave() = 0;
    virtual void on_tag(std::uint64_t value) = 0;
    virtual void on_no_arm(const char* what) = 0;

    template <class T>
    void integer(const char* name, T& v) {
        Number shown{number(v), std::is_signed_v<T>};
        on_number(name, shown);
        if (fills()) v = static_cast<T>(shown.value);
    }

    Arena* arena_;
};

}  // namespace ndr
