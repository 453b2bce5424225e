// Turns a type name, a declarator and attributes into a Type. The only place that knows which pointer an attribute belongs to.
#pragma once

#include "tools/idlc/ast.h"
#include "tools/idlc/model.h"

#include <map>
#include <string>

namespace idlc {

// A declared name: a type or a number.
struct Symbol {
    Location at;
    TypePtr type;             // null: a constant
    int pointers = 0;         // of a typedef such as wchar_t*
    bool is_string = false;   // of such a typedef
    std::uint64_t value = 0;  // of a constant
};

class Symbols {
 public:
    Symbols();  // knows the built-in types
    // Throws when the name is taken.
    void add(const std::string& name, Symbol symbol);
    [[nodiscard]] const Symbol* find(const std::string& name) const;
    // Throws when `expr` is not constant.
    [[nodiscard]] std::uint64_t number(const Expr& expr) const;
    [[nodiscard]] NameLookup lookup() const;

 private:
    std::map<std::string, Symbol> symbols_;
};

enum class Place { parameter, member, arm, type_definition };

// `default_pointer` is the interface's pointer_default. The result of a parameter keeps its outermost pointer.
[[nodiscard]] TypePtr build_type(const Symbols& symbols, const ast::Member& declaration, Place place, PointerKind default_pointer);

[[nodiscard]] const ast::Attribute* find_attribute(const ast::Attributes& attributes, std::string_view name);
// Throws at the first attribute that is not in `allowed` or is there twice.
void check_attributes(const ast::Attributes& attributes, const std::vector<std::string>& allowed);

}  // namespace idlc
