#include "tools/idlc/sema.h"

#include "tools/idlc/layout.h"
#include "tools/idlc/parser.h"
#include "tools/idlc/support.h"
#include "tools/idlc/type_builder.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace idlc {

namespace {

// The generated dispatcher looks up so many [in] context handles of one call.
constexpr int kMaxContextHandles = 4;

// Attributes of the interface that the declarations in it depend on.
struct Defaults {
    PointerKind pointer = PointerKind::unique;
    bool ms_union = false;
};

class Analyser {
 public:
    explicit Analyser(Sources& sources) : sources_(sources) {}

    void file(const std::string& path, const Location* from) {
        if (!read_.insert(path).second) return;
        const ast::File parsed = parse(sources_.read(path, from));
        for (const ast::Declaration& declaration : parsed.declarations) declare(declaration, {}, path, nullptr);
        for (const ast::Interface& item : parsed.interfaces) interface(item, path);
    }

    Model take() { return std::move(model_); }

 private:
    void interface(const ast::Interface& item, const std::string& path) {
        check_attributes(item.attributes, {"uuid", "version", "ms_union", "pointer_default"});
        Interface result;
        result.name = item.name;
        if (model_.find_interface(item.name) != nullptr) fail(item.at, "interface '" + item.name + "' is already declared");
        const ast::Attribute* uuid = find_attribute(item.attributes, "uuid");
        if (uuid == nullptr) fail(item.at, "interface '" + item.name + "' has no uuid");
        result.uuid = checked_uuid(*uuid);
        read_version(item.attributes, result);
        Defaults defaults;
        defaults.ms_union = find_attribute(item.attributes, "ms_union") != nullptr;
        if (const ast::Attribute* pointer = find_attribute(item.attributes, "pointer_default")) defaults.pointer = pointer_kind(*pointer);
        for (const ast::Declaration& declaration : item.declarations) declare(declaration, defaults, path, &result);
        model_.interfaces.push_back(std::move(result));
    }

    static std::string checked_uuid(const ast::Attribute& attribute) {
        std::string text = attribute.text;
        bool good = text.size() == 36;
        for (std::size_t i = 0; good && i < text.size(); ++i) {
            const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            good = dash ? text[i] == '-' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
        }
        if (!good) fail(attribute.at, "malformed UUID '" + text + "'");
        for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return text;
    }

    static void read_version(const ast::Attributes& attributes, Interface& result) {
        const ast::Attribute* version = find_attribute(attributes, "version");
        if (version == nullptr) return;
        const std::size_t dot = version->text.find('.');
        const std::string major = version->text.substr(0, dot);
        const std::string minor = dot == std::string::npos ? "0" : version->text.substr(dot + 1);
        const auto number = [&](const std::string& text) {
            const bool digits = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
            if (!digits) fail(version->at, "malformed version '" + version->text + "'");
            return static_cast<std::uint32_t>(std::stoul(text));
        };
        result.major = number(major);
        result.minor = number(minor);
    }

    static PointerKind pointer_kind(const ast::Attribute& attribute) {
        const bool one = attribute.arguments.size() == 1 && attribute.arguments[0] && attribute.arguments[0]->kind == ExprKind::name;
        const std::string name = one ? attribute.arguments[0]->name : "";
        if (name == "unique") return PointerKind::unique;
        if (name == "ref") return PointerKind::ref;
        if (name == "ptr") return PointerKind::full;
        fail(attribute.at, "pointer_default needs unique, ref or ptr");
    }

    void declare(const ast::Declaration& item, const Defaults& defaults, const std::string& path, Interface* into) {
        if (item.import) {
            const std::size_t slash = path.rfind('/');
            const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
            file(directory + item.import->path, &item.import->at);
        }
        if (item.constant) constant(*item.constant);
        if (item.type) type(*item.type, defaults);
        if (item.function) {
            if (into == nullptr) fail(item.function->at, "function '" + item.function->name + "' outside of an interface");
            into->functions.push_back(function(*item.function, defaults));
            check_name(*into, item.function->at);
        }
    }

