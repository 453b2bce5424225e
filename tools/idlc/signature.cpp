#include "tools/idlc/signature.h"

#include <algorithm>

namespace idlc {

namespace {

// Expressions are the same if they are equal with each parameter replaced by its position.
std::string normal(const ExprPtr& expr, const Function& function) {
    if (!expr) return "";
    return canonical(*expr, [&](const Expr& name) {
        if (name.kind != ExprKind::size_of) {
            for (std::size_t i = 0; i < function.parameters.size(); ++i) {
                if (function.parameters[i].field.name == name.name) return "#" + std::to_string(i);
            }
        }
        return name.kind == ExprKind::size_of ? "sizeof(" + name.name + ")" : name.name;
    });
}

bool same_base(const Type& a, const Type& b) { return a.kind == TypeKind::base && b.kind == TypeKind::base && a.base == b.base; }

// Compares the types of one parameter of two functions.
class TypeComparison {
 public:
    TypeComparison(const Function& first, const Function& second) : first_(first), second_(second) {}

    [[nodiscard]] bool same(const Type& a, const Type& b) const {
        if (a.kind != b.kind) return false;
        switch (a.kind) {
            case TypeKind::base:
                return same_base(a, b);
            case TypeKind::enumeration:
                return a.enumeration == b.enumeration;
            case TypeKind::structure:
                return a.structure == b.structure;
            case TypeKind::union_:
                return a.union_type == b.union_type;
            case TypeKind::pointer:
                return a.pointer == b.pointer && same(*a.inner, *b.inner);
            case TypeKind::fixed_array:
            case TypeKind::fixed_string:
                return a.count == b.count && same(*a.inner, *b.inner);
            case TypeKind::array:
            case TypeKind::string:
                return normal(a.size, first_) == normal(b.size, second_) && normal(a.length, first_) == normal(b.length, second_) &&
                       same(*a.inner, *b.inner);
            default:
                return true;
        }
    }

 private:
    const Function& first_;
    const Function& second_;
};

std::string direction(const Parameter& parameter) { return parameter.in ? (parameter.out ? "[in, out]" : "[in]") : "[out]"; }

std::string shown(const Parameter& parameter, const Function& function) {
    std::string text = direction(parameter) + " " + describe(*parameter.field.type);
    const Type* type = parameter.field.type.get();
    while (type->kind == TypeKind::pointer) type = type->inner.get();
    if (type->size) text += " sized " + normal(type->size, function);
    if (parameter.field.range)
        text += " range " + std::to_string(parameter.field.range->low) + ".." + std::to_string(parameter.field.range->high);
    return text;
}

bool same_range(const Field& a, const Field& b) {
    if (a.range.has_value() != b.range.has_value()) return false;
    return !a.range || (a.range->low == b.range->low && a.range->high == b.range->high);
}

}  // namespace

std::string difference(const Function& first, const Function& second) {
    if (first.result != second.result) return "the results differ";
    const TypeComparison comparison(first, second);
    const std::size_t count = std::min(first.parameters.size(), second.parameters.size());
    for (std::size_t i = 0; i < count; ++i) {
        const Parameter& a = first.parameters[i];
        const Parameter& b = second.parameters[i];
        const bool same = a.in == b.in && a.out == b.out && comparison.same(*a.field.type, *b.field.type) && same_range(a.field, b.field) &&
                          normal(a.field.switch_is, first) == normal(b.field.switch_is, second);
        if (!same) {
            return "parameter " + std::to_string(i + 1) + " differs: " + shown(a, first) + " in " + first.name + ", " + shown(b, second) +
                   " in " + second.name;
        }
    }
    if (first.parameters.size() != second.parameters.size()) {
        return first.name + " has " + std::to_string(first.parameters.size()) + " parameters, " + second.name + " has " +
               std::to_string(second.parameters.size());
    }
    return "";
}

}  // namespace idlc
