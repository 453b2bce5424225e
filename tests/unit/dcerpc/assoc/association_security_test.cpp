// Dialogues with authentication: legs, levels, signatures, header signing, several contexts.
#include "dcerpc/pdu/auth_trailer.h"
#include "dcerpc/pdu/verification.h"
#include "script.h"

#include <gtest/gtest.h>

namespace dcerpc::test {
namespace {

constexpr std::uint8_t kOnly = pfc::kFirst | pfc::kLast;
constexpr Auth kPrivacy{kAuthTypeNtlm, 6, 1, false};

BindOptions secure_bind(Auth auth, bool header_signing = false) {
    BindOptions options;
    options.flags |= pfc::kConcMpx;
    if (header_signing) options.flags |= pfc::kHeaderSign;
    options.contexts.push_back({1, kEpmSyntax, {kNdr20}});
    options.contexts.push_back({2, kParSyntax, {feature_syntax(3)}});
    options.auth = auth;
    return options;
}

std::unique_ptr<FakeContext> signer() {
    auto context = FakeContext::initiator(FakeContext::Legs::three);
    context->force_complete();
    return context;
}

// Authenticated as alice with three legs.
class Secure : public Script {
 public:
    explicit Secure(Auth with = kPrivacy, Tweak tweak = {}) : Script(std::move(tweak)), auth(with), client(signer()) {
        receive(bind(secure_bind(auth, auth.header_signing)));
        const Sent ack = expect_send(PduType::bind_ack);
        EXPECT_EQ(ack.header.has(pfc::kHeaderSign), auth.header_signing);
        headers_are_signed = auth.header_signing;
        receive(auth3(auth, "proof:alice"));
    }
    // The next request, signed.
    base::ByteBuffer signed_call(std::uint32_t call_id, base::ByteView stub, std::uint8_t flags = kOnly, std::uint16_t context_id = 0) {
        RequestOptions options;
        options.call_id = call_id;
        options.flags = flags;
        options.context_id = context_id;
        options.opnum = 7;
        options.auth = auth;
        options.signer = client.get();
        return request(options, stub);
    }
    // Verifies a response like a client does.
    base::ByteBuffer opened(Sent sent) {
        EXPECT_EQ(sent.header.auth_length, 16);
        const auto trailer = read_auth_trailer(sent.header, sent.bytes, 24);
        if (!trailer) {
            ADD_FAILURE() << "no trailer";
            return {};
        }
        EXPECT_EQ(trailer->type, auth.type);
        EXPECT_EQ(trailer->level, auth.level);
        EXPECT_EQ(trailer->context_id, auth.id);
        EXPECT_EQ((trailer->offset - 24) % 16, 0U);
        const base::MutableByteView all(sent.bytes);
        ProtectedParts parts;
        parts.body = all.subspan(24, trailer->offset - 24);
        if (auth.header_signing) {
            parts.header = all.first(24);
            parts.trailer = all.subspan(trailer->offset, 8);
        }
        const auto protection = auth.level == 6 ? Protection::privacy : Protection::integrity;
        EXPECT_TRUE(client->unprotect(protection, parts, all.last(16)));
        const auto body = all.subspan(24, trailer->offset - 24 - trailer->pad_length);
        return {body.begin(), body.end()};
    }

