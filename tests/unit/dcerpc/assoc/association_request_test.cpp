// Dialogues of calls: fragments, order, limits, cancel and orphaned.
#include "script.h"

#include <gtest/gtest.h>

namespace dcerpc::test {
namespace {

constexpr std::uint8_t kOnly = pfc::kFirst | pfc::kLast;

base::ByteBuffer epm_bind(bool multiplexed = true) {
    BindOptions options;
    if (multiplexed) options.flags |= pfc::kConcMpx;
    options.contexts = {{0, kEpmSyntax, {kNdr20}}, {9, kEpmSyntax, {feature_syntax(3)}}};
    return bind(options);
}

// An association with the endpoint mapper bound at context 0.
class Bound : public Script {
 public:
    explicit Bound(bool multiplexed = true, Tweak tweak = {}) : Script(std::move(tweak)) {
        receive(epm_bind(multiplexed));
        expect_send(PduType::bind_ack);
    }
};

base::ByteBuffer call(std::uint32_t call_id, base::ByteView stub = {}, std::uint8_t flags = kOnly) {
    RequestOptions options;
    options.call_id = call_id;
    options.flags = flags;
    options.opnum = 3;
    return request(options, stub);
}

TEST(AssociationRequest, OneCall) {
    Bound script;
    script.receive(call(2, pattern(100)));
    const StartCall started = script.expect_call(2, pattern(100));
    EXPECT_EQ(started.interface, FakeInterfaces::epm());
    EXPECT_EQ(started.opnum, 3);
    EXPECT_EQ(started.context_id, 0);
    EXPECT_EQ(started.syntax, ndr::Syntax::ndr20);
    EXPECT_EQ(started.order, base::ByteOrder::little);
    EXPECT_FALSE(started.object);
    EXPECT_FALSE(started.cancelled);
    EXPECT_TRUE(started.caller->token->anonymous);
    EXPECT_EQ(started.caller->peer_address, "192.0.2.7");
    script.reply(2, pattern(50, 9));
    const Sent sent = script.expect_send(PduType::response);
    EXPECT_EQ(sent.header.call_id, 2U);
    EXPECT_EQ(sent.header.flags, kOnly);
    EXPECT_EQ(parse_response(sent.header, sent.bytes)->alloc_hint, 50U);
    EXPECT_EQ(sent.stub(), pattern(50, 9));
    EXPECT_EQ(script.association().calls_in_flight(), 0U);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, FaultFromTheOperation) {
    Bound script;
    script.receive(call(2));
    script.expect_call(2, {});
    script.fault(2, 0x1C00001A);
    const Sent sent = script.expect_send(PduType::fault);
    EXPECT_EQ(sent.fault().status, 0x1C00001AU);
    EXPECT_EQ(sent.fault().alloc_hint, 32U);
    EXPECT_FALSE(sent.header.has(pfc::kDidNotExecute));
    script.receive(call(3));
    script.expect_call(3, {});
    script.fault(3, 0).expect_fault(Fault::unspec, 3);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, ObjectUuid) {
    Bound script;
    RequestOptions options;
    options.object = base::parse_guid("9940ca8e-512f-4c58-88a9-61098d6896bd");
    script.receive(request(options, pattern(9)));
    EXPECT_EQ(script.expect_call(2, pattern(9)).object, options.object);
    script.reply(2, {});
    script.expect_send(PduType::response);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, FragmentsAreJoined) {
    Bound script;
    script.receive(call(2, pattern(1000, 1), pfc::kFirst)).expect_nothing();
    EXPECT_TRUE(script.association().in_fragment());
    script.receive(call(2, pattern(1000, 2), 0)).expect_nothing();
    script.receive(call(2, pattern(7, 3), pfc::kLast));
    base::ByteBuffer whole = pattern(1000, 1);
    base::append(whole, pattern(1000, 2));
    base::append(whole, pattern(7, 3));
    script.expect_call(2, whole);
    EXPECT_FALSE(script.association().in_fragment());
    script.reply(2, {});
    script.expect_send(PduType::response);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, LargeReplyIsCut) {
    Bound script;
    script.receive(call(2));
    script.expect_call(2, {});
    const auto stub = pattern(20'000);
    script.reply(2, stub);
    base::ByteBuffer joined;
    for (std::size_t i = 0; i < 4; ++i) {
        const Sent sent = script.expect_send(PduType::response);
        EXPECT_EQ(sent.header.has(pfc::kFirst), i == 0);
        EXPECT_EQ(sent.header.has(pfc::kLast), i == 3);
        EXPECT_LE(sent.bytes.size(), 5840U);
        EXPECT_EQ(parse_response(sent.header, sent.bytes)->alloc_hint, stub.size() - joined.size()) << "what remains";
        EXPECT_TRUE(i == 3 || sent.stub().size() % 8 == 0);
        base::append(joined, sent.stub());
    }
    EXPECT_EQ(joined, stub);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, FragmentsMustFitTogether) {
    const auto expect_error = [](const base::ByteBuffer& second) {
        Bound script;
        script.receive(call(5, pattern(16), pfc::kFirst));
        script.receive(second).expect_fault(Fault::proto_error, read_header(second)->call_id).expect_close();
    };
    expect_error(call(6, pattern(16), pfc::kLast));
    expect_error(call(5, pattern(16), kOnly));
    RequestOptions other;
    other.call_id = 5;
    other.flags = pfc::kLast;
    other.opnum = 4;
    expect_error(request(other, pattern(16)));
    other.opnum = 3;
    other.context_id = 1;
    expect_error(request(other, pattern(16)));
    other.context_id = 0;
    other.order = base::ByteOrder::big;
    expect_error(request(other, pattern(16)));
}

TEST(AssociationRequest, UnknownContextIsFaultedAtTheFirstFragment) {
    Bound script;
    RequestOptions options;
    options.context_id = 77;
    options.flags = pfc::kFirst;
    script.receive(request(options, pattern(64)));
    const Sent sent = script.expect_send(PduType::fault);
    EXPECT_EQ(sent.fault().status, static_cast<std::uint32_t>(Fault::unk_if));
    EXPECT_EQ(sent.fault().context_id, 0U) << "not the one that nobody knows";
    EXPECT_TRUE(sent.header.has(pfc::kDidNotExecute));
    options.flags = 0;
    script.receive(request(options, pattern(64))).expect_nothing();
    options.flags = pfc::kLast;
    script.receive(request(options, pattern(64))).expect_nothing();
    script.receive(call(3, pattern(4)));
    script.expect_call(3, pattern(4));
    script.reply(3, {});
    script.expect_send(PduType::response);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, StubLimit) {
    Bound script(true, [](AssociationSettings& settings, FakeInterfaces&) { settings.max_stub_bytes = 5000; });
    script.receive(call(2, pattern(3000), pfc::kFirst)).expect_nothing();
    script.receive(call(2, pattern(2001), 0)).expect_fault(Fault::access_denied, 2);
    script.expect_log(LogEvent::Kind::limit_exceeded);
    script.receive(call(2, pattern(3000), pfc::kLast)).expect_nothing();
    script.receive(call(3, pattern(5000)));
    script.expect_call(3, pattern(5000));
    script.reply(3, {});
    script.expect_send(PduType::response);
    script.repeat_failing_at_every_step();
}

TEST(AssociationRequest, StrangersGetSmallStubsOnly) {
    Bound script;
    const auto piece = pattern(5000);
    script.receive(call(2, piece, pfc::kFirst));
    for (std::size_t total = piece.size();;) {
        total += piece.size();
        script.receive(call(2, piece, 0));
        if (total > base::limits::kMaxUnauthenticatedStubBytes) break;
        script.expect_nothing();
    }
    script.expect_fault(Fault::access_denied, 2);
}

TEST(AssociationRequest, AllocHintIsOnlyAHint) {
    Bound script;
    std::uint32_t call_id = 2;
    for (const std::uint32_t hint : {0U, 1U, 100U, 0x7fffffffU, 0xffffffffU}) {
        RequestOptions options;
        options.call_id = call_id;
        options.alloc_hint = hint;
        script.receive(request(options, pattern(100)));
        EXPECT_LT(script.expect_call(call_id, pattern(100)).stub.capacity(), 1U << 20U);
        script.reply(call_id++, {});
        script.expect_send(PduType::response);
    }
}

TEST(AssociationRequest, RequestShorterThanItsHeader) {
    Bound script;
    script.receive(control(PduType::request, 2)).expect_fault(Fault::proto_error, 2).expect_close();
}

TEST(AssociationRequest, FragmentAboveTheAgreedSize) {
    Script script;
    BindOptions options;
    options.contexts = {{0, kEpmSyntax, {kNdr20}}};
    options.max_xmit = 1432;
    script.receive(bind(options));
    script.expect_send(PduType::bind_ack);
    script.receive(call(2, pattern(1432 - 24 + 1))).expect_fault(Fault::proto_error, 2).expect_close();
}

// --- call ids --------------------------------------------------------------------------------------------------------

TEST(AssociationCallId, MustIncrease) {
    Bound script;
    script.receive(call(10));
    script.expect_call(10, {});
    script.reply(10, {});
    script.expect_send(PduType::response);
    script.receive(call(10)).expect_fault(Fault::proto_error, 10);
    script.receive(call(9)).expect_fault(Fault::proto_error, 9);
    script.receive(call(11));
    script.expect_call(11, {});
    script.reply(11, {});
    script.expect_send(PduType::response);
    script.repeat_failing_at_every_step();
}

TEST(AssociationCallId, StartsAnewAfterAnIdleAlterContext) {
    Bound script;
    script.receive(call(10));
    script.expect_call(10, {});
    script.reply(10, {});
    script.expect_send(PduType::response);
    BindOptions options;
    options.contexts = {{1, kEpmSyntax, {kNdr20}}};
    script.receive(alter_context(options));
    script.expect_send(PduType::alter_context_resp);
    script.receive(call(2));
    script.expect_call(2, {});
}

// [MS-RPCE] 3.3.3.5.6
TEST(AssociationCallId, StrayFragments) {
    constexpr auto kLag = static_cast<std::uint32_t>(base::limits::kMaxCallIdLag);
    const auto bound_with_call_1000 = [](Script& script) {
        script.receive(call(1000));
        script.expect_call(1000, {});
    };
    Bound recent;
    bound_with_call_1000(recent);
    recent.receive(call(1000 - kLag + 1, pattern(8), pfc::kLast)).expect_nothing();
    recent.receive(call(1000, pattern(8), 0)).expect_nothing();
    Bound old;
    bound_with_call_1000(old);
    old.receive(call(1000 - kLag, pattern(8), pfc::kLast)).expect_fault(Fault::proto_error, 1000 - kLag).expect_close();
    Bound future;
    bound_with_call_1000(future);
    future.receive(call(1001, pattern(8), pfc::kLast)).expect_fault(Fault::proto_error, 1001).expect_close();
    Bound first;
    first.receive(call(1, pattern(8), pfc::kLast)).expect_fault(Fault::proto_error, 1).expect_close();
}

TEST(AssociationCallId, InUse) {
    Bound script;
    script.receive(call(2));
    script.expect_call(2, {});
    script.receive(call(2)).expect_fault(Fault::proto_error, 2).expect_close();
    EXPECT_FALSE(script.association().reply(2, {}));
}

// --- several calls ---------------------------------------------------------------------------------------------------

TEST(AssociationCalls, MultiplexedCallsRunTogetherAndEndInAnyOrder) {
    Bound script;
    script.receive(call(2, pattern(2)));
    script.expect_call(2, pattern(2));
    script.receive(call(3, pattern(3)));
    script.expect_call(3, pattern(3));
    script.receive(call(4, pattern(4)));
    script.expect_call(4, pattern(4));
    EXPECT_EQ(script.association().calls_in_flight(), 3U);
    for (const std::uint32_t id : {3U, 4U, 2U}) {
        script.reply(id, pattern(id));
        const Sent sent = script.expect_send(PduType::response);
        EXPECT_EQ(sent.header.call_id, id);
        EXPECT_EQ(sent.stub(), pattern(id));
    }
    EXPECT_FALSE(script.association().reply(2, {})) << "answered already";
    EXPECT_FALSE(script.association().reply(99, {}));
    script.repeat_failing_at_every_step();
}

TEST(AssociationCalls, ExclusiveConnectionRunsOneAtATime) {
    Bound script(false);
    script.receive(call(2, pattern(2)));
    script.expect_call(2, pattern(2));
    script.receive(call(3, pattern(3))).expect_nothing();
    script.receive(call(4, pattern(4))).expect_nothing();
    EXPECT_FALSE(script.association().reply(3, {})) << "not started yet";
    script.reply(2, {});
    script.expect_send(PduType::response);
    script.expect_call(3, pattern(3));
    script.fault(3, 5).expect_fault(Fault::access_denied, 3);
    script.expect_call(4, pattern(4));
    script.reply(4, {});
    script.expect_send(PduType::response);
    script.repeat_failing_at_every_step();
}

TEST(AssociationCalls, ExclusiveQueueIsBounded) {
    Bound script(false);
    script.receive(call(1));
    script.expect_call(1, {});
    std::uint32_t id = 2;
    for (; id < 2 + base::limits::kMaxExclusiveQueue; ++id) script.receive(call(id)).expect_nothing();
    script.receive(call(id)).expect_fault(Fault::server_too_busy, id);
    script.expect_log(LogEvent::Kind::limit_exceeded);
}

TEST(AssociationCalls, NumberInFlightIsBounded) {
    Bound script;
    std::uint32_t id = 1;
    for (; id <= base::limits::kMaxCallsPerConnection; ++id) {
        script.receive(call(id));
        script.expect_call(id, {});
    }
    script.receive(call(id)).expect_fault(Fault::server_too_busy, id);
    script.reply(1, {});
    script.expect_send(PduType::response);
    script.receive(call(++id));
    script.expect_call(id, {});
}

TEST(AssociationCalls, RequestBytesInFlightAreBounded) {
    Surroundings around;
    around.interfaces.par_level = 2;
    Association association(around.settings());
    BindOptions options;
    options.flags |= pfc::kConcMpx;
    options.auth = Auth{kAuthTypeNtlm, 2, 1, false};
    association.receive(bind(options));
    association.receive(auth3(*options.auth, "proof:alice"));
    const auto piece = pattern(5800);
    std::size_t bytes = 0;
    std::uint32_t id = 1;
    while (!association.has_output() || id < 3) {
        base::ByteBuffer output;
        association.next_output(output, 1U << 20U);
        association.receive(call(++id, piece, pfc::kFirst));
        for (std::size_t i = 0; i < 4000 && !association.has_output(); ++i) {
            association.receive(call(id, piece, 0));
            bytes += piece.size();
        }
        association.receive(call(id, piece, pfc::kLast));
        ASSERT_LT(bytes, 2 * base::limits::kMaxStubBytesInFlight);
    }
    base::ByteBuffer output;
    association.next_output(output, 1U << 20U);
    const auto sent = cut(output);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].fault().status, static_cast<std::uint32_t>(Fault::server_too_busy));
    EXPECT_GT(bytes + piece.size() * 2 * id, base::limits::kMaxStubBytesInFlight);

