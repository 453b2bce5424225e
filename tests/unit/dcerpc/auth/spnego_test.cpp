#include "dcerpc/auth/spnego.h"

#include "auth_support.h"
#include "base/limits.h"
#include "dcerpc/auth/ntlm/acceptor.h"
#include "dcerpc/auth/ntlm/initiator.h"
#include "dcerpc/auth/spnego_messages.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

using spnego::NegState;
using spnego::NegTokenResp;
using auth_test::hex;
using auth_test::Pdu;
using auth_test::pump;
using auth_test::World;

class SpnegoTest : public ::testing::Test, protected World {
 protected:
    std::unique_ptr<SecurityContext> acceptor(std::uint8_t level = 6) { return make_acceptor(settings, kAuthTypeSpnego, level); }
    // Offers `before` (without being able to speak it), then NTLM.
    std::unique_ptr<SecurityContext> initiator(std::vector<base::ByteView> before = {}, std::uint8_t level = 6) {
        std::vector<MechanismEntry> mechanisms;
        for (const base::ByteView oid : before) mechanisms.push_back({oid, {}});
        MechanismEntry ntlm_entry;
        ntlm_entry.oid = spnego::oid::ntlmssp();
        ntlm_entry.make = [this, level]() -> std::unique_ptr<Mechanism> {
            return std::make_unique<ntlm::Initiator>(alice, clock, level, "host/printhost");
        };
        mechanisms.push_back(std::move(ntlm_entry));
        return std::make_unique<SpnegoInitiator>(std::move(mechanisms));
    }
    static void exchange(SecurityContext& sender, SecurityContext& receiver) {
        for (const Protection protection : {Protection::privacy, Protection::integrity, Protection::privacy}) {
            Pdu pdu("some stub data");
            ASSERT_TRUE(sender.protect(protection, pdu.parts(), pdu.signature));
            ASSERT_TRUE(receiver.unprotect(protection, pdu.parts(), pdu.signature));
            EXPECT_EQ(pdu.text(), "some stub data");
        }
    }
    // Everything up to the initiator's last token, which is returned.
    static base::ByteBuffer last_token(SecurityContext& client, SecurityContext& server, int legs) {
        AuthStep step = client.step({});
        for (int i = 0; i < legs; ++i) step = client.step(server.step(step.token).token);
        return step.token;
    }
};

TEST_F(SpnegoTest, NtlmFirstChoiceAtEveryLevel) {
    for (std::uint8_t level = 2; level <= 6; ++level) {
        auto server = acceptor(level);
        auto client = make_initiator(alice, clock, kAuthTypeSpnego, level, "host/printhost");
        const auto outcome = pump(*client, *server);
        ASSERT_EQ(outcome.acceptor.state, AuthState::complete) << outcome.acceptor.reason;
        ASSERT_EQ(outcome.initiator.state, AuthState::complete) << outcome.initiator.reason;
        EXPECT_EQ(outcome.legs, 4);
        EXPECT_EQ(outcome.acceptor.user, "OFFICE\\alice");
        EXPECT_EQ(server->mechanism(), "ntlmssp");
        ASSERT_NE(server->identity(), nullptr);
        const auto last = spnego::parse_resp(outcome.acceptor.token);
        ASSERT_TRUE(last);
        EXPECT_EQ(last->state, NegState::accept_completed);
        EXPECT_EQ(last->mech_list_mic.has_value(), level >= 3);
        if (level == 6) {
            exchange(*client, *server);
            exchange(*server, *client);
        }
    }
}

TEST_F(SpnegoTest, FactoryKnowsItsTypesAndLevels) {
    EXPECT_EQ(make_acceptor(settings, kAuthTypeKerberos, 6), nullptr);
    EXPECT_EQ(make_acceptor(settings, 68, 6), nullptr);
    EXPECT_EQ(make_acceptor(settings, kAuthTypeNtlm, 1), nullptr);
    EXPECT_EQ(make_acceptor(settings, kAuthTypeNtlm, 7), nullptr);
    EXPECT_NE(make_acceptor(settings, kAuthTypeNtlm, 2), nullptr);
    EXPECT_EQ(make_initiator(alice, clock, 14, 6, ""), nullptr);
}

