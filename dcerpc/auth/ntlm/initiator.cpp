#include "dcerpc/auth/ntlm/initiator.h"

#include "base/clock.h"
#include "base/utf.h"

#include <algorithm>

namespace dcerpc::ntlm {

namespace {

constexpr std::uint8_t kFirstSigningLevel = 3, kPrivacyLevel = 6;
constexpr std::uint32_t kAlways = flag::kUnicode | flag::kRequestTarget | flag::kNtlm | flag::kAlwaysSign |
                                  flag::kExtendedSessionSecurity | flag::kTargetInfo | flag::kVersion;
constexpr std::uint32_t kForSigning = flag::kSign | flag::k128 | flag::k56 | flag::kKeyExchange;

base::Error refused(std::string reason) { return {base::Win32::logon_failure, std::move(reason)}; }

base::Error no_session() { return {base::Win32::access_denied, "NTLM context without session security"}; }

}  // namespace

Initiator::Initiator(const Credentials& credentials, const base::Clock& clock, std::uint8_t auth_level, std::string_view target_name)
    : credentials_(credentials), clock_(clock), auth_level_(auth_level), target_name_(target_name) {}

AuthStep Initiator::fail(std::string reason) {
    state_ = State::failed;
    session_.reset();
    AuthStep step;
    step.reason = std::move(reason);
    return step;
}

AuthStep Initiator::step(base::ByteView token) {
    if (!md5_available()) return fail("MD5 is not available in this OpenSSL configuration (FIPS?)");
    switch (state_) {
        case State::start: return negotiate();
        case State::negotiated: return authenticate(token);
        default: return fail("NTLM token after the end of the exchange");
    }
}

AuthStep Initiator::negotiate() {
    wanted_flags_ = kAlways;
    if (auth_level_ >= kFirstSigningLevel) wanted_flags_ |= kForSigning;
    if (auth_level_ >= kPrivacyLevel) wanted_flags_ |= flag::kSeal;
    NegotiateMessage message;
    message.flags = wanted_flags_;
    negotiate_token_ = encode(message);
    state_ = State::negotiated;
    AuthStep step;
    step.state = AuthState::more;
    step.token = negotiate_token_;
    return step;
}

AuthStep Initiator::authenticate(base::ByteView token) {
    auto answered = answer(token);
    if (!answered) return fail(answered.error().text());
    state_ = State::complete;
    AuthStep step;
    step.state = AuthState::complete;
    step.token = std::move(*answered);
    return step;
}

base::ByteBuffer Initiator::nt_response(const ChallengeMessage& challenge, const AvPairs& server_pairs, Secret16& session_base_key) {
    const std::uint64_t time = server_pairs.timestamp().value_or(clock_.now().ticks);
    sent_mic_ = server_pairs.timestamp().has_value();
    std::array<std::byte, 8> client_challenge{};
    base::random_bytes(client_challenge);

    base::ByteBuffer temp;
    base::ByteWriter writer(temp);
    writer.u8(1);
    writer.u8(1);
    writer.zeros(6);
    writer.u64(time);
    writer.bytes(client_challenge);
    writer.zeros(4);
    writer.bytes(server_pairs.without_eol());
    if (sent_mic_) {
        // A second MsvAvFlags after the server's would be ignored by readers that take the first: servers send none in practice.
        base::ByteBuffer flags;
        base::ByteWriter(flags).u32(kAvFlagMicProvided);
        append_av(temp, AvId::flags, flags);
    }
    constexpr std::array<std::byte, 16> kNoBindings{};
    append_av(temp, AvId::channel_bindings, kNoBindings);
    append_av_text(temp, AvId::target_name, target_name_);
    append_av(temp, AvId::eol, {});
    writer.zeros(4);

    const Secret16 key = ntowf_v2(credentials_.nt_hash, base::to_utf16(credentials_.user), base::to_utf16(credentials_.domain));
    const Secret16 proof = hmac_md5(key.view(), {base::ByteView(challenge.server_challenge), base::ByteView(temp)});
    session_base_key = hmac_md5(key.view(), {proof.view()});
    base::ByteBuffer response(proof.view().begin(), proof.view().end());
    base::append(response, temp);
    return response;
}

base::Result<base::ByteBuffer> Initiator::answer(base::ByteView token) {
    TRY(const ChallengeMessage challenge, parse_challenge(token));
    const std::uint32_t flags = challenge.flags & wanted_flags_;
    constexpr std::uint32_t kNeeded = flag::kUnicode | flag::kExtendedSessionSecurity | flag::kTargetInfo;
    if ((flags & kNeeded) != kNeeded) return refused("server without Unicode, extended session security or target info");
    const bool signing = auth_level_ >= kFirstSigningLevel;
    if (signing && (flags & kForSigning & ~flag::k56) != (kForSigning & ~flag::k56)) return refused("server without 128-bit signing");
    if (auth_level_ >= kPrivacyLevel && (flags & flag::kSeal) == 0) return refused("server without sealing");
    const AvPairs pairs(challenge.target_info);
    if (!pairs.ok()) return refused("malformed target info");

    AuthenticateMessage message;
    message.flags = flags;
    message.workstation = base::to_utf16(credentials_.workstation);
    Secret16 base_key;
    base::ByteBuffer response;
    constexpr std::array<std::byte, 24> kNoLm{};
    if (credentials_.user.empty()) {
        message.flags |= flag::kAnonymous;
        message.lm_response = base::ByteView(kNoLm).first(1);
    } else {
        message.user = base::to_utf16(credentials_.user);
        message.domain = base::to_utf16(credentials_.domain);
        response = nt_response(challenge, pairs, base_key);
        message.nt_response = response;
        message.lm_response = kNoLm;
    }

    Secret16 exported = base_key, encrypted;
    if ((flags & flag::kKeyExchange) != 0) {
        base::random_bytes(exported.writable());
        encrypted = exported;
        Rc4(base_key.view()).apply(encrypted.writable());
        message.encrypted_session_key = encrypted.view();
    }
    base::ByteBuffer authenticate = encode(message);
    if (sent_mic_) {
        const Secret16 mic = hmac_md5(exported.view(), {base::ByteView(negotiate_token_), token, base::ByteView(authenticate)});
        std::copy(mic.view().begin(), mic.view().end(), authenticate.begin() + kMicOffset);
    }
    if (signing) session_.emplace(exported, flags, Side::client);
    return authenticate;
}

base::Result<void> Initiator::protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) {
    if (!complete() || !session_) return no_session();
    return session_->protect(protection, parts, signature);
}

base::Result<void> Initiator::unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) {
    if (!complete() || !session_) return no_session();
    return session_->unprotect(protection, parts, signature);
}

base::Result<base::ByteBuffer> Initiator::make_mic(base::ByteView data) {
    if (!complete() || !session_) return no_session();
    return session_->make_mic(data);
}

base::Result<void> Initiator::verify_mic(base::ByteView data, base::ByteView mic) {
    if (!complete() || !session_) return no_session();
    return session_->verify_mic(data, mic);
}

}  // namespace dcerpc::ntlm
