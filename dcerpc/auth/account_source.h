// Who a user is: turns an authentication attempt into a verified identity with SIDs. The server brings a local account file; a
// directory or winbind can follow, because a source verifies the response itself and never has to hand out a hash.
#pragma once

#include "base/access_check.h"
#include "base/result.h"
#include "dcerpc/auth/secret.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dcerpc {

// An NTLMv2 response as it came over the wire. Views are valid during the call only.
struct NtlmAttempt {
    std::u16string user;                                                           // as sent: part of the proof, domain unfolded
    std::u16string domain;
    std::u16string workstation;
    std::array<std::byte, 8> server_challenge{};
    base::ByteView nt_response;                                                    // proof (16) + NTLMv2_CLIENT_CHALLENGE (>= 28)
};

struct NtlmVerified {
    Secret16 session_base_key;                                                     // [MS-NLMP] 3.3.2
    base::TokenPtr token;
};

class AccountSource {
 public:
    virtual ~AccountSource() = default;

    // Verifies the response and names the user. Fails with logon_failure and a reason for the log ("unknown user", "wrong password",
    // "account disabled"); which one must not be visible to the peer, neither in bytes nor in time. Does not block; thread-safe.
    [[nodiscard]] virtual base::Result<NtlmVerified> verify_ntlm(const NtlmAttempt& attempt) const = 0;

    // The token of a user whom somebody else has authenticated (Kerberos, a trusted pipe). logon_failure when unknown or disabled.
    [[nodiscard]] virtual base::Result<base::TokenPtr> find_user(std::string_view domain, std::string_view user) const = 0;
};

// NT hash = MD4 of the UTF-16LE password ([MS-NLMP] 3.3.1 NTOWFv1). The caller wipes the password.
[[nodiscard]] Secret16 nt_hash_from_password(std::u16string_view password);

// Verifies an attempt against an NT hash (also with an empty domain, as [MS-NLMP] 3.2.5.1.2 asks) and fills the session base key.
// Takes the same time for right and wrong hashes: pass any hash for an unknown user and ignore the answer.
[[nodiscard]] bool verify_ntlmv2_with_hash(const Secret16& nt_hash, const NtlmAttempt& attempt, Secret16& session_base_key);

// S-1-5-7, member of nothing but Network.
[[nodiscard]] base::TokenPtr anonymous_token();

}  // namespace dcerpc
