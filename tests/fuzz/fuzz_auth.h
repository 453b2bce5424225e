// What the fuzz targets of dcerpc/auth share.
#pragma once

#include "base/clock.h"
#include "dcerpc/auth/providers.h"

#include <cstdlib>

namespace dcerpc::auth_test {

// Believes everybody, so that the code behind the password check is reached.
class GullibleAccounts final : public AccountSource {
 public:
    [[nodiscard]] base::Result<NtlmVerified> verify_ntlm(const NtlmAttempt& attempt) const override {
        NtlmVerified verified;
        (void)verify_ntlmv2_with_hash(Secret16(), attempt, verified.session_base_key);
        verified.token = anonymous_token();
        return verified;
    }
    [[nodiscard]] base::Result<base::TokenPtr> find_user(std::string_view /*domain*/, std::string_view /*user*/) const override {
        return anonymous_token();
    }
};

class StandingClock final : public base::Clock {
 public:
    [[nodiscard]] base::FileTime now() const override { return base::FileTime{0x01DA000000000000U}; }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

struct FuzzWorld {
    FuzzWorld() {
        settings.accounts = &accounts;
        settings.clock = &clock;
    }
    GullibleAccounts accounts;
    StandingClock clock;
    AcceptorSettings settings;
    Credentials credentials = make_credentials("D", "u", "p", "W");
};

// Tokens in heap blocks of exactly their size; afterwards the rest is unprotected as one PDU.
inline void feed(SecurityContext& context, base::ByteReader& reader) {
    while (reader.remaining() >= 2 && !context.complete()) {
        const std::size_t wanted = reader.u16();
        const base::ByteView view = reader.view(wanted < reader.remaining() ? wanted : reader.remaining());
        const base::ByteBuffer token(view.begin(), view.end());
        const AuthStep step = context.step(token);
        if (step.state == AuthState::failed) {
            if (step.reason.empty() || !step.token.empty() || context.identity() != nullptr) std::abort();
            return;
        }
    }
    if (!context.complete()) return;
    const base::ByteView rest = reader.view(reader.remaining());
    base::ByteBuffer body(rest.begin(), rest.end());
    base::ByteBuffer signature(16);
    const ProtectedParts parts{{}, body, {}};
    if (context.unprotect(Protection::privacy, parts, signature)) std::abort();    // zeros are never a signature
    (void)context.protect(Protection::privacy, parts, signature);
}

}  // namespace dcerpc::auth_test
