#include "tools/idlc/cpp_names.h"
#include "tools/idlc/emit.h"

#include <algorithm>

namespace idlc {

namespace {

GeneratedFile header(const Job& job) {
    Text text;
    text.block(R"(
#pragma once

#include "dcerpc/ndr/operation.h"
#include "dcerpc/server/interface.h"

#include <span>

namespace wire::$service$ {

// For Registry::add, together with a wire::$service$::Service.
)",
               {{"service", job.service.name}});
    for (const ServiceInterface& item : job.service.interfaces) text.line("const dcerpc::Interface& " + item.alias + "_interface();");
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {"dispatch.h",
            banner(job, "The interfaces of the " + job.service.name + " service as tables for the RPC runtime.") + text.str()};
}

const char* const kRunner = R"(
namespace {

constexpr std::size_t kMaxHandles = 4;

// What the one coroutine below has to know of an operation.
struct Plan {
    const ndr::OperationCodec& codec;
    // Copies the [in] context handles that have to be known; gives their number.
    std::size_t (*handles)(const void* in, ndr::ContextHandle* into);
    // Before and after the handler: storage of the reply. Fault status or 0.
    std::uint32_t (*prepare)(ndr::Arena& arena, const void* in, void* out);
    std::uint32_t (*finish)(ndr::Arena& arena, const void* in, void* out);
    base::Task<base::Result<void>> (*invoke)(void* service, dcerpc::Call& call, const void* in, void* out);
    // Where the reply says how the operation went; null if nowhere.
    std::uint32_t* (*status)(void* out);
    bool hresult;  // in what form
};

std::uint32_t hresult_of(base::Win32 code) {
    const auto value = static_cast<std::uint32_t>(code);
    return (value & 0x80000000U) != 0 ? value : base::hresult_from_win32(code);
}

// The Win32 code inside 0x8007xxxx; every other HRESULT stays as it is.
std::uint32_t win32_of(std::uint32_t hresult) { return (hresult & 0xFFFF0000U) == 0x80070000U ? hresult & 0xFFFFU : hresult; }

// A reply that does not encode is our mistake, not the client's.
std::uint32_t encode_fault(dcerpc::Call& call, const ndr::Encoder& encoder) {
    if (encoder.fault() == ndr::kFaultReplyTooBig || encoder.fault() == ndr::kFaultNoMemory) return encoder.fault();
    call.log(base::log::Level::error, "the reply does not encode", {{"at", encoder.where()}});
    return static_cast<std::uint32_t>(dcerpc::Fault::unspec);
}

dcerpc::ReplyStub faulted(std::uint32_t status) {
    dcerpc::ReplyStub reply;
    reply.fault = status;
    return reply;
}

dcerpc::ReplyStub encode(dcerpc::Call& call, const Plan& plan, ndr::Syntax syntax, const void* in, void* out) {
    if (const std::uint32_t fault = plan.finish(call.arena(), in, out); fault != 0) return faulted(fault);
    dcerpc::ReplyStub reply;
    ndr::Encoder encoder(reply.bytes, syntax);
    plan.codec.out.encode(encoder, in, out);
    if (encoder.fault() != 0) return faulted(encode_fault(call, encoder));
    return reply;
}

// Decodes into `in` and gives the fault status, 0 = good.
std::uint32_t decode(dcerpc::Call& call, const Plan& plan, const dcerpc::RequestStub& request, void* in) {
    ndr::Decoder decoder(request.bytes, request.syntax, request.order, call.arena());
    plan.codec.in.decode(decoder, nullptr, in);
    if (decoder.fault() != 0) call.log(base::log::Level::warning, "the request does not decode", {{"at", decoder.where()}});
    return decoder.fault();
}

base::Task<dcerpc::ReplyStub> run(const Plan& plan, void* service, dcerpc::Call& call, dcerpc::RequestStub request) {
    void* const in = plan.codec.in.make(call.arena());
    void* const out = plan.codec.out.make(call.arena());
    if (in == nullptr || out == nullptr) co_return faulted(ndr::kFaultNoMemory);
    const std::uint32_t undecoded = decode(call, plan, request, in);
    if (undecoded != 0) co_return faulted(undecoded);
    ndr::ContextHandle handles[kMaxHandles];
    const std::size_t count = plan.handles(in, handles);
    for (std::size_t i = 0; i < count; ++i) {
        auto bound = co_await call.bind_handle(handles[i]);
        if (bound) continue;
        const auto mismatch = static_cast<std::uint32_t>(dcerpc::Fault::context_mismatch);
        co_return faulted(bound.error().is_fault() ? bound.error().fault_status() : mismatch);
    }
    const std::uint32_t unprepared = plan.prepare(call.arena(), in, out);
    if (unprepared != 0) co_return faulted(unprepared);
    auto done = co_await plan.invoke(service, call, in, out);
    std::uint32_t* const status = plan.status(out);
    std::uint32_t result = 0;
    if (!done) {
        if (done.error().is_fault()) co_return faulted(done.error().fault_status());
        result = static_cast<std::uint32_t>(done.error().code());
        if (status != nullptr) *status = plan.hresult ? hresult_of(done.error().code()) : result;
    } else if (status != nullptr) {
        // A handler may have put a code into the reply itself.
        result = plan.hresult ? win32_of(*status) : *status;
    }
    dcerpc::ReplyStub reply = encode(call, plan, request.syntax, in, out);
    reply.result = result;
    co_return reply;
}

[[maybe_unused]] std::size_t no_handles(const void*, ndr::ContextHandle*) { return 0; }
[[maybe_unused]] std::uint32_t no_storage(ndr::Arena&, const void*, void*) { return 0; }
[[maybe_unused]] std::uint32_t* no_status(void*) { return nullptr; }
)";

std::vector<std::string> handle_lines(const Function& function) {
    std::vector<std::string> lines;
    for (const Parameter* parameter : in_parameters(function)) {
        if (parameter->field.type->kind != TypeKind::context) continue;
        const std::string value = "in." + parameter->field.name;
        // A NULL [in, out] handle is a legal value: the handler decides.
        lines.push_back((parameter->out ? "if (!" + value + ".is_null()) " : std::string()) + "into[count++] = " + value + ";");
    }
    return lines;
}

// The array that `type` is or points to; null for anything else.
const Type* array_of(const Type& type) {
    if (type.kind == TypeKind::array) return &type;
    return type.kind == TypeKind::pointer && type.inner->kind == TypeKind::array ? type.inner.get() : nullptr;
}

const Parameter* find(const Function& function, const std::string& name) {
    for (const Parameter& parameter : function.parameters) {
        if (parameter.field.name == name) return &parameter;
    }
    return nullptr;
}

// Does the reply's count depend on what the handler sets?
bool depends_on_out(const Expr& expr, const Function& function) {
    bool result = false;
    for_each_name(expr, [&](const Expr& name) {
        const Parameter* parameter = find(function, name.name);
        if (parameter != nullptr && parameter->out) result = true;
    });
    return result;
}

bool depends_on_in(const Expr& expr, const Function& function) {
    bool result = true;
    for_each_name(expr, [&](const Expr& name) {
        const Parameter* parameter = find(function, name.name);
        if (parameter != nullptr && !parameter->in) result = false;
    });
    return result;
}

std::string count_text(const Job& job, const Function& function, const Expr& expr, bool after) {
    return cpp_expression(expr, job.model, [&](const std::string& name) -> std::string {
        const Parameter* parameter = find(function, name);
        if (parameter == nullptr) return "";
        return (after && parameter->out ? "out." : "in.") + name;
    });
}

// An array whose storage the dispatcher owns: of numbers or bytes, not of structures with pointers.
bool is_buffer(const Type& array) { return array.inner->kind == TypeKind::base || !is_deferred(*array.inner); }

// A union that has nothing to say for the discriminant 0 could not be encoded if the handler left it alone, as every handler does that
// fails: it begins with its first arm.
void first_arms(const Parameter& parameter, std::vector<std::string>& lines) {
    for (const Field& field : parameter.field.type->structure->fields) {
        if (field.type->kind != TypeKind::union_) continue;
        const std::vector<UnionArm>& arms = field.type->union_type->arms;
        const bool takes_zero = std::any_of(arms.begin(), arms.end(), [](const UnionArm& arm) {
            return arm.is_default || std::find(arm.cases.begin(), arm.cases.end(), 0U) != arm.cases.end();
        });
        if (!takes_zero && arms.front().type) lines.push_back("out." + parameter.field.name + ".set_" + arms.front().name + "({});");
    }
}

std::vector<std::string> prepare_lines(const Job& job, const Function& function) {
    std::vector<std::string> lines;
    for (const Parameter* parameter : out_parameters(function)) {
        const std::string& name = parameter->field.name;
        const Type* array = array_of(*parameter->field.type);
        std::string call;
        if (parameter->in && array != nullptr && is_buffer(*array)) {
            call = "ndr::reserve_like(arena, out." + name + ", in." + name + ")";
        } else if (parameter->in) {
            lines.push_back("out." + name + " = in." + name + ";");
            continue;
        } else if (parameter->field.type->kind == TypeKind::array) {
            const bool sized = !array->length && depends_on_in(*array->size, function);
            call = "ndr::reserve(arena, out." + name + ", " + (sized ? count_text(job, function, *array->size, false) : "0") + ")";
        } else {
            if (parameter->field.type->kind == TypeKind::structure) first_arms(*parameter, lines);
            continue;
        }
        lines.push_back("if (const std::uint32_t fault = " + call + "; fault != 0) return fault;");
    }
    return lines;
}

std::vector<std::string> finish_lines(const Job& job, const Function& function) {
    std::vector<std::string> lines;
    for (const Parameter* parameter : out_parameters(function)) {
        const Type* array = array_of(*parameter->field.type);
        const bool owned = array != nullptr && is_buffer(*array) && (parameter->in || parameter->field.type->kind == TypeKind::array);
        if (!owned || array->length || !depends_on_out(*array->size, function)) continue;
        const std::string count = count_text(job, function, *array->size, true);
        lines.push_back("if (const std::uint32_t fault = ndr::fit(arena, out." + parameter->field.name + ", " + count +
                        "); fault != 0) return fault;");
    }
    return lines;
}

bool mentions(const std::vector<std::string>& lines, const std::string& what) {
    for (const std::string& line : lines) {
        if (line.find(what) != std::string::npos) return true;
    }
    return false;
}

void storage_function(Text& text, const Operation& item, const std::string& suffix, const std::vector<std::string>& lines) {
    text.open("std::uint32_t " + item.method + suffix + "(ndr::Arena&" + (mentions(lines, "arena") ? " arena" : "") + ", const void*" +
              (mentions(lines, "in.") ? " in_value" : "") + ", void* out_value)");
    if (mentions(lines, "in.")) text.line("const auto& in = *static_cast<const " + item.name + "::In*>(in_value);");
    text.line("auto& out = *static_cast<" + item.name + "::Out*>(out_value);");
    for (const std::string& line : lines) text.line(line);
    text.line("return 0;");
    text.close();
}

// Which field of the reply says how the operation went: an error_status_t parameter if there is one, else the result; empty for none.
std::string status_field(const Function& function) {
    for (const Parameter* parameter : out_parameters(function)) {
        const Type& type = *parameter->field.type;
        if (type.kind == TypeKind::base && type.base == Base::error_status) return parameter->field.name;
    }
    return function.result == ResultKind::none ? "" : "result";
}

void operation(Text& text, const Job& job, const Operation& item) {
    const Function& function = item.function();
    std::string handles = "no_handles";
    std::string prepare = "no_storage";
    std::string finish = "no_storage";
    std::string status = "no_status";
    text.line();
    text.line("// ---- " + item.name);
    if (const auto lines = handle_lines(function); !lines.empty()) {
        handles = item.method + "_handles";
        text.open("std::size_t " + handles + "(const void* in_value, ndr::ContextHandle* into)");
        text.line("const auto& in = *static_cast<const " + item.name + "::In*>(in_value);");
        text.line("std::size_t count = 0;");
        for (const std::string& line : lines) text.line(line);
        text.line("return count;");
        text.close();
    }
    if (const auto lines = prepare_lines(job, function); !lines.empty()) {
        prepare = item.method + "_prepare";
        storage_function(text, item, "_prepare", lines);
    }
    if (const auto lines = finish_lines(job, function); !lines.empty()) {
        finish = item.method + "_finish";
        storage_function(text, item, "_finish", lines);
    }
    const std::string field = status_field(function);
    const bool hresult = field == "result" && function.result == ResultKind::hresult;
    if (!field.empty()) {
        status = item.method + "_status";
        text.line("std::uint32_t* " + status + "(void* out) { return &static_cast<" + item.name + "::Out*>(out)->" + field + "; }");
    }
    text.block(
        R"(
base::Task<base::Result<void>> $method$_invoke(void* service, dcerpc::Call& call, const void* in, void* out) {
    return static_cast<Service*>(service)->$method$(call, *static_cast<const $op$::In*>(in), *static_cast<$op$::Out*>(out));
}
base::Task<dcerpc::ReplyStub> $method$_run(void* service, dcerpc::Call& call, dcerpc::RequestStub request) {
    static constexpr Plan kPlan{$op$::kCodec, $handles$, $prepare$, $finish$, $method$_invoke, $status$, $hresult$};
    return run(kPlan, service, call, request);
}
)",
        {{"method", item.method},
         {"op", item.name},
         {"handles", handles},
         {"prepare", prepare},
         {"finish", finish},
         {"status", status},
         {"hresult", hresult ? "true" : "false"}});
}

std::string guid_initialiser(const std::string& uuid) {
    std::string text = "{0x" + uuid.substr(0, 8) + ", 0x" + uuid.substr(9, 4) + ", 0x" + uuid.substr(14, 4) + ", {";
    const std::string rest = uuid.substr(19, 4) + uuid.substr(24);
    for (std::size_t i = 0; i < rest.size(); i += 2) text += (i == 0 ? "0x" : ", 0x") + rest.substr(i, 2);
    return text + "}}";
}

void table(Text& text, const Service& service, std::size_t index) {
    const ServiceInterface& item = service.interfaces[index];
    std::vector<const Operation*> by_opnum(item.interface->functions.size(), nullptr);
    for (const Operation& operation : service.operations) {
        if (operation.uses[index].function != nullptr) by_opnum[operation.uses[index].opnum] = &operation;
    }
    text.line();
    text.line("// " + item.interface->name + ": the index is the opnum; empty rows are not served.");
    text.open("constexpr dcerpc::Operation k" + pascal_case(item.alias) + "Operations[] =");
    for (std::size_t opnum = 0; opnum < by_opnum.size(); ++opnum) {
        const Operation* operation = by_opnum[opnum];
        const std::string number = "/* " + std::to_string(opnum) + " */ ";
        if (operation == nullptr) {
            text.line(number + "{},");
        } else {
            text.line(number + "{" + operation->name + "::kName, " + operation->method + "_run, " + (operation->waits ? "true" : "false") +
                      "},");
        }
    }
    text.close("};");
}

void accessor(Text& text, const ServiceInterface& item) {
    text.line();
    text.open("const dcerpc::Interface& " + item.alias + "_interface()");
    text.line("static constexpr dcerpc::Interface kInterface{{" + guid_initialiser(item.interface->uuid) + ", " +
              std::to_string(item.interface->major) + ", " + std::to_string(item.interface->minor) + "}, \"" + item.interface->name +
              "\", k" + pascal_case(item.alias) + "Operations};");
    text.line("return kInterface;");
    text.close();
}

}  // namespace

std::vector<GeneratedFile> emit_dispatch(const Job& job) {
    Text text;
    text.block(R"(
#include "wire/$service$/dispatch.h"

#include "base/log.h"
#include "dcerpc/fault.h"
#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/server/call.h"
#include "wire/$service$/service.h"

namespace wire::$service$ {

)",
               {{"service", job.service.name}});
    text.block(kRunner);
    for (const Operation& item : job.service.operations) operation(text, job, item);
    for (std::size_t i = 0; i < job.service.interfaces.size(); ++i) table(text, job.service, i);
    text.line();
    text.line("}  // namespace");
    for (const ServiceInterface& item : job.service.interfaces) accessor(text, item);
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {header(job), {"dispatch.cpp", banner(job, "From request stub to handler to reply stub.") + text.str()}};
}

}  // namespace idlc
