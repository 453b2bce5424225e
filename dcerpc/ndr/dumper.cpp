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

void Dumper::on_enter(const char* name) {
    text_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    text_ += name;
    text_ += ":\n";
    ++depth_;
}

void Dumper::on_number(const char* name, Number& v) {
    line(name, v.is_signed ? std::to_string(static_cast<std::int64_t>(v.value)) : std::to_string(v.value));
}

// Bits rather than digits: two values with equal dumps are equal.
void Dumper::on_f32(const char* name, float& v) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &v, sizeof(bits));
    line(name, std::to_string(v) + " bits " + std::to_string(bits));
}

void Dumper::on_f64(const char* name, double& v) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &v, sizeof(bits));
    line(name, std::to_string(v) + " bits " + std::to_string(bits));
}

void Dumper::on_context(const char* name, ContextHandle& v) {
    line(name, v.is_null() ? "NULL" : std::to_string(v.attributes) + ":" + base::to_string(v.uuid));
}

void Dumper::on_fixed_bytes(const char* name, std::span<std::uint8_t> v) { line(name, base::to_hex(std::as_bytes(v))); }

void Dumper::on_fixed_string(const char* name, std::span<char> v) {
    const std::string_view whole(v.data(), v.size());
    line(name, quoted(whole.substr(0, whole.find('\0'))));
}

void Dumper::on_bytes(const char* name, Bytes& v) {
    const std::size_t shown = std::min<std::size_t>(v.size, most_bytes_);
    line(name, count_text(v.size) + " " + base::to_hex(v.view().first(shown)) + (shown < v.size ? "..." : ""));
}

void Dumper::on_numbers(const char* name, std::vector<std::uint64_t>& values, bool /*characters*/) {
    std::string text = count_text(values.size());
    for (const std::uint64_t value : values) text += " " + std::to_string(value);
    line(name, text);
}

std::string Dumper::quoted(std::string_view text) {
    std::u16string wide;
    for (const char c : text) wide += static_cast<char16_t>(static_cast<unsigned char>(c));
    return quoted(wide);
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
