// What all connections hold together: requests and replies against the common budget.
#include "fakes.h"
#include "pdus.h"

#include "base/buffer_budget.h"

#include <gtest/gtest.h>

namespace dcerpc::test {
namespace {

base::ByteBuffer epm_bind() {
    BindOptions options;
    options.flags |= pfc::kConcMpx;
    options.contexts = {{0, kEpmSyntax, {kNdr20}}};
    return bind(options);
}

base::ByteBuffer call(std::uint32_t call_id, base::ByteView stub = {}) {
    RequestOptions options;
    options.call_id = call_id;
    options.opnum = 3;
    return request(options, stub);
}

// A bound association whose output nobody takes.
class Deaf {
 public:
    Deaf(Surroundings& around, const std::shared_ptr<base::BufferBudget>& budget) {
        AssociationSettings settings = around.settings();
        settings.budget = budget;
        association = std::make_unique<Association>(std::move(settings));
        association->receive(epm_bind());
    }
    bool answer(std::uint32_t call_id, std::size_t bytes) {
        association->receive(call(call_id));
        return association->reply(call_id, base::ByteBuffer(bytes));
    }
    std::size_t drain() {
        base::ByteBuffer sent;
        while (association->has_output()) association->next_output(sent, sent.size() + 1);
        return sent.size();
    }
    std::unique_ptr<Association> association;
};

// Whatever each connection may hold by itself, all together hold no more than the budget.
TEST(AssociationBudget, LargeRepliesCompeteForTheCommonBudget) {
    constexpr std::size_t kLarge = 3U << 20U, kMedium = 1U << 20U, kSmall = base::limits::kFreeBufferBytes / 2;
    const auto budget = std::make_shared<base::BufferBudget>(kLarge);
    Surroundings around;
    Deaf first(around, budget), second(around, budget);
    ASSERT_TRUE(first.answer(2, kLarge));
    EXPECT_GT(budget->used(), kLarge - base::limits::kFreeBufferBytes);
    (void)second.drain();
    ASSERT_TRUE(second.answer(2, kMedium));
    EXPECT_EQ(second.drain(), 32U) << "a fault";
    ASSERT_TRUE(second.answer(3, kSmall));
    EXPECT_GT(second.drain(), kSmall) << "small ones are served all the same";

    EXPECT_GT(first.drain(), kLarge);
    EXPECT_EQ(budget->used(), 0U);
    ASSERT_TRUE(second.answer(4, kMedium));
    EXPECT_GT(budget->used(), 0U);
    EXPECT_GT(second.drain(), kMedium);
    EXPECT_EQ(budget->used(), 0U);
}

TEST(BufferBudget, TheDefaultAtItsEdge) {
    constexpr std::size_t kAll = base::limits::kMaxBufferedBytes;
    base::BufferBudget budget(kAll);
    EXPECT_TRUE(budget.affords(0, kAll));
    EXPECT_FALSE(budget.affords(0, kAll + 1));
    EXPECT_TRUE(budget.take(0, kAll));
    EXPECT_TRUE(budget.affords(kAll, kAll));
    EXPECT_FALSE(budget.take(0, 1));
    EXPECT_EQ(budget.used(), kAll) << "what was refused is not held";
    budget.charge(kAll, kAll - 1);
    EXPECT_TRUE(budget.take(kAll - 1, kAll));
    EXPECT_FALSE(budget.affords(kAll, kAll + 1));
}

TEST(AssociationBudget, ALostConnectionGivesItsShareOfTheBudgetBack) {
    const auto budget = std::make_shared<base::BufferBudget>(std::size_t{8} << 20U);
    Surroundings around;
    Deaf deaf(around, budget);
    ASSERT_TRUE(deaf.answer(2, 3U << 20U));
    EXPECT_GT(budget->used(), 0U);
    deaf.association.reset();
    EXPECT_EQ(budget->used(), 0U);
}

// A stranger gets the next request read when he has taken most of his replies.
TEST(AssociationBudget, RepliesToStrangersAreNotPiledUp) {
    Surroundings around;
    Deaf deaf(around, nullptr);
    ASSERT_TRUE(deaf.answer(2, base::limits::kFreeBufferBytes));
    EXPECT_FALSE(deaf.association->wants_input());
    (void)deaf.drain();
    EXPECT_TRUE(deaf.association->wants_input());
}

TEST(AssociationBudget, RequestsBeyondTheCommonBudgetAreRefused) {
    Surroundings around;
    Deaf deaf(around, std::make_shared<base::BufferBudget>(10U));
    (void)deaf.association->take_actions();
    const base::ByteBuffer stub = pattern(5000);
    const auto fits = static_cast<std::uint32_t>(base::limits::kFreeBufferBytes / stub.size());
    for (std::uint32_t i = 0; i <= fits; ++i) deaf.association->receive(call(2 + i, stub));
    EXPECT_EQ(deaf.association->calls_in_flight(), fits);
    base::ByteBuffer sent;
    deaf.association->next_output(sent, 1U << 20U);
    const Sent refusal = cut(sent).back();
    ASSERT_TRUE(refusal.is(PduType::fault));
    EXPECT_EQ(refusal.fault().status, static_cast<std::uint32_t>(Fault::server_too_busy));
    EXPECT_EQ(refusal.header.call_id, 2U + fits);
}

}  // namespace
}  // namespace dcerpc::test
