// What the tests of dcerpc/auth share: a clock that stands, accounts in memory, hexadecimal literals, and the pump between two sides.
#pragma once

#include "base/clock.h"
#include "dcerpc/auth/providers.h"

#include <cctype>
#include <map>
#include <string>
#include <string_view>

namespace dcerpc::auth_test {

// "01 02\n03" → bytes. Anything but digits and white space is a bug in the test.
inline base::ByteBuffer hex(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (std::isspace(static_cast<unsigned char>(c)) == 0) digits += c;
    }
    base::ByteBuffer bytes;
    if (!base::from_hex(digits, bytes)) std::abort();
    return bytes;
}

inline std::string hex(base::ByteView bytes) { return base::to_hex(bytes); }

class FixedClock final : public base::Clock {
 public:
    base::FileTime time{0x01DA000000000000U};
    [[nodiscard]] base::FileTime now() const override { return time; }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

// One set of users for all domains.
class MemoryAccounts final : public AccountSource {
 public:
    void add(const std::u16string& user, std::u16string_view password) { hashes_[user] = nt_hash_from_password(password); }

    [[nodiscard]] base::Result<NtlmVerified> verify_ntlm(const NtlmAttempt& attempt) const override {
        ++attempts;
        const auto found = hashes_.find(attempt.user);
        if (found == hashes_.end()) return base::Error(base::Win32::logon_failure, "unknown user");
        NtlmVerified verified;
        if (!verify_ntlmv2_with_hash(found->second, attempt, verified.session_base_key)) {
            return base::Error(base::Win32::logon_failure, "wrong password");
        }
        auto token = std::make_shared<base::Token>();
        token->user = "the user";
        verified.token = std::move(token);
        return verified;
    }
    [[nodiscard]] base::Result<base::TokenPtr> find_user(std::string_view /*domain*/, std::string_view /*user*/) const override {
        return base::Error(base::Win32::logon_failure, "not needed here");
    }

    mutable int attempts = 0;

 private:
    std::map<std::u16string, Secret16> hashes_;
};

struct World {
    World() {
        accounts.add(u"alice", u"S3cret pässword");
        settings.accounts = &accounts;
        settings.clock = &clock;
        settings.netbios_computer = "PRINTHOST";
        settings.netbios_domain = "OFFICE";
        settings.dns_computer = "printhost.example";
        settings.dns_domain = "example";
    }
    FixedClock clock;
    MemoryAccounts accounts;
    AcceptorSettings settings;
    Credentials alice = make_credentials("OFFICE", "alice", "S3cret pässword", "DESKTOP-7");
};

struct Outcome {
    AuthStep acceptor, initiator;                                                  // the last step of each
    int legs = 0;                                                                  // tokens that travelled
};

// Carries tokens until one side fails or both are done.
inline Outcome pump(SecurityContext& initiator, SecurityContext& acceptor) {
    Outcome outcome;
    outcome.initiator = initiator.step({});
    for (int i = 0; i < 10; ++i) {
        if (outcome.initiator.state == AuthState::failed) break;
        if (!outcome.initiator.token.empty()) {
            ++outcome.legs;
            outcome.acceptor = acceptor.step(outcome.initiator.token);
        }
        if (outcome.acceptor.state == AuthState::failed || outcome.acceptor.token.empty()) break;
        if (outcome.initiator.state == AuthState::complete) break;
        ++outcome.legs;
        outcome.initiator = initiator.step(outcome.acceptor.token);
        if (outcome.initiator.state == AuthState::complete && outcome.initiator.token.empty()) break;
    }
    return outcome;
}

// A PDU as the association cuts it.
struct Pdu {
    base::ByteBuffer header, body, trailer, signature;

    explicit Pdu(std::string_view text, std::string_view head = "common header....request", std::string_view tail = "\x0a\x06\x04\x00\x00\x00\x00\x00")
        : header(base::as_bytes(head).begin(), base::as_bytes(head).end()),
          body(base::as_bytes(text).begin(), base::as_bytes(text).end()),
          trailer(base::as_bytes(tail).begin(), base::as_bytes(tail).end()),
          signature(16) {}
    [[nodiscard]] ProtectedParts parts() { return {header, body, trailer}; }
    [[nodiscard]] ProtectedParts body_only() { return {{}, body, {}}; }
    [[nodiscard]] std::string text() const { return std::string(base::as_text(body)); }
};

}  // namespace dcerpc::auth_test
