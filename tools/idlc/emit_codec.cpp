#include "tools/idlc/codec_body.h"
#include "tools/idlc/cpp_names.h"
#include "tools/idlc/emit.h"

#include <deque>

namespace idlc {

namespace {

std::string cases_list(const std::vector<std::uint64_t>& cases) {
    std::string text = "{";
    for (const std::uint64_t value : cases) text += (text.size() == 1 ? "" : ", ") + std::to_string(value);
    return text + "}";
}

// "c.pick_count(v.cbBuf, 0, 512);" for a member that others depend on; empty for all others.
std::string pick(const Field& field, const std::string& value, const std::string& most) {
    if (!field.cases.empty()) return "c.pick_case(" + value + ", " + cases_list(field.cases) + ");";
    if (!field.is_count) return "";
    const std::string low = std::to_string(field.range ? field.range->low : 0);
    const std::string high = !most.empty() ? most : field.range ? std::to_string(field.range->high) + "U" : "~0ULL";
    return "c.pick_count(" + value + ", " + low + ", " + high + ");";
}

void range(Text& text, const Field& field, const std::string& value) {
    if (!field.range) return;
    text.line("c.range(\"" + field.name + "\", " + value + ", " + std::to_string(field.range->low) + ", " +
              std::to_string(field.range->high) + ");");
}

CodecBody::Resolve members_of(const Structure& structure) {
    return [&structure](const std::string& name) -> std::string {
        for (const Field& field : structure.fields) {
            if (field.name == name) return "v." + name;
        }
        return "";
    };
}

void structure_codec(Text& text, const Job& job, const Structure& item) {
    CodecBody body(text, job.model, members_of(item));
    text.line();
    text.line("template <class C>");
    text.open("void scalars(C& c, " + item.name + "& v)");
    if (item.conformant) text.line("c.conformance(v." + item.fields.back().name + ");");
    text.line("c.begin(" + std::to_string(item.layout.align20) + ", " + std::to_string(item.layout.align64) + ");");
    for (const Field& field : item.fields) {
        const std::string value = "v." + field.name;
        body.scalars(*field.type, value, field.name, field.switch_is);
        if (const std::string picked = pick(field, value, ""); !picked.empty()) text.line("if constexpr (C::kSampling) " + picked);
        range(text, field, value);
    }
    text.line("c.end(" + std::to_string(item.layout.align64) + ");");
    text.close();
    if (item.deferred) {
        text.line("template <class C>");
        text.open("void buffers(C& c, " + item.name + "& v)");
        for (const Field& field : item.fields) body.buffers(*field.type, "v." + field.name, field.name, field.switch_is);
        text.close();
    }
    text.line(std::string(item.deferred ? "WIRE_INSTANTIATE_DEEP(" : "WIRE_INSTANTIATE(") + item.name + ")");
}

void arm_labels(Text& text, const UnionArm& arm) {
    for (const std::uint64_t value : arm.cases) text.line("case " + std::to_string(value) + ":");
    if (arm.is_default) text.line("default:");
}

void union_function(Text& text, const Job& job, const Union& item, bool deferred) {
    CodecBody body(text, job.model, [](const std::string&) { return std::string(); });
    text.line("template <class C>");
    text.open(std::string("void ") + (deferred ? "buffers_" : "scalars_") + item.name + "(C& c, " + item.name + "& v, std::uint64_t tag)");
    if (!deferred) {
        const bool enumeration = item.tag->kind == TypeKind::enumeration;
        const std::string method =
            enumeration ? (item.tag->enumeration->wide ? "tag32" : "tag_enum") : (item.tag->base == Base::u16 ? "tag16" : "tag32");
        text.line("c.union_begin(" + std::to_string(item.layout.align64) + ");");
        text.line("if (!c." + method + "(tag)) return;");
        text.line("c.union_arm(" + std::to_string(item.ms_union ? item.arm_layout.align20 : 1) + ", " +
                  std::to_string(item.layout.align64) + ");");
    }
    text.open("switch (tag)");
    bool has_default = false;
    std::size_t index = 0;
    for (const UnionArm& arm : item.arms) {
        ++index;
        has_default = has_default || arm.is_default;
        if (deferred && (!arm.type || !is_deferred(*arm.type))) continue;
        arm_labels(text, arm);
        text.indent();
        if (deferred) {
            text.open("if (auto* arm = std::get_if<" + std::to_string(index) + ">(&v))");
            body.buffers(*arm.type, "(*arm)", arm.name);
            text.close();
        } else {
            text.open("if ([[maybe_unused]] auto* arm = ndr::arm<" + std::to_string(index) + ">(c, v))");
            if (arm.type) body.scalars(*arm.type, "(*arm)", arm.name);
            text.close();
        }
        text.line("break;");
        text.dedent();
    }
    if (deferred && !(has_default && item.arms.back().is_default)) text.line("default: break;");
    if (!deferred && !has_default) text.line("default: c.no_arm();");
    text.close();
    text.close();
}

void union_codec(Text& text, const Job& job, const Union& item) {
    text.line();
    union_function(text, job, item, false);
    if (item.deferred) union_function(text, job, item, true);
    const std::string macro = item.deferred ? "WIRE_INSTANTIATE_DEEP_UNION(" : "WIRE_INSTANTIATE_UNION(";
    text.line(macro + item.name + ")");
}

// One direction of one operation.
class ParameterCodec {
 public:
    ParameterCodec(Text& text, const Job& job, const Operation& item, bool out)
        : text_(text),
          item_(item),
          function_(item.function()),
          out_(out),
          list_(out ? out_parameters(function_) : in_parameters(function_)),
          body_(text, job.model, [this](const std::string& name) { return resolve(name); }) {
        if (out) body_.allow_absent();
    }