TEST_F(SpnegoTest, MechanismChangeRequestsAMic) {
    const std::vector<std::vector<base::ByteView>> offers = {
        {spnego::oid::kerberos()}, {spnego::oid::negoex()}, {spnego::oid::ms_kerberos(), spnego::oid::kerberos(), spnego::oid::negoex()}};
    for (const auto& before : offers) {
        auto server = acceptor();
        auto client = initiator(before);
        const AuthStep first = server->step(client->step({}).token);
        ASSERT_EQ(first.state, AuthState::more) << first.reason;
        const auto reply = spnego::parse_resp(first.token);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->state, NegState::request_mic);
        ASSERT_TRUE(reply->supported_mech);
        EXPECT_EQ(spnego::oid_name(*reply->supported_mech), "NTLMSSP");
        EXPECT_FALSE(reply->response_token);

        auto server2 = acceptor();
        auto client2 = initiator(before);
        const auto outcome = pump(*client2, *server2);
        ASSERT_EQ(outcome.acceptor.state, AuthState::complete) << outcome.acceptor.reason;
        ASSERT_EQ(outcome.initiator.state, AuthState::complete) << outcome.initiator.reason;
        EXPECT_EQ(outcome.legs, 6);
        exchange(*client2, *server2);
        exchange(*server2, *client2);
    }
}

TEST_F(SpnegoTest, AnOptimisticTokenOfAnotherMechanismIsIgnored) {
    const base::ByteBuffer list = spnego::encode_mech_list({spnego::oid::kerberos(), spnego::oid::ntlmssp()});
    auto server = acceptor();
    EXPECT_EQ(server->step(spnego::encode_init(list, hex("deadbeef"))).state, AuthState::more);
}

TEST_F(SpnegoTest, NoCommonMechanismFailsAndNamesTheOffer) {
    const base::ByteBuffer list = spnego::encode_mech_list({spnego::oid::kerberos(), hex("2a0304")});
    auto server = acceptor();
    const AuthStep step = server->step(spnego::encode_init(list, {}));
    EXPECT_EQ(step.state, AuthState::failed);
    EXPECT_EQ(step.reason, "no common SPNEGO mechanism, client offers Kerberos 2a0304");
}

TEST_F(SpnegoTest, MissingMechListMicIsRefused) {
    // First choice and a MIC in AUTHENTICATE, and second choice: both times it is mandatory.
    for (const bool change : {false, true}) {
        auto server = acceptor();
        auto client = change ? initiator({spnego::oid::kerberos()}) : initiator();
        const base::ByteBuffer token = last_token(*client, *server, change ? 2 : 1);
        auto response = spnego::parse_resp(token);
        ASSERT_TRUE(response);
        ASSERT_TRUE(response->mech_list_mic);
        NegTokenResp stripped = *response;
        stripped.mech_list_mic.reset();
        const AuthStep step = server->step(spnego::encode(stripped));
        EXPECT_EQ(step.state, AuthState::failed);
        EXPECT_EQ(step.reason, "mechListMIC is missing");
        EXPECT_EQ(step.user, "OFFICE\\alice");
        EXPECT_EQ(server->identity(), nullptr);
    }
}

TEST_F(SpnegoTest, EveryTamperedByteOfTheMechListMicIsNoticed) {
    for (std::size_t at = 0; at < 16; ++at) {
        auto server = acceptor();
        auto client = initiator();
        const base::ByteBuffer token = last_token(*client, *server, 1);
        const auto response = spnego::parse_resp(token);
        base::ByteBuffer mic(response->mech_list_mic->begin(), response->mech_list_mic->end());
        mic[at] ^= std::byte{1};
        NegTokenResp tampered = *response;
        tampered.mech_list_mic = mic;
        EXPECT_EQ(server->step(spnego::encode(tampered)).state, AuthState::failed) << at;
    }
}

TEST_F(SpnegoTest, ATamperedMechListIsNoticed) {
    // An attacker takes Kerberos off the list to force NTLM.
    auto client = initiator({spnego::oid::kerberos()});
    auto server = acceptor();
    client->step({});
    const base::ByteBuffer forged = spnego::encode_init(spnego::encode_mech_list({spnego::oid::ntlmssp()}), {});
    const AuthStep first = server->step(forged);
    ASSERT_EQ(first.state, AuthState::more);
    const AuthStep second = server->step(client->step(first.token).token);
    const AuthStep third = server->step(client->step(second.token).token);
    EXPECT_EQ(third.state, AuthState::failed);
    EXPECT_EQ(third.reason.substr(0, 11), "mechListMIC");
}

