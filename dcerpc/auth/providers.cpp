#include "dcerpc/auth/providers.h"

#include "base/utf.h"
#include "dcerpc/auth/ntlm/acceptor.h"
#include "dcerpc/auth/ntlm/initiator.h"
#include "dcerpc/auth/spnego.h"
#include "dcerpc/auth/spnego_messages.h"

namespace dcerpc {

namespace {
constexpr std::uint8_t kLowestLevel = 2, kHighestLevel = 6;

bool known_level(std::uint8_t auth_level) { return auth_level >= kLowestLevel && auth_level <= kHighestLevel; }
}  // namespace

std::unique_ptr<SecurityContext> make_acceptor(const AcceptorSettings& settings, std::uint8_t auth_type, std::uint8_t auth_level) {
    if (!known_level(auth_level)) return nullptr;
    if (auth_type == kAuthTypeNtlm) return std::make_unique<ntlm::Acceptor>(settings, auth_level);
    if (auth_type != kAuthTypeSpnego) return nullptr;
    std::vector<MechanismEntry> mechanisms;
    MechanismEntry ntlm_entry;
    ntlm_entry.oid = spnego::oid::ntlmssp();
    ntlm_entry.make = [&settings, auth_level]() -> std::unique_ptr<Mechanism> {
        return std::make_unique<ntlm::Acceptor>(settings, auth_level);
    };
    mechanisms.push_back(std::move(ntlm_entry));
    return std::make_unique<SpnegoAcceptor>(std::move(mechanisms));
}

Credentials make_credentials(std::string_view domain, std::string_view user, std::string_view password, std::string_view workstation) {
    Credentials credentials;
    credentials.user = user;
    credentials.domain = domain;
    credentials.workstation = workstation;
    std::u16string wide = base::to_utf16(password);
    credentials.nt_hash = nt_hash_from_password(wide);
    base::wipe(std::as_writable_bytes(std::span(wide.data(), wide.size())));
    return credentials;
}

std::unique_ptr<SecurityContext> make_initiator(const Credentials& credentials, const base::Clock& clock, std::uint8_t auth_type,
                                                std::uint8_t auth_level, std::string_view target_name) {
    if (!known_level(auth_level)) return nullptr;
    if (auth_type == kAuthTypeNtlm) return std::make_unique<ntlm::Initiator>(credentials, clock, auth_level, target_name);
    if (auth_type != kAuthTypeSpnego) return nullptr;
    std::vector<MechanismEntry> mechanisms;
    MechanismEntry ntlm_entry;
    ntlm_entry.oid = spnego::oid::ntlmssp();
    ntlm_entry.make = [credentials, &clock, auth_level, target = std::string(target_name)]() -> std::unique_ptr<Mechanism> {
        return std::make_unique<ntlm::Initiator>(credentials, clock, auth_level, target);
    };
    mechanisms.push_back(std::move(ntlm_entry));
    return std::make_unique<SpnegoInitiator>(std::move(mechanisms));
}

}  // namespace dcerpc
