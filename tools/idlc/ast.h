// What the parser makes of one file: names are unresolved, nothing is checked beyond the grammar.
#pragma once

#include "tools/idlc/expr.h"
#include "tools/idlc/source.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idlc::ast {

struct Attribute {
    std::string name;
    Location at;
    std::vector<ExprPtr> arguments;  // null: left out, as in size_is(,n)
    std::string text;                // of uuid(...) and version(...)
};
using Attributes = std::vector<Attribute>;

struct Declarator {
    std::string name;  // may be empty in a union arm
    Location at;
    int pointers = 0;
    std::vector<ExprPtr> dimensions;  // null: [] or [*]
};

// A type by name ("unsigned long" is normalised to one spelling).
struct TypeName {
    std::string name;
    Location at;
};

struct Member {
    Attributes attributes;
    TypeName type;
    Declarator declarator;
};

struct Enumerator {
    std::string name;
    Location at;
    ExprPtr value;  // null: one more than the last
};

struct Arm {
    Location at;
    std::vector<ExprPtr> cases;
    bool is_default = false;
    std::optional<Member> member;  // none: empty arm
};

enum class DefinitionKind { structure, union_, enumeration };

struct Definition {
    DefinitionKind kind = DefinitionKind::structure;
    Location at;
    std::vector<Member> members;
    std::vector<Arm> arms;
    std::vector<Enumerator> enumerators;
};

// typedef <type or definition> declarator;
struct Typedef {
    Attributes attributes;
    std::optional<Definition> definition;
    TypeName type;  // if there is no definition
    Declarator declarator;
};

struct Constant {
    std::string name;
    Location at;
    ExprPtr number;    // either a number ...
    std::string text;  // ... or a string (or nothing: a flag for #ifdef)
    bool is_text = false;
};

struct Function {
    TypeName result;
    std::string name;
    Location at;
    std::vector<Member> parameters;
};

struct Import {
    std::string path;
    Location at;
};

struct Declaration {  // exactly one is set
    std::optional<Import> import;
    std::optional<Constant> constant;
    std::optional<Typedef> type;
    std::optional<Function> function;
};

struct Interface {
    Attributes attributes;
    std::string name;
    Location at;
    std::vector<Declaration> declarations;
};

struct File {
    const Source* source = nullptr;
    std::vector<Declaration> declarations;  // outside of interfaces, imports included
    std::vector<Interface> interfaces;
};

}  // namespace idlc::ast
