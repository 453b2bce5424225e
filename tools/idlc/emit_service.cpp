#include "tools/idlc/cpp_names.h"
#include "tools/idlc/emit.h"

namespace idlc {

namespace {

std::string signature(const Operation& item, const std::string& scope) {
    return "base::Task<base::Result<void>> " + scope + item.method + "(dcerpc::Call& call, const " + item.name + "::In& in, " + item.name +
           "::Out& out)";
}

std::string class_name(const Service& service) { return pascal_case(service.name) + "Service"; }

GeneratedFile header(const Job& job) {
    Text text;
    text.block(R"(
#pragma once

#include "base/async.h"
#include "wire/$service$/types.h"

namespace dcerpc {
class Call;
}

namespace wire::$service$ {

// Derive and override what is served; every operation of this base answers ERROR_NOT_SUPPORTED. `in` and `out` live in the arena
// of the call and outlive the coroutine. `out` comes prepared: buffers have their size, [in, out] values are copied from `in`.
class Service {
 public:
    virtual ~Service();

)",
               {{"service", job.service.name}});
    text.indent();
    for (const Operation& item : job.service.operations) text.line("virtual " + signature(item, "") + ";");
    text.dedent();
    text.line("};");
    text.line("using " + class_name(job.service) + " = Service;");
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {"service.h", banner(job, "The operations of the " + job.service.name + " service as virtual functions.") + text.str()};
}

GeneratedFile defaults(const Job& job) {
    Text text;
    text.block(R"(
#include "wire/$service$/service.h"

namespace wire::$service$ {

namespace {

base::Task<base::Result<void>> not_supported() { co_return base::Error(base::Win32::not_supported, "operation is not implemented"); }

}  // namespace

Service::~Service() = default;

)",
               {{"service", job.service.name}});
    for (const Operation& item : job.service.operations) {
        text.line("base::Task<base::Result<void>> Service::" + item.method + "(dcerpc::Call&, const " + item.name + "::In&, " + item.name +
                  "::Out&) { return not_supported(); }");
    }
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {"service.cpp", banner(job, "What operations answer that nobody has overridden.") + text.str()};
}

}  // namespace

std::vector<GeneratedFile> emit_service(const Job& job) {
    std::vector<GeneratedFile> result = {header(job), defaults(job)};
    for (GeneratedFile& file : emit_dispatch(job)) result.push_back(std::move(file));
    return result;
}

}  // namespace idlc
