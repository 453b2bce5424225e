// The server side of NTLMv2 [MS-NLMP] 3.2: NEGOTIATE → CHALLENGE, AUTHENTICATE → identity and keys.
#pragma once

#include "dcerpc/auth/ntlm/messages.h"
#include "dcerpc/auth/ntlm/session.h"
#include "dcerpc/auth/providers.h"

#include <optional>

namespace dcerpc::ntlm {

// Speaks NTLMv2 with extended session security and Unicode only; LM, NTLMv1 and OEM are refused. Levels that sign insist on 128 bit
// and key exchange as well, level privacy on sealing. Anonymous logons complete with anonymous_token() and a session base key of
// zeros: who may do anything as anonymous is decided elsewhere. Channel bindings are not looked at (DCE/RPC has no channel).
class Acceptor final : public Mechanism {
 public:
    // `fixed_challenge` is for replaying recorded dialogues in tests; everybody else leaves it out and gets a random one.
    Acceptor(const AcceptorSettings& settings, std::uint8_t auth_level, std::optional<Challenge> fixed_challenge = std::nullopt);

    AuthStep step(base::ByteView token) override;
    [[nodiscard]] bool complete() const override { return state_ == State::complete; }
    [[nodiscard]] base::TokenPtr identity() const override { return complete() ? token_ : nullptr; }
    [[nodiscard]] std::string_view mechanism() const override { return "ntlmssp"; }
    [[nodiscard]] std::size_t signature_size(Protection /*protection*/) const override { return kSignatureSize; }
    base::Result<void> protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) override;
    base::Result<void> unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) override;
    [[nodiscard]] bool can_sign() const override { return session_.has_value(); }
    [[nodiscard]] bool peer_requires_mech_list_mic() const override { return client_sent_mic_ && can_sign(); }
    base::Result<base::ByteBuffer> make_mic(base::ByteView data) override;
    base::Result<void> verify_mic(base::ByteView data, base::ByteView mic) override;

 private:
    enum class State : std::uint8_t { start, challenged, complete, failed };

    AuthStep challenge(base::ByteView token);
    AuthStep authenticate(base::ByteView token);
    // Everything after parsing; the error text is the reason for the log.
    base::Result<void> verify(base::ByteView token, const AuthenticateMessage& message);
    base::Result<Secret16> session_base_key(const AuthenticateMessage& message);
    [[nodiscard]] base::Result<void> check_mic(base::ByteView token, const AuthenticateMessage& message,
                                               const Secret16& exported_session_key) const;
    [[nodiscard]] base::Result<void> check_strength(std::uint32_t flags) const;
    [[nodiscard]] base::ByteBuffer target_info() const;
    AuthStep fail(std::string reason);

    const AcceptorSettings& settings_;
    std::uint8_t auth_level_;
    std::optional<Challenge> fixed_challenge_;
    State state_ = State::start;
    base::ByteBuffer negotiate_token_, challenge_token_;                           // covered by the MIC
    std::uint32_t offered_flags_ = 0;                                              // of our CHALLENGE
    Challenge server_challenge_{};
    bool client_sent_mic_ = false;
    base::TokenPtr token_;
    std::optional<Session> session_;
};

}  // namespace dcerpc::ntlm