    static void check_name(const Interface& interface, const Location& at) {
        for (std::size_t i = 0; i + 1 < interface.functions.size(); ++i) {
            if (interface.functions[i].name == interface.functions.back().name)
                fail(at, "second function '" + interface.functions[i].name + "'");
        }
    }

    void constant(const ast::Constant& item) {
        Constant result;
        result.name = item.name;
        result.is_text = item.is_text;
        result.text = item.text;
        if (!item.is_text && !item.number) return;  // a flag for #ifdef
        Symbol symbol;
        symbol.at = item.at;
        if (item.number) symbol.value = result.number = symbols_.number(*item.number);
        symbols_.add(item.name, symbol);
        model_.constants.push_back(std::move(result));
    }

    // ---- types
    void type(const ast::Typedef& item, const Defaults& defaults) {
        if (find_attribute(item.attributes, "context_handle") != nullptr) return context_handle(item);
        if (item.definition) return definition(item, defaults);
        check_attributes(item.attributes, {"handle", "string", "unique"});
        const Symbol* target = symbols_.find(item.type.name);
        if (target == nullptr || !target->type) fail(item.type.at, "unknown type '" + item.type.name + "'");
        if (!item.declarator.dimensions.empty()) fail(item.declarator.at, "a typedef of an array is not supported");
        Symbol symbol = *target;
        symbol.at = item.declarator.at;
        symbol.pointers += item.declarator.pointers;
        // [handle] makes a binding handle of the type; on the wire it stays the type.
        const bool text =
            symbol.pointers == 1 && symbol.type->kind == TypeKind::base && find_attribute(item.attributes, "handle") != nullptr;
        symbol.is_string = symbol.is_string || text || find_attribute(item.attributes, "string") != nullptr;
        symbols_.add(item.declarator.name, symbol);
    }

    void context_handle(const ast::Typedef& item) {
        check_attributes(item.attributes, {"context_handle"});
        if (item.definition || item.type.name != "void" || item.declarator.pointers != 1) {
            fail(item.declarator.at, "a context handle is declared as [context_handle] void*");
        }
        Type type;
        type.kind = TypeKind::context;
        symbols_.add(item.declarator.name, {item.declarator.at, std::make_shared<const Type>(type), 0, false, 0});
    }

    void definition(const ast::Typedef& item, const Defaults& defaults) {
        if (item.declarator.pointers != 0 || !item.declarator.dimensions.empty()) {
            fail(item.declarator.at, "a typedef that defines a type needs a plain name");
        }
        Type type;
        switch (item.definition->kind) {
            case ast::DefinitionKind::enumeration:
                enumeration(item, type);
                break;
            case ast::DefinitionKind::union_:
                union_type(item, defaults, type);
                break;
            case ast::DefinitionKind::structure:
                structure(item, defaults, type);
                break;
        }
        symbols_.add(item.declarator.name, {item.declarator.at, std::make_shared<const Type>(std::move(type)), 0, false, 0});
    }

    void enumeration(const ast::Typedef& item, Type& type) {
        check_attributes(item.attributes, {"v1_enum"});
        auto result = std::make_unique<Enumeration>();
        result->name = item.declarator.name;
        result->at = item.declarator.at;
        result->wide = find_attribute(item.attributes, "v1_enum") != nullptr;
        std::uint64_t next = 0;
        for (const ast::Enumerator& enumerator : item.definition->enumerators) {
            if (enumerator.value) next = symbols_.number(*enumerator.value);
            const std::uint64_t limit = result->wide ? 0x7FFFFFFF : 0x7FFF;
            if (next > limit) fail(enumerator.at, "enumerator '" + enumerator.name + "' does not fit");
            symbols_.add(enumerator.name, {enumerator.at, nullptr, 0, false, next});
            result->items.push_back({enumerator.name, next});
            ++next;
        }
        type.kind = TypeKind::enumeration;
        type.enumeration = result.get();
        model_.enumerations.push_back(std::move(result));
    }

