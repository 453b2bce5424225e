// Reassembly and fragment cutting on their own.
#include "dcerpc/assoc/fragmenter.h"
#include "dcerpc/assoc/reassembly.h"
#include "dcerpc/pdu/auth_trailer.h"
#include "pdus.h"

#include <gtest/gtest.h>

namespace dcerpc::test {
namespace {

TEST(Reassembly, JoinsInOrder) {
    Reassembly stub(100, 0);
    EXPECT_TRUE(stub.append(pattern(40, 1)));
    EXPECT_TRUE(stub.append({}));
    EXPECT_TRUE(stub.append(pattern(60, 2)));
    EXPECT_FALSE(stub.append(pattern(1))) << "full";
    EXPECT_EQ(stub.size(), 100U);
    auto expected = pattern(40, 1);
    base::append(expected, pattern(60, 2));
    EXPECT_EQ(stub.take(), expected);
}

TEST(Reassembly, TheLargestStub) {
    Reassembly stub(base::limits::kMaxStubBytes, 0);
    const base::ByteBuffer piece(1U << 20U);
    while (stub.size() < base::limits::kMaxStubBytes) ASSERT_TRUE(stub.append(piece));
    EXPECT_EQ(stub.size(), base::limits::kMaxStubBytes);
    EXPECT_FALSE(stub.append(pattern(1)));
}

TEST(Reassembly, HintBuysLittle) {
    Reassembly liar(50U << 20U, 0xffffffffU);
    EXPECT_TRUE(liar.append(pattern(100)));
    EXPECT_LE(liar.take().capacity(), 256U << 10U);
}

TEST(Reassembly, HonestHintAllocatesRarely) {
    constexpr std::size_t kTotal = 16U << 20U;
    Reassembly stub(50U << 20U, kTotal);
    const auto piece = pattern(5792);
    std::size_t moves = 0;
    const std::byte* at = nullptr;
    while (stub.size() + piece.size() <= kTotal) {
        ASSERT_TRUE(stub.append(piece));
        if (stub.view().data() != at) ++moves;
        at = stub.view().data();
    }
    EXPECT_LE(moves, 5U);
    EXPECT_LE(stub.take().capacity(), kTotal);
}

TEST(Fragmenter, EmptyStubIsOneFragment) {
    Fragmenter::Plan plan;
    plan.max_fragment = 1432;
    Fragmenter cutter(plan, {});
    base::ByteBuffer out;
    ASSERT_TRUE(cutter.append_next(out));
    EXPECT_TRUE(cutter.done());
    const auto sent = cut(out);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].header.is_single());
    EXPECT_TRUE(sent[0].stub().empty());
}

TEST(Fragmenter, AllSizesAroundTheBorders) {
    for (std::size_t size = 1380; size < 1432; ++size) {
        auto context = FakeContext::initiator(FakeContext::Legs::three);
        context->force_complete();
        Fragmenter::Plan plan;
        plan.type = PduType::request;
        plan.object = base::Guid{};
        plan.max_fragment = 1432;
        plan.slot = std::make_shared<SecuritySlot>();
        plan.slot->auth_level = 6;
        plan.slot->state = SecuritySlot::State::ready;
        plan.slot->context = std::move(context);
        Fragmenter cutter(plan, pattern(size));
        base::ByteBuffer out;
        while (!cutter.done()) ASSERT_TRUE(cutter.append_next(out));
        std::size_t total = 0;
        for (const Sent& sent : cut(out)) {
            EXPECT_LE(sent.bytes.size(), 1432U);
            const auto trailer = read_auth_trailer(sent.header, sent.bytes, 40);
            ASSERT_TRUE(trailer);
            EXPECT_EQ((trailer->offset - 40) % 16, 0U);
            total += trailer->offset - 40 - trailer->pad_length;
        }
        EXPECT_EQ(total, size);
    }
}

TEST(Fragmenter, GivesUpWhenNothingCanBeSigned) {
    Fragmenter::Plan plan;
    plan.max_fragment = 1432;
    plan.slot = std::make_shared<SecuritySlot>();
    plan.slot->auth_level = 6;
    plan.slot->context = FakeContext::initiator(FakeContext::Legs::three);         // not complete
    Fragmenter cutter(plan, pattern(10));
    base::ByteBuffer out;
    EXPECT_FALSE(cutter.append_next(out));
    plan.slot->fail(5);
    Fragmenter later(plan, pattern(10));
    EXPECT_FALSE(later.append_next(out));
}

}  // namespace
}  // namespace dcerpc::test
