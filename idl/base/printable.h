// Text of strangers for a terminal or a log: nothing in it can forge lines, move the cursor or rearrange what is shown.
#pragma once

#include <string>
#include <string_view>

namespace base {

// Control characters, line and paragraph separators, invisible direction marks.
[[nodiscard]] bool is_unprintable(char16_t c);
// As \n, \r, \t or \uXXXX.
void append_escaped(std::u16string& out, char16_t unprintable);
// `text` with those characters escaped and everything else as it is.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace base
