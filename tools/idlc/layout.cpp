#include "tools/idlc/layout.h"

#include <algorithm>

namespace idlc {

namespace {

bool is_integer(const Type& type) {
    if (type.kind == TypeKind::enumeration) return true;
    return type.kind == TypeKind::base && type.base != Base::f32 && type.base != Base::f64;
}

// The array or string that `type` is or leads to.
const Type* sized_part(const Type& type) {
    if (type.kind == TypeKind::array || type.kind == TypeKind::string) return &type;
    return type.kind == TypeKind::pointer ? sized_part(*type.inner) : nullptr;
}

void mark_cases(Field& field, const Union& union_type) {
    for (const UnionArm& arm : union_type.arms) field.cases.insert(field.cases.end(), arm.cases.begin(), arm.cases.end());
}

bool is_constant(const Symbols& symbols, const std::string& name) {
    const Symbol* symbol = symbols.find(name);
    return symbol != nullptr && !symbol->type;
}

}  // namespace

void bind_structure(const Symbols& symbols, Structure& structure) {
    const auto bind = [&](const ExprPtr& expr, const char* attribute, std::size_t before, auto&& found) {
        if (!expr) return;
        (void)constant_value(*expr, symbols.lookup());  // for its errors
        for_each_name(*expr, [&](const Expr& name) {
            if (name.kind == ExprKind::name && is_constant(symbols, name.name)) return;
            if (name.kind == ExprKind::dereference) fail(name.at, "'*' is only supported in parameters");
            for (std::size_t i = 0; i < structure.fields.size(); ++i) {
                Field& field = structure.fields[i];
                if (field.name != name.name) continue;
                if (!is_integer(*field.type)) fail(name.at, "'" + name.name + "' in " + attribute + " is not an integer");
                if (i >= before) fail(name.at, "'" + name.name + "' must come before the member whose " + attribute + " names it");
                found(field);
                return;
            }
            fail(name.at, "unknown name '" + name.name + "' in " + attribute);
        });
    };
    for (std::size_t i = 0; i < structure.fields.size(); ++i) {
        // The type is shared and constant; only siblings are written.
        const Field& field = structure.fields[i];
        if (const Type* part = sized_part(*field.type)) {
            const std::size_t before = field.type->kind == TypeKind::array ? i : structure.fields.size();
            bind(part->size, "size_is", before, [](Field& count) { count.is_count = true; });
            bind(part->length, "length_is", before, [](Field& count) { count.is_count = true; });
        }
        if (!field.switch_is) continue;
        const Union& union_type = *field.type->union_type;
        bind(field.switch_is, "switch_is", i, [&](Field& tag) { mark_cases(tag, union_type); });
    }
}

namespace {

class FunctionBinder {
 public:
    FunctionBinder(const Symbols& symbols, Function& function) : symbols_(symbols), function_(function) {}

    void run() {
        for (std::size_t i = 0; i < function_.parameters.size(); ++i) {
            const Parameter& parameter = function_.parameters[i];
            if (const Type* part = sized_part(*parameter.field.type)) {
                bind(part->size, "size_is", parameter.in, [](Field& count) { count.is_count = true; });
                bind(part->length, "length_is", parameter.in, [](Field& count) { count.is_count = true; });
            }
            if (!parameter.field.switch_is) continue;
            if (parameter.out) fail(parameter.field.at, "an [out] union is not supported");
            const Union& union_type = *parameter.field.type->union_type;
            bind(parameter.field.switch_is, "switch_is", true, [&](Field& tag) { mark_cases(tag, union_type); });
            require_earlier(*parameter.field.switch_is, i);
        }
    }

 private:
    template <class Found>
    void bind(const ExprPtr& expr, const char* attribute, bool needs_in, Found&& found) {
        if (!expr) return;
        (void)constant_value(*expr, symbols_.lookup());
        for_each_name(*expr, [&](const Expr& name) {
            if (name.kind == ExprKind::name && is_constant(symbols_, name.name)) return;
            for (Parameter& parameter : function_.parameters) {
                if (parameter.field.name != name.name) continue;
                check_use(parameter, name, attribute, needs_in);
                found(parameter.field);
                return;
            }
            fail(name.at, "unknown name '" + name.name + "' in " + attribute);
        });
    }

    static void check_use(const Parameter& parameter, const Expr& name, const char* attribute, bool needs_in) {
        if (!is_integer(*parameter.field.type)) fail(name.at, "'" + name.name + "' in " + attribute + " is not an integer");
        if (parameter.was_pointer && name.kind == ExprKind::name)
            fail(name.at, "'" + name.name + "' is a pointer: use '*" + name.name + "'");
        if (!parameter.was_pointer && name.kind == ExprKind::dereference) fail(name.at, "'" + name.name + "' is not a pointer");
        if (needs_in && !parameter.in)
            fail(name.at, std::string(attribute) + " of an [in] parameter names '" + name.name + "', which is not [in]");
    }

    void require_earlier(const Expr& expr, std::size_t index) {
        for_each_name(expr, [&](const Expr& name) {
            for (std::size_t i = index; i < function_.parameters.size(); ++i) {
                if (function_.parameters[i].field.name == name.name) fail(name.at, "'" + name.name + "' must come before the union");
            }
        });
    }

    const Symbols& symbols_;
    Function& function_;
};

void widen(Layout& layout, const Layout& part) {
    layout.align20 = std::max(layout.align20, part.align20);
    layout.align64 = std::max(layout.align64, part.align64);
}

}  // namespace

void bind_function(const Symbols& symbols, Function& function) { FunctionBinder(symbols, function).run(); }

void compute_layout(Structure& structure) {
    for (const Field& field : structure.fields) {
        const Layout part = layout_of(*field.type);
        widen(structure.layout, part);
        structure.layout.min_bytes += part.min_bytes;
        if (field.type->kind == TypeKind::array) structure.conformant = true;
        if (is_deferred(*field.type)) structure.deferred = true;
    }
}

void compute_layout(Union& union_type) {
    for (const UnionArm& arm : union_type.arms) {
        if (!arm.type) continue;
        widen(union_type.arm_layout, layout_of(*arm.type));
        if (is_deferred(*arm.type)) union_type.deferred = true;
    }
    union_type.layout = union_type.arm_layout;
    const Layout tag = layout_of(*union_type.tag);
    widen(union_type.layout, tag);
    union_type.layout.min_bytes = tag.min_bytes;
}

}  // namespace idlc
