// Second half of sema: binds the names in expressions to members and parameters, and computes alignments.
#pragma once

#include "tools/idlc/model.h"
#include "tools/idlc/type_builder.h"

namespace idlc {

// Check every size_is, length_is and switch_is and mark the members they name. Throw CompileError.
void bind_structure(const Symbols& symbols, Structure& structure);
void bind_function(const Symbols& symbols, Function& function);

void compute_layout(Structure& structure);
void compute_layout(Union& union_type);

}  // namespace idlc
