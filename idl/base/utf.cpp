#include "base/utf.h"

#include <algorithm>

namespace base {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&out](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0U | (c >> 6U));
        put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0U | (c >> 12U));
        put(0x80U | ((c >> 6U) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    } else {
        put(0xF0U | (c >> 18U));
        put(0x80U | ((c >> 12U) & 0x3FU));
        put(0x80U | ((c >> 6U) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    }
}

void append_utf16(std::u16string& out, char32_t c) {
    if (c < 0x10000) {
        out.push_back(static_cast<char16_t>(c));
    } else {
        out.push_back(static_cast<char16_t>(0xD7C0U + (c >> 10U)));
        out.push_back(static_cast<char16_t>(0xDC00U + (c & 0x3FFU)));
    }
}

bool is_high_surrogate(char16_t c) { return (c & 0xFC00U) == 0xD800U; }
bool is_low_surrogate(char16_t c) { return (c & 0xFC00U) == 0xDC00U; }

// What may follow a lead byte: how many continuation bytes, and the range of the first of them (Unicode, table 3-7: this is
// what keeps out overlong forms, surrogates and values above U+10FFFF).
struct Lead {
    int more = -1;
    unsigned char first_low = 0x80, first_high = 0xBF;
};

Lead classify(unsigned char lead) {
    if (lead >= 0xC2 && lead <= 0xDF) return {1};
    if (lead == 0xE0) return {2, 0xA0, 0xBF};
    if (lead == 0xED) return {2, 0x80, 0x9F};
    if (lead >= 0xE1 && lead <= 0xEF) return {2};
    if (lead == 0xF0) return {3, 0x90, 0xBF};
    if (lead >= 0xF1 && lead <= 0xF3) return {3};
    if (lead == 0xF4) return {3, 0x80, 0x8F};
    return {};
}

// Decodes one character at `at` and moves past it; an ill-formed sequence costs one U+FFFD per maximal subpart.
char32_t next_utf8(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    if (lead < 0x80) return lead;
    const Lead kind = classify(lead);
    if (kind.more < 0) return kReplacement;
    char32_t value = lead & (0x3FU >> static_cast<unsigned>(kind.more));
    for (int i = 0; i < kind.more; ++i) {
        if (at >= text.size()) return kReplacement;
        const auto byte = static_cast<unsigned char>(text[at]);
        const unsigned char low = i == 0 ? kind.first_low : 0x80;
        const unsigned char high = i == 0 ? kind.first_high : 0xBF;
        if (byte < low || byte > high) return kReplacement;
        value = (value << 6U) | (byte & 0x3FU);
        ++at;
    }
    return value;
}

// How a block of letters pairs lower with upper case.
enum class Pairing : std::uint8_t { offset, odd_is_lower, even_is_lower };
struct Block {
    char16_t first, last;
    Pairing pairing;
    std::int32_t offset = 0;                                       // added to a lower-case letter
};

// Sorted. One-to-one only, as Windows' ordinal comparison has it: no ß → SS, no dotless i, no long s, no micro sign.
constexpr Block kBlocks[] = {
    {0x0061, 0x007A, Pairing::offset, -0x20},                      // ASCII
    {0x00E0, 0x00F6, Pairing::offset, -0x20},                      // Latin-1 without the division sign
    {0x00F8, 0x00FE, Pairing::offset, -0x20},
    {0x00FF, 0x00FF, Pairing::offset, 0x79},                       // ÿ
    {0x0100, 0x012F, Pairing::odd_is_lower},                       // Latin Extended-A, without İ and ı
    {0x0132, 0x0137, Pairing::odd_is_lower},
    {0x0139, 0x0148, Pairing::even_is_lower},
    {0x014A, 0x0177, Pairing::odd_is_lower},
    {0x0179, 0x017E, Pairing::even_is_lower},
    {0x03AC, 0x03AC, Pairing::offset, -0x26},                      // Greek
    {0x03AD, 0x03AF, Pairing::offset, -0x25},
    {0x03B1, 0x03C1, Pairing::offset, -0x20},
    {0x03C2, 0x03C2, Pairing::offset, -0x1F},                      // final sigma
    {0x03C3, 0x03CB, Pairing::offset, -0x20},
    {0x03CC, 0x03CC, Pairing::offset, -0x40},
    {0x03CD, 0x03CE, Pairing::offset, -0x3F},
    {0x0430, 0x044F, Pairing::offset, -0x20},                      // Cyrillic
    {0x0450, 0x045F, Pairing::offset, -0x50},
    {0x0460, 0x0481, Pairing::odd_is_lower},
    {0x048A, 0x04BF, Pairing::odd_is_lower},
    {0x04C1, 0x04CE, Pairing::even_is_lower},
    {0x04CF, 0x04CF, Pairing::offset, -0x0F},
    {0x04D0, 0x0523, Pairing::odd_is_lower},
    {0x0561, 0x0586, Pairing::offset, -0x30},                      // Armenian
    {0x1E00, 0x1E95, Pairing::odd_is_lower},                       // Latin Extended Additional (Vietnamese)
    {0x1EA0, 0x1EFF, Pairing::odd_is_lower},
    {0xFF41, 0xFF5A, Pairing::offset, -0x20},                      // full-width
};

}  // namespace

std::string to_utf8(std::u16string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char16_t c = text[i];
        if (is_high_surrogate(c) && i + 1 < text.size() && is_low_surrogate(text[i + 1])) {
            append_utf8(out, 0x10000U + ((static_cast<char32_t>(c) & 0x3FFU) << 10U) + (text[i + 1] & 0x3FFU));
            ++i;
        } else if (is_high_surrogate(c) || is_low_surrogate(c)) {
            append_utf8(out, kReplacement);
        } else {
            append_utf8(out, c);
        }
    }
    return out;
}

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) append_utf16(out, next_utf8(text, at));
    return out;
}

std::u16string utf16_from_le(ByteView bytes) {
    std::u16string out;
    out.reserve(bytes.size() / 2);
    ByteReader reader(bytes);
    while (reader.remaining() >= 2) out.push_back(static_cast<char16_t>(reader.u16()));
    return out;
}

void append_utf16_le(ByteBuffer& out, std::u16string_view text) {
    ByteWriter writer(out);
    for (const char16_t c : text) writer.u16(c);
}

char16_t fold(char16_t c) {
    if (c < 0x80) return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 0x20) : c;
    const auto* block = std::lower_bound(std::begin(kBlocks), std::end(kBlocks), c,
                                         [](const Block& candidate, char16_t value) { return candidate.last < value; });
    if (block == std::end(kBlocks) || c < block->first) return c;
    switch (block->pairing) {
        case Pairing::offset: return static_cast<char16_t>(c + block->offset);
        case Pairing::odd_is_lower: return static_cast<char16_t>(c & ~1U);
        case Pairing::even_is_lower: return (c & 1U) == 0 ? static_cast<char16_t>(c - 1U) : c;
    }
    return c;
}

std::u16string fold(std::u16string_view text) {
    std::u16string out(text);
    for (auto& c : out) c = fold(c);
    return out;
}

std::string fold_utf8(std::string_view text) { return to_utf8(fold(to_utf16(text))); }

bool equal_names(std::u16string_view a, std::u16string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char16_t x, char16_t y) { return fold(x) == fold(y); });
}

bool equal_names(std::string_view a, std::string_view b) { return equal_names(to_utf16(a), to_utf16(b)); }

}  // namespace base