    void run() {
        const bool has_result = out_ && function_.result != ResultKind::none;
        const std::string suffix = out_ ? "_out" : "_in";
        text_.line("template <class C>");
        if (list_.empty() && !has_result) {
            text_.line("void " + item_.name + suffix + "(C&, const void*, void*) {}");
            return;
        }
        const bool needs_in = out_ && uses_in();
        text_.open("void " + item_.name + suffix + "(C& c, const void*" + (needs_in ? " in_value" : "") + ", void* value)");
        if (needs_in) text_.line("const auto& in = *static_cast<const " + item_.name + "::In*>(in_value);");
        text_.line("auto& v = *static_cast<" + item_.name + (out_ ? "::Out*>(value);" : "::In*>(value);"));
        picks();
        for (std::size_t i = 0; i < list_.size(); ++i) parameter(i);
        if (has_result) text_.line("c.u32(\"result\", v.result);");
        for (std::size_t i = 0; i < list_.size(); ++i) check(i);
        text_.close();
    }

 private:
    [[nodiscard]] const Parameter* find(const std::string& name) const {
        for (const Parameter& parameter : function_.parameters) {
            if (parameter.field.name == name) return &parameter;
        }
        return nullptr;
    }
    [[nodiscard]] std::string resolve(const std::string& name) const {
        const Parameter* parameter = find(name);
        if (parameter == nullptr) return "";
        const bool here = out_ ? parameter->out : parameter->in;
        return (here ? "v." : "in.") + name;
    }
    [[nodiscard]] static const Type* sized(const Type& type) {
        if (type.size) return &type;
        return type.inner && type.kind == TypeKind::pointer ? sized(*type.inner) : nullptr;
    }
    [[nodiscard]] bool uses_in() const {
        bool result = false;
        for (const Parameter* parameter : list_) {
            const Type* type = sized(*parameter->field.type);
            if (type == nullptr) continue;
            for (const ExprPtr& expr : {type->size, type->length}) {
                if (expr) for_each_name(*expr, [&](const Expr& name) { result = result || resolve(name.name).rfind("in.", 0) == 0; });
            }
        }
        return result;
    }
    // Names a parameter of this direction that comes after position `index`.
    [[nodiscard]] bool is_later(const Expr& expr, std::size_t index) const {
        bool result = false;
        for_each_name(expr, [&](const Expr& name) {
            for (std::size_t i = index; i < list_.size(); ++i) result = result || list_[i]->field.name == name.name;
        });
        return result;
    }
    // A length is at most the size of the same array.
    [[nodiscard]] std::string most(const Parameter& parameter) const {
        for (const Parameter* other : list_) {
            const Type* type = sized(*other->field.type);
            if (type == nullptr || !type->length) continue;
            bool named = false;
            for_each_name(*type->length, [&](const Expr& name) { named = named || name.name == parameter.field.name; });
            if (named) return body_.expression(*type->size);
        }
        return "";
    }
    void picks() {
        std::vector<std::string> lines;
        for (const Parameter* parameter : list_) {
            const std::string line = pick(parameter->field, "v." + parameter->field.name, most(*parameter));
            if (!line.empty()) lines.push_back(line);
        }
        if (lines.empty()) return;
        text_.open("if constexpr (C::kSampling)");
        for (const std::string& line : lines) text_.line(line);
        text_.close();
    }
    void parameter(std::size_t index) {
        const Field& field = list_[index]->field;
        const std::string value = "v." + field.name;
        body_.set_is_later([this, index](const Expr& expr) { return is_later(expr, index + 1); });
        if (field.type->kind == TypeKind::array || field.type->kind == TypeKind::string) {
            body_.pointee(*field.type, value, field.name);
        } else if (field.is_count || !field.cases.empty()) {
            text_.open("if constexpr (!C::kSampling)");  // picked above
            body_.scalars(*field.type, value, field.name);
            text_.close();
        } else {
            body_.scalars(*field.type, value, field.name, field.switch_is);
            body_.buffers(*field.type, value, field.name, field.switch_is);
        }
        range(text_, field, value);
    }
    // Counts that were not known yet when the array went by.
    void check(std::size_t index) {
        const Field& field = list_[index]->field;
        const Type* type = sized(*field.type);
        if (type == nullptr || type->kind != TypeKind::array) return;
        const ExprPtr& counted = type->length ? type->length : type->size;
        if (!is_later(*counted, index + 1)) return;
        const std::string value = "v." + field.name;
        const bool optional = out_ && field.type->kind == TypeKind::pointer;
        if (optional) text_.open("if (" + value + ".present)");
        text_.line("c.check(\"" + field.name + "\", " + value + ".size, " + body_.expression(*counted) + ");");
        if (optional) text_.close();
    }