    // Answers make room again.
    for (const Action& action : association.take_actions()) {
        if (const auto* started = std::get_if<StartCall>(&action)) {
            EXPECT_TRUE(association.fault(started->call_id, 5));
        }
    }
    EXPECT_EQ(association.calls_in_flight(), 0U);
    association.receive(call(++id, piece, pfc::kFirst));
    for (std::size_t i = 0; i < 4000; ++i) association.receive(call(id, piece, 0));
    association.receive(call(id, piece, pfc::kLast));
    EXPECT_EQ(association.calls_in_flight(), 1U);
}

TEST(AssociationCalls, ClientThatTakesNoRepliesIsNotReadAndNotServed) {
    Surroundings around;
    Association association(around.settings());
    association.receive(epm_bind());
    std::uint32_t id = 1;
    for (std::size_t queued = 0; queued < base::limits::kMaxQueuedReplyBytes; queued += 50U << 20U) {
        EXPECT_EQ(association.wants_input(), queued == 0);
        association.receive(call(++id));
        EXPECT_TRUE(association.reply(id, base::ByteBuffer(50U << 20U)));
    }
    EXPECT_FALSE(association.wants_input());
    base::ByteBuffer output;
    std::size_t faults = 0;
    while (association.has_output()) {
        output.clear();
        association.next_output(output, 1U << 20U);
        for (const Sent& sent : cut(output)) {
            if (sent.is(PduType::fault)) {
                ++faults;
                EXPECT_EQ(sent.fault().status, static_cast<std::uint32_t>(Fault::remote_no_memory));
            }
        }
    }
    EXPECT_EQ(faults, 1U);
    EXPECT_TRUE(association.wants_input());
}

// Strangers may leave less unread than somebody who has logged on.
TEST(AssociationCalls, UnsentRepliesHoldBackRequestsFromTheMarkOn) {
    const auto reads_on = [](bool known, std::size_t queued) {
        Surroundings around;
        around.interfaces.par_level = 2;
        Association association(around.settings());
        base::ByteBuffer output;
        if (known) {
            BindOptions options;
            options.auth = Auth{kAuthTypeNtlm, 2, 1, false};
            association.receive(bind(options));
            association.next_output(output, 1U << 20U);
            association.receive(auth3(*options.auth, "proof:alice"));
            association.receive(request({}, {}));
        } else {
            association.receive(epm_bind());
            association.next_output(output, 1U << 20U);
            association.receive(call(2));
        }
        EXPECT_TRUE(association.reply(2, base::ByteBuffer(queued)));
        const bool reads = association.wants_input();
        while (association.has_output()) association.next_output(output, output.size() + 1);
        EXPECT_TRUE(association.wants_input());
        return reads;
    };
    EXPECT_TRUE(reads_on(false, base::limits::kFreeBufferBytes - 1));
    EXPECT_FALSE(reads_on(false, base::limits::kFreeBufferBytes));
    EXPECT_TRUE(reads_on(true, base::limits::kReplyHighWaterBytes - 1));
    EXPECT_FALSE(reads_on(true, base::limits::kReplyHighWaterBytes));
}

TEST(AssociationCalls, OversizedReplyBecomesAFault) {
    Surroundings around;
    Association association(around.settings());
    association.receive(epm_bind());
    association.receive(call(2));
    base::ByteBuffer output;
    association.next_output(output, 1);
    output.clear();
    EXPECT_TRUE(association.reply(2, base::ByteBuffer(base::limits::kMaxReplyBytes + 1)));
    association.next_output(output, 1);
    EXPECT_EQ(cut(output).at(0).fault().status, static_cast<std::uint32_t>(Fault::out_args_too_big));
    association.receive(call(3));
    EXPECT_TRUE(association.reply(3, base::ByteBuffer(base::limits::kMaxReplyBytes)));
    output.clear();
    association.next_output(output, 1);
    EXPECT_TRUE(cut(output).at(0).is(PduType::response));
}

TEST(AssociationCalls, OutputComesInBudgets) {
    Surroundings around;
    Association association(around.settings());
    association.receive(epm_bind());
    base::ByteBuffer output;
    association.next_output(output, 1U << 20U);
    association.receive(call(2));
    EXPECT_TRUE(association.reply(2, pattern(1U << 20U)));
    output.clear();
    association.next_output(output, 64U << 10U);
    EXPECT_LT(output.size(), (64U << 10U) + 5840U);
    EXPECT_GE(output.size(), 64U << 10U);
    EXPECT_TRUE(association.has_output());
}

// --- cancel and orphaned ---------------------------------------------------------------------------------------------

TEST(AssociationCancel, OfARunningCall) {
    Bound script;
    script.receive(call(2));
    script.expect_call(2, {});
    script.receive(control(PduType::cancel, 2)).expect_cancel(2);
    script.receive(control(PduType::cancel, 2)).expect_nothing();
    script.fault(2, static_cast<std::uint32_t>(Fault::cancel)).expect_fault(Fault::cancel, 2);
    script.receive(control(PduType::cancel, 2)).expect_nothing();
    script.repeat_failing_at_every_step();
}

TEST(AssociationCancel, WhileTheRequestIsArriving) {
    Bound script;
    script.receive(call(2, pattern(8), pfc::kFirst));
    script.receive(control(PduType::cancel, 2)).expect_nothing();
    script.receive(call(2, {}, pfc::kLast));
    EXPECT_TRUE(script.expect_call(2, pattern(8)).cancelled);
    script.receive(call(3, {}, kOnly | pfc::kPendingCancel));
    EXPECT_TRUE(script.expect_call(3, {}).cancelled);
    script.repeat_failing_at_every_step();
}

TEST(AssociationCancel, OfAWaitingCall) {
    Bound script(false);
    script.receive(call(2));
    script.expect_call(2, {});
    script.receive(call(3)).expect_nothing();
    script.receive(call(4, pattern(4))).expect_nothing();
    script.receive(control(PduType::cancel, 3)).expect_fault(Fault::cancel, 3);
    script.reply(2, {});
    script.expect_send(PduType::response);
    script.expect_call(4, pattern(4));
    script.repeat_failing_at_every_step();
}

TEST(AssociationOrphaned, NobodyWantsTheAnswer) {
    Bound script;
    script.receive(call(2));
    script.expect_call(2, {});
    script.receive(control(PduType::orphaned, 2)).expect_orphan(2);
    EXPECT_EQ(script.association().calls_in_flight(), 1U) << "still running";
    script.receive(control(PduType::orphaned, 2)).expect_nothing();
    script.reply(2, pattern(10)).expect_nothing();
    EXPECT_EQ(script.association().calls_in_flight(), 0U);
    script.receive(call(3));
    script.expect_call(3, {});
    script.repeat_failing_at_every_step();
}

TEST(AssociationOrphaned, HalfARequest) {
    Bound script;
    script.receive(call(2, pattern(8), pfc::kFirst));
    script.receive(control(PduType::orphaned, 2)).expect_nothing();
    script.receive(call(2, pattern(8), pfc::kLast)).expect_nothing();
    script.receive(call(3));
    script.expect_call(3, {});
    script.repeat_failing_at_every_step();
}

TEST(AssociationOrphaned, WaitingCallNeverStarts) {
    Bound script(false);
    script.receive(call(2));
    script.expect_call(2, {});
    script.receive(call(3)).expect_nothing();
    script.receive(control(PduType::orphaned, 3)).expect_nothing();
    script.receive(control(PduType::orphaned, 2)).expect_orphan(2);
    script.receive(call(4)).expect_nothing();
    script.reply(2, {});
    script.expect_call(4, {});
    script.repeat_failing_at_every_step();
}

TEST(AssociationOrphaned, QueuedReplyIsDropped) {
    Surroundings around;
    Association association(around.settings());
    association.receive(epm_bind());
    association.receive(call(2));
    association.receive(call(3));
    base::ByteBuffer output;
    association.next_output(output, 1U << 20U);
    output.clear();
    EXPECT_TRUE(association.reply(2, pattern(20'000)));
    EXPECT_TRUE(association.reply(3, pattern(30)));
    association.receive(control(PduType::orphaned, 2));
    association.next_output(output, 1U << 20U);
    const auto sent = cut(output);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].header.call_id, 3U);
    EXPECT_TRUE(association.wants_input());
}

}  // namespace
}  // namespace dcerpc::test
