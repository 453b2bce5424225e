// Dialogues of bind and alter_context without authentication.
#include "script.h"

#include <gtest/gtest.h>

namespace dcerpc::test {
namespace {

constexpr auto kEpm20 = [] { return ContextElement{0, kEpmSyntax, {kNdr20}}; };

BindOptions epm_bind() {
    BindOptions options;
    options.contexts = {kEpm20()};
    return options;
}

ContextAnswer answer_of(const ContextElement& element, bool ndr64 = true) {
    Script script([ndr64](AssociationSettings& settings, FakeInterfaces&) { settings.ndr64 = ndr64; });
    BindOptions options;
    options.contexts = {element};
    script.receive(bind(options));
    return script.expect_send(PduType::bind_ack).ack().answers.at(0);
}

TEST(AssociationBind, AcceptsAndNamesSizesGroupAndAddress) {
    Script script;
    script.receive(bind(epm_bind()));
    const Sent sent = script.expect_send(PduType::bind_ack);
    EXPECT_EQ(sent.header.call_id, 1U);
    EXPECT_EQ(sent.header.flags, pfc::kFirst | pfc::kLast);
    EXPECT_EQ(sent.header.auth_length, 0);
    const BindAckPdu ack = sent.ack();
    EXPECT_EQ(ack.max_xmit_frag, 5840);
    EXPECT_EQ(ack.max_recv_frag, 5840);
    EXPECT_EQ(ack.secondary_address, "49152");
    EXPECT_NE(ack.group_id, 0U);
    ASSERT_EQ(ack.answers.size(), 1U);
    EXPECT_EQ(ack.answers[0].result, ContextResult::acceptance);
    EXPECT_EQ(ack.answers[0].transfer_syntax, kNdr20);
    EXPECT_TRUE(script.association().established());
    EXPECT_EQ(script.association().group()->id, ack.group_id);
    script.repeat_failing_at_every_step();
}

TEST(AssociationBind, WhatWindowsOffers) {
    Script script;
    BindOptions options;
    options.flags |= pfc::kConcMpx;
    options.contexts = {{0, kParSyntax, {kNdr20}}, {1, kParSyntax, {kNdr64}}, {2, kParSyntax, {feature_syntax(3)}}};
    script.receive(bind(options));
    const Sent sent = script.expect_send(PduType::bind_ack);
    EXPECT_TRUE(sent.header.has(pfc::kConcMpx));
    const auto answers = sent.ack().answers;
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_EQ(answers[0].result, ContextResult::provider_rejection);
    EXPECT_EQ(answers[0].reason, 2);
    EXPECT_EQ(answers[0].transfer_syntax, SyntaxId{});
    EXPECT_EQ(answers[1].result, ContextResult::acceptance);
    EXPECT_EQ(answers[1].transfer_syntax, kNdr64);
    EXPECT_EQ(answers[2].result, ContextResult::negotiate_ack);
    EXPECT_EQ(answers[2].reason, 3);
    EXPECT_EQ(answers[2].transfer_syntax, SyntaxId{});
    script.repeat_failing_at_every_step();
}

TEST(AssociationBind, TransferSyntaxChoice) {
    EXPECT_EQ(answer_of({0, kEpmSyntax, {kNdr20}}).transfer_syntax, kNdr20);
    EXPECT_EQ(answer_of({0, kEpmSyntax, {kNdr64}}).transfer_syntax, kNdr64) << "NDR64 alone works";
    EXPECT_EQ(answer_of({0, kEpmSyntax, {kNdr20, kNdr64}}).transfer_syntax, kNdr64) << "preferred";
    EXPECT_EQ(answer_of({0, kEpmSyntax, {kNdr20, kNdr64}}, false).transfer_syntax, kNdr20);
    const auto none = answer_of({0, kEpmSyntax, {kUnservedSyntax}});
    EXPECT_EQ(none.result, ContextResult::provider_rejection);
    EXPECT_EQ(none.reason, 2);
    const auto off = answer_of({0, kEpmSyntax, {kNdr64}}, false);
    EXPECT_EQ(off.result, ContextResult::provider_rejection);
    EXPECT_EQ(off.reason, 2);
    const auto unserved = answer_of({0, kUnservedSyntax, {kNdr20}});
    EXPECT_EQ(unserved.result, ContextResult::provider_rejection);
    EXPECT_EQ(unserved.reason, 1);
}

TEST(AssociationBind, TwoInterfacesChooseApart) {
    Script script;
    BindOptions options;
    options.contexts = {{0, kParSyntax, {kNdr64}}, {1, kEpmSyntax, {kNdr20}}, {2, kUnservedSyntax, {kNdr20}}};
    script.receive(bind(options));
    const auto answers = script.expect_send(PduType::bind_ack).ack().answers;
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_EQ(answers[0].transfer_syntax, kNdr64);
    EXPECT_EQ(answers[1].transfer_syntax, kNdr20);
    EXPECT_EQ(answers[2].reason, 1);
    EXPECT_EQ(script.expect_log(LogEvent::Kind::bind_rejected).text.find("no interface 12345678"), 0U);
}

TEST(AssociationBind, BigEndianClient) {
    Script script;
    BindOptions options = epm_bind();
    options.order = base::ByteOrder::big;
    options.call_id = 0x01020304;
    script.receive(bind(options));
    const Sent sent = script.expect_send(PduType::bind_ack);
    EXPECT_EQ(sent.header.order(), base::ByteOrder::little) << "answers are in our own order";
    EXPECT_EQ(sent.header.call_id, 0x01020304U);
    EXPECT_EQ(sent.ack().answers.at(0).result, ContextResult::acceptance);
    RequestOptions call;
    call.order = base::ByteOrder::big;
    call.call_id = 0x01020305;
    call.opnum = 3;
    script.receive(request(call, pattern(20)));
    const StartCall started = script.expect_call(0x01020305, pattern(20));
    EXPECT_EQ(started.order, base::ByteOrder::big);
    EXPECT_EQ(started.opnum, 3);
    script.reply(started.call_id, pattern(5));
    EXPECT_EQ(script.expect_send(PduType::response).stub(), pattern(5));
    script.repeat_failing_at_every_step();
}

struct Sizes {
    std::uint16_t xmit, recv, our_recv, our_xmit;
};

TEST(AssociationBind, FragmentSizes) {
    constexpr std::uint16_t kLeast = base::limits::kMinFragmentBytes;
    for (const Sizes& sizes : {Sizes{5840, 5840, 5840, 5840}, Sizes{4280, 4280, 4280, 4280}, Sizes{65535, 65535, 5840, 5840},
                               Sizes{2047, 3001, 2040, 3000}, Sizes{kLeast, kLeast, kLeast, kLeast},
                               Sizes{kLeast - 1, kLeast - 8, kLeast, kLeast}, Sizes{0, 8, kLeast, kLeast}}) {
        Script script;
        BindOptions options = epm_bind();
        options.max_xmit = sizes.xmit;
        options.max_recv = sizes.recv;
        script.receive(bind(options));
        const BindAckPdu ack = script.expect_send(PduType::bind_ack).ack();
        EXPECT_EQ(ack.max_recv_frag, sizes.our_recv);
        EXPECT_EQ(ack.max_xmit_frag, sizes.our_xmit);
    }
}

TEST(AssociationBind, FeaturesAreMaskedToWhatWeHave) {
    for (const auto& [asked, given] : {std::pair{0, 0}, std::pair{1, 1}, std::pair{2, 2}, std::pair{0xffff, 3}}) {
        EXPECT_EQ(answer_of({0, kEpmSyntax, {feature_syntax(static_cast<std::uint16_t>(asked))}}).reason, given);
    }
}

// --- refusals --------------------------------------------------------------------------------------------------------

void expect_nak_for(base::ByteBuffer pdu, NakReason reason) {
    Script script;
    script.receive(std::move(pdu)).expect_nak(reason).expect_close();
    EXPECT_FALSE(script.association().established());
    script.repeat_failing_at_every_step();
}

TEST(AssociationBind, WrongVersionIsRefused) {
    for (const std::size_t at : {0U, 1U}) {
        auto pdu = bind(epm_bind());
        pdu[at] = std::byte{7};
        expect_nak_for(pdu, NakReason::protocol_version_not_supported);
    }
}

TEST(AssociationBind, MalformedIsRefused) {
    BindOptions options = epm_bind();
    options.contexts.clear();
    expect_nak_for(bind(options), NakReason::protocol_version_not_supported);
    options.contexts = {{0, kEpmSyntax, {}}};
    expect_nak_for(bind(options), NakReason::protocol_version_not_supported);
    auto counted = bind(epm_bind());
    counted[24] = std::byte{2};
    expect_nak_for(counted, NakReason::protocol_version_not_supported);
    options = epm_bind();
    options.flags = pfc::kFirst;
    expect_nak_for(bind(options), NakReason::protocol_version_not_supported);
    auto trailer = bind(epm_bind());
    trailer[10] = std::byte{200};  // auth_length beyond the PDU
    expect_nak_for(trailer, NakReason::protocol_version_not_supported);
}

TEST(AssociationBind, TooManyContexts) {
    BindOptions options;
    options.contexts.clear();
    for (std::uint16_t id = 0; id <= base::limits::kMaxPresentationContexts; ++id) options.contexts.push_back({id, kEpmSyntax, {kNdr20}});
    Script script;
    script.receive(bind(options)).expect_nak(NakReason::local_limit_exceeded).expect_close();
}

TEST(AssociationBind, UnknownGroupIsRefused) {
    BindOptions options = epm_bind();
    options.group_id = 0x7777;
    expect_nak_for(bind(options), NakReason::not_specified);
}

TEST(AssociationBind, SecondBindIsAProtocolError) {
    Script script;
    script.receive(bind(epm_bind()));
    script.expect_send(PduType::bind_ack);
    script.receive(bind(epm_bind())).expect_fault(Fault::proto_error, 1).expect_close();
    script.receive(bind(epm_bind())).expect_nothing();
    script.repeat_failing_at_every_step();
}

TEST(AssociationBind, NothingElseComesFirst) {
    Script request_first;
    request_first.receive(request({}, pattern(8))).expect_fault(Fault::proto_error, 2).expect_close();
    Script alter_first;
    alter_first.receive(alter_context(epm_bind())).expect_fault(Fault::proto_error, 1).expect_close();
    Script cancel_first;
    cancel_first.receive(control(PduType::cancel, 4)).expect_fault(Fault::proto_error, 4).expect_close();
    Script auth3_first;
    auth3_first.receive(auth3({}, "proof:alice")).expect_close();
}

TEST(AssociationBind, PdusOfAServerAreProtocolErrors) {
    for (const auto type : {PduType::response, PduType::fault, PduType::bind_ack, PduType::bind_nak, PduType::alter_context_resp,
                            PduType::shutdown, static_cast<PduType>(1), static_cast<PduType>(20), static_cast<PduType>(255)}) {
        Script script;
        script.receive(bind(epm_bind()));
        script.expect_send(PduType::bind_ack);
        script.receive(control(type, 3)).expect_fault(Fault::proto_error, 3).expect_close();
    }
}

// --- alter_context ---------------------------------------------------------------------------------------------------

TEST(AssociationAlter, AddsAnInterface) {
    Script script;
    script.receive(bind(epm_bind()));
    const auto bound = script.expect_send(PduType::bind_ack).ack();
    BindOptions more;
    more.call_id = 2;
    more.contexts = {{1, kEpmSyntax, {kNdr64}}, {2, kUnservedSyntax, {kNdr20}}};
    script.receive(alter_context(more));
    const Sent sent = script.expect_send(PduType::alter_context_resp);
    EXPECT_EQ(sent.ack().group_id, bound.group_id);
    EXPECT_EQ(sent.ack().secondary_address, "");
    EXPECT_EQ(sent.ack().max_recv_frag, bound.max_recv_frag);
    ASSERT_EQ(sent.ack().answers.size(), 2U);
    EXPECT_EQ(sent.ack().answers[0].transfer_syntax, kNdr64);
    EXPECT_EQ(sent.ack().answers[1].reason, 1);
    RequestOptions call;
    call.call_id = 3;
    call.context_id = 1;
    script.receive(request(call, pattern(8)));
    EXPECT_EQ(script.expect_call(3, pattern(8)).syntax, ndr::Syntax::ndr64);
    call.call_id = 4;
    call.context_id = 2;
    script.receive(request(call, pattern(8))).expect_fault(Fault::unk_if, 4);
    script.reply(3, {});
    EXPECT_TRUE(script.expect_send(PduType::response).stub().empty());
    script.repeat_failing_at_every_step();
}

// The primary context may be repeated at any time; calls on it go on.
TEST(AssociationAlter, KnownContextIdsKeepTheirMeaning) {
    Script script;
    script.receive(bind(epm_bind()));
    script.expect_send(PduType::bind_ack);
    for (std::uint32_t call_id = 2; call_id < 8; call_id += 2) {
        BindOptions again = epm_bind();
        again.call_id = call_id;
        script.receive(alter_context(again));
        EXPECT_EQ(script.expect_send(PduType::alter_context_resp).ack().answers.at(0).result, ContextResult::acceptance);
        RequestOptions call;
        call.call_id = call_id + 1;
        script.receive(request(call, pattern(8)));
        script.expect_call(call_id + 1, pattern(8));
        script.reply(call_id + 1, pattern(4));
        EXPECT_EQ(script.expect_send(PduType::response).stub(), pattern(4));
    }
    BindOptions unknown = epm_bind();
    unknown.contexts = {{0, kEpmSyntax, {kParSyntax}}};
    script.receive(alter_context(unknown));
    EXPECT_EQ(script.expect_send(PduType::alter_context_resp).ack().answers.at(0).reason, 2) << "no transfer syntax at all";
}

TEST(AssociationAlter, KnownContextIdsCannotBeRedefined) {
    const std::vector<std::pair<SyntaxId, SyntaxId>> changes = {{kEpmSyntax, kNdr64}, {kParSyntax, kNdr20}, {kUnservedSyntax, kNdr20}};
    for (const auto& change : changes) {
        Script script;
        script.receive(bind(epm_bind()));
        script.expect_send(PduType::bind_ack);
        BindOptions other = epm_bind();
        other.call_id = 2;
        other.contexts = {{0, change.first, {change.second}}};
        script.receive(alter_context(other)).expect_fault(Fault::proto_error, 2).expect_close();
    }
}

TEST(AssociationAlter, TotalOfContextsIsBounded) {
    Script script;
    BindOptions options;
    options.contexts.clear();
    for (std::uint16_t id = 0; id < base::limits::kMaxPresentationContexts; ++id) options.contexts.push_back({id, kEpmSyntax, {kNdr20}});
    script.receive(bind(options));
    script.expect_send(PduType::bind_ack);
    script.receive(alter_context(options));
    EXPECT_EQ(script.expect_send(PduType::alter_context_resp).ack().answers.size(), 64U) << "nothing new in it";
    options.contexts = {{1000, kEpmSyntax, {kNdr20}}};
    script.receive(alter_context(options)).expect_nak(NakReason::local_limit_exceeded).expect_close();
}

TEST(AssociationAlter, MalformedIsAProtocolError) {
    Script script;
    script.receive(bind(epm_bind()));
    script.expect_send(PduType::bind_ack);
    auto broken = alter_context(epm_bind());
    broken[24] = std::byte{9};
    script.receive(broken).expect_fault(Fault::proto_error, 1).expect_close();
}

// --- association groups ----------------------------------------------------------------------------------------------

std::uint32_t bind_in(Association& association, std::uint32_t group_id) {
    BindOptions options = epm_bind();
    options.group_id = group_id;
    association.receive(bind(options));
    base::ByteBuffer output;
    association.next_output(output, 1U << 20U);
    const auto sent = cut(output);
    return sent.size() == 1 && sent[0].is(PduType::bind_ack) ? sent[0].ack().group_id : 0;
}

TEST(AssociationGroup, ConnectionsOfOneClientShareHandles) {
    Surroundings around;
    Association first(around.settings());
    Association second(around.settings());
    const std::uint32_t id = bind_in(first, 0);
    ASSERT_NE(id, 0U);
    EXPECT_EQ(bind_in(second, id), id);
    EXPECT_EQ(first.group(), second.group());
    EXPECT_EQ(around.groups.size(), 1U);
    EXPECT_FALSE(around.groups.leave(first.group()));
    EXPECT_TRUE(around.groups.leave(second.group())) << "the last one runs down";
    EXPECT_EQ(around.groups.size(), 0U);
    EXPECT_EQ(around.groups.join(id, "192.0.2.7"), nullptr);
}

TEST(AssociationGroup, StrangersMayNotJoin) {
    Surroundings around;
    Association owner(around.settings());
    const std::uint32_t id = bind_in(owner, 0);
    AssociationSettings elsewhere = around.settings();
    elsewhere.anonymous = anonymous_caller("192.0.2.8");
    Association thief(std::move(elsewhere));
    EXPECT_EQ(bind_in(thief, id), 0U);
    EXPECT_EQ(thief.group(), nullptr);
    EXPECT_TRUE(thief.closing());
}

TEST(AssociationGroup, EachNewGroupHasItsOwnTables) {
    Surroundings around;
    const auto one = around.groups.create("192.0.2.7");
    const auto two = around.groups.create("192.0.2.7");
    EXPECT_NE(one->id, two->id);
    EXPECT_NE(one->handles, two->handles);
    EXPECT_NE(one->slot, two->slot);
    EXPECT_EQ(around.groups.join(one->id, "192.0.2.7"), one);
}

}  // namespace
}  // namespace dcerpc::test
