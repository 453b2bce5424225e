// Client and server association, one against the other: every combination that the wire knows, with the fake package and with NTLM
// and SPNEGO.
#include "base/clock.h"
#include "dcerpc/auth/providers.h"
#include "dcerpc/fault.h"
#include "pdus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace dcerpc::test {
namespace {

// One user "alice" with password "secret".
class OneAccount : public AccountSource {
 public:
    base::Result<NtlmVerified> verify_ntlm(const NtlmAttempt& attempt) const override {
        NtlmVerified verified;
        const bool right = verify_ntlmv2_with_hash(nt_hash_from_password(u"secret"), attempt, verified.session_base_key);
        if (!right || attempt.user != u"alice") return base::Error(base::Win32::logon_failure, "wrong password");
        auto token = std::make_shared<base::Token>();
        token->user = "alice";
        verified.token = std::move(token);
        return verified;
    }
    base::Result<base::TokenPtr> find_user(std::string_view, std::string_view) const override {
        return base::Error(base::Win32::logon_failure);
    }
};

class RealSecurity : public SecurityContextFactory {
 public:
    RealSecurity() {
        settings_.accounts = &accounts_;
        settings_.clock = &base::system_clock();
    }
    std::unique_ptr<SecurityContext> make(std::uint8_t auth_type, std::uint8_t auth_level) override {
        return make_acceptor(settings_, auth_type, auth_level);
    }
 private:
    OneAccount accounts_;
    AcceptorSettings settings_;
};

// A server that answers every call with its stub reversed.
class Pair {
 public:
    explicit Pair(ClientSettings settings = {}, SecurityContextFactory* security = nullptr) : client(settings) {
        AssociationSettings server_settings = around.settings();
        if (security != nullptr) server_settings.security = security;
        around.interfaces.par_level = 2;
        server = std::make_unique<Association>(std::move(server_settings));
    }

