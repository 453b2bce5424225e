// Files to model: follows imports, binds names, builds types from declarators and attributes, computes layouts, refuses what the
// rest of the compiler could only guess at. A type can name only earlier ones: none is recursive, so decoding has a bounded depth.
#pragma once

#include "tools/idlc/ast.h"
#include "tools/idlc/model.h"

namespace idlc {

// Analyses `paths` and everything they import (looked up beside the importing file). Throws CompileError.
[[nodiscard]] Model analyse(Sources& sources, const std::vector<std::string>& paths);

}  // namespace idlc
