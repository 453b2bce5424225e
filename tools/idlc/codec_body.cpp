#include "tools/idlc/codec_body.h"

#include "tools/idlc/cpp_names.h"

namespace idlc {

std::string base_method(Base base) {
    switch (base) {
        case Base::u8:
            return "u8";
        case Base::i8:
            return "i8";
        case Base::ch:
            return "ch";
        case Base::wchar:
            return "wchar";
        case Base::u16:
            return "u16";
        case Base::i16:
            return "i16";
        case Base::u32:
        case Base::error_status:
            return "u32";
        case Base::i32:
            return "i32";
        case Base::u64:
            return "u64";
        case Base::i64:
            return "i64";
        case Base::f32:
            return "f32";
        case Base::f64:
            return "f64";
        case Base::uptr:
            return "uptr";
        case Base::iptr:
            return "iptr";
    }
    return "?";
}

namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

bool is_base(const Type& type, Base base) { return type.kind == TypeKind::base && type.base == base; }

// Numbers of one size that can be moved as a block.
bool is_number(const Type& type) { return type.kind == TypeKind::base && type.base != Base::uptr && type.base != Base::iptr; }

bool points_to_object(const Type& pointer) { return pointer.inner->kind != TypeKind::string && pointer.inner->kind != TypeKind::array; }

}  // namespace

std::string CodecBody::expression(const Expr& expr) const { return cpp_expression(expr, model_, resolve_); }

std::string CodecBody::count(const ExprPtr& expr) const {
    const std::string text = expression(*expr);
    return is_later_ && is_later_(*expr) ? "c.later(" + text + ")" : text;
}

void CodecBody::derive(const Type& type, const std::string& value) {
    if (type.size->kind != ExprKind::name) return;
    const std::string counter = resolve_(type.size->name);
    if (counter.rfind("v.", 0) == 0) text_.line("ndr::derive(c, " + counter + ", " + value + ".size);");
}

void CodecBody::loop(const Type& element, const std::string& value, const std::string& name, bool deferred) {
    // Braces of our own: loops over elements with the same name may be nested.
    text_.open("for (auto& item : " + value + ")");
    if (deferred) {
        buffers(element, "item", name);
    } else {
        scalars(element, "item", name);
    }
    text_.close();
}

void CodecBody::scalars(const Type& type, const std::string& value, const std::string& name, const ExprPtr& switch_is) {
    const std::string arguments = "(" + quoted(name) + ", " + value;
    switch (type.kind) {
        case TypeKind::base:
            return text_.line("c." + base_method(type.base) + arguments + ");");
        case TypeKind::enumeration:
            return text_.line(std::string("c.") + (type.enumeration->wide ? "enum32" : "enum16") + arguments + ");");
        case TypeKind::guid:
            return text_.line("c.guid" + arguments + ");");
        case TypeKind::context:
            return text_.line("c.context" + arguments + ");");
        case TypeKind::structure:
            text_.line("c.enter(" + quoted(name) + ");");
            text_.line("scalars(c, " + value + ");");
            return text_.line("c.leave();");
        case TypeKind::union_:
            text_.line("c.enter(" + quoted(name) + ");");
            text_.line("scalars_" + type.union_type->name + "(c, " + value + ", " + expression(*switch_is) + ");");
            return text_.line("c.leave();");
        case TypeKind::pointer: {
            const std::string method = points_to_object(type) ? "pointer" : "presence";
            const std::string target = points_to_object(type) ? value : value + ".present";
            const std::string prefix = type.pointer == PointerKind::ref ? "ref_" : "";
            return text_.line("c." + prefix + method + "(" + quoted(name) + ", " + target + ");");
        }
        case TypeKind::fixed_array:
            if (is_base(*type.inner, Base::u8))
                return text_.line("c.fixed_bytes(" + quoted(name) + ", " + value + ".data(), " + value + ".size());");
            if (is_base(*type.inner, Base::wchar))
                return text_.line("c.fixed_chars(" + quoted(name) + ", " + value + ".data(), " + value + ".size());");
            return loop(*type.inner, value, name, false);
        case TypeKind::fixed_string:
            return text_.line("c.fixed_string(" + quoted(name) + ", " + value + ".data(), " + value + ".size());");
        case TypeKind::array:
            return inline_array(type, value, name);
        default:
            throw std::logic_error("scalars of " + describe(type));
    }
}

