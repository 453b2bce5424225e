#include "tools/idlc/expr.h"

namespace idlc {

std::optional<std::uint64_t> constant_value(const Expr& expr, const NameLookup& lookup) {
    switch (expr.kind) {
        case ExprKind::number:
            return expr.number;
        case ExprKind::name:
        case ExprKind::size_of:
            return lookup(expr);
        case ExprKind::dereference:
            return std::nullopt;
        case ExprKind::binary:
            break;
    }
    const auto left = constant_value(*expr.left, lookup);
    const auto right = constant_value(*expr.right, lookup);
    if (expr.op == '/' && right && *right == 0) fail(expr.right->at, "division by zero");
    if (!left || !right) return std::nullopt;
    switch (expr.op) {
        case '+':
            return *left + *right;
        case '-':
            return *left - *right;
        case '*':
            return *left * *right;
        case '/':
            return *left / *right;
        case '&':
            return *left & *right;
        default:
            return *left | *right;
    }
}

void for_each_name(const Expr& expr, const std::function<void(const Expr&)>& visit) {
    if (expr.kind == ExprKind::name || expr.kind == ExprKind::dereference) visit(expr);
    if (expr.kind == ExprKind::binary) {
        for_each_name(*expr.left, visit);
        for_each_name(*expr.right, visit);
    }
}

std::string canonical(const Expr& expr, const std::function<std::string(const Expr&)>& rename) {
    switch (expr.kind) {
        case ExprKind::number:
            return std::to_string(expr.number);
        case ExprKind::name:
        case ExprKind::size_of:
            return rename(expr);
        case ExprKind::dereference:
            return "*" + rename(expr);
        case ExprKind::binary:
            break;
    }
    return "(" + canonical(*expr.left, rename) + " " + expr.op + " " + canonical(*expr.right, rename) + ")";
}

}  // namespace idlc
