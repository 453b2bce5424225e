#include "dcerpc/server/mgmt.h"

#include "dcerpc/auth/security_context.h"

#include <algorithm>

namespace dcerpc {

using namespace wire::mgmt;

namespace {

constexpr std::uint32_t kUnknownAuthnService = 1747;                               // RPC_S_UNKNOWN_AUTHN_SERVICE

base::Result<void> no_memory() { return fault_error(Fault::remote_no_memory); }

}  // namespace

Management::Management(const Registry& registry, const RpcCounters& counters, std::string_view host_name)
    : registry_(registry), counters_(counters), principal_("host/" + std::string(host_name)) {}

Management::Outcome Management::rpc_mgmt_inq_if_ids(Call& call, const RpcMgmtInqIfIds::In& /*in*/, RpcMgmtInqIfIds::Out& out) {
    std::vector<SyntaxId> ids;
    for (const Registration& registration : registry_.all()) {
        if (registration.answers_on(call.endpoint())) ids.push_back(registration.interface->id);
    }
    ndr::Arena& arena = call.arena();
    const auto count = static_cast<std::uint32_t>(ids.size());
    RPC_IF_ID* values = arena.alloc<RPC_IF_ID>(count);
    out.if_id_vector = arena.alloc<rpc_if_id_vector_t>();
    if (values == nullptr || out.if_id_vector == nullptr) co_return no_memory();
    out.if_id_vector->Count = count;
    out.if_id_vector->IfId = arena.array<RPC_IF_ID*>(count);
    if (!out.if_id_vector->IfId.present) co_return no_memory();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        values[i].Uuid = ids[i].uuid;
        values[i].VersMajor = ids[i].major;
        values[i].VersMinor = ids[i].minor;
        out.if_id_vector->IfId[i] = &values[i];
    }
    co_return base::Result<void>();
}

Management::Outcome Management::rpc_mgmt_inq_stats(Call& call, const RpcMgmtInqStats::In& in, RpcMgmtInqStats::Out& out) {
    // 32 bits on the wire; they wrap around.
    const std::uint32_t values[] = {static_cast<std::uint32_t>(counters_.calls_in.value()), 0,
                                    static_cast<std::uint32_t>(counters_.packets_in.value()),
                                    static_cast<std::uint32_t>(counters_.packets_out.value())};
    out.count = std::min<std::uint32_t>(in.count, static_cast<std::uint32_t>(std::size(values)));
    out.statistics = call.arena().array<std::uint32_t>(out.count);
    if (!out.statistics.present) co_return no_memory();
    std::copy_n(values, out.count, out.statistics.begin());
    co_return base::Result<void>();
}

Management::Outcome Management::rpc_mgmt_is_server_listening(Call& /*call*/, const RpcMgmtIsServerListening::In& /*in*/,
                                                             RpcMgmtIsServerListening::Out& out) {
    out.status = 0;
    out.result = 1;
    co_return base::Result<void>();
}

Management::Outcome Management::rpc_mgmt_stop_server_listening(Call& call, const RpcMgmtStopServerListening::In& /*in*/,
                                                               RpcMgmtStopServerListening::Out& out) {
    call.log(base::log::Level::warning, "remote request to stop the server refused");
    out.status = static_cast<std::uint32_t>(base::Win32::access_denied);
    co_return base::Result<void>();
}

Management::Outcome Management::rpc_mgmt_inq_princ_name(Call& call, const RpcMgmtInqPrincName::In& in, RpcMgmtInqPrincName::Out& out) {
    out.princ_name = ndr::AStr(std::string_view());
    if (in.authn_proto != kAuthTypeSpnego && in.authn_proto != kAuthTypeNtlm && in.authn_proto != kAuthTypeKerberos) {
        out.status = kUnknownAuthnService;
    } else if (in.princ_name_size <= principal_.size()) {
        out.status = static_cast<std::uint32_t>(base::Win32::insufficient_buffer);
    } else {
        out.princ_name = call.arena().copy(std::string_view(principal_));
        if (!out.princ_name.present) co_return no_memory();
    }
    co_return base::Result<void>();
}

}  // namespace dcerpc
