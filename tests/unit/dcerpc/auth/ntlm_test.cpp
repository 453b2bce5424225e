#include "dcerpc/auth/ntlm/acceptor.h"
#include "dcerpc/auth/ntlm/initiator.h"

#include "auth_support.h"

#include <gtest/gtest.h>

namespace dcerpc::ntlm {
namespace {

using auth_test::hex;
using auth_test::Pdu;
using auth_test::pump;
using auth_test::World;

constexpr std::uint8_t kConnect = 2, kCall = 3, kIntegrity = 5, kPrivacy = 6;

class NtlmTest : public ::testing::Test, protected World {
 protected:
    std::unique_ptr<Acceptor> acceptor(std::uint8_t level = kPrivacy) { return std::make_unique<Acceptor>(settings, level); }
    std::unique_ptr<Initiator> initiator(std::uint8_t level = kPrivacy) {
        return std::make_unique<Initiator>(alice, clock, level, "host/printhost");
    }
    // Both sides up to the AUTHENTICATE, which is returned instead of delivered.
    base::ByteBuffer authenticate(Acceptor& server, Initiator& client) {
        const AuthStep challenge = server.step(client.step({}).token);
        EXPECT_EQ(challenge.state, AuthState::more);
        return client.step(challenge.token).token;
    }
};

class NtlmLevels : public NtlmTest, public ::testing::WithParamInterface<std::uint8_t> {};

TEST_P(NtlmLevels, AuthenticatesAndProtects) {
    auto server = acceptor(GetParam());
    auto client = initiator(GetParam());
    const auto outcome = pump(*client, *server);
    ASSERT_EQ(outcome.acceptor.state, AuthState::complete) << outcome.acceptor.reason;
    ASSERT_EQ(outcome.initiator.state, AuthState::complete) << outcome.initiator.reason;
    EXPECT_EQ(outcome.legs, 3);
    EXPECT_EQ(outcome.acceptor.user, "OFFICE\\alice");
    EXPECT_EQ(outcome.acceptor.workstation, "DESKTOP-7");
    EXPECT_TRUE(outcome.acceptor.token.empty());
    ASSERT_NE(server->identity(), nullptr);
    EXPECT_EQ(server->identity()->user, "the user");
    EXPECT_EQ(client->identity(), nullptr);

    const Protection protection = GetParam() == kPrivacy ? Protection::privacy : Protection::integrity;
    if (GetParam() < kCall) {
        Pdu pdu("x");
        EXPECT_FALSE(server->can_sign());
        EXPECT_EQ(code_of(client->protect(protection, pdu.parts(), pdu.signature)), base::Win32::access_denied);
        EXPECT_EQ(code_of(server->unprotect(protection, pdu.parts(), pdu.signature)), base::Win32::access_denied);
        return;
    }
    // Both directions, several messages of odd sizes: the key streams continue from one to the next.
    for (std::size_t i = 0; i < 20; ++i) {
        SecurityContext& sender = i % 3 == 0 ? static_cast<SecurityContext&>(*server) : *client;
        SecurityContext& receiver = i % 3 == 0 ? static_cast<SecurityContext&>(*client) : *server;
        const std::string text(i * 37, 'a');
        Pdu pdu(text);
        ASSERT_TRUE(sender.protect(protection, pdu.parts(), pdu.signature));
        if (protection == Protection::privacy && i > 0) {
            EXPECT_NE(pdu.text(), text);
        }
        if (protection == Protection::integrity) {
            EXPECT_EQ(pdu.text(), text);
        }
        const auto received = receiver.unprotect(protection, pdu.parts(), pdu.signature);
        ASSERT_TRUE(received) << i;
        EXPECT_EQ(pdu.text(), text);
    }
}

INSTANTIATE_TEST_SUITE_P(All, NtlmLevels, ::testing::Values(std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{5}, std::uint8_t{6}));

TEST_F(NtlmTest, BodyOnlySignatures) {
    auto server = acceptor();
    auto client = initiator();
    pump(*client, *server);
    Pdu pdu("stub data");
    ASSERT_TRUE(client->protect(Protection::privacy, pdu.body_only(), pdu.signature));
    pdu.header[3] ^= std::byte{0xFF};                                              // not covered
    EXPECT_TRUE(server->unprotect(Protection::privacy, pdu.body_only(), pdu.signature));
    EXPECT_EQ(pdu.text(), "stub data");
}

TEST_F(NtlmTest, EveryTamperedByteOfASealedPduIsNoticed) {
    const std::size_t size = Pdu("body").header.size() + Pdu("body").body.size() + Pdu("body").trailer.size() + 16;
    for (std::size_t at = 0; at < size; ++at) {
        auto server = acceptor();
        auto client = initiator();
        pump(*client, *server);
        Pdu pdu("body");
        ASSERT_TRUE(client->protect(Protection::privacy, pdu.parts(), pdu.signature));
        std::size_t rest = at;
        for (base::ByteBuffer* part : {&pdu.header, &pdu.body, &pdu.trailer, &pdu.signature}) {
            if (rest < part->size()) {
                (*part)[rest] ^= std::byte{0x10};
                break;
            }
            rest -= part->size();
        }
        EXPECT_EQ(code_of(server->unprotect(Protection::privacy, pdu.parts(), pdu.signature)), base::Win32::access_denied) << at;
    }
}

TEST_F(NtlmTest, ReplayAndWrongOrderAreNoticed) {
    auto server = acceptor(kIntegrity);
    auto client = initiator(kIntegrity);
    pump(*client, *server);
    Pdu first("one"), second("two");
    ASSERT_TRUE(client->protect(Protection::integrity, first.parts(), first.signature));
    ASSERT_TRUE(client->protect(Protection::integrity, second.parts(), second.signature));
    ASSERT_TRUE(server->unprotect(Protection::integrity, first.parts(), first.signature));
    EXPECT_FALSE(server->unprotect(Protection::integrity, first.parts(), first.signature));

    auto server2 = acceptor(kIntegrity);
    auto client2 = initiator(kIntegrity);
    pump(*client2, *server2);
    Pdu a("one"), b("two");
    ASSERT_TRUE(client2->protect(Protection::integrity, a.parts(), a.signature));
    ASSERT_TRUE(client2->protect(Protection::integrity, b.parts(), b.signature));
    EXPECT_FALSE(server2->unprotect(Protection::integrity, b.parts(), b.signature));
}

TEST_F(NtlmTest, ASignatureOfTheOwnDirectionIsNoAnswer) {
    auto server = acceptor();
    auto client = initiator();
    pump(*client, *server);
    Pdu pdu("reflected");
    ASSERT_TRUE(client->protect(Protection::integrity, pdu.parts(), pdu.signature));
    EXPECT_FALSE(client->unprotect(Protection::integrity, pdu.parts(), pdu.signature));
}

TEST_F(NtlmTest, SignaturesOfOtherSizesAreRefused) {
    auto server = acceptor();
    auto client = initiator();
    pump(*client, *server);
    Pdu pdu("x");
    for (const std::size_t size : {0U, 15U, 17U}) {
        base::ByteBuffer signature(size);
        EXPECT_FALSE(client->protect(Protection::privacy, pdu.parts(), signature));
        EXPECT_FALSE(server->unprotect(Protection::privacy, pdu.parts(), signature));
    }
}

TEST_F(NtlmTest, WrongPasswordAndUnknownUserLookTheSameOutside) {
    for (const auto& [user, password, reason] : {std::tuple{"alice", "wrong", "wrong password"}, {"bob", "x", "unknown user"}}) {
        alice = make_credentials("OFFICE", user, password);
        auto server = acceptor();
        auto client = initiator();
        const auto outcome = pump(*client, *server);
        EXPECT_EQ(outcome.acceptor.state, AuthState::failed);
        EXPECT_EQ(outcome.acceptor.reason, reason);
        EXPECT_EQ(outcome.acceptor.user, std::string("OFFICE\\") + user);
        EXPECT_TRUE(outcome.acceptor.token.empty());
        EXPECT_EQ(server->identity(), nullptr);
        EXPECT_FALSE(server->complete());
        Pdu pdu("x");
        EXPECT_FALSE(server->protect(Protection::integrity, pdu.parts(), pdu.signature));
    }
}

TEST_F(NtlmTest, EveryTamperedByteOfTheExchangeIsNoticed) {
    // The MIC covers all three messages; what it does not cover (itself, ignored paddings) must not open a door either.
    auto reference_server = acceptor();
    auto reference_client = initiator();
    const std::size_t size = authenticate(*reference_server, *reference_client).size();
    for (std::size_t at = 0; at < size; ++at) {
        auto server = acceptor();
        auto client = initiator();
        base::ByteBuffer token = authenticate(*server, *client);
        token[at] ^= std::byte{0x01};
        const AuthStep step = server->step(token);
        EXPECT_EQ(step.state, AuthState::failed) << at;
    }
}

TEST_F(NtlmTest, ATamperedNegotiateOrChallengeBreaksTheMic) {
    for (const bool tamper_negotiate : {true, false}) {
        auto server = acceptor();
        auto client = initiator();
        base::ByteBuffer negotiate = client->step({}).token;
        if (tamper_negotiate) negotiate[34] ^= std::byte{1};                       // version: means nothing, but is covered
        base::ByteBuffer challenge = server->step(negotiate).token;
        if (!tamper_negotiate) challenge[50] ^= std::byte{1};
        const AuthStep step = server->step(client->step(challenge).token);
        EXPECT_EQ(step.state, AuthState::failed);
        EXPECT_EQ(step.reason, "MIC does not match");
    }
}

TEST_F(NtlmTest, EveryTruncatedTokenIsRejected) {
    auto probe_server = acceptor();
    auto probe_client = initiator();
    const std::size_t size = authenticate(*probe_server, *probe_client).size();
    for (std::size_t cut = 0; cut < size; ++cut) {
        auto server = acceptor();
        auto client = initiator();
        base::ByteBuffer token = authenticate(*server, *client);
        token.resize(cut);
        token.shrink_to_fit();
        EXPECT_EQ(server->step(token).state, AuthState::failed) << cut;
    }
}

TEST_F(NtlmTest, AReplayedAuthenticateFailsAgainstAnotherChallenge) {
    auto server = acceptor();
    auto client = initiator();
    const base::ByteBuffer token = authenticate(*server, *client);
    ASSERT_EQ(server->step(token).state, AuthState::complete);
    auto other = acceptor();
    auto other_client = initiator();
    authenticate(*other, *other_client);
    EXPECT_EQ(other->step(token).reason, "wrong password");
    EXPECT_EQ(server->step(token).state, AuthState::failed);                       // and after the end on the same one
}

TEST_F(NtlmTest, WrongOrderIsRejected) {
    auto server = acceptor();
    auto client = initiator();
    const base::ByteBuffer negotiate = client->step({}).token;
    const base::ByteBuffer challenge = server->step(negotiate).token;
    const base::ByteBuffer token = client->step(challenge).token;
    auto fresh = acceptor();
    EXPECT_EQ(fresh->step(token).state, AuthState::failed);
    EXPECT_EQ(fresh->step(negotiate).state, AuthState::failed);                    // stays dead
    auto twice = acceptor();
    twice->step(negotiate);
    EXPECT_EQ(twice->step(negotiate).state, AuthState::failed);
    auto empty = acceptor();
    EXPECT_EQ(empty->step({}).state, AuthState::failed);
}

TEST_F(NtlmTest, AnonymousCompletesWithTheAnonymousToken) {
    alice = make_credentials("", "", "");
    for (const std::uint8_t level : {kConnect, kPrivacy}) {
        auto server = acceptor(level);
        auto client = initiator(level);
        const auto outcome = pump(*client, *server);
        ASSERT_EQ(outcome.acceptor.state, AuthState::complete) << outcome.acceptor.reason;
        ASSERT_NE(server->identity(), nullptr);
        EXPECT_TRUE(server->identity()->anonymous);
        EXPECT_EQ(server->identity()->user_sid, base::well_known::anonymous());
        EXPECT_FALSE(server->identity()->is_member(base::well_known::authenticated_users()));
    }
    EXPECT_EQ(accounts.attempts, 0);
}

// What a hand-made AUTHENTICATE is answered with.
class NtlmRefusals : public NtlmTest {
 protected:
    AuthStep send(std::uint32_t negotiate_flags, AuthenticateMessage message, std::uint8_t level = kConnect) {
        Acceptor server(settings, level);
        const AuthStep challenge = server.step(encode(NegotiateMessage{negotiate_flags}));
        if (challenge.state == AuthState::failed) return challenge;
        return server.step(encode(message));
    }
    static constexpr std::uint32_t kGood = flag::kUnicode | flag::kNtlm | flag::kExtendedSessionSecurity | flag::kSign | flag::kSeal |
                                           flag::k128 | flag::kKeyExchange;
    AuthenticateMessage message(base::ByteView nt, base::ByteView lm) {
        AuthenticateMessage result;
        result.flags = kGood;
        result.user = u"alice";
        result.nt_response = nt;
        result.lm_response = lm;
        result.encrypted_session_key = key;
        return result;
    }
    base::ByteBuffer bytes = base::ByteBuffer(64);
    base::ByteBuffer key = base::ByteBuffer(16);
};

TEST_F(NtlmRefusals, LmAndNtlmV1) {
    const base::ByteView view(bytes);
    EXPECT_EQ(send(kGood, message({}, view.first(24))).reason, "LM response only");
    EXPECT_EQ(send(kGood, message(view.first(24), view.first(24))).reason, "NTLMv1 response");
    EXPECT_EQ(send(kGood, message(view.first(43), {})).reason, "NTLMv2 response too short");
    EXPECT_EQ(send(kGood, message(view.first(60), {})).reason, "NTLMv2 response of unknown version");
    EXPECT_EQ(accounts.attempts, 0);
}

TEST_F(NtlmRefusals, MalformedAvPairs) {
    bytes[16] = bytes[17] = std::byte{1};
    EXPECT_EQ(send(kGood, message(base::ByteView(bytes).first(44), {})).reason, "NTLMv2 response with malformed AV pairs");
    EXPECT_EQ(send(kGood, message(base::ByteView(bytes).first(48), {})).reason, "wrong password");
}

TEST_F(NtlmRefusals, WeakFlags) {
    const AuthenticateMessage any = message({}, {});
    EXPECT_EQ(send(kGood & ~flag::kUnicode, any).reason, "client without Unicode");
    EXPECT_EQ(send(kGood & ~flag::kExtendedSessionSecurity, any).reason, "client without extended session security");
    EXPECT_EQ(send(kGood & ~(flag::kSign | flag::kSeal), any, kIntegrity).reason, "client without signing");
    EXPECT_EQ(send(kGood & ~flag::k128, any, kIntegrity).reason, "client without 128-bit keys");
    EXPECT_EQ(send(kGood & ~flag::kKeyExchange, any, kIntegrity).reason, "client without key exchange");
    EXPECT_EQ(send(kGood & ~flag::kSeal, any, kPrivacy).reason, "client without sealing");
    // The same flags taken away only in the last message
    AuthenticateMessage weak = any;
    weak.flags = kGood & ~flag::kExtendedSessionSecurity;
    EXPECT_EQ(send(kGood, weak, kPrivacy).reason, "client without extended session security");
    weak.flags = kGood & ~flag::k128;
    EXPECT_EQ(send(kGood, weak, kPrivacy).reason, "client without 128-bit keys");
}

TEST_F(NtlmRefusals, AnonymousIsExactlyWhatTheSpecificationSays) {
    const base::ByteBuffer zero(1), one(1, std::byte{1});
    AuthenticateMessage anonymous;
    anonymous.flags = kGood;
    anonymous.encrypted_session_key = key;
    EXPECT_EQ(send(kGood, anonymous).state, AuthState::complete);
    anonymous.lm_response = zero;
    EXPECT_EQ(send(kGood, anonymous).state, AuthState::complete);
    anonymous.lm_response = one;
    EXPECT_EQ(send(kGood, anonymous).reason, "LM response only");
    anonymous.lm_response = {};
    anonymous.user = u"x";
    EXPECT_EQ(send(kGood, anonymous).reason, "LM response only");
}

TEST_F(NtlmRefusals, AnonymousMayGiveUpSessionSecurityAtLevelConnectOnly) {
    AuthenticateMessage anonymous;
    anonymous.flags = flag::kUnicode | flag::kNtlm;                                // as Samba's client does
    EXPECT_EQ(send(kGood, anonymous).state, AuthState::complete);
    EXPECT_EQ(send(kGood, anonymous, kIntegrity).reason, "client without extended session security");
}

TEST_F(NtlmRefusals, SessionKeyOfBadLength) {
    AuthenticateMessage anonymous;
    anonymous.flags = kGood;
    anonymous.encrypted_session_key = base::ByteView(key).first(15);
    EXPECT_EQ(send(kGood, anonymous).reason, "session key of bad length");
    anonymous.encrypted_session_key = {};
    EXPECT_EQ(send(kGood, anonymous).reason, "session key of bad length");
}

TEST_F(NtlmTest, TheInitiatorRefusesWeakServers) {
    for (const std::uint32_t missing : {flag::kUnicode, flag::kExtendedSessionSecurity, flag::kTargetInfo, flag::kSign, flag::k128,
                                        flag::kKeyExchange, flag::kSeal}) {
        auto server = acceptor();
        auto client = initiator();
        base::ByteBuffer challenge = server->step(client->step({}).token).token;
        const std::uint32_t flags = base::ByteReader(base::ByteView(challenge).subspan(20)).u32();
        base::ByteWriter(challenge).patch_u32(20, flags & ~missing);
        EXPECT_EQ(client->step(challenge).state, AuthState::failed) << std::hex << missing;
    }
}

}  // namespace
}  // namespace dcerpc::ntlm
