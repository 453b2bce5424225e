// Text to tokens. Comments and the conditional directives are gone afterwards; #define stays, as a bracketed group.
#pragma once

#include "tools/idlc/source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace idlc {

enum class TokenKind {
    identifier,
    number,
    string,       // "text" or L"text": `text` without quotes
    punctuation,  // one character
    uuid,         // what stands between the parentheses of uuid(...)
    define,       // #define: `text` is the name; the value's tokens follow up to end_define
    end_define,
    end,
};

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;
    std::uint64_t number = 0;
    Location at;
};

// The last token is `end`. Throws CompileError. Names that #ifdef finds defined: those of earlier #defines, and __midl.
[[nodiscard]] std::vector<Token> tokenize(const Source& source);

}  // namespace idlc
