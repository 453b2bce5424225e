#include "tools/idlc/cpp_names.h"

#include <set>

namespace idlc {

namespace {

const char* base_type(Base base) {
    switch (base) {
        case Base::u8:
            return "std::uint8_t";
        case Base::i8:
            return "std::int8_t";
        case Base::ch:
            return "char";
        case Base::wchar:
            return "char16_t";
        case Base::u16:
            return "std::uint16_t";
        case Base::i16:
            return "std::int16_t";
        case Base::u32:
        case Base::error_status:
            return "std::uint32_t";
        case Base::i32:
            return "std::int32_t";
        case Base::u64:
        case Base::uptr:
            return "std::uint64_t";
        case Base::i64:
        case Base::iptr:
            return "std::int64_t";
        case Base::f32:
            return "float";
        case Base::f64:
            return "double";
    }
    return "?";
}

bool is_byte(const Type& type) { return type.kind == TypeKind::base && type.base == Base::u8; }

std::string array_type(const Type& type) {
    if (is_byte(*type.inner)) return "ndr::Bytes";
    return "ndr::Array<" + cpp_type(*type.inner) + ">";
}

}  // namespace

std::string cpp_type(const Type& type) {
    switch (type.kind) {
        case TypeKind::base:
            return base_type(type.base);
        case TypeKind::enumeration:
            return type.enumeration->name;
        case TypeKind::structure:
            return type.structure->name;
        case TypeKind::union_:
            return type.union_type->name;
        case TypeKind::guid:
            return "base::Guid";
        case TypeKind::context:
            return "ndr::ContextHandle";
        case TypeKind::fixed_array:
        case TypeKind::fixed_string:
            return "std::array<" + cpp_type(*type.inner) + ", " + std::to_string(type.count) + ">";
        case TypeKind::string:
            return type.inner->base == Base::wchar ? "ndr::WStr" : "ndr::AStr";
        case TypeKind::array:
            return array_type(type);
        case TypeKind::pointer: {
            const TypeKind inner = type.inner->kind;
            if (inner == TypeKind::string || inner == TypeKind::array) return cpp_type(*type.inner);
            return cpp_type(*type.inner) + "*";
        }
        default:
            return "void";
    }
}

std::string cpp_member(const Type& type, const std::string& name) {
    std::string initial;
    switch (type.kind) {
        case TypeKind::base:
            initial = " = 0";
            break;
        case TypeKind::enumeration:
        case TypeKind::fixed_array:
        case TypeKind::fixed_string:
            initial = "{}";
            break;
        case TypeKind::pointer:
            initial = cpp_type(type).back() == '*' ? " = nullptr" : "";
            break;
        default:
            break;
    }
    return cpp_type(type) + " " + name + initial + ";";
}

std::string cpp_expression(const Expr& expr, const Model& model, const std::function<std::string(const std::string&)>& resolve) {
    switch (expr.kind) {
        case ExprKind::number:
            return std::to_string(expr.number) + "U";
        case ExprKind::size_of:
            return "sizeof(" + std::string(expr.name == "wchar_t" || expr.name == "WCHAR" ? "char16_t" : expr.name) + ")";
        case ExprKind::name:
        case ExprKind::dereference: {
            const std::string resolved = resolve(expr.name);
            if (!resolved.empty()) return "ndr::number(" + resolved + ")";
            for (const Constant& constant : model.constants) {
                if (constant.name == expr.name) return std::to_string(constant.number) + "U";
            }
            for (const auto& enumeration : model.enumerations) {
                for (const Enumeration::Item& item : enumeration->items) {
                    if (item.name == expr.name) return std::to_string(item.value) + "U";
                }
            }
            throw std::logic_error("unbound name " + expr.name);
        }
        case ExprKind::binary:
            break;
    }
    const auto part = [&](const Expr& side) {
        const std::string text = cpp_expression(side, model, resolve);
        return side.kind == ExprKind::binary ? "(" + text + ")" : text;
    };
    return part(*expr.left) + " " + expr.op + " " + part(*expr.right);
}

void check_cpp_name(const std::string& name, const Location& at) {
    static const std::set<std::string> kReserved = {
        "and",    "auto",    "bool",      "break",    "case",     "catch",    "char",    "class",     "const",    "continue", "default",
        "delete", "do",      "double",    "else",     "enum",     "explicit", "export",  "extern",    "false",    "float",    "for",
        "friend", "goto",    "if",        "inline",   "int",      "long",     "mutable", "namespace", "new",      "not",      "operator",
        "or",     "private", "protected", "public",   "register", "requires", "return",  "short",     "signed",   "sizeof",   "static",
        "struct", "switch",  "template",  "this",     "throw",    "true",     "try",     "typedef",   "typename", "union",    "unsigned",
        "using",  "virtual", "void",      "volatile", "while",    "xor",      "result",  "In",        "Out",      "kName",    "kCodec"};
    if (kReserved.count(name) != 0) fail(at, "'" + name + "' cannot be a name: generated code uses it");
}

namespace {

class Reach {
 public:
    void type(const Type& type) {
        if (type.inner) this->type(*type.inner);
        if (type.structure != nullptr && seen_.insert(type.structure).second) {
            for (const Field& field : type.structure->fields) this->type(*field.type);
        }
        if (type.union_type != nullptr && seen_.insert(type.union_type).second) {
            for (const UnionArm& arm : type.union_type->arms) {
                if (arm.type) this->type(*arm.type);
            }
        }
    }
    [[nodiscard]] bool has(const void* item) const { return seen_.count(item) != 0; }

 private:
    std::set<const void*> seen_;
};

}  // namespace

std::vector<const Model::Compound*> reachable(const Model& model, const Service& service) {
    Reach reach;
    for (const Operation& operation : service.operations) {
        for (const Parameter& parameter : operation.function().parameters) reach.type(*parameter.field.type);
    }
    std::vector<const Model::Compound*> result;
    for (const Model::Compound& compound : model.compounds) {
        const void* item = compound.structure ? static_cast<const void*>(compound.structure.get()) : compound.union_type.get();
        if (reach.has(item)) result.push_back(&compound);
    }
    return result;
}

std::vector<const Parameter*> in_parameters(const Function& function) {
    std::vector<const Parameter*> result;
    for (const Parameter& parameter : function.parameters) {
        if (parameter.in) result.push_back(&parameter);
    }
    return result;
}

std::vector<const Parameter*> out_parameters(const Function& function) {
    std::vector<const Parameter*> result;
    for (const Parameter& parameter : function.parameters) {
        if (parameter.out) result.push_back(&parameter);
    }
    return result;
}

}  // namespace idlc
