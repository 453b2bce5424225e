// How types and expressions of the model are spelled in generated C++.
#pragma once

#include "tools/idlc/model.h"

#include <functional>
#include <string>
#include <vector>

namespace idlc {

// "std::uint32_t", "ndr::WStr", "PRINTER_INFO_1*", "std::array<char16_t, 260>".
[[nodiscard]] std::string cpp_type(const Type& type);
// "std::uint32_t Level = 0;"
[[nodiscard]] std::string cpp_member(const Type& type, const std::string& name);
// The expression as an unsigned 64-bit C++ expression; `resolve` gives the C++ text of a member or parameter, or nothing for a
// constant, whose value is then taken from `model`.
[[nodiscard]] std::string cpp_expression(const Expr& expr, const Model& model,
                                         const std::function<std::string(const std::string&)>& resolve);
// Throws when a name of the IDL cannot be a C++ name.
void check_cpp_name(const std::string& name, const Location& at);

// What the operations of `service` can reach, in order of definition.
[[nodiscard]] std::vector<const Model::Compound*> reachable(const Model& model, const Service& service);

// Positions within Op::In and Op::Out.
[[nodiscard]] std::vector<const Parameter*> in_parameters(const Function& function);
[[nodiscard]] std::vector<const Parameter*> out_parameters(const Function& function);

}  // namespace idlc
