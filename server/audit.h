// The audit trail: who logged on from where, who was refused and why. One structured log line each, message "audit".
#pragma once

#include "dcerpc/server/connection.h"

namespace server {

// dcerpc::AuditSink: log-ons and refusals of the RPC runtime.
void audit_logon(const dcerpc::LogEvent& event, const dcerpc::StreamEnds& ends, std::uint64_t connection_id);

}  // namespace server