    void structure(const ast::Typedef& item, const Defaults& defaults, Type& type) {
        check_attributes(item.attributes, {});
        auto result = std::make_unique<Structure>();
        result->name = item.declarator.name;
        result->at = item.declarator.at;
        const std::vector<ast::Member>& members = item.definition->members;
        if (members.empty()) fail(result->at, "structure '" + result->name + "' has no members");
        for (std::size_t i = 0; i < members.size(); ++i) {
            const ast::Member& member = members[i];
            check_attributes(member.attributes, {"string", "size_is", "length_is", "range", "unique", "ref", "ptr", "switch_is"});
            Field field = make_field(member, Place::member, defaults);
            check_member(*field.type, field.at, i + 1 == members.size());
            for (const Field& other : result->fields) {
                if (other.name == field.name) fail(field.at, "second member '" + field.name + "'");
            }
            result->fields.push_back(std::move(field));
        }
        bind_structure(symbols_, *result);
        compute_layout(*result);
        type.kind = result->name == "GUID" ? TypeKind::guid : TypeKind::structure;
        if (type.kind == TypeKind::guid) return check_guid(*result);  // base::Guid, not a structure of ours
        type.structure = result.get();
        model_.compounds.push_back({std::move(result), nullptr});
    }

    static void check_guid(const Structure& guid) {
        const bool good = guid.fields.size() == 4 && guid.layout.min_bytes == 16 && guid.layout.align20 == 4 &&
                          guid.fields[3].type->kind == TypeKind::fixed_array;
        if (!good) fail(guid.at, "GUID must be a long, two shorts and eight bytes");
    }

    Field make_field(const ast::Member& member, Place place, const Defaults& defaults) {
        Field field;
        field.name = member.declarator.name;
        field.at = member.declarator.at;
        field.type = build_type(symbols_, member, place, defaults.pointer);
        if (const ast::Attribute* range = find_attribute(member.attributes, "range")) {
            const bool two = range->arguments.size() == 2 && range->arguments[0] && range->arguments[1];
            if (!two) fail(range->at, "range needs two numbers");
            field.range = Range{symbols_.number(*range->arguments[0]), symbols_.number(*range->arguments[1])};
            if (field.range->low > field.range->high) fail(range->at, "range is empty");
        }
        if (const ast::Attribute* switch_is = find_attribute(member.attributes, "switch_is")) {
            if (switch_is->arguments.size() != 1 || !switch_is->arguments[0]) fail(switch_is->at, "switch_is needs one expression");
            if (field.type->kind != TypeKind::union_) fail(switch_is->at, "[switch_is] on something that is not a union");
            field.switch_is = switch_is->arguments[0];
        } else if (field.type->kind == TypeKind::union_) {
            fail(field.at, "the union '" + field.name + "' needs switch_is");
        }
        return field;
    }

    void union_type(const ast::Typedef& item, const Defaults& defaults, Type& type) {
        check_attributes(item.attributes, {"switch_type"});
        auto result = std::make_unique<Union>();
        result->name = item.declarator.name;
        result->at = item.declarator.at;
        result->ms_union = defaults.ms_union;
        result->tag = switch_type(item);
        for (const ast::Arm& arm : item.definition->arms) result->arms.push_back(make_arm(arm, defaults, *result));
        if (result->arms.empty()) fail(result->at, "union '" + result->name + "' has no arms");
        compute_layout(*result);
        type.kind = TypeKind::union_;
        type.union_type = result.get();
        model_.compounds.push_back({nullptr, std::move(result)});
    }

    TypePtr switch_type(const ast::Typedef& item) {
        const ast::Attribute* attribute = find_attribute(item.attributes, "switch_type");
        if (attribute == nullptr) fail(item.declarator.at, "union '" + item.declarator.name + "' needs switch_type");
        const bool one = attribute->arguments.size() == 1 && attribute->arguments[0] && attribute->arguments[0]->kind == ExprKind::name;
        if (!one) fail(attribute->at, "switch_type needs the name of a type");
        const Symbol* symbol = symbols_.find(attribute->arguments[0]->name);
        const bool known = symbol != nullptr && symbol->type && symbol->pointers == 0;
        const bool good =
            known && (symbol->type->kind == TypeKind::enumeration ||
                      (symbol->type->kind == TypeKind::base && (symbol->type->base == Base::u16 || symbol->type->base == Base::u32)));
        if (!good) fail(attribute->at, "switch_type must be an enumeration, unsigned short or unsigned long");
        return symbol->type;
    }

