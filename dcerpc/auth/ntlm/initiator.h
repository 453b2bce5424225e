// The client side of NTLMv2 [MS-NLMP] 3.1, for probe, tests and the self-check.
#pragma once

#include "dcerpc/auth/ntlm/messages.h"
#include "dcerpc/auth/ntlm/session.h"
#include "dcerpc/auth/providers.h"

#include <optional>

namespace dcerpc::ntlm {

// As strict as the acceptor: refuses servers without Unicode, extended session security and, where it signs, 128 bit and key exchange.
class Initiator final : public Mechanism {
 public:
    Initiator(const Credentials& credentials, const base::Clock& clock, std::uint8_t auth_level, std::string_view target_name);

    AuthStep step(base::ByteView token) override;
    [[nodiscard]] bool complete() const override { return state_ == State::complete; }
    [[nodiscard]] base::TokenPtr identity() const override { return nullptr; }
    [[nodiscard]] std::string_view mechanism() const override { return "ntlmssp"; }
    [[nodiscard]] std::size_t signature_size(Protection /*protection*/) const override { return kSignatureSize; }
    base::Result<void> protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) override;
    base::Result<void> unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) override;
    [[nodiscard]] bool can_sign() const override { return session_.has_value(); }
    [[nodiscard]] bool peer_requires_mech_list_mic() const override { return sent_mic_ && can_sign(); }
    base::Result<base::ByteBuffer> make_mic(base::ByteView data) override;
    base::Result<void> verify_mic(base::ByteView data, base::ByteView mic) override;

 private:
    enum class State : std::uint8_t { start, negotiated, complete, failed };

    AuthStep negotiate();
    AuthStep authenticate(base::ByteView token);
    base::Result<base::ByteBuffer> answer(base::ByteView token);
    // proof + NTLMv2_CLIENT_CHALLENGE; fills the session base key.
    base::ByteBuffer nt_response(const ChallengeMessage& challenge, const AvPairs& server_pairs, Secret16& session_base_key);
    AuthStep fail(std::string reason);

    Credentials credentials_;
    const base::Clock& clock_;
    std::uint8_t auth_level_;
    std::string target_name_;
    State state_ = State::start;
    base::ByteBuffer negotiate_token_;
    std::uint32_t wanted_flags_ = 0;
    bool sent_mic_ = false;
    std::optional<Session> session_;
};

}  // namespace dcerpc::ntlm
