// The checked, resolved form that the emitters see: every name is bound, every type knows its layout.
#pragma once

#include "tools/idlc/expr.h"
#include "tools/idlc/source.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idlc {

struct Structure;
struct Union;
struct Enumeration;

enum class Base { u8, i8, ch, wchar, u16, i16, u32, i32, u64, i64, f32, f64, uptr, iptr, error_status };

enum class TypeKind {
    nothing,  // void
    base,
    enumeration,
    structure,
    union_,        // non-encapsulated: the discriminant is a sibling
    guid,          // the structure GUID: base::Guid
    context,       // context handle
    binding,       // handle_t: not on the wire
    pointer,       // to `inner`
    fixed_array,   // `count` times `inner`
    fixed_string,  // [string] in an array of `count` characters
    array,         // conformant, of `inner`; varying if `length` is set
    string,        // conformant varying with terminator, of `inner`
};

enum class PointerKind { ref, unique, full };

struct Type;
using TypePtr = std::shared_ptr<const Type>;

struct Type {
    TypeKind kind = TypeKind::nothing;
    Base base = Base::u32;
    const Structure* structure = nullptr;
    const Union* union_type = nullptr;
    const Enumeration* enumeration = nullptr;
    PointerKind pointer = PointerKind::unique;
    TypePtr inner;
    std::uint32_t count = 0;
    ExprPtr size;    // of arrays; of strings only when the IDL gives one
    ExprPtr length;  // of varying arrays
};

struct Range {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

struct Field {
    std::string name;
    Location at;
    TypePtr type;
    std::optional<Range> range;
    ExprPtr switch_is;      // of unions
    bool is_count = false;  // some size_is or length_is names it
    // The field decides between the arms of a union: its legal values, for test data.
    std::vector<std::uint64_t> cases;
};

struct Layout {
    std::uint32_t align20 = 1;
    std::uint32_t align64 = 1;
    std::uint32_t min_bytes = 0;  // at least so many on the wire, scalars only, in either syntax
};

struct Structure {
    std::string name;
    Location at;
    std::vector<Field> fields;
    Layout layout;
    bool conformant = false;  // last field is an inline array whose count goes first
    bool deferred = false;    // contains pointers
};

struct UnionArm {
    std::string name;  // empty: no data
    std::vector<std::uint64_t> cases;
    bool is_default = false;
    TypePtr type;  // null: no data
};

struct Union {
    std::string name;
    Location at;
    TypePtr tag;  // base or enumeration
    std::vector<UnionArm> arms;
    Layout arm_layout;
    Layout layout;  // tag included
    bool ms_union = false;
    bool deferred = false;
};

struct Enumeration {
    struct Item {
        std::string name;
        std::uint64_t value = 0;
    };
    std::string name;
    Location at;
    bool wide = false;  // v1_enum: 32 bits in NDR20, too
    std::vector<Item> items;
};

struct Constant {
    std::string name;
    bool is_text = false;
    std::uint64_t number = 0;
    std::string text;
};

struct Parameter {
    Field field;  // the type has lost its top-level ref pointer
    bool in = false;
    bool out = false;
    bool was_pointer = false;  // written with a `*` that is gone from the type: `*name` in expressions is its value
};

enum class ResultKind { none, win32, hresult };

struct Function {
    std::string name;
    Location at;
    ResultKind result = ResultKind::none;
    std::vector<Parameter> parameters;  // binding handles dropped
};

struct Interface {
    std::string name;
    std::string uuid;
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::vector<Function> functions;  // index = opnum
};

// All that was declared, in order of definition. References into the vectors' elements stay valid.
struct Model {
    std::vector<Constant> constants;
    std::vector<std::unique_ptr<Enumeration>> enumerations;
    // Structures and unions in one list because they refer to each other; one of the two is set.
    struct Compound {
        std::unique_ptr<Structure> structure;
        std::unique_ptr<Union> union_type;
    };
    std::vector<Compound> compounds;
    std::vector<Interface> interfaces;

    [[nodiscard]] const Interface* find_interface(const std::string& name) const;
};

// ---- services: what winspool.ops says, or what an interface without such a file implies

struct OperationUse {
    const Function* function = nullptr;
    std::uint16_t opnum = 0;
};

struct Operation {
    std::string name;    // "GetPrinter"
    std::string method;  // "get_printer"
    bool waits = false;
    // One per service interface; function null: not there.
    std::vector<OperationUse> uses;
    [[nodiscard]] const Function& function() const;  // the first use: gives the names of the parameters
};

struct ServiceInterface {
    std::string alias;  // "par"
    const Interface* interface = nullptr;
};

struct Service {
    std::string name;  // "winspool": directory and namespace
    std::vector<ServiceInterface> interfaces;
    std::vector<Operation> operations;
};

// ---- small questions that several emitters ask

[[nodiscard]] bool is_deferred(const Type& type);
[[nodiscard]] Layout layout_of(const Type& type);
// "DWORD[n]" style text for messages.
[[nodiscard]] std::string describe(const Type& type);
[[nodiscard]] std::string snake_case(const std::string& name);
[[nodiscard]] std::string pascal_case(const std::string& name);

}  // namespace idlc