TEST_F(SpnegoTest, TheInitiatorInsistsOnTheMechListMic) {
    for (const bool strip : {true, false}) {
        auto server = acceptor();
        auto client = initiator();
        const AuthStep last = server->step(last_token(*client, *server, 1));
        const auto response = spnego::parse_resp(last.token);
        ASSERT_TRUE(response);
        NegTokenResp forged = *response;
        base::ByteBuffer mic(response->mech_list_mic->begin(), response->mech_list_mic->end());
        mic[5] ^= std::byte{1};
        if (strip) forged.mech_list_mic.reset();
        else forged.mech_list_mic = mic;
        EXPECT_EQ(client->step(spnego::encode(forged)).state, AuthState::failed);
        EXPECT_FALSE(client->complete());
    }
}

TEST_F(SpnegoTest, BareNtlmUnderSpnegoIsAnsweredBare) {
    auto server = acceptor();
    auto client = make_initiator(alice, clock, kAuthTypeNtlm, 6, "host/printhost");
    const auto outcome = pump(*client, *server);
    ASSERT_EQ(outcome.acceptor.state, AuthState::complete) << outcome.acceptor.reason;
    EXPECT_EQ(outcome.legs, 3);
    EXPECT_TRUE(outcome.acceptor.token.empty());
    EXPECT_EQ(server->mechanism(), "ntlmssp");
    exchange(*client, *server);
}

TEST_F(SpnegoTest, AnonymousNeedsNoMechListMic) {
    alice = make_credentials("", "", "");
    auto server = acceptor(2);
    auto client = initiator({}, 2);
    const auto outcome = pump(*client, *server);
    ASSERT_EQ(outcome.acceptor.state, AuthState::complete) << outcome.acceptor.reason;
    EXPECT_TRUE(server->identity()->anonymous);
}

TEST_F(SpnegoTest, WrongPasswordFailsWithoutAToken) {
    alice = make_credentials("OFFICE", "alice", "guess");
    auto server = acceptor();
    auto client = initiator();
    const auto outcome = pump(*client, *server);
    EXPECT_EQ(outcome.acceptor.state, AuthState::failed);
    EXPECT_EQ(outcome.acceptor.reason, "wrong password");
    EXPECT_EQ(outcome.acceptor.user, "OFFICE\\alice");
    EXPECT_EQ(outcome.acceptor.workstation, "WINSPOOL-CLIENT");
    EXPECT_TRUE(outcome.acceptor.token.empty());
    EXPECT_FALSE(server->complete());
    EXPECT_EQ(server->mechanism(), "spnego");
}

TEST_F(SpnegoTest, EveryTruncatedTokenIsRejected) {
    for (const int legs : {0, 1}) {
        auto probe_server = acceptor();
        auto probe_client = initiator();
        const std::size_t size = last_token(*probe_client, *probe_server, legs).size();
        for (std::size_t cut = 0; cut < size; ++cut) {
            auto server = acceptor();
            auto client = initiator();
            base::ByteBuffer token = last_token(*client, *server, legs);
            token.resize(cut);
            token.shrink_to_fit();
            EXPECT_EQ(server->step(token).state, AuthState::failed) << legs << " " << cut;
        }
    }
}

TEST_F(SpnegoTest, WrongOrderIsRejected) {
    auto server = acceptor();
    auto client = initiator();
    const base::ByteBuffer init = client->step({}).token;
    const AuthStep first = server->step(init);
    ASSERT_EQ(first.state, AuthState::more);
    EXPECT_EQ(server->step(init).state, AuthState::failed);                        // NegTokenInit twice
    EXPECT_EQ(acceptor()->step(first.token).state, AuthState::failed);             // begins with a NegTokenResp
    NegTokenResp reject;
    reject.state = NegState::reject;
    auto other = acceptor();
    other->step(init);
    EXPECT_EQ(other->step(spnego::encode(reject)).reason, "client rejects the negotiation");
    auto third = acceptor();
    third->step(init);
    EXPECT_EQ(third->step(spnego::encode(NegTokenResp())).reason, "SPNEGO token without mechanism token");
    EXPECT_EQ(third->step(init).state, AuthState::failed);
    Pdu pdu("x");
    EXPECT_EQ(code_of(third->unprotect(Protection::privacy, pdu.parts(), pdu.signature)), base::Win32::access_denied);
}

// --- messages ------------------------------------------------------------------------------------------------------------------------

