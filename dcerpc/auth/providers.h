// Makes security contexts: the only header of dcerpc/auth that associations and clients need besides security_context.h.
#pragma once

#include "base/clock.h"
#include "dcerpc/auth/account_source.h"
#include "dcerpc/auth/security_context.h"

#include <memory>
#include <string>

namespace dcerpc {

// What every acceptor of the server shares. Owned by the composition root; outlives all contexts.
struct AcceptorSettings {
    const AccountSource* accounts = nullptr;                                       // required
    const base::Clock* clock = nullptr;                                            // required
    std::string netbios_computer = "WINSPOOL";                                     // at most 15 characters, upper case
    std::string netbios_domain = "WORKGROUP";
    std::string dns_computer;                                                      // may be empty
    std::string dns_domain;                                                        // may be empty
};

// The acceptor for a bind with `auth_type` (9 SPNEGO, 10 NTLM) at `auth_level` 2..6; null for types and levels we do not speak.
// Level 3 and above insists on signing keys, 6 on sealing.
[[nodiscard]] std::unique_ptr<SecurityContext> make_acceptor(const AcceptorSettings& settings, std::uint8_t auth_type,
                                                             std::uint8_t auth_level);

// Credentials of a client (probe, tests, self-check). An empty user means anonymous. Only the hash of the password is kept.
struct Credentials {
    std::string user, domain, workstation;                                         // UTF-8
    Secret16 nt_hash;
};
[[nodiscard]] Credentials make_credentials(std::string_view domain, std::string_view user, std::string_view password,
                                           std::string_view workstation = "WINSPOOL-CLIENT");

// `target_name` is the service principal ("host/server"), sent for audit only.
[[nodiscard]] std::unique_ptr<SecurityContext> make_initiator(const Credentials& credentials, const base::Clock& clock,
                                                              std::uint8_t auth_type, std::uint8_t auth_level,
                                                              std::string_view target_name);

}  // namespace dcerpc
