// Which operations a service has: from a .ops file, or one per function of an interface that has no such file.
#pragma once

#include "tools/idlc/model.h"

namespace idlc {

// Grammar:
//   service NAME { interface ALIAS = INTERFACE; op NAME = ALIAS.FUNCTION, ... [waits]; unserved ALIAS.FUNCTION, ...; unused ...; }
// Throws CompileError; among others when two functions of one operation are not the same on the wire, or a function of one of the
// interfaces is mentioned nowhere or twice.
[[nodiscard]] Service read_ops_file(Sources& sources, const std::string& path, const Model& model);

// The service of the only interface of `model`, named after it.
[[nodiscard]] Service service_of_interface(const std::string& name, const Model& model);

}  // namespace idlc