TEST(SpnegoMessages, ReadsNegTokenInit2WithHints) {
    // Shape of [MS-SPNG] 4: mechTypes NTLMSSP, negHints "not_defined_in_RFC4178@please_ignore" in [3], MIC in [4].
    const base::ByteBuffer hint = der::encode(0x1B, base::as_bytes("not_defined_in_RFC4178@please_ignore"));
    base::ByteBuffer fields = der::encode(der::context(0), spnego::encode_mech_list({spnego::oid::ntlmssp()}));
    base::append(fields, der::encode(der::context(1), hex("03020001")));
    base::append(fields, der::encode(der::context(2), der::encode(der::kOctetString, hex("abcd"))));
    base::append(fields, der::encode(der::context(3), der::encode(der::kSequence, der::encode(der::context(0), hint))));
    base::append(fields, der::encode(der::context(4), der::encode(der::kOctetString, hex("1234"))));
    base::append(fields, der::encode(der::context(9), hex("0500")));                // an extension of the future
    const base::ByteBuffer choice = der::encode(der::context(0), der::encode(der::kSequence, fields));
    const base::ByteBuffer mechanism = der::encode(der::kObjectId, spnego::oid::spnego());
    const base::ByteBuffer token = der::encode(der::kGssToken, {base::ByteView(mechanism), base::ByteView(choice)});
    const auto init = spnego::parse_init(token);
    ASSERT_TRUE(init) << init.error().text();
    ASSERT_EQ(init->mechanisms.size(), 1U);
    EXPECT_EQ(hex(*init->mech_token), "abcd");
    EXPECT_EQ(hex(*init->mech_list_mic), "1234");
    EXPECT_EQ(hex(init->mech_list), "300c060a2b06010401823702020a");
    for (std::size_t size = 0; size < token.size(); ++size) {
        const base::ByteBuffer cut(token.begin(), token.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(spnego::parse_init(cut)) << size;
    }
}

TEST(SpnegoMessages, RefusesWrongFramesAndTypes) {
    const base::ByteBuffer list = spnego::encode_mech_list({spnego::oid::ntlmssp()});
    base::ByteBuffer good = spnego::encode_init(list, {});
    ASSERT_TRUE(spnego::parse_init(good));
    base::ByteBuffer other_mechanism = good;
    other_mechanism[4] ^= std::byte{1};
    EXPECT_FALSE(spnego::parse_init(other_mechanism));
    base::append(good, hex("00"));
    EXPECT_FALSE(spnego::parse_init(good));                                        // something follows
    EXPECT_FALSE(spnego::parse_init(spnego::encode_init(hex("3000"), {})));        // empty list
    EXPECT_FALSE(spnego::parse_init(spnego::encode_init(hex("30030a0101"), {})));  // no OIDs
    EXPECT_FALSE(spnego::parse_resp(hex("a1073005a0030a0104")));                   // negState 4
    EXPECT_FALSE(spnego::parse_resp(hex("a1083006a0040a020000")));
    EXPECT_FALSE(spnego::parse_resp(hex("a1073005a203060100")));                   // token is no octet string
    EXPECT_TRUE(spnego::parse_resp(hex("a1073005a0030a0100")));
}

TEST(SpnegoMessages, TokensAreBounded) {
    const base::ByteBuffer mechanisms = spnego::encode_mech_list({{spnego::oid::ntlmssp()}});
    const std::size_t overhead = spnego::encode_init(mechanisms, base::ByteBuffer(16'000)).size() - 16'000;
    const base::ByteBuffer content(base::limits::kMaxAuthTokenBytes - overhead + 1);
    const base::ByteBuffer fits = spnego::encode_init(mechanisms, base::ByteView(content).subspan(1));
    ASSERT_EQ(fits.size(), base::limits::kMaxAuthTokenBytes);
    EXPECT_TRUE(spnego::parse_init(fits));
    EXPECT_FALSE(spnego::parse_init(spnego::encode_init(mechanisms, content)));
}

TEST(SpnegoMessages, MechanismListsAreBounded) {
    std::vector<base::ByteView> oids(base::limits::kMaxSpnegoMechanisms, spnego::oid::kerberos());
    EXPECT_TRUE(spnego::parse_init(spnego::encode_init(spnego::encode_mech_list(oids), {})));
    oids.push_back(spnego::oid::ntlmssp());
    EXPECT_FALSE(spnego::parse_init(spnego::encode_init(spnego::encode_mech_list(oids), {})));
}

}  // namespace
}  // namespace dcerpc