void CodecBody::buffers(const Type& type, const std::string& value, const std::string& name, const ExprPtr& switch_is) {
    if (!is_deferred(type)) return;
    switch (type.kind) {
        case TypeKind::structure:
            text_.line("c.enter(" + quoted(name) + ");");
            text_.line("buffers(c, " + value + ");");
            return text_.line("c.leave();");
        case TypeKind::union_:
            text_.line("c.enter(" + quoted(name) + ");");
            text_.line("buffers_" + type.union_type->name + "(c, " + value + ", " + expression(*switch_is) + ");");
            return text_.line("c.leave();");
        case TypeKind::pointer:
            return pointer(type, value, name);
        default:
            return loop(*type.inner, value, name, true);
    }
}

void CodecBody::pointer(const Type& type, const std::string& value, const std::string& name) {
    if (points_to_object(type)) {
        text_.open("if (" + value + " != nullptr)");
        pointee(*type.inner, "*" + value, name);
        return text_.close();
    }
    const bool counted = type.inner->size && type.inner->kind == TypeKind::array && !absent_allowed_;
    if (counted) text_.line("if constexpr (C::kSampling) c.need(" + value + ".present, " + expression(*type.inner->size) + ");");
    text_.open("if (" + value + ".present)");
    pointee(*type.inner, value, name);
    if (counted) {
        text_.dedent();
        text_.open("} else");
        text_.line("c.absent(" + quoted(name) + ", " + count(type.inner->size) + ");");
    }
    text_.close();
}

void CodecBody::pointee(const Type& type, const std::string& value, const std::string& name) {
    if (type.kind == TypeKind::string) {
        if (type.size) return text_.line("c.sized_string(" + quoted(name) + ", " + value + ", " + count(type.size) + ");");
        return text_.line("c.string(" + quoted(name) + ", " + value + ");");
    }
    if (type.kind == TypeKind::array) return array(type, value, name);
    scalars(type, value, name);
    buffers(type, value, name);
}

void CodecBody::array(const Type& type, const std::string& value, const std::string& name) {
    const std::string arguments = "(" + quoted(name) + ", " + value + ", " + count(type.size);
    if (!type.length && is_base(*type.inner, Base::u8)) {
        text_.line("c.bytes" + arguments + ");");
        return derive(type, value);
    }
    if (!type.length && is_number(*type.inner)) {
        text_.line("c.numbers" + arguments + ");");
        return derive(type, value);
    }
    const std::string least = std::to_string(layout_of(*type.inner).min_bytes);
    if (type.length) {
        text_.line("c.varying" + arguments + ", " + count(type.length) + ", " + least + ");");
    } else {
        text_.line("c.array" + arguments + ", " + least + ");");
        derive(type, value);
    }
    loop(*type.inner, value, name, false);
    if (is_deferred(*type.inner)) loop(*type.inner, value, name, true);
}

// The last member of a conformant structure; its count has gone before the structure.
void CodecBody::inline_array(const Type& type, const std::string& value, const std::string& name) {
    const std::string arguments = "(" + quoted(name) + ", " + value + ", " + count(type.size);
    const bool bytes = is_base(*type.inner, Base::u8);
    if (bytes || is_number(*type.inner)) {
        text_.line(std::string("c.hoisted_") + (bytes ? "bytes" : "numbers") + arguments + ");");
        return derive(type, value);
    }
    text_.line("c.hoisted" + arguments + ", " + std::to_string(layout_of(*type.inner).min_bytes) + ");");
    derive(type, value);
    loop(*type.inner, value, name, false);
}

}  // namespace idlc
