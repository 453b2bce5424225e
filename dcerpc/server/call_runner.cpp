#include "dcerpc/server/call_runner.h"

#include "base/limits.h"

#include <cstdio>
#include <new>

namespace dcerpc {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string hex_status(std::uint32_t status) {
    char text[16];
    (void)std::snprintf(text, sizeof text, "0x%08x", status);
    return text;
}

std::uint64_t microseconds_since(SteadyClock::time_point start) {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - start).count();
    return passed < 0 ? 0 : static_cast<std::uint64_t>(passed);
}

ReplyStub fault_reply(Fault fault) {
    ReplyStub reply;
    reply.fault = static_cast<std::uint32_t>(fault);
    return reply;
}

// The only catch around operations.
base::Task<ReplyStub> run_guarded(const Operation& operation, void* service, Call& call, RequestStub request) {
    ReplyStub reply;
    std::string bug;
    try {
        ReplyStub done = co_await operation.run(service, call, request);
        co_return done;
    } catch (const std::bad_alloc&) {
        reply = fault_reply(Fault::remote_no_memory);
        bug = "out of memory";
    } catch (const std::exception& caught) {
        reply = fault_reply(Fault::unspec);
        bug = caught.what();
    } catch (...) {
        reply = fault_reply(Fault::unspec);
        bug = "unknown type";
    }
    call.log(base::log::Level::error, "operation failed with an exception", {{"reason", bug}});
    co_return reply;
}

void record(const Registration& registration, const Call& call, const ReplyStub& reply, std::uint64_t took_us, base::Metrics& metrics,
            std::uint16_t opnum) {
    const OperationMetrics& row = registration.metrics[opnum];
    row.calls->add();
    row.latency->record_us(took_us);
    if (reply.fault != 0) {
        record_fault(metrics, *registration.interface, call.operation().name, reply.fault);
        call.log(base::log::Level::info, "call ended with a fault", {{"status", hex_status(reply.fault)}, {"us", took_us}});
        return;
    }
    if (reply.result != 0) {
        metrics.counter("winspoold_call_errors_total{interface=\"" + std::string(registration.interface->name) + "\",operation=\"" +
                        std::string(call.operation().name) + "\",code=\"" + std::to_string(reply.result) + "\"}").add();
    }
    if (base::log::enabled(base::log::Level::debug)) {
        call.log(base::log::Level::debug, "call done",
                 {{"result", reply.result}, {"us", took_us}, {"reply_bytes", static_cast<std::uint64_t>(reply.bytes.size())}});
    }
}

}  // namespace

Fault check_call(const Registration& registration, const Caller& caller, std::uint16_t opnum, const std::optional<base::Guid>& object) {
    const Interface& interface = *registration.interface;
    const Policy& policy = registration.policy;
    if (opnum >= interface.operations.size() || interface.operations[opnum].run == nullptr) return Fault::op_rng_error;
    if (caller.auth_level < policy.min_auth_level) return Fault::access_denied;
    if (caller.token->anonymous && !policy.allow_anonymous) return Fault::access_denied;
    if (policy.object && object.value_or(base::Guid{}) != *policy.object) return Fault::unsupported_type;
    return Fault::none;
}

base::Task<ReplyStub> run_call(const Registration& registration, Call& call, RequestStub request, base::Metrics& metrics) {
    const SteadyClock::time_point start = SteadyClock::now();
    ReplyStub reply = co_await run_guarded(call.operation(), registration.service, call, request);
    if (reply.fault == 0 && reply.bytes.size() > base::limits::kMaxReplyBytes) {
        call.log(base::log::Level::warning, "reply too large", {{"bytes", static_cast<std::uint64_t>(reply.bytes.size())}});
        reply = fault_reply(Fault::out_args_too_big);
    }
    record(registration, call, reply, microseconds_since(start), metrics, call.opnum());
    co_return reply;
}

void record_fault(base::Metrics& metrics, const Interface& interface, std::string_view operation, std::uint32_t status) {
    const std::string name = operation.empty() ? "?" : std::string(operation);
    metrics.counter("winspoold_call_faults_total{interface=\"" + std::string(interface.name) + "\",operation=\"" + name + "\",status=\"" +
                    hex_status(status) + "\"}").add();
}

}  // namespace dcerpc
