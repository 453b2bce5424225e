#include "dcerpc/ndr/sampler.h"

#include <algorithm>

namespace ndr {

// splitmix64: every seed is good, and the sequence is the same everywhere.
std::uint64_t Sampler::next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
}

char16_t Sampler::character() {
    static constexpr char16_t kOthers[] = {0x00E4, 0x20AC, 0x4E2D, 0xFFFD};
    if (below(8) == 0) return kOthers[below(4)];
    return static_cast<char16_t>(0x20 + below(0x5F));
}

void Sampler::guid(const char*, base::Guid& v) {
    v.data1 = static_cast<std::uint32_t>(next());
    v.data2 = static_cast<std::uint16_t>(next());
    v.data3 = static_cast<std::uint16_t>(next());
    for (std::uint8_t& byte : v.data4) byte = static_cast<std::uint8_t>(next());
}

void Sampler::context(const char* name, ContextHandle& v) {
    v = {};
    if (flip()) guid(name, v.uuid);
}

void Sampler::fixed_bytes(const char*, std::uint8_t* v, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) v[i] = static_cast<std::uint8_t>(next());
}

void Sampler::fixed_chars(const char*, char16_t* v, std::size_t count) {
    const std::size_t used = static_cast<std::size_t>(below(count));
    for (std::size_t i = 0; i < count; ++i) v[i] = i < used ? character() : u'\0';
}

void Sampler::fixed_string(const char* name, char* v, std::size_t capacity) {
    const std::size_t used = static_cast<std::size_t>(below(capacity));
    std::fill_n(v, capacity, '\0');
    for (std::size_t i = 0; i < used; ++i) ch(name, v[i]);
}

void Sampler::sized_string(const char*, WStr& v, std::uint64_t expected) {
    std::u16string text;
    for (std::uint64_t left = below(expected); left > 0; --left) text += character();
    v = arena_.copy(text);
}

void Sampler::sized_string(const char* name, AStr& v, std::uint64_t expected) {
    std::string text;
    for (std::uint64_t left = below(expected); left > 0; --left) {
        char c = 0;
        ch(name, c);
        text += c;
    }
    v = arena_.copy(text);
}

void Sampler::bytes(const char*, Bytes& v, std::uint64_t expected) {
    v = arena_.zeroed(static_cast<std::uint32_t>(expected));
    for (std::byte& byte : v.span()) byte = static_cast<std::byte>(next() & 0xFFU);
}

}  // namespace ndr
