#include "tools/idlc/type_builder.h"

#include <algorithm>
#include <set>

namespace idlc {

namespace {

TypePtr make(Type type) { return std::make_shared<const Type>(std::move(type)); }

TypePtr make_base(Base base) {
    Type type;
    type.kind = TypeKind::base;
    type.base = base;
    return make(std::move(type));
}

TypePtr make_kind(TypeKind kind) {
    Type type;
    type.kind = kind;
    return make(std::move(type));
}

bool is_character(const Type& type) { return type.kind == TypeKind::base && (type.base == Base::ch || type.base == Base::wchar); }

}  // namespace

Symbols::Symbols() {
    const std::pair<const char*, Base> kBuiltIn[] = {{"byte", Base::u8},
                                                     {"unsigned char", Base::u8},
                                                     {"BYTE", Base::u8},
                                                     {"boolean", Base::u8},
                                                     {"unsigned small", Base::u8},
                                                     {"small", Base::i8},
                                                     {"char", Base::ch},
                                                     {"wchar_t", Base::wchar},
                                                     {"WCHAR", Base::wchar},
                                                     {"unsigned short", Base::u16},
                                                     {"WORD", Base::u16},
                                                     {"USHORT", Base::u16},
                                                     {"short", Base::i16},
                                                     {"unsigned long", Base::u32},
                                                     {"unsigned int", Base::u32},
                                                     {"DWORD", Base::u32},
                                                     {"ULONG", Base::u32},
                                                     {"long", Base::i32},
                                                     {"int", Base::i32},
                                                     {"unsigned hyper", Base::u64},
                                                     {"DWORDLONG", Base::u64},
                                                     {"ULONGLONG", Base::u64},
                                                     {"unsigned __int64", Base::u64},
                                                     {"hyper", Base::i64},
                                                     {"__int64", Base::i64},
                                                     {"float", Base::f32},
                                                     {"double", Base::f64},
                                                     {"ULONG_PTR", Base::uptr},
                                                     {"DWORD_PTR", Base::uptr},
                                                     {"LONG_PTR", Base::iptr},
                                                     {"error_status_t", Base::error_status}};
    for (const auto& [name, base] : kBuiltIn) add(name, {{}, make_base(base), 0, false, 0});
    add("void", {{}, make_kind(TypeKind::nothing), 0, false, 0});
    add("handle_t", {{}, make_kind(TypeKind::binding), 0, false, 0});
}

void Symbols::add(const std::string& name, Symbol symbol) {
    const auto found = symbols_.find(name);
    if (found != symbols_.end()) {
        const bool built_in = found->second.at.source == nullptr;
        fail(symbol.at, "'" + name + "' is already " + (built_in ? "built in" : "declared at " + to_string(found->second.at)));
    }
    symbols_.emplace(name, std::move(symbol));
}

const Symbol* Symbols::find(const std::string& name) const {
    const auto found = symbols_.find(name);
    return found == symbols_.end() ? nullptr : &found->second;
}

NameLookup Symbols::lookup() const {
    return [this](const Expr& expr) -> std::optional<std::uint64_t> {
        const Symbol* symbol = find(expr.name);
        if (expr.kind == ExprKind::size_of) {
            if (symbol == nullptr || !symbol->type) fail(expr.at, "unknown type '" + expr.name + "' in sizeof");
            const bool plain = symbol->type->kind == TypeKind::base && symbol->pointers == 0;
            if (!plain || symbol->type->base == Base::uptr || symbol->type->base == Base::iptr) {
                fail(expr.at, "sizeof('" + expr.name + "') has no fixed value");
            }
            return layout_of(*symbol->type).min_bytes;
        }
        if (symbol == nullptr || symbol->type) return std::nullopt;
        return symbol->value;
    };
}

std::uint64_t Symbols::number(const Expr& expr) const {
    for_each_name(expr, [this](const Expr& part) {
        const Symbol* symbol = find(part.name);
        if (symbol == nullptr || symbol->type) fail(part.at, "'" + part.name + "' is not a constant");
    });
    const auto value = constant_value(expr, lookup());
    if (!value) fail(expr.at, "a constant is needed here");
    return *value;
}

const ast::Attribute* find_attribute(const ast::Attributes& attributes, std::string_view name) {
    for (const ast::Attribute& attribute : attributes) {
        if (attribute.name == name) return &attribute;
    }
    return nullptr;
}

void check_attributes(const ast::Attributes& attributes, const std::vector<std::string>& allowed) {
    std::set<std::string> seen;
    for (const ast::Attribute& attribute : attributes) {
        if (std::find(allowed.begin(), allowed.end(), attribute.name) == allowed.end()) {
            fail(attribute.at, "attribute '" + attribute.name + "' is not supported here");
        }
        if (!seen.insert(attribute.name).second) fail(attribute.at, "attribute '" + attribute.name + "' is there twice");
    }
}

namespace {

// One step from the declared name towards the type: an array bound or a `*`.
struct Level {
    bool is_array = false;
    ExprPtr bound;  // of arrays; null: conformant
};

class Builder {
 public:
    Builder(const Symbols& symbols, const ast::Member& member, Place place, PointerKind default_pointer)
        : symbols_(symbols), member_(member), place_(place), default_(default_pointer) {}