    UnionArm make_arm(const ast::Arm& arm, const Defaults& defaults, const Union& into) {
        UnionArm result;
        result.is_default = arm.is_default;
        for (const ExprPtr& value : arm.cases) {
            if (!value) fail(arm.at, "case needs a value");
            result.cases.push_back(symbols_.number(*value));
        }
        for (const UnionArm& other : into.arms) {
            if (other.is_default && arm.is_default) fail(arm.at, "second default arm");
            for (const std::uint64_t value : result.cases) {
                if (std::count(other.cases.begin(), other.cases.end(), value) != 0)
                    fail(arm.at, "second arm for case " + std::to_string(value));
            }
        }
        if (!arm.member) return result;
        check_attributes(arm.member->attributes, {"string", "unique", "ref", "ptr"});
        result.name = arm.member->declarator.name;
        result.type = build_type(symbols_, *arm.member, Place::arm, defaults.pointer);
        check_arm(*result.type, arm.member->declarator.at);
        return result;
    }

    // ---- functions
    Function function(const ast::Function& item, const Defaults& defaults) {
        Function result;
        result.name = item.name;
        result.at = item.at;
        result.result = result_kind(item);
        int handles = 0;
        for (const ast::Member& member : item.parameters) {
            check_attributes(member.attributes,
                             {"in", "out", "string", "size_is", "length_is", "range", "unique", "ref", "ptr", "switch_is"});
            Parameter parameter;
            parameter.in = find_attribute(member.attributes, "in") != nullptr;
            parameter.out = find_attribute(member.attributes, "out") != nullptr;
            const Location at = member.declarator.at;
            if (!parameter.in && !parameter.out) fail(at, "parameter '" + member.declarator.name + "' is neither [in] nor [out]");
            parameter.field = make_field(member, Place::parameter, defaults);
            TypePtr& type = parameter.field.type;
            if (type->kind == TypeKind::binding) {
                if (parameter.out || !result.parameters.empty()) fail(at, "a binding handle must be the first parameter and [in]");
                continue;
            }
            if (type->kind == TypeKind::pointer && type->pointer == PointerKind::ref) {
                parameter.was_pointer = type->inner->kind != TypeKind::array && type->inner->kind != TypeKind::string;
                type = type->inner;
            } else if (parameter.out && !parameter.in && type->kind == TypeKind::pointer) {
                fail(at, "an [out] parameter must be a reference pointer");
            } else if (parameter.out && type->kind != TypeKind::array && type->kind != TypeKind::pointer) {
                fail(at, "the [out] parameter '" + member.declarator.name + "' is not a pointer");
            }
            check_parameter(*type, at);
            if (type->kind == TypeKind::context && parameter.in && ++handles > kMaxContextHandles) {
                fail(at, "more than " + std::to_string(kMaxContextHandles) + " context handles");
            }
            result.parameters.push_back(std::move(parameter));
        }
        bind_function(symbols_, result);
        return result;
    }

    ResultKind result_kind(const ast::Function& item) {
        if (item.result.name == "HRESULT") return ResultKind::hresult;
        const Symbol* symbol = symbols_.find(item.result.name);
        if (symbol == nullptr || !symbol->type) fail(item.result.at, "unknown type '" + item.result.name + "'");
        if (symbol->type->kind == TypeKind::nothing) return ResultKind::none;
        const bool number = symbol->type->kind == TypeKind::base && symbol->pointers == 0 &&
                            (symbol->type->base == Base::u32 || symbol->type->base == Base::error_status);
        if (!number) fail(item.result.at, "a result of type '" + item.result.name + "' is not supported");
        return ResultKind::win32;
    }

    Sources& sources_;
    Symbols symbols_;
    Model model_;
    std::set<std::string> read_;
};

}  // namespace

Model analyse(Sources& sources, const std::vector<std::string>& paths) {
    Analyser analyser(sources);
    for (const std::string& path : paths) analyser.file(path, nullptr);
    return analyser.take();
}

}  // namespace idlc
