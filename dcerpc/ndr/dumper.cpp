#include "dcerpc/ndr/dumper.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace ndr {

void Dumper::line(const char* name, const std::string& value) {
    text_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    text_ += name;
    text_ += " = ";
    text_ += value;
    text_ += '\n';
}

void Dumper::enter(const char* name) {
    text_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    text_ += name;
    text_ += ":\n";
    ++depth_;
}

// Bits rather than digits: two values with equal dumps are equal.
void Dumper::f32(const char* name, float v) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &v, sizeof(bits));
    line(name, std::to_string(v) + " bits " + std::to_string(bits));
}

void Dumper::f64(const char* name, double v) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &v, sizeof(bits));
    line(name, std::to_string(v) + " bits " + std::to_string(bits));
}

void Dumper::context(const char* name, const ContextHandle& v) {
    line(name, v.is_null() ? "NULL" : std::to_string(v.attributes) + ":" + base::to_string(v.uuid));
}

bool Dumper::tag32(std::uint64_t expected) {
    line("tag", std::to_string(expected));
    return true;
}

void Dumper::fixed_bytes(const char* name, const std::uint8_t* v, std::size_t count) {
    line(name, base::to_hex(std::as_bytes(std::span<const std::uint8_t>(v, count))));
}

void Dumper::fixed_chars(const char* name, const char16_t* v, std::size_t count) { line(name, quoted({v, count})); }

void Dumper::fixed_string(const char* name, const char* v, std::size_t capacity) {
    const auto length = static_cast<std::size_t>(std::find(v, v + capacity, '\0') - v);
    string(name, AStr(std::string_view(v, length)));
}

void Dumper::string(const char* name, const AStr& v) {
    std::u16string wide;
    for (const char c : v.view()) wide += static_cast<char16_t>(static_cast<unsigned char>(c));
    line(name, quoted(wide));
}

void Dumper::bytes(const char* name, const Bytes& v, std::uint64_t) {
    const std::size_t shown = std::min<std::size_t>(v.size, most_bytes_);
    line(name, count_text(v.size) + " " + base::to_hex(v.view().first(shown)) + (shown < v.size ? "..." : ""));
}

// Printable ASCII as it is, everything else as \uXXXX.
std::string Dumper::quoted(std::u16string_view text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string result = "\"";
    for (const char16_t c : text) {
        if (c >= 0x20 && c < 0x7F && c != u'"' && c != u'\\') {
            result += static_cast<char>(c);
            continue;
        }
        result += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) result += kDigits[(static_cast<unsigned>(c) >> static_cast<unsigned>(shift)) & 0xFU];
    }
    return result + "\"";
}

}  // namespace ndr
