#include "tools/idlc/model.h"

#include <algorithm>
#include <cctype>

namespace idlc {

const Interface* Model::find_interface(const std::string& name) const {
    for (const Interface& interface : interfaces) {
        if (interface.name == name) return &interface;
    }
    return nullptr;
}

const Function& Operation::function() const {
    for (const OperationUse& use : uses) {
        if (use.function != nullptr) return *use.function;
    }
    throw std::logic_error("operation without a function");
}

bool is_deferred(const Type& type) {
    switch (type.kind) {
        case TypeKind::pointer:
            return true;
        case TypeKind::structure:
            return type.structure->deferred;
        case TypeKind::union_:
            return type.union_type->deferred;
        case TypeKind::fixed_array:
        case TypeKind::array:
            return is_deferred(*type.inner);
        default:
            return false;
    }
}

namespace {

Layout base_layout(Base base) {
    switch (base) {
        case Base::u8:
        case Base::i8:
        case Base::ch:
            return {1, 1, 1};
        case Base::wchar:
        case Base::u16:
        case Base::i16:
            return {2, 2, 2};
        case Base::u32:
        case Base::i32:
        case Base::f32:
        case Base::error_status:
            return {4, 4, 4};
        case Base::u64:
        case Base::i64:
        case Base::f64:
            return {8, 8, 8};
        case Base::uptr:
        case Base::iptr:
            return {4, 8, 4};
    }
    return {};
}

const char* base_name(Base base) {
    switch (base) {
        case Base::u8:
            return "byte";
        case Base::i8:
            return "small";
        case Base::ch:
            return "char";
        case Base::wchar:
            return "wchar_t";
        case Base::u16:
            return "unsigned short";
        case Base::i16:
            return "short";
        case Base::u32:
            return "unsigned long";
        case Base::i32:
            return "long";
        case Base::u64:
            return "unsigned hyper";
        case Base::i64:
            return "hyper";
        case Base::f32:
            return "float";
        case Base::f64:
            return "double";
        case Base::uptr:
            return "ULONG_PTR";
        case Base::iptr:
            return "LONG_PTR";
        case Base::error_status:
            return "error_status_t";
    }
    return "?";
}

}  // namespace

Layout layout_of(const Type& type) {
    switch (type.kind) {
        case TypeKind::base:
            return base_layout(type.base);
        case TypeKind::enumeration:
            return type.enumeration->wide ? Layout{4, 4, 4} : Layout{2, 4, 2};
        case TypeKind::structure:
            return type.structure->layout;
        case TypeKind::union_:
            return type.union_type->layout;
        case TypeKind::guid:
            return {4, 4, 16};
        case TypeKind::context:
            return {4, 4, 20};
        case TypeKind::pointer:
            return {4, 8, 4};
        case TypeKind::fixed_array: {
            Layout layout = layout_of(*type.inner);
            layout.min_bytes *= type.count;
            return layout;
        }
        case TypeKind::fixed_string:
            return {4, 8, 8};  // offset and actual count, then characters
        case TypeKind::array: {
            Layout layout = layout_of(*type.inner);
            layout.min_bytes = 0;
            return layout;
        }
        default:
            return {};
    }
}

std::string describe(const Type& type) {
    switch (type.kind) {
        case TypeKind::nothing:
            return "void";
        case TypeKind::base:
            return base_name(type.base);
        case TypeKind::enumeration:
            return type.enumeration->name;
        case TypeKind::structure:
            return type.structure->name;
        case TypeKind::union_:
            return type.union_type->name;
        case TypeKind::guid:
            return "GUID";
        case TypeKind::context:
            return "context handle";
        case TypeKind::binding:
            return "handle_t";
        case TypeKind::pointer: {
            const char* kind = type.pointer == PointerKind::ref ? "ref" : type.pointer == PointerKind::unique ? "unique" : "full";
            return std::string(kind) + " pointer to " + describe(*type.inner);
        }
        case TypeKind::fixed_array:
            return describe(*type.inner) + "[" + std::to_string(type.count) + "]";
        case TypeKind::fixed_string:
            return "string in " + describe(*type.inner) + "[" + std::to_string(type.count) + "]";
        case TypeKind::array:
            return std::string(type.length ? "varying " : "") + "array of " + describe(*type.inner);
        case TypeKind::string:
            return std::string(type.size ? "sized " : "") + "string of " + describe(*type.inner);
    }
    return "?";
}

namespace {

bool upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
char to_lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
char to_upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

}  // namespace

// "AddPrinterDriverEx" → add_printer_driver_ex, "CreatePrinterIC" → create_printer_ic, "GetPrinterDriver2" → get_printer_driver2.
std::string snake_case(const std::string& name) {
    std::string result;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool after_word = i > 0 && upper(name[i]) && !upper(name[i - 1]) && name[i - 1] != '_';
        const bool before_word = i > 0 && upper(name[i]) && upper(name[i - 1]) && i + 1 < name.size() && lower(name[i + 1]);
        if (after_word || before_word) result += '_';
        result += to_lower(name[i]);
    }
    return result;
}

// "ept_map" → EptMap
std::string pascal_case(const std::string& name) {
    std::string result;
    bool start = true;
    for (const char c : name) {
        if (c == '_') {
            start = true;
            continue;
        }
        result += start ? to_upper(c) : c;
        start = false;
    }
    return result;
}

}  // namespace idlc
