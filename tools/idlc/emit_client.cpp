#include "tools/idlc/emit.h"

namespace idlc {

namespace {

GeneratedFile header(const Job& job) {
    std::string aliases;
    for (const ServiceInterface& item : job.service.interfaces) aliases += (aliases.empty() ? "" : ", ") + item.alias;
    Text text;
    text.block(R"(
#pragma once

#include "dcerpc/client/client_call.h"
#include "dcerpc/ndr/arena.h"
#include "wire/$service$/types.h"

namespace ndr {
struct OperationInfo;
}

namespace wire::$service$ {

// Which interface the connection speaks.
enum class Via { $aliases$ };

// Calls of the $service$ service. Success means: a reply came and could be decoded into `out`; its result is in `out`. Fails with
// ERROR_NOT_SUPPORTED if the interface lacks the operation, with a fault when the server faults or the reply does not decode.
// `in` and `out` must live until the call is done; what `out` points to lives in the arena.
class Client {
 public:
    Client(dcerpc::ClientCall& transport, ndr::Arena& arena, Via via = Via::$first$) : transport_(transport), arena_(arena), via_(via) {}

)",
               {{"service", job.service.name}, {"aliases", aliases}, {"first", job.service.interfaces.front().alias}});
    text.indent();
    for (const Operation& item : job.service.operations) {
        text.line("base::Task<base::Result<void>> " + item.method + "(const " + item.name + "::In& in, " + item.name + "::Out& out);");
    }
    text.dedent();
    text.block(R"(


    // An operation of the service's operations.h by itself; `in` and `out` are its In and Out.
    base::Task<base::Result<void>> call(const ndr::OperationInfo& operation, const void* in, void* out);

 private:
    dcerpc::ClientCall& transport_;
    ndr::Arena& arena_;
    Via via_;
};
using $class$Client = Client;

}  // namespace wire::$service$
)",
               {{"service", job.service.name}, {"class", pascal_case(job.service.name)}});
    return {"client.h",
            banner(job, "Client of the " + job.service.name + " service: for tests, the probe and the self-check.") + text.str()};
}

GeneratedFile source(const Job& job) {
    Text text;
    text.block(R"(
#include "wire/$service$/client.h"

#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/operation.h"
#include "wire/$service$/operations.h"

namespace wire::$service$ {

base::Task<base::Result<void>> Client::call(const ndr::OperationInfo& operation, const void* in, void* out) {
    const int opnum = operation.opnums[static_cast<int>(via_)];
    if (opnum == ndr::OperationInfo::kAbsent) co_return base::Error(base::Win32::not_supported, "the interface lacks this operation");
    base::ByteBuffer request;
    ndr::Encoder encoder(request, transport_.syntax(), transport_.order());
    operation.codec->in.encode(encoder, nullptr, const_cast<void*>(in));  // encoding changes nothing
    if (encoder.fault() != 0) co_return base::Error::fault(encoder.fault(), "the request does not encode");
    auto reply = co_await transport_.call(static_cast<std::uint16_t>(opnum), request);
    if (!reply) co_return std::move(reply).error();
    // Values may point into the reply: it has to live as long as they do.
    const ndr::Bytes kept = arena_.copy(*reply);
    if (!kept.present) co_return base::Error::fault(ndr::kFaultNoMemory, "the reply is too big");
    ndr::Decoder decoder(kept.view(), transport_.syntax(), transport_.reply_order(), arena_);
    operation.codec->out.decode(decoder, in, out);
    if (decoder.fault() != 0) co_return base::Error::fault(decoder.fault(), "the reply does not decode");
    co_return base::Result<void>();
}

)",
               {{"service", job.service.name}});
    std::size_t index = 0;
    for (const Operation& item : job.service.operations) {
        text.open("base::Task<base::Result<void>> Client::" + item.method + "(const " + item.name + "::In& in, " + item.name +
                  "::Out& out)");
        text.line("return call(operations()[" + std::to_string(index++) + "], &in, &out);");
        text.close();
    }
    text.line();
    text.line("}  // namespace wire::" + job.service.name);
    return {"client.cpp", banner(job, "Encodes requests, decodes replies.") + text.str()};
}

}  // namespace

std::vector<GeneratedFile> emit_client(const Job& job) { return {header(job), source(job)}; }

}  // namespace idlc