    TypePtr run() {
        const Symbol* symbol = symbols_.find(member_.type.name);
        if (symbol == nullptr || !symbol->type) fail(member_.type.at, "unknown type '" + member_.type.name + "'");
        string_ = symbol->is_string || find_attribute(member_.attributes, "string") != nullptr;
        levels(symbol->pointers);
        read_attributes();
        core_ = symbol->type;
        if (string_ && !is_character(*core_)) fail(member_.type.at, "[string] needs characters, not " + describe(*core_));
        if (string_ && levels_.empty()) fail(member_.declarator.at, "[string] needs a pointer or an array");
        if (core_->kind == TypeKind::nothing) fail(member_.type.at, "'void' can only be a context handle or a result");
        TypePtr current = core_;
        for (std::size_t i = levels_.size(); i-- > 0;) current = level(i, std::move(current));
        return current;
    }

 private:
    void levels(int typedef_pointers) {
        if (member_.declarator.dimensions.size() > 1) fail(member_.declarator.at, "arrays of several dimensions are not supported");
        for (const ExprPtr& bound : member_.declarator.dimensions) levels_.push_back({true, bound});
        for (int i = 0; i < member_.declarator.pointers + typedef_pointers; ++i) levels_.push_back({});
    }

    void read_attributes() {
        read_list("size_is", sizes_);
        read_list("length_is", lengths_);
        int kinds = 0;
        for (const auto& [name, kind] :
             {std::pair("ref", PointerKind::ref), std::pair("unique", PointerKind::unique), std::pair("ptr", PointerKind::full)}) {
            const ast::Attribute* attribute = find_attribute(member_.attributes, name);
            if (attribute == nullptr) continue;
            if (++kinds > 1) fail(attribute->at, "more than one kind of pointer");
            if (levels_.empty() || levels_.front().is_array) fail(attribute->at, std::string("[") + name + "] needs a pointer");
            explicit_ = kind;
        }
    }

    void read_list(const char* name, std::vector<ExprPtr>& into) {
        const ast::Attribute* attribute = find_attribute(member_.attributes, name);
        if (attribute == nullptr) return;
        into = attribute->arguments;
        if (into.empty()) fail(attribute->at, std::string(name) + " needs an expression");
        if (into.size() > levels_.size()) fail(attribute->at, std::string(name) + " has more levels than the declarator");
    }

    [[nodiscard]] ExprPtr at(const std::vector<ExprPtr>& list, std::size_t index) const {
        return index < list.size() ? list[index] : nullptr;
    }

    // The kind of the pointer at level `index`: an attribute belongs to the outermost one.
    [[nodiscard]] PointerKind pointer_kind(std::size_t index) const {
        if (index == 0 && explicit_) return *explicit_;
        if (index == 0 && place_ == Place::parameter) return PointerKind::ref;
        return default_;
    }

    TypePtr level(std::size_t index, TypePtr inner) {
        const Level& level = levels_[index];
        const ExprPtr size = at(sizes_, index);
        const ExprPtr length = at(lengths_, index);
        const bool is_text = string_ && index + 1 == levels_.size();
        if (level.is_array && level.bound) return fixed(level, inner, is_text, size || length);
        if (length && !size) fail(member_.declarator.at, "length_is without size_is");
        TypePtr pointee = std::move(inner);
        if (is_text) {
            if (length) fail(length->at, "length_is on a string");
            pointee = array_type(TypeKind::string, pointee, size, nullptr);
        } else if (size) {
            pointee = array_type(TypeKind::array, pointee, size, length);
        } else if (level.is_array) {
            fail(member_.declarator.at, "the array '" + member_.declarator.name + "' has no bound: size_is is missing");
        }
        if (level.is_array) return pointee;
        Type pointer;
        pointer.kind = TypeKind::pointer;
        pointer.pointer = pointer_kind(index);
        pointer.inner = std::move(pointee);
        return make(std::move(pointer));
    }

    TypePtr fixed(const Level& level, const TypePtr& inner, bool is_text, bool sized) {
        if (sized) fail(level.bound->at, "size_is or length_is on an array of fixed size is not supported");
        const std::uint64_t count = symbols_.number(*level.bound);
        if (count == 0 || count > 65536) fail(level.bound->at, "an array needs 1 to 65536 elements");
        Type type;
        type.kind = is_text ? TypeKind::fixed_string : TypeKind::fixed_array;
        type.inner = inner;
        type.count = static_cast<std::uint32_t>(count);
        return make(std::move(type));
    }

    static TypePtr array_type(TypeKind kind, TypePtr inner, ExprPtr size, ExprPtr length) {
        Type type;
        type.kind = kind;
        type.inner = std::move(inner);
        type.size = std::move(size);
        type.length = std::move(length);
        return make(std::move(type));
    }

    const Symbols& symbols_;
    const ast::Member& member_;
    Place place_;
    PointerKind default_;
    std::optional<PointerKind> explicit_;
    bool string_ = false;
    std::vector<Level> levels_;  // outermost first
    std::vector<ExprPtr> sizes_;
    std::vector<ExprPtr> lengths_;
    TypePtr core_;
};

}  // namespace

TypePtr build_type(const Symbols& symbols, const ast::Member& declaration, Place place, PointerKind default_pointer) {
    return Builder(symbols, declaration, place, default_pointer).run();
}

}  // namespace idlc
