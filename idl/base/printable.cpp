#include "base/printable.h"

#include "base/utf.h"

namespace base {

bool is_unprintable(char16_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}

void append_escaped(std::u16string& out, char16_t unprintable) {
    switch (unprintable) {
        case u'\n':
            out += u"\\n";
            return;
        case u'\r':
            out += u"\\r";
            return;
        case u'\t':
            out += u"\\t";
            return;
        default:
            break;
    }
    constexpr std::u16string_view kDigits = u"0123456789abcdef";
    out += u"\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out.push_back(kDigits[(static_cast<unsigned>(unprintable) >> static_cast<unsigned>(shift)) & 0xFU]);
}

std::string printable(std::string_view text) {
    std::u16string out;
    for (const char16_t c : to_utf16(text)) {
        if (is_unprintable(c))
            append_escaped(out, c);
        else
            out.push_back(c);
    }
    return to_utf8(out);
}

}  // namespace base