    Auth auth;
    std::unique_ptr<FakeContext> client;
};

TEST(AssociationSecurity, ThreeLegsAtEveryLevelThatSigns) {
    for (const std::uint8_t level : std::initializer_list<std::uint8_t>{3, 4, 5, 6}) {
        for (const bool header_signing : {false, true}) {
            SCOPED_TRACE(int{level});
            Secure script({kAuthTypeNtlm, level, 77, header_signing},
                          [](AssociationSettings&, FakeInterfaces& interfaces) { interfaces.par_level = 4; });
            const LogEvent event = script.expect_log(LogEvent::Kind::logged_on);
            EXPECT_EQ(event.user, "alice");
            EXPECT_EQ(event.workstation, "CLIENT");
            EXPECT_EQ(event.mechanism, "fake");
            EXPECT_TRUE(script.association().established());
            script.receive(script.signed_call(2, pattern(33)));
            const StartCall call = script.expect_call(2, pattern(33));
            EXPECT_EQ(call.caller->token->user, "alice");
            EXPECT_EQ(call.caller->auth_level, level == 3 ? 4 : level);
            EXPECT_EQ(call.caller->auth_type, kAuthTypeNtlm);
            EXPECT_EQ(call.caller->workstation, "CLIENT");
            EXPECT_EQ(call.caller->peer_address, "192.0.2.7");
            EXPECT_EQ(call.opnum, 7);
            script.reply(2, pattern(45, 5));
            EXPECT_EQ(script.opened(script.expect_send(PduType::response)), pattern(45, 5));
            script.repeat_failing_at_every_step();
        }
    }
}

TEST(AssociationSecurity, FourLegsEndInAlterContext) {
    Script script;
    const Auth auth{kAuthTypeSpnego, 6, 3, true};
    script.headers_are_signed = true;
    script.receive(bind(secure_bind(auth, true)));
    const Sent challenge = script.expect_send(PduType::bind_ack);
    EXPECT_EQ(challenge.ack_token(), "challenge");
    EXPECT_TRUE(challenge.header.has(pfc::kHeaderSign));
    EXPECT_FALSE(script.association().established());
    BindOptions last = secure_bind(auth, true);
    last.call_id = 2;
    last.token = "proof:alice";
    script.receive(alter_context(last));
    const Sent done = script.expect_send(PduType::alter_context_resp);
    EXPECT_EQ(done.ack_token(), "done");
    EXPECT_TRUE(done.header.has(pfc::kHeaderSign));
    EXPECT_EQ(done.ack().answers.at(0).result, ContextResult::acceptance) << "the same contexts again";
    EXPECT_TRUE(script.association().established());
    const auto client = signer();
    RequestOptions options;
    options.call_id = 3;
    options.auth = auth;
    options.signer = client.get();
    script.receive(request(options, pattern(64)));
    EXPECT_EQ(script.expect_call(3, pattern(64)).caller->token->user, "alice");
    script.repeat_failing_at_every_step();
}

// A completed context without a last token: no security trailer at all.
TEST(AssociationSecurity, ThreeLegPackageMayEndInAlterContextToo) {
    Script script;
    script.receive(bind(secure_bind(kPrivacy)));
    script.expect_send(PduType::bind_ack);
    BindOptions last = secure_bind(kPrivacy);
    last.token = "proof:alice";
    script.receive(alter_context(last));
    EXPECT_EQ(script.expect_send(PduType::alter_context_resp).header.auth_length, 0);
    EXPECT_TRUE(script.association().established());
}

// --- refused log-ons -------------------------------------------------------------------------------------------------

TEST(AssociationSecurity, UnknownPackageIsRefusedAtBind) {
    for (const Auth auth : {Auth{16, 6, 1, false}, Auth{kAuthTypeNtlm, 7, 1, false}, Auth{kAuthTypeNtlm, 1, 1, false}}) {
        Script script;
        script.receive(bind(secure_bind(auth))).expect_nak(NakReason::authentication_type_not_recognized).expect_close();
        script.repeat_failing_at_every_step();
    }
}

TEST(AssociationSecurity, FailureAtBindIsANak) {
    BindOptions options = secure_bind(kPrivacy);
    options.token = "proof:mallory";
    Script script;
    script.receive(bind(options)).expect_nak(NakReason::invalid_checksum).expect_close();
    const LogEvent event = script.expect_log(LogEvent::Kind::logon_failed);
    EXPECT_EQ(event.user, "mallory");
    EXPECT_EQ(event.workstation, "CLIENT");
    EXPECT_EQ(event.text, "wrong password");
    EXPECT_EQ(event.auth_type, kAuthTypeNtlm);
    script.repeat_failing_at_every_step();
}

// The package is not even asked about a token that is too long.
TEST(AssociationSecurity, TokensAreBounded) {
    for (const std::size_t size : {base::limits::kMaxAuthTokenBytes, base::limits::kMaxAuthTokenBytes + 1}) {
        Surroundings around;
        Association association(around.settings());
        BindOptions options = secure_bind(kPrivacy);
        options.token = std::string(size, 'x');
        association.receive(bind(options));
        bool asked = false;
        for (const Action& action : association.take_actions()) {
            if (const auto* event = std::get_if<LogEvent>(&action)) asked = asked || event->kind == LogEvent::Kind::logon_failed;
        }
        EXPECT_EQ(asked, size == base::limits::kMaxAuthTokenBytes);
        base::ByteBuffer output;
        association.next_output(output, 1U << 20U);
        EXPECT_TRUE(cut(output).at(0).is(PduType::bind_nak));
        EXPECT_TRUE(association.closing());
    }
}

TEST(AssociationSecurity, FailureInAlterContextIsAFault) {
    Script script;
    script.receive(bind(secure_bind({kAuthTypeSpnego, 6, 1, false})));
    script.expect_send(PduType::bind_ack);
    BindOptions last = secure_bind({kAuthTypeSpnego, 6, 1, false});
    last.call_id = 2;
    last.token = "proof:mallory";
    script.receive(alter_context(last)).expect_fault(Fault::access_denied, 2);
    script.expect_log(LogEvent::Kind::logon_failed);
    EXPECT_FALSE(script.association().established());
    last.call_id = 3;
    last.token = "proof:alice";
    script.receive(alter_context(last)).expect_fault(Fault::access_denied, 3);
    script.repeat_failing_at_every_step();
}

// [MS-RPCE] 3.3.1.5.2.1: remembered until the first request.
TEST(AssociationSecurity, FailureInAuth3ShowsAtTheFirstRequest) {
    Script script;
    script.receive(bind(secure_bind(kPrivacy)));
    script.expect_send(PduType::bind_ack);
    script.receive(auth3(kPrivacy, "proof:mallory")).expect_nothing();
    EXPECT_EQ(script.expect_log(LogEvent::Kind::logon_failed).user, "mallory");
    EXPECT_FALSE(script.association().established());
    RequestOptions options;
    options.auth = kPrivacy;
    options.flags = pfc::kFirst;
    script.receive(request(options, pattern(32))).expect_fault(Fault::access_denied, 2);
    options.flags = pfc::kLast;
    script.receive(request(options, pattern(32))).expect_nothing();
    options.call_id = 3;
    options.flags = kOnly;
    script.receive(request(options, pattern(32))).expect_fault(Fault::access_denied, 3);
    script.repeat_failing_at_every_step();
}

TEST(AssociationSecurity, RequestBeforeTheEndOfAuthentication) {
    Script script;
    script.receive(bind(secure_bind(kPrivacy)));
    script.expect_send(PduType::bind_ack);
    RequestOptions options;
    options.auth = kPrivacy;
    script.receive(request(options, pattern(32))).expect_fault(Fault::sec_pkg_error, 2);
    script.receive(auth3(kPrivacy, "proof:alice")).expect_nothing();
    options.call_id = 3;
    script.receive(request(options, pattern(32))).expect_fault(Fault::sec_pkg_error, 3);
    EXPECT_FALSE(script.association().established());
    script.repeat_failing_at_every_step();
}

TEST(AssociationSecurity, Auth3OutOfPlaceCloses) {
    Secure twice;
    twice.receive(auth3(kPrivacy, "proof:alice")).expect_close();
    Script other;
    other.receive(bind(secure_bind(kPrivacy)));
    other.expect_send(PduType::bind_ack);
    other.receive(auth3({kAuthTypeNtlm, 5, 1, false}, "proof:alice")).expect_close();
    Script bare;
    bare.receive(bind(secure_bind(kPrivacy)));
    bare.expect_send(PduType::bind_ack);
    bare.receive(control(PduType::auth3, 1)).expect_close();
    Script unfinished;
    unfinished.receive(bind(secure_bind(kPrivacy)));
    unfinished.expect_send(PduType::bind_ack);
    unfinished.receive(auth3(kPrivacy, "hello")).expect_nothing();
    RequestOptions options;
    options.auth = kPrivacy;
    unfinished.receive(request(options, {})).expect_fault(Fault::sec_pkg_error, 2);
}

// --- levels ----------------------------------------------------------------------------------------------------------

TEST(AssociationSecurity, BelowTheLevelOfTheInterface) {
    for (const std::uint8_t level : std::initializer_list<std::uint8_t>{3, 4, 5}) {
        Secure script({kAuthTypeNtlm, level, 1, false});
        script.receive(script.signed_call(2, pattern(8), pfc::kFirst));
        const Sent sent = script.expect_send(PduType::fault);
        EXPECT_EQ(sent.fault().status, 5U);
        EXPECT_TRUE(sent.header.has(pfc::kDidNotExecute));
        script.expect_log(LogEvent::Kind::access_denied);
        script.receive(script.signed_call(2, pattern(8), pfc::kLast)).expect_nothing();
        script.receive(script.signed_call(3, pattern(8), kOnly, 1));
        EXPECT_EQ(script.expect_call(3, pattern(8)).interface, FakeInterfaces::epm()) << "the streams are still in step";
        script.repeat_failing_at_every_step();
    }
}

TEST(AssociationSecurity, UnauthenticatedBindsAreFineButCallsAreNot) {
    Script script;
    script.receive(bind({}));
    script.expect_send(PduType::bind_ack);
    script.receive(request({}, pattern(8))).expect_fault(Fault::access_denied, 2);
    script.repeat_failing_at_every_step();
}

TEST(AssociationSecurity, AnonymousLogonIsNotEnough) {
    Script script;
    script.receive(bind(secure_bind(kPrivacy)));
    script.expect_send(PduType::bind_ack);
    script.receive(auth3(kPrivacy, "proof:nobody"));
    const auto client = signer();
    RequestOptions options;
    options.auth = kPrivacy;
    options.signer = client.get();
    script.receive(request(options, pattern(8))).expect_fault(Fault::access_denied, 2);
}

TEST(AssociationSecurity, UnsignedRequestOnASecureConnectionIsAnonymous) {
    Secure script;
    script.receive(request({}, pattern(8))).expect_fault(Fault::access_denied, 2);
    RequestOptions mapper;
    mapper.call_id = 3;
    mapper.context_id = 1;
    script.receive(request(mapper, pattern(8)));
    EXPECT_TRUE(script.expect_call(3, pattern(8)).caller->token->anonymous);
    script.reply(3, pattern(4));
    EXPECT_EQ(script.expect_send(PduType::response).stub(), pattern(4));
}

// [MS-RPCE] 3.3.1.5.4
TEST(AssociationSecurity, LevelConnectNeedsNoTrailers) {
    const auto connect = [](Script& script, std::string_view proof) {
        const Auth auth{kAuthTypeNtlm, 2, 1, false};
        script.receive(bind(secure_bind(auth)));
        script.expect_send(PduType::bind_ack);
        script.receive(auth3(auth, proof));
    };
    const auto open_par = [](AssociationSettings&, FakeInterfaces& interfaces) { interfaces.par_level = 2; };
    Script script(open_par);
    connect(script, "proof:alice");
    script.receive(request({}, pattern(8)));
    EXPECT_EQ(script.expect_call(2, pattern(8)).caller->token->user, "alice");
    script.reply(2, pattern(3));
    EXPECT_EQ(script.expect_send(PduType::response).stub(), pattern(3));
    RequestOptions with_trailer;
    with_trailer.call_id = 3;
    with_trailer.auth = Auth{kAuthTypeNtlm, 2, 1, false};
    script.receive(request(with_trailer, pattern(9)));
    EXPECT_EQ(script.expect_call(3, pattern(9)).caller->token->user, "alice");
    script.repeat_failing_at_every_step();

    Script failed(open_par);
    connect(failed, "proof:mallory");
    failed.receive(request({}, pattern(8))).expect_fault(Fault::access_denied, 2);
    failed.repeat_failing_at_every_step();
}

// --- signatures ------------------------------------------------------------------------------------------------------

TEST(AssociationSecurity, DamagedRequestEndsTheConnection) {
    for (const std::size_t at : {24U, 40U, 64U, 79U}) {                             // stub, stub, signature, signature
        Secure script;
        auto pdu = script.signed_call(2, pattern(32));
        pdu[at] ^= std::byte{1};
        script.receive(pdu).expect_fault(Fault::sec_pkg_error, 2).expect_close();
        script.expect_log(LogEvent::Kind::bad_signature);
    }
}

TEST(AssociationSecurity, HeaderSigningCoversTheHeader) {
    for (const std::size_t at : {20U, 22U}) {                                      // context id, opnum
        Secure with({kAuthTypeNtlm, 6, 1, true});
        auto pdu = with.signed_call(2, pattern(32));
        pdu[at] ^= std::byte{1};
        with.receive(pdu).expect_fault(Fault::sec_pkg_error, 2).expect_close();
    }
    Secure without;
    auto pdu = without.signed_call(2, pattern(32));
    pdu[22] ^= std::byte{1};
    without.receive(pdu);
    EXPECT_EQ(without.expect_call(2, pattern(32)).opnum, 6) << "nothing protects it then";
}

TEST(AssociationSecurity, HeaderSigningOnlyIfTheClientOffersIt) {
    Script connect_level;
    connect_level.receive(bind(secure_bind({kAuthTypeNtlm, 2, 1, false}, true)));
    EXPECT_FALSE(connect_level.expect_send(PduType::bind_ack).header.has(pfc::kHeaderSign));
    Script unauthenticated;
    BindOptions options;
    options.flags |= pfc::kHeaderSign;
    unauthenticated.receive(bind(options));
    EXPECT_FALSE(unauthenticated.expect_send(PduType::bind_ack).header.has(pfc::kHeaderSign));
}

TEST(AssociationSecurity, ReplayAndReorderingShow) {
    Secure replay;
    const auto pdu = replay.signed_call(2, pattern(16));
    replay.receive(pdu);
    replay.expect_call(2, pattern(16));
    replay.receive(pdu).expect_fault(Fault::sec_pkg_error, 2).expect_close();
    Secure reordered;
    const auto first = reordered.signed_call(2, pattern(16));
    const auto second = reordered.signed_call(3, pattern(16));
    reordered.receive(second).expect_fault(Fault::sec_pkg_error, 3).expect_close();
    EXPECT_FALSE(first.empty());
}

TEST(AssociationSecurity, TrailerMustNameTheContext) {
    for (const Auth auth : {Auth{kAuthTypeNtlm, 6, 2, false}, Auth{kAuthTypeNtlm, 5, 1, false}, Auth{kAuthTypeSpnego, 6, 1, false}}) {
        Secure script;
        script.auth = auth;
        script.receive(script.signed_call(2, pattern(16))).expect_fault(Fault::proto_error, 2).expect_close();
    }
}

TEST(AssociationSecurity, TrailerOutOfBounds) {
    Secure script;
    auto pdu = script.signed_call(2, {});
    pdu[10] = std::byte{0xff};
    script.receive(pdu).expect_fault(Fault::proto_error, 2).expect_close();
    Secure padded;
    pdu = padded.signed_call(2, {});
    pdu[24 + 2] = std::byte{1};
    padded.receive(pdu).expect_fault(Fault::proto_error, 2).expect_close();
}

TEST(AssociationSecurity, FragmentsAreDecryptedOneByOne) {
    Secure script({kAuthTypeNtlm, 6, 1, true});
    base::ByteBuffer whole;
    for (unsigned i = 0; i < 4; ++i) {
        const auto piece = pattern(i == 3 ? 11 : 160, i);
        base::append(whole, piece);
        const auto flags = static_cast<std::uint8_t>((i == 0 ? pfc::kFirst : 0) | (i == 3 ? pfc::kLast : 0));
        script.receive(script.signed_call(2, piece, flags));
    }
    script.expect_call(2, whole);
    script.reply(2, pattern(12'000));
    base::ByteBuffer joined;
    for (int i = 0; i < 3; ++i) base::append(joined, script.opened(script.expect_send(PduType::response)));
    EXPECT_EQ(joined, pattern(12'000));
    script.repeat_failing_at_every_step();
}

TEST(AssociationSecurity, RepliesAreSealedInTheOrderOfTheOutput) {
    Secure script;
    script.receive(script.signed_call(2, {}));
    script.expect_call(2, {});
    script.receive(script.signed_call(3, {}));
    script.expect_call(3, {});
    script.reply(3, pattern(3));
    EXPECT_EQ(script.opened(script.expect_send(PduType::response)), pattern(3));
    script.reply(2, pattern(2));
    EXPECT_EQ(script.opened(script.expect_send(PduType::response)), pattern(2));
}

TEST(AssociationSecurity, LongerTokensThanTheSignatureAreCut) {
    Secure script;
    RequestOptions options;
    options.auth = kPrivacy;
    auto pdu = request(options, pattern(16));
    // Four bytes more of token, as old clients reserve them; lengths are not signed without header signing.
    pdu.resize(pdu.size() + 4);
    pdu[8] = static_cast<std::byte>(pdu.size());
    pdu[10] = std::byte{20};
    const base::MutableByteView all(pdu);
    ProtectedParts parts;
    parts.body = all.subspan(24, 16);
    ASSERT_TRUE(script.client->protect(Protection::privacy, parts, all.subspan(48, 16)));
    script.receive(pdu);
    script.expect_call(2, pattern(16));
}

// --- verification trailer --------------------------------------------------------------------------------------------

VerificationFacts facts_of_call_2() {
    VerificationFacts facts;
    facts.abstract_syntax = kParSyntax;
    facts.transfer_syntax = kNdr64;
    facts.call_id = 2;
    facts.opnum = 7;
    return facts;
}

TEST(AssociationSecurity, VerificationTrailerIsCheckedAndRemoved) {
    Secure good;
    base::ByteBuffer stub = pattern(20);
    append_verification_trailer(stub, facts_of_call_2());
    good.receive(good.signed_call(2, stub));
    good.expect_call(2, pattern(20));
    good.repeat_failing_at_every_step();

    auto facts = facts_of_call_2();
    facts.opnum = 8;
    Secure bad;
    stub = pattern(20);
    append_verification_trailer(stub, facts);
    bad.receive(bad.signed_call(2, stub)).expect_fault(Fault::access_denied, 2);
    bad.receive(bad.signed_call(3, pattern(4)));
    bad.expect_call(3, pattern(4));

    facts = facts_of_call_2();
    facts.client_offered_header_signing = true;
    Secure stripped;
    stub = pattern(20);
    append_verification_trailer(stub, facts);
    stripped.receive(stripped.signed_call(2, stub)).expect_fault(Fault::access_denied, 2);
}

// --- several contexts ------------------------------------------------------------------------------------------------

BindOptions second_context(std::uint32_t id, std::string token = "hello") {
    BindOptions options;
    options.call_id = 50;
    options.auth = Auth{kAuthTypeNtlm, 6, id, false};
    options.token = std::move(token);
    return options;
}

TEST(AssociationSecurity, TwoUsersOnOneConnection) {
    Secure script;
    script.receive(script.signed_call(2, pattern(1)));
    EXPECT_EQ(script.expect_call(2, pattern(1)).caller->token->user, "alice");
    script.receive(alter_context(second_context(9)));
    EXPECT_EQ(script.expect_send(PduType::alter_context_resp).ack_token(), "challenge");
    script.receive(auth3({kAuthTypeNtlm, 6, 9, false}, "proof:bob"));
    const auto bob = signer();
    RequestOptions options;
    options.call_id = 3;
    options.auth = Auth{kAuthTypeNtlm, 6, 9, false};
    options.signer = bob.get();
    script.receive(request(options, pattern(2)));
    EXPECT_EQ(script.expect_call(3, pattern(2)).caller->token->user, "bob");
    script.receive(script.signed_call(4, pattern(3)));
    EXPECT_EQ(script.expect_call(4, pattern(3)).caller->token->user, "alice");
    script.repeat_failing_at_every_step();
}

TEST(AssociationSecurity, FragmentsOfOneCallShareOneContext) {
    Secure script;
    script.receive(script.signed_call(2, pattern(16), pfc::kFirst));
    RequestOptions unsigned_rest;
    unsigned_rest.opnum = 7;
    unsigned_rest.flags = pfc::kLast;
    script.receive(request(unsigned_rest, pattern(16))).expect_fault(Fault::proto_error, 2).expect_close();
}

TEST(AssociationSecurity, SecondContextNeedsMultiplexing) {
    Script script;
    BindOptions options = secure_bind(kPrivacy);
    options.contexts.pop_back();
    script.receive(bind(options));
    script.expect_send(PduType::bind_ack);
    script.receive(auth3(kPrivacy, "proof:alice"));
    script.receive(alter_context(second_context(9))).expect_fault(Fault::proto_error, 50).expect_close();
}

TEST(AssociationSecurity, NumberOfContextsIsBounded) {
    Secure script;
    for (std::uint32_t id = 2; id <= base::limits::kMaxSecurityContexts; ++id) {
        script.receive(alter_context(second_context(id)));
        script.expect_send(PduType::alter_context_resp);
    }
    script.receive(alter_context(second_context(1000))).expect_fault(Fault::proto_error, 50);
    script.receive(script.signed_call(60, pattern(3)));
    script.expect_call(60, pattern(3));
}

TEST(AssociationSecurity, LegsMustFitTheirContext) {
    Secure finished;
    finished.receive(alter_context(second_context(1, "proof:alice"))).expect_fault(Fault::proto_error, 50).expect_close();
    Script other_level;
    other_level.receive(bind(secure_bind(kPrivacy)));
    other_level.expect_send(PduType::bind_ack);
    BindOptions options = second_context(1, "proof:alice");
    options.auth->level = 5;
    other_level.receive(alter_context(options)).expect_fault(Fault::proto_error, 50).expect_close();
    Secure unknown_type;
    options = second_context(4);
    options.auth->type = 68;
    unknown_type.receive(alter_context(options)).expect_fault(Fault::unknown_authn_service, 50);
}

TEST(AssociationSecurity, CancelMayBeSigned) {
    const auto signed_cancel = [](FakeContext& client) {
        base::ByteBuffer pdu;
        PduWriter writer(pdu);
        PduHeader header;
        header.type = static_cast<std::uint8_t>(PduType::cancel);
        header.call_id = 2;
        header.auth_length = 16;
        write_header(writer, header);
        write_auth_trailer(writer, {kAuthTypeNtlm, 6, 0, 1, 0});
        writer.zeros(16);
        patch_frag_length(writer);
        ProtectedParts parts;
        parts.body = base::MutableByteView(pdu).subspan(16, 0);
        EXPECT_TRUE(client.protect(Protection::privacy, parts, base::MutableByteView(pdu).last(16)));
        return pdu;
    };
    Secure script;
    script.receive(script.signed_call(2, pattern(4)));
    script.expect_call(2, pattern(4));
    script.receive(signed_cancel(*script.client)).expect_cancel(2);
    script.receive(script.signed_call(3, pattern(4)));
    script.expect_call(3, pattern(4));
    script.repeat_failing_at_every_step();
    Secure forged;
    auto pdu = signed_cancel(*forged.client);
    pdu.back() ^= std::byte{1};
    forged.receive(pdu).expect_close();
}

}  // namespace
}  // namespace dcerpc::test
