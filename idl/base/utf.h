// UTF-8 (files, logs, admin) ⇄ UTF-16 (wire), and the name folding of the printing specs (names compare without case).
#pragma once

#include "base/bytes.h"

#include <string>
#include <string_view>

namespace base {

// Invalid sequences and lone surrogates become U+FFFD; never fails, never throws except bad_alloc.
[[nodiscard]] std::string to_utf8(std::u16string_view text);
[[nodiscard]] std::u16string to_utf16(std::string_view text);
// UTF-16LE bytes without terminator; an odd last byte is ignored.
[[nodiscard]] std::u16string utf16_from_le(ByteView bytes);
void append_utf16_le(ByteBuffer& out, std::u16string_view text);   // no terminator
// Simple one-to-one upper-casing as Windows' name comparison does it: ASCII, Latin-1, Latin Extended-A and Additional, Greek, Cyrillic,
// Armenian, full-width; characters beyond U+FFFF stay as they are.
[[nodiscard]] char16_t fold(char16_t c);
[[nodiscard]] std::u16string fold(std::u16string_view text);
[[nodiscard]] std::string fold_utf8(std::string_view text);        // the key form of a name in UTF-8
[[nodiscard]] bool equal_names(std::u16string_view a, std::u16string_view b);
[[nodiscard]] bool equal_names(std::string_view a, std::string_view b);

}  // namespace base
