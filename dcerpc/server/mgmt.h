// The remote management interface [C706] appendix Q, [MS-RPCE] 2.2.1.3: answers on every endpoint, to everybody. Windows clients ask it for
// the server's principal name before they authenticate. Made by BuiltinServices.
#pragma once

#include "dcerpc/server/connection.h"
#include "dcerpc/server/registry.h"
#include "wire/mgmt/service.h"

#include <string>

namespace dcerpc {

class Management final : public wire::mgmt::Service {
 public:
    using Outcome = base::Task<base::Result<void>>;

    // The references outlive the service. Principal: "host/<host_name>".
    Management(const Registry& registry, const RpcCounters& counters, std::string_view host_name);

    // The interfaces that answer on the endpoint of the call, this one included.
    Outcome rpc_mgmt_inq_if_ids(Call& call, const wire::mgmt::RpcMgmtInqIfIds::In& in, wire::mgmt::RpcMgmtInqIfIds::Out& out) override;
    // Calls received, calls made (none: the server never calls out), packets received, packets sent.
    Outcome rpc_mgmt_inq_stats(Call& call, const wire::mgmt::RpcMgmtInqStats::In& in, wire::mgmt::RpcMgmtInqStats::Out& out) override;
    Outcome rpc_mgmt_is_server_listening(Call& call, const wire::mgmt::RpcMgmtIsServerListening::In& in,
                                         wire::mgmt::RpcMgmtIsServerListening::Out& out) override;
    // Refused with access_denied.
    Outcome rpc_mgmt_stop_server_listening(Call& call, const wire::mgmt::RpcMgmtStopServerListening::In& in,
                                           wire::mgmt::RpcMgmtStopServerListening::Out& out) override;
    // For SPNEGO, NTLM and Kerberos; RPC_S_UNKNOWN_AUTHN_SERVICE for others, insufficient_buffer when the name does not fit.
    Outcome rpc_mgmt_inq_princ_name(Call& call, const wire::mgmt::RpcMgmtInqPrincName::In& in,
                                    wire::mgmt::RpcMgmtInqPrincName::Out& out) override;

 private:
    const Registry& registry_;
    const RpcCounters& counters_;
    std::string principal_;
};

}  // namespace dcerpc