    // Moves bytes both ways until nothing moves.
    void pump() {
        for (bool moved = true; moved;) {
            moved = false;
            base::ByteBuffer bytes;
            client.next_output(bytes, 100'000);
            if (!bytes.empty()) {
                moved = true;
                to_server += bytes.size();
                server->receive(bytes);
            }
            serve();
            bytes.clear();
            server->next_output(bytes, 100'000);
            if (!bytes.empty()) {
                moved = true;
                client.receive(bytes);
            }
            for (ClientEvent& event : client.take_events()) events.push_back(std::move(event));
        }
    }
    void serve() {
        for (Action& action : server->take_actions()) {
            if (auto* call = std::get_if<StartCall>(&action)) {
                calls.push_back(*call);
                if (!answer) continue;
                std::reverse(call->stub.begin(), call->stub.end());
                server->reply(call->call_id, std::move(call->stub));
            } else if (const auto* cancel = std::get_if<CancelCall>(&action)) {
                server->fault(cancel->call_id, static_cast<std::uint32_t>(Fault::cancel));
            } else if (auto* event = std::get_if<LogEvent>(&action)) {
                logs.push_back(std::move(*event));
            } else if (std::holds_alternative<OrphanCall>(action)) {
                ++orphans;
            }
        }
    }
    template <class T>
    T next_event() {
        if (events.empty() || !std::holds_alternative<T>(events.front())) {
            ADD_FAILURE() << "other event: " << (events.empty() ? 99 : events.front().index());
            if (!events.empty() && std::holds_alternative<ConnectionBroken>(events.front())) {
                ADD_FAILURE() << std::get<ConnectionBroken>(events.front()).reason;
            }
            return {};
        }
        T event = std::get<T>(std::move(events.front()));
        events.erase(events.begin());
        return event;
    }
    Negotiated negotiate(OfferedSyntaxes syntaxes, ClientSecurity security = {}, const SyntaxId& abstract = kParSyntax) {
        EXPECT_TRUE(client.negotiate(abstract, syntaxes, std::move(security)));
        pump();
        return next_event<Negotiated>();
    }
    void expect_echo(std::uint16_t context_id, const base::ByteBuffer& stub) {
        ClientAssociation::Request request;
        request.context_id = context_id;
        request.opnum = 11;
        request.stub = stub;
        const auto id = client.request(std::move(request));
        ASSERT_TRUE(id);
        pump();
        auto response = next_event<ResponseReceived>();
        EXPECT_EQ(response.call_id, *id);
        std::reverse(response.stub.begin(), response.stub.end());
        // The verification trailer brought padding to 4 bytes, which servers leave to the decoder.
        ASSERT_GE(response.stub.size(), stub.size());
        EXPECT_LT(response.stub.size(), stub.size() + 4);
        response.stub.resize(stub.size());
        EXPECT_TRUE(response.stub == stub);
    }

    Surroundings around;
    ClientAssociation client;
    std::unique_ptr<Association> server;
    std::vector<ClientEvent> events;
    std::vector<StartCall> calls;
    std::vector<LogEvent> logs;
    std::size_t orphans = 0, to_server = 0;
    bool answer = true;
};

ClientSecurity fake_security(std::uint8_t type, std::uint8_t level, std::uint32_t id = 1, std::string user = "alice") {
    ClientSecurity security;
    security.context = FakeContext::initiator(type == kAuthTypeSpnego ? FakeContext::Legs::four : FakeContext::Legs::three, std::move(user));
    security.auth_type = type;
    security.auth_level = level;
    security.auth_context_id = id;
    return security;
}

TEST(ClientAssociation, NegotiatesWithoutSecurity) {
    Pair pair;
    const Negotiated bound = pair.negotiate(OfferedSyntaxes::both, {}, kEpmSyntax);
    ASSERT_EQ(bound.contexts.size(), 2U);
    EXPECT_FALSE(bound.contexts[0].accepted);
    EXPECT_TRUE(bound.contexts[1].accepted);
    EXPECT_EQ(bound.contexts[1].syntax, ndr::Syntax::ndr64);
    EXPECT_EQ(bound.contexts[1].context_id, 1);
    EXPECT_EQ(bound.secondary_address, "49152");
    EXPECT_EQ(bound.features, 3);
    EXPECT_TRUE(bound.conc_mpx);
    EXPECT_FALSE(bound.header_signing);
    EXPECT_EQ(bound.group_id, pair.server->group()->id);
    pair.expect_echo(1, pattern(1000));
    EXPECT_TRUE(pair.calls.at(0).caller->token->anonymous);
}

TEST(ClientAssociation, EveryCombination) {
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{kAuthTypeNtlm, kAuthTypeSpnego}) {
        for (const std::uint8_t level : std::initializer_list<std::uint8_t>{2, 3, 4, 5, 6}) {
            for (const auto order : {base::ByteOrder::little, base::ByteOrder::big}) {
                for (const auto syntaxes : {OfferedSyntaxes::ndr20, OfferedSyntaxes::ndr64, OfferedSyntaxes::both}) {
                    for (const bool header_signing : {false, true}) {
                        ClientSettings settings;
                        settings.order = order;
                        settings.header_signing = header_signing;
                        Pair pair(settings);
                        const Negotiated bound = pair.negotiate(syntaxes, fake_security(type, level));
                        EXPECT_EQ(bound.header_signing, header_signing && level > 2);
                        const auto context = static_cast<std::uint16_t>(syntaxes == OfferedSyntaxes::both ? 1 : 0);
                        for (const std::size_t size : {0U, 1U, 16U, 5000U, 100'001U}) pair.expect_echo(context, pattern(size));
                        ASSERT_EQ(pair.calls.size(), 5U);
                        EXPECT_EQ(pair.calls[0].caller->token->user, "alice");
                        EXPECT_EQ(pair.calls[0].order, order);
                        EXPECT_EQ(pair.calls[0].opnum, 11);
                        EXPECT_EQ(pair.calls[0].syntax, syntaxes == OfferedSyntaxes::ndr20 ? ndr::Syntax::ndr20 : ndr::Syntax::ndr64);
                        ASSERT_FALSE(testing::Test::HasFailure()) << int{type} << ' ' << int{level};
                    }
                }
            }
        }
    }
}

TEST(ClientAssociation, RealPackages) {
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{kAuthTypeNtlm, kAuthTypeSpnego}) {
        for (const std::uint8_t level : std::initializer_list<std::uint8_t>{2, 4, 5, 6}) {
            for (const bool header_signing : {false, true}) {
                RealSecurity security;
                ClientSettings settings;
                settings.header_signing = header_signing;
                Pair pair(settings, &security);
                ClientSecurity alice;
                alice.context = make_initiator(make_credentials("", "alice", "secret"), base::system_clock(), type, level, "host/server");
                alice.auth_type = type;
                alice.auth_level = level;
                pair.negotiate(OfferedSyntaxes::ndr64, std::move(alice));
                for (const std::size_t size : {0U, 1U, 5000U, 100'001U}) pair.expect_echo(0, pattern(size));
                ASSERT_EQ(pair.calls.size(), 4U);
                EXPECT_EQ(pair.calls[0].caller->token->user, "alice");
                ASSERT_FALSE(testing::Test::HasFailure()) << int{type} << ' ' << int{level};
            }
        }
    }
}

TEST(ClientAssociation, RealPackagesRefuseWrongPasswords) {
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{kAuthTypeNtlm, kAuthTypeSpnego}) {
        RealSecurity security;
        Pair pair({}, &security);
        ClientSecurity alice;
        alice.context = make_initiator(make_credentials("", "alice", "guess"), base::system_clock(), type, 6, "host/server");
        alice.auth_type = type;
        alice.auth_level = 6;
        ASSERT_TRUE(pair.client.negotiate(kParSyntax, OfferedSyntaxes::ndr64, std::move(alice)));
        pair.pump();
        if (type == kAuthTypeSpnego) {
            EXPECT_EQ(pair.next_event<NegotiationFailed>().code, 5U);
        } else {
            pair.next_event<Negotiated>();                                         // auth3 is never answered
            ASSERT_TRUE(pair.client.request({}));
            pair.pump();
            const auto fault = pair.next_event<FaultReceived>();
            EXPECT_EQ(fault.status, 5U);
            EXPECT_TRUE(fault.did_not_execute);
        }
        EXPECT_TRUE(pair.calls.empty());
        const bool logged = std::any_of(pair.logs.begin(), pair.logs.end(), [](const LogEvent& event) {
            return event.kind == LogEvent::Kind::logon_failed && event.user.find("alice") != std::string::npos;
        });
        EXPECT_TRUE(logged);
    }
}

TEST(ClientAssociation, SmallFragments) {
    ClientSettings settings;
    settings.max_fragment_bytes = 1432;
    Pair pair(settings);
    const Negotiated bound = pair.negotiate(OfferedSyntaxes::ndr64, fake_security(kAuthTypeNtlm, 6));
    EXPECT_EQ(bound.max_xmit_fragment, 1432);
    pair.expect_echo(0, pattern(10'000));
}

TEST(ClientAssociation, ObjectUuidTravels) {
    Pair pair;
    pair.negotiate(OfferedSyntaxes::ndr64, fake_security(kAuthTypeNtlm, 6));
    ClientAssociation::Request request;
    request.object = base::parse_guid("9940ca8e-512f-4c58-88a9-61098d6896bd");
    request.stub = pattern(12'000);
    ASSERT_TRUE(pair.client.request(request));
    pair.pump();
    pair.next_event<ResponseReceived>();
    EXPECT_EQ(pair.calls.at(0).object, request.object);
}

TEST(ClientAssociation, SeveralUsersAndInterfaces) {
    Pair pair;
    pair.negotiate(OfferedSyntaxes::ndr64, fake_security(kAuthTypeNtlm, 6, 1));
    const Negotiated more = pair.negotiate(OfferedSyntaxes::ndr20, fake_security(kAuthTypeSpnego, 5, 2, "bob"), kEpmSyntax);
    ASSERT_EQ(more.contexts.size(), 1U);
    EXPECT_EQ(more.contexts[0].context_id, 2) << "after NDR64 and the feature element";
    pair.expect_echo(2, pattern(20));
    ClientAssociation::Request request;
    request.stub = pattern(20);
    request.auth_context_id = 1;
    ASSERT_TRUE(pair.client.request(std::move(request)));
    pair.pump();
    ASSERT_EQ(pair.calls.size(), 2U);
    EXPECT_EQ(pair.calls[0].caller->token->user, "bob");
    EXPECT_EQ(pair.calls[0].interface, FakeInterfaces::epm());
    EXPECT_EQ(pair.calls[1].caller->token->user, "alice");
    EXPECT_FALSE(pair.client.negotiate(kParSyntax, OfferedSyntaxes::ndr20, fake_security(kAuthTypeNtlm, 6, 1))) << "id in use";
}

TEST(ClientAssociation, CancelAndOrphanBesideOtherCalls) {
    for (const std::uint8_t level : std::initializer_list<std::uint8_t>{2, 5, 6}) {
        Pair pair;
        pair.negotiate(OfferedSyntaxes::ndr64, fake_security(kAuthTypeNtlm, level));
        pair.answer = false;
        ClientAssociation::Request request;
        request.stub = pattern(20'000);
        const auto first = pair.client.request(request);
        const auto second = pair.client.request(request);
        const auto third = pair.client.request(request);
        pair.client.cancel(*first);
        pair.client.orphan(*third);
        pair.pump();
        const auto fault = pair.next_event<FaultReceived>();
        EXPECT_EQ(fault.call_id, *first);
        EXPECT_EQ(fault.status, static_cast<std::uint32_t>(Fault::cancel));
        EXPECT_FALSE(fault.did_not_execute);
        EXPECT_EQ(pair.orphans, 1U);
        EXPECT_TRUE(pair.server->reply(*second, pattern(3)));
        EXPECT_FALSE(pair.server->reply(*third, pattern(3)));
        pair.pump();
        EXPECT_EQ(pair.next_event<ResponseReceived>().stub, pattern(3));
        EXPECT_TRUE(pair.events.empty());
        pair.answer = true;
        pair.expect_echo(0, pattern(50));
    }
}

TEST(ClientAssociation, RefusalsAreEvents) {
    Pair nak;
    ClientSecurity kerberos = fake_security(16, 6);
    ASSERT_TRUE(nak.client.negotiate(kParSyntax, OfferedSyntaxes::ndr20, std::move(kerberos)));
    nak.pump();
    const auto failed = nak.next_event<NegotiationFailed>();
    EXPECT_TRUE(failed.nak);
    EXPECT_EQ(failed.code, 8U);
    EXPECT_FALSE(nak.client.request({})) << "nothing goes out afterwards";

    Pair unserved;
    const Negotiated bound = unserved.negotiate(OfferedSyntaxes::ndr20, {}, kUnservedSyntax);
    EXPECT_FALSE(bound.contexts.at(0).accepted);
    EXPECT_EQ(bound.contexts[0].result, 2);
    EXPECT_EQ(bound.contexts[0].reason, 1);
    ASSERT_TRUE(unserved.client.request({}));
    unserved.pump();
    EXPECT_EQ(unserved.next_event<FaultReceived>().status, static_cast<std::uint32_t>(Fault::unk_if));
}

// What a server says is as hostile as what a client says.
TEST(ClientAssociation, EveryDamagedAnswerIsNoticed) {
    const auto converse = [&](const std::function<void(std::size_t, base::ByteBuffer&)>& disturb) {
        Pair pair;
        EXPECT_TRUE(pair.client.negotiate(kParSyntax, OfferedSyntaxes::ndr64, fake_security(kAuthTypeNtlm, 6)));
        std::size_t flight = 0;
        std::vector<base::ByteBuffer> stubs;
        for (int step = 0; step < 3; ++step) {
            base::ByteBuffer bytes;
            pair.client.next_output(bytes, 100'000);
            pair.server->receive(bytes);
            pair.serve();
            bytes.clear();
            pair.server->next_output(bytes, 100'000);
            disturb(flight++, bytes);
            pair.client.receive(bytes);
            for (const ClientEvent& event : pair.client.take_events()) {
                if (const auto* response = std::get_if<ResponseReceived>(&event)) stubs.push_back(response->stub);
                if (std::holds_alternative<Negotiated>(event)) (void)pair.client.request({0, 3, {}, pattern(40), {}});
            }
        }
        return stubs;
    };
    std::vector<std::size_t> sizes;
    const auto clean = converse([&](std::size_t, base::ByteBuffer& bytes) { sizes.push_back(bytes.size()); });
    ASSERT_EQ(clean.size(), 1U);
    for (std::size_t flight = 0; flight < sizes.size(); ++flight) {
        for (std::size_t at = 0; at < sizes[flight]; ++at) {
            for (const auto mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
                const auto stubs = converse([&](std::size_t now, base::ByteBuffer& bytes) {
                    if (now == flight && at < bytes.size()) bytes[at] ^= mask;
                });
                EXPECT_TRUE(stubs.empty() || stubs == clean) << "flight " << flight << " byte " << at;
            }
        }
    }
}

TEST(ClientAssociation, TruncatedAnswersWait) {
    Pair pair;
    ASSERT_TRUE(pair.client.negotiate(kEpmSyntax, OfferedSyntaxes::ndr20));
    base::ByteBuffer bytes;
    pair.client.next_output(bytes, 100'000);
    pair.server->receive(bytes);
    bytes.clear();
    pair.server->next_output(bytes, 100'000);
    for (const std::byte octet : base::ByteView(bytes).first(bytes.size() - 1)) {
        pair.client.receive({&octet, 1});
        EXPECT_TRUE(pair.client.take_events().empty());
    }
    pair.client.receive({&bytes.back(), 1});
    EXPECT_EQ(pair.client.take_events().size(), 1U);
}

}  // namespace
}  // namespace dcerpc::test