    Text& text_;
    const Operation& item_;
    const Function& function_;
    bool out_;
    std::vector<const Parameter*> list_;
    CodecBody body_;
};

void operation_codec(Text& text, const Job& job, const Operation& item) {
    text.line();
    text.line("// ---- " + item.name);
    ParameterCodec(text, job, item, false).run();
    ParameterCodec(text, job, item, true).run();
    text.line("const ndr::OperationCodec " + item.name + "::kCodec = WIRE_OPERATION(" + item.name + ");");
}

const char* const kMacros = R"(
#define WIRE_INSTANTIATE(type)                        \
    template void scalars(ndr::Decoder&, type&);      \
    template void scalars(ndr::Encoder&, type&);      \
    template void scalars(ndr::Mapper&, type&);       \
    template void scalars(ndr::Sampler&, type&);
#define WIRE_INSTANTIATE_DEEP(type)                   \
    WIRE_INSTANTIATE(type)                            \
    template void buffers(ndr::Decoder&, type&);      \
    template void buffers(ndr::Encoder&, type&);      \
    template void buffers(ndr::Mapper&, type&);       \
    template void buffers(ndr::Sampler&, type&);
#define WIRE_INSTANTIATE_UNION(type)                                         \
    template void scalars_##type(ndr::Decoder&, type&, std::uint64_t);       \
    template void scalars_##type(ndr::Encoder&, type&, std::uint64_t);       \
    template void scalars_##type(ndr::Mapper&, type&, std::uint64_t);        \
    template void scalars_##type(ndr::Sampler&, type&, std::uint64_t);
#define WIRE_INSTANTIATE_DEEP_UNION(type)                                    \
    WIRE_INSTANTIATE_UNION(type)                                             \
    template void buffers_##type(ndr::Decoder&, type&, std::uint64_t);       \
    template void buffers_##type(ndr::Encoder&, type&, std::uint64_t);       \
    template void buffers_##type(ndr::Mapper&, type&, std::uint64_t);        \
    template void buffers_##type(ndr::Sampler&, type&, std::uint64_t);
#define WIRE_OPERATION(op)                                                                                                        \
    {                                                                                                                             \
        op::kName, {ndr::make_value<op::In>, op##_in<ndr::Decoder>, op##_in<ndr::Encoder>, op##_in<ndr::Mapper>, op##_in<ndr::Sampler>}, \
            {ndr::make_value<op::Out>, op##_out<ndr::Decoder>, op##_out<ndr::Encoder>, op##_out<ndr::Mapper>, op##_out<ndr::Sampler>}    \
    }
)";

GeneratedFile declarations(const Job& job) {
    Text text;
    text.block(R"(
#pragma once

#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/mapper.h"
#include "dcerpc/ndr/operation.h"
#include "dcerpc/ndr/sampler.h"
#include "wire/$service$/types.h"

namespace wire::$service$ {

// C is ndr::Decoder, Encoder, Mapper or Sampler; defined and instantiated in codec_N.cpp.
)",
               {{"service", job.service.name}});
    for (const Model::Compound* compound : reachable(job.model, job.service)) {
        const bool deferred = compound->structure ? compound->structure->deferred : compound->union_type->deferred;
        if (compound->structure) {
            text.line("template <class C> void scalars(C& c, " + compound->structure->name + "& v);");
            if (deferred) text.line("template <class C> void buffers(C& c, " + compound->structure->name + "& v);");
        } else {
            const std::string& name = compound->union_type->name;
            text.line("template <class C> void scalars_" + name + "(C& c, " + name + "& v, std::uint64_t tag);");
            if (deferred) text.line("template <class C> void buffers_" + name + "(C& c, " + name + "& v, std::uint64_t tag);");
        }
    }
    text.line();
    text.block(kMacros);
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {"codec.h",
            banner(job, "How the types of the " + job.service.name + " service go over the wire. For generated code.") + text.str()};
}

// Spreads the codecs of all types and operations evenly over a given number of files, in order.
class Splitter {
 public:
    explicit Splitter(const Job& job) : job_(job) {}

    // The text of the next type or operation.
    Text& next() {
        chunks_.emplace_back();
        return chunks_.back();
    }
    std::vector<GeneratedFile> take() {
        std::size_t total = 0;
        for (const Text& chunk : chunks_) total += chunk.lines();
        std::vector<GeneratedFile> files;
        std::size_t chunk = 0;
        std::size_t done = 0;
        for (std::size_t number = 1; number <= job_.codec_files; ++number) {
            std::string body;
            const std::size_t goal = total * number / job_.codec_files;
            for (; chunk < chunks_.size() && done < goal; ++chunk) {
                body += chunks_[chunk].str();
                done += chunks_[chunk].lines();
            }
            files.push_back(file(number, body));
        }
        return files;
    }

 private:
    [[nodiscard]] GeneratedFile file(std::size_t number, const std::string& body) const {
        const std::string& service = job_.service.name;
        const std::string purpose = "Part " + std::to_string(number) + " of the codec of the " + service + " service.";
        return {"codec_" + std::to_string(number) + ".cpp", banner(job_, purpose) + "#include \"wire/" + service +
                                                                "/codec.h\"\n\nnamespace wire::" + service + " {\n" + body +
                                                                "\n}  // namespace wire::" + service + "\n"};
    }

    const Job& job_;
    std::deque<Text> chunks_;
};

GeneratedFile table(const Job& job) {
    Text text;
    text.block(R"(
#include "wire/$service$/operations.h"

#include "wire/$service$/types.h"

namespace wire::$service$ {

namespace {

constexpr int kAbsent = ndr::OperationInfo::kAbsent;

)",
               {{"service", job.service.name}});
    text.open("constexpr ndr::OperationInfo kOperations[] =");
    for (const Operation& item : job.service.operations) {
        std::string opnums;
        for (const OperationUse& use : item.uses)
            opnums += (opnums.empty() ? "" : ", ") + (use.function != nullptr ? std::to_string(use.opnum) : "kAbsent");
        if (item.uses.size() == 1) opnums += ", kAbsent";
        text.line("{&" + item.name + "::kCodec, {" + opnums + "}, " + (item.waits ? "true" : "false") + "},");
    }
    text.close("};");
    text.line();
    text.line("}  // namespace");
    text.line();
    text.line("std::span<const ndr::OperationInfo> operations() { return kOperations; }");
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {"operations.cpp", banner(job, "Every operation of the service with its opnums.") + text.str()};
}

GeneratedFile table_header(const Job& job) {
    std::string aliases;
    for (const ServiceInterface& item : job.service.interfaces) aliases += (aliases.empty() ? "" : ", ") + item.alias;
    Text text;
    text.block(R"(
#pragma once

#include "dcerpc/ndr/operation.h"

#include <span>

namespace wire::$service$ {

// In the order of the operation list; opnums in the order of the interfaces: $aliases$.
std::span<const ndr::OperationInfo> operations();

}  // namespace wire::$service$
)",
               {{"service", job.service.name}, {"aliases", aliases}});
    return {"operations.h",
            banner(job, "Every operation of the service with its opnums: for status tables, tests and tools.") + text.str()};
}

}  // namespace

std::vector<GeneratedFile> emit_codec(const Job& job) {
    if (job.service.interfaces.size() > 2) fail({}, "a service of more than two interfaces is not supported");
    Splitter splitter(job);
    for (const Model::Compound* compound : reachable(job.model, job.service)) {
        if (compound->structure) {
            structure_codec(splitter.next(), job, *compound->structure);
        } else {
            union_codec(splitter.next(), job, *compound->union_type);
        }
    }
    for (const Operation& item : job.service.operations) {
        operation_codec(splitter.next(), job, item);
    }
    std::vector<GeneratedFile> result = {declarations(job), table_header(job), table(job)};
    for (GeneratedFile& file : splitter.take()) result.push_back(std::move(file));
    return result;
}

}  // namespace idlc
