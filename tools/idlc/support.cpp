#include "tools/idlc/support.h"

namespace idlc {

namespace {

void refuse(const Location& at, const std::string& what) { fail(at, what + " is not supported"); }

void check_structure(const Type& type, const Location& at, const char* where) {
    if (type.kind == TypeKind::structure && type.structure->conformant) {
        refuse(at, "the conformant structure " + type.structure->name + " " + where);
    }
}

void check_pointee(const Type& type, const Location& at);

void check_element(const Type& type, const Location& at) {
    switch (type.kind) {
        case TypeKind::base:
        case TypeKind::enumeration:
        case TypeKind::guid:
            return;
        case TypeKind::structure:
            return check_structure(type, at, "inside an array");
        case TypeKind::pointer:
            if (type.inner->kind == TypeKind::array) refuse(at, "an array of pointers to arrays");
            if (type.inner->kind == TypeKind::string && type.inner->size) refuse(at, "an array of sized strings");
            return check_pointee(*type.inner, at);
        default:
            refuse(at, "an array of " + describe(type));
    }
}

void check_array(const Type& type, const Location& at) {
    check_element(*type.inner, at);
    if (type.length && type.inner->kind == TypeKind::base) refuse(at, "a varying array of " + describe(*type.inner));
}

// What a pointer (of any kind, embedded or a parameter) may lead to.
void check_pointee(const Type& type, const Location& at) {
    switch (type.kind) {
        case TypeKind::base:
        case TypeKind::enumeration:
        case TypeKind::guid:
        case TypeKind::structure:
        case TypeKind::string:
            return;
        case TypeKind::array:
            return check_array(type, at);
        default:
            refuse(at, "a pointer to " + describe(type));
    }
}

void check_fixed(const Type& type, const Location& at) {
    check_structure(*type.inner, at, "inside an array");
    const TypeKind inner = type.inner->kind;
    const bool ok = inner == TypeKind::base || inner == TypeKind::enumeration || inner == TypeKind::guid || inner == TypeKind::structure;
    if (!ok) refuse(at, "an array of " + describe(*type.inner));
}

// Types that mean the same in a structure, an arm and a parameter. False: the caller decides.
bool check_common(const Type& type, const Location& at) {
    switch (type.kind) {
        case TypeKind::base:
        case TypeKind::enumeration:
        case TypeKind::guid:
            return true;
        case TypeKind::pointer:
            check_pointee(*type.inner, at);
            return true;
        case TypeKind::fixed_array:
            check_fixed(type, at);
            return true;
        default:
            return false;
    }
}

}  // namespace

void check_parameter(const Type& type, const Location& at) {
    if (check_common(type, at)) return;
    switch (type.kind) {
        case TypeKind::structure:
        case TypeKind::union_:
        case TypeKind::context:
        case TypeKind::string:
            return;
        case TypeKind::array:
            return check_array(type, at);
        default:
            refuse(at, "a parameter of type " + describe(type));
    }
}

void check_member(const Type& type, const Location& at, bool is_last) {
    if (check_common(type, at)) return;
    switch (type.kind) {
        case TypeKind::structure:
            return check_structure(type, at, "inside another structure");
        case TypeKind::union_:
        case TypeKind::fixed_string:
            return;
        case TypeKind::array:
            if (!is_last) fail(at, "a conformant array must be the last member");
            if (type.length) refuse(at, "a varying array inside a structure");
            return check_array(type, at);
        default:
            refuse(at, "a member of type " + describe(type));
    }
}

void check_arm(const Type& type, const Location& at) {
    if (check_common(type, at)) return;
    if (type.kind != TypeKind::structure) refuse(at, "a union arm of type " + describe(type));
    check_structure(type, at, "inside a union");
}

}  // namespace idlc
