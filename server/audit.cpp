#include "server/audit.h"

#include "base/log.h"

namespace server {
namespace {

using Kind = dcerpc::LogEvent::Kind;

struct Wording {
    std::string_view event;
    base::log::Level level;
};

Wording wording(Kind kind) {
    switch (kind) {
        case Kind::bound: return {"bound", base::log::Level::debug};
        case Kind::bind_rejected: return {"bind refused", base::log::Level::warning};
        case Kind::logged_on: return {"logon", base::log::Level::info};
        case Kind::logon_failed: return {"logon refused", base::log::Level::warning};
        case Kind::access_denied: return {"access denied", base::log::Level::warning};
        case Kind::bad_signature: return {"signature wrong", base::log::Level::warning};
        case Kind::protocol_error: return {"protocol error", base::log::Level::warning};
        case Kind::limit_exceeded: return {"limit exceeded", base::log::Level::warning};
    }
    return {"unknown", base::log::Level::warning};
}

}  // namespace

void audit_logon(const dcerpc::LogEvent& event, const dcerpc::StreamEnds& ends, std::uint64_t connection_id) {
    const Wording words = wording(event.kind);
    if (!base::log::enabled(words.level)) return;
    base::log::write(words.level, "audit",
                     {{"event", words.event},
                      {"user", event.user},
                      {"workstation", event.workstation},
                      {"peer", ends.peer_address},
                      {"peer_port", std::uint32_t{ends.peer_port}},
                      {"connection", connection_id},
                      {"mechanism", event.mechanism},
                      {"auth_type", std::uint32_t{event.auth_type}},
                      {"auth_level", std::uint32_t{event.auth_level}},
                      {"reason", event.text}});
}

}  // namespace server
