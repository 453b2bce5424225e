#include "tools/idlc/cpp_names.h"
#include "tools/idlc/emit.h"

namespace idlc {

std::string banner(const Job& job, const std::string& purpose) {
    return "// " + purpose + "\n// Made by idlc from " + job.sources + ". Do not edit: change the IDL.\n";
}

namespace {

std::string hex(std::uint64_t value) {
    static const char* const kDigits = "0123456789ABCDEF";
    std::string text;
    do {
        text.insert(text.begin(), kDigits[value & 0xFU]);
        value >>= 4U;
    } while (value != 0);
    return "0x" + text;
}

void constants(Text& text, const Model& model) {
    for (const Constant& constant : model.constants) {
        if (constant.is_text) {
            text.line("inline constexpr std::u16string_view " + constant.name + " = u\"" + constant.text + "\";");
        } else {
            text.line("inline constexpr std::uint32_t " + constant.name + " = " + hex(constant.number) + ";");
        }
    }
    if (!model.constants.empty()) text.line();
}

void enumerations(Text& text, const Model& model) {
    for (const auto& enumeration : model.enumerations) {
        text.open("enum " + enumeration->name + " : std::int32_t");
        for (const Enumeration::Item& item : enumeration->items) text.line(item.name + " = " + std::to_string(item.value) + ",");
        text.close("};");
        text.line();
    }
}

void union_alias(Text& text, const Union& item) {
    std::string arms;
    std::string cases;
    for (const UnionArm& arm : item.arms) {
        arms += ", " + (arm.type ? cpp_type(*arm.type) : std::string("std::monostate"));
        cases += cases.empty() ? "" : ", ";
        cases += arm.name.empty() ? "nothing" : arm.name;
    }
    text.line("// Arms from index 1: " + cases + ".");
    text.line("using " + item.name + " = std::variant<std::monostate" + arms + ">;");
    text.line("static_assert(std::is_trivially_destructible_v<" + item.name + ">);");
    text.line();
}

// The member that alone decides the union's arm, if the expression names just one.
const Field* only_discriminant(const Structure& structure, const Expr& expr) {
    const Field* result = nullptr;
    int names = 0;
    for_each_name(expr, [&](const Expr& name) {
        for (const Field& field : structure.fields) {
            if (field.name == name.name) {
                result = &field;
                ++names;
            }
        }
    });
    return names == 1 ? result : nullptr;
}

std::string case_value(const Field& discriminant, std::uint64_t value) {
    if (discriminant.type->kind == TypeKind::enumeration) {
        for (const Enumeration::Item& item : discriminant.type->enumeration->items) {
            if (item.value == value) return item.name;
        }
        return "static_cast<" + discriminant.type->enumeration->name + ">(" + std::to_string(value) + ")";
    }
    return hex(value);
}

void check_accessor(const Structure& structure, const std::string& name) {
    for (const Field& field : structure.fields) {
        if (field.name == name) fail(field.at, "'" + name + "' is a member and an arm of a union of the same structure");
    }
}

// Reading and setting the arms of a union by name, discriminant included.
void accessors(Text& text, const Structure& structure, const Field& field) {
    const Field* discriminant = only_discriminant(structure, *field.switch_is);
    text.line();
    text.line("// Arms of " + field.name + ": null unless set; set_…() sets the discriminant, too.");
    std::size_t index = 0;
    for (const UnionArm& arm : field.type->union_type->arms) {
        ++index;
        if (!arm.type) continue;
        check_accessor(structure, arm.name);
        const std::string type = cpp_type(*arm.type);
        const std::string number = std::to_string(index);
        const bool pointer = type.back() == '*';
        if (pointer) {
            text.open("[[nodiscard]] " + type + " " + arm.name + "() const");
            text.line("const auto* arm_ = std::get_if<" + number + ">(&" + field.name + ");");
            text.line("return arm_ != nullptr ? *arm_ : nullptr;");
            text.close();
        } else {
            text.line("[[nodiscard]] const " + type + "* " + arm.name + "() const { return std::get_if<" + number + ">(&" + field.name +
                      "); }");
        }
        if (discriminant == nullptr || arm.cases.empty()) continue;
        const bool by_value = pointer || arm.type->kind == TypeKind::base || arm.type->kind == TypeKind::enumeration;
        std::string parameters = by_value ? type + " value_" : "const " + type + "& value_";
        std::string chosen = case_value(*discriminant, arm.cases.front());
        if (arm.cases.size() > 1) {
            parameters += ", " + cpp_type(*discriminant->type) + " discriminant_ = " + chosen;
            chosen = "discriminant_";
        }
        text.open("void set_" + arm.name + "(" + parameters + ")");
        text.line(discriminant->name + " = " + chosen + ";");
        text.line(field.name + ".emplace<" + number + ">(value_);");
        text.close();
    }
}

void structure(Text& text, const Structure& item) {
    text.open("struct " + item.name);
    for (const Field& field : item.fields) {
        check_cpp_name(field.name, field.at);
        text.line(cpp_member(*field.type, field.name));
    }
    for (const Field& field : item.fields) {
        if (field.switch_is) accessors(text, item, field);
    }
    text.close("};");
    text.line("static_assert(std::is_trivially_destructible_v<" + item.name + ">);");
    text.line();
}

void parameters(Text& text, const char* name, const std::vector<const Parameter*>& list, bool has_result) {
    if (list.empty() && !has_result) {
        text.line(std::string("struct ") + name + " {};");
        return;
    }
    text.open(std::string("struct ") + name);
    for (const Parameter* parameter : list) {
        check_cpp_name(parameter->field.name, parameter->field.at);
        text.line(cpp_member(*parameter->field.type, parameter->field.name));
    }
    if (has_result) text.line("std::uint32_t result = 0;");
    text.close("};");
}

std::string callers(const Service& service, const Operation& operation) {
    std::string text;
    for (std::size_t i = 0; i < service.interfaces.size(); ++i) {
        const OperationUse& use = operation.uses[i];
        if (use.function == nullptr) continue;
        text += text.empty() ? "" : ", ";
        text += service.interfaces[i].alias + " " + std::to_string(use.opnum) + " " + use.function->name;
    }
    return text;
}

void operation(Text& text, const Service& service, const Operation& item) {
    const Function& function = item.function();
    text.line("// " + callers(service, item));
    text.open("struct " + item.name);
    text.line("static constexpr std::string_view kName = \"" + item.name + "\";");
    text.line("static const ndr::OperationCodec kCodec;");
    parameters(text, "In", in_parameters(function), false);
    parameters(text, "Out", out_parameters(function), function.result != ResultKind::none);
    text.close("};");
    text.line();
}

}  // namespace

std::vector<GeneratedFile> emit_types(const Job& job) {
    Text text;
    text.block(R"(
#pragma once

#include "dcerpc/ndr/types.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

namespace ndr {
struct OperationCodec;
}

namespace wire::$service$ {
)",
               {{"service", job.service.name}});
    text.line();
    constants(text, job.model);
    enumerations(text, job.model);
    for (const Model::Compound* compound : reachable(job.model, job.service)) {
        if (compound->structure) {
            structure(text, *compound->structure);
        } else {
            union_alias(text, *compound->union_type);
        }
    }
    for (const Operation& item : job.service.operations) operation(text, job.service, item);
    text.line("}  // namespace wire::" + job.service.name);
    const std::string purpose = "Types and operations of the " + job.service.name + " service: names are the specification's.";
    return {{"types.h", banner(job, purpose) + text.str()}};
}

std::string status_table(const Service& service) {
    std::string text;
    for (const Operation& item : service.operations) {
        text += item.name;
        for (std::size_t i = 0; i < service.interfaces.size(); ++i) {
            const OperationUse& use = item.uses[i];
            text += " " + service.interfaces[i].alias + "=" + (use.function != nullptr ? std::to_string(use.opnum) : "-");
        }
        if (item.waits) text += " waits";
        text += "\n";
    }
    return text;
}

}  // namespace idlc
