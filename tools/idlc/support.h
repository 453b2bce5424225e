// Which shapes of types the generated code can carry. Everything else is an error here, before any code is made.
#pragma once

#include "tools/idlc/model.h"

namespace idlc {

// Each throws CompileError at `at` for an unsupported shape.
void check_parameter(const Type& type, const Location& at);
void check_member(const Type& type, const Location& at, bool is_last);
void check_arm(const Type& type, const Location& at);

}  // namespace idlc
