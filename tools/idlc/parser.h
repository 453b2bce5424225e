// Tokens to ast::File. Knows the grammar of the IDL subset and nothing of types.
#pragma once

#include "tools/idlc/ast.h"
#include "tools/idlc/lexer.h"

namespace idlc {

// Throws CompileError at the first construct outside of the subset.
[[nodiscard]] ast::File parse(const Source& source);

}  // namespace idlc
