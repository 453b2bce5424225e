// Integer expressions of attributes, cases and constants.
#pragma once

#include "tools/idlc/source.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace idlc {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

enum class ExprKind { number, name, dereference, size_of, binary };

struct Expr {
    ExprKind kind = ExprKind::number;
    Location at;
    std::uint64_t number = 0;
    std::string name;  // of a member, parameter, constant or type
    char op = 0;       // + - * / & |
    ExprPtr left;
    ExprPtr right;
};

// Value of a constant or type size; nothing if it is not one.
using NameLookup = std::function<std::optional<std::uint64_t>(const Expr& name)>;

// The value if no part depends on a member or parameter. Throws on division by zero.
[[nodiscard]] std::optional<std::uint64_t> constant_value(const Expr& expr, const NameLookup& lookup);
// Calls `visit` for each name and dereference.
void for_each_name(const Expr& expr, const std::function<void(const Expr&)>& visit);
// Canonical text with `rename` applied to every name; two expressions are the same if their texts are.
[[nodiscard]] std::string canonical(const Expr& expr, const std::function<std::string(const Expr&)>& rename);

}  // namespace idlc
