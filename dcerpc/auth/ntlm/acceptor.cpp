#include "dcerpc/auth/ntlm/acceptor.h"

#include "base/clock.h"
#include "base/utf.h"

#include <algorithm>

namespace dcerpc::ntlm {

namespace {

constexpr std::uint8_t kFirstSigningLevel = 3, kPrivacyLevel = 6;
// What we can do if the client asks for it.
constexpr std::uint32_t kSupported = flag::kUnicode | flag::kSign | flag::kSeal | flag::kNtlm | flag::kAlwaysSign |
                                     flag::kExtendedSessionSecurity | flag::kVersion | flag::k128 | flag::kKeyExchange | flag::k56;

base::Error refused(std::string reason) { return {base::Win32::logon_failure, std::move(reason)}; }

base::Error no_session() { return {base::Win32::access_denied, "NTLM context without session security"}; }

std::string account_name(const AuthenticateMessage& message) {
    if (message.domain.empty()) return base::to_utf8(message.user);
    return base::to_utf8(message.domain) + "\\" + base::to_utf8(message.user);
}

// [MS-NLMP] 3.2.5.1.2: no user name, no NT response, LM response empty or a single zero.
bool is_anonymous(const AuthenticateMessage& message) {
    const base::ByteView lm = message.lm_response;
    return message.user.empty() && message.nt_response.empty() && (lm.empty() || (lm.size() == 1 && lm[0] == std::byte{0}));
}

// The AV pairs inside an NTLMv2 response that is long enough.
AvPairs client_av_pairs(base::ByteView nt_response) { return AvPairs(nt_response.subspan(kProofSize + kClientChallengeSize)); }

base::Result<void> check_response_form(const AuthenticateMessage& message) {
    if (message.nt_response.empty()) return refused("LM response only");
    if (message.nt_response.size() <= 24) return refused("NTLMv1 response");
    if (message.nt_response.size() < kProofSize + kClientChallengeSize) return refused("NTLMv2 response too short");
    const base::ByteView challenge = message.nt_response.subspan(kProofSize);
    if (challenge[0] != std::byte{1} || challenge[1] != std::byte{1}) return refused("NTLMv2 response of unknown version");
    if (!client_av_pairs(message.nt_response).ok()) return refused("NTLMv2 response with malformed AV pairs");
    return {};
}

}  // namespace

Acceptor::Acceptor(const AcceptorSettings& settings, std::uint8_t auth_level, std::optional<Challenge> fixed_challenge)
    : settings_(settings), auth_level_(auth_level), fixed_challenge_(fixed_challenge) {}

AuthStep Acceptor::fail(std::string reason) {
    state_ = State::failed;
    session_.reset();
    token_.reset();
    AuthStep step;
    step.reason = std::move(reason);
    return step;
}

AuthStep Acceptor::step(base::ByteView token) {
    if (!md5_available()) return fail("MD5 is not available in this OpenSSL configuration (FIPS?)");
    switch (state_) {
        case State::start: return challenge(token);
        case State::challenged: return authenticate(token);
        default: return fail("NTLM token after the end of the exchange");
    }
}

base::Result<void> Acceptor::check_strength(std::uint32_t flags) const {
    if ((flags & flag::kUnicode) == 0) return refused("client without Unicode");
    if ((flags & flag::kExtendedSessionSecurity) == 0) return refused("client without extended session security");
    if (auth_level_ < kFirstSigningLevel) return {};
    if ((flags & (flag::kSign | flag::kSeal)) == 0) return refused("client without signing");
    if ((flags & flag::k128) == 0) return refused("client without 128-bit keys");
    if ((flags & flag::kKeyExchange) == 0) return refused("client without key exchange");
    if (auth_level_ >= kPrivacyLevel && (flags & flag::kSeal) == 0) return refused("client without sealing");
    return {};
}

base::ByteBuffer Acceptor::target_info() const {
    base::ByteBuffer info;
    append_av_text(info, AvId::nb_domain_name, settings_.netbios_domain);
    append_av_text(info, AvId::nb_computer_name, settings_.netbios_computer);
    if (!settings_.dns_domain.empty()) append_av_text(info, AvId::dns_domain_name, settings_.dns_domain);
    if (!settings_.dns_computer.empty()) append_av_text(info, AvId::dns_computer_name, settings_.dns_computer);
    base::ByteBuffer now;
    base::ByteWriter(now).u64(settings_.clock->now().ticks);
    append_av(info, AvId::timestamp, now);                                         // makes clients send a MIC
    append_av(info, AvId::eol, {});
    return info;
}

AuthStep Acceptor::challenge(base::ByteView token) {
    const auto negotiate = parse_negotiate(token);
    if (!negotiate) return fail(negotiate.error().text());
    std::uint32_t flags = negotiate->flags & kSupported;
    if ((flags & (flag::kSign | flag::kSeal)) == 0) flags &= ~(flag::k128 | flag::k56);
    const auto strong = check_strength(flags);
    if (!strong) return fail(strong.error().text());

    base::random_bytes(server_challenge_);
    server_challenge_ = fixed_challenge_.value_or(server_challenge_);
    ChallengeMessage message;
    message.flags = flags | flag::kRequestTarget | flag::kNtlm | flag::kAlwaysSign | flag::kTargetTypeServer | flag::kTargetInfo;
    message.server_challenge = server_challenge_;
    message.target_name = base::to_utf16(settings_.netbios_computer);
    message.target_info = target_info();

    offered_flags_ = message.flags;
    negotiate_token_.assign(token.begin(), token.end());
    challenge_token_ = encode(message);
    state_ = State::challenged;
    AuthStep step;
    step.state = AuthState::more;
    step.token = challenge_token_;
    return step;
}

AuthStep Acceptor::authenticate(base::ByteView token) {
    const auto message = parse_authenticate(token);
    if (!message) return fail(message.error().text());
    const auto verified = verify(token, *message);
    AuthStep step;
    if (verified) {
        state_ = State::complete;
        step.state = AuthState::complete;
    } else {
        step = fail(verified.error().text());
    }
    step.user = account_name(*message);
    step.workstation = base::to_utf8(message->workstation);
    return step;
}

base::Result<Secret16> Acceptor::session_base_key(const AuthenticateMessage& message) {
    if (is_anonymous(message)) {
        token_ = anonymous_token();
        return Secret16();
    }
    TRY_VOID(check_response_form(message));
    client_sent_mic_ = (client_av_pairs(message.nt_response).flags() & kAvFlagMicProvided) != 0;
    NtlmAttempt attempt;
    attempt.user = message.user;
    attempt.domain = message.domain;
    attempt.workstation = message.workstation;
    attempt.server_challenge = server_challenge_;
    attempt.nt_response = message.nt_response;
    TRY(NtlmVerified verified, settings_.accounts->verify_ntlm(attempt));
    token_ = std::move(verified.token);
    return verified.session_base_key;
}

base::Result<void> Acceptor::verify(base::ByteView token, const AuthenticateMessage& message) {
    // Only what both sides named counts. A flag removed on the way shows as a bad MIC or as a refusal here.
    const std::uint32_t flags = message.flags & offered_flags_;
    // Samba's anonymous client gives up all session security in its last message; there is nothing to protect at level connect.
    if (!is_anonymous(message) || auth_level_ >= kFirstSigningLevel) {
        TRY_VOID(check_strength(flags));
    }
    TRY(const Secret16 base_key, session_base_key(message));

    // NTLMv2: KeyExchangeKey is the SessionBaseKey ([MS-NLMP] 3.4.5.1).
    Secret16 exported = base_key;
    const bool signing = (flags & (flag::kSign | flag::kSeal)) != 0;
    if ((flags & flag::kKeyExchange) != 0) {
        // Windows sends a key whenever the flag is set; others only together with signing.
        if (message.encrypted_session_key.size() == Secret16::kSize) {
            exported.assign(message.encrypted_session_key);
            Rc4(base_key.view()).apply(exported.writable());
        } else if (signing || !message.encrypted_session_key.empty()) {
            return refused("session key of bad length");
        }
    }
    TRY_VOID(check_mic(token, message, exported));
    constexpr std::uint32_t kSessionNeeds = flag::kExtendedSessionSecurity | flag::k128;
    if (signing && (flags & kSessionNeeds) == kSessionNeeds) session_.emplace(exported, flags, Side::server);
    return {};
}

base::Result<void> Acceptor::check_mic(base::ByteView token, const AuthenticateMessage& message,
                                       const Secret16& exported_session_key) const {
    // Whether there is a MIC stands in the AV pairs, which the proof covers: nobody can take the flag away.
    if (!client_sent_mic_) return {};
    if (!message.has_room_for_mic) return refused("MIC announced but missing");
    constexpr std::array<std::byte, kMicSize> kZeros{};
    const Secret16 expected =
        hmac_md5(exported_session_key.view(), {base::ByteView(negotiate_token_), base::ByteView(challenge_token_), token.first(kMicOffset),
                                               base::ByteView(kZeros), token.subspan(kMicOffset + kMicSize)});
    if (!expected.equals(message.mic)) return refused("MIC does not match");
    return {};
}

base::Result<void> Acceptor::protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) {
    if (!complete() || !session_) return no_session();
    return session_->protect(protection, parts, signature);
}

base::Result<void> Acceptor::unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) {
    if (!complete() || !session_) return no_session();
    return session_->unprotect(protection, parts, signature);
}

base::Result<base::ByteBuffer> Acceptor::make_mic(base::ByteView data) {
    if (!complete() || !session_) return no_session();
    return session_->make_mic(data);
}

base::Result<void> Acceptor::verify_mic(base::ByteView data, base::ByteView mic) {
    if (!complete() || !session_) return no_session();
    return session_->verify_mic(data, mic);
}

}  // namespace dcerpc::ntlm
