// Shares of users: the edge, giving back, replacing, loading.
#include "base/user_budget.h"

#include <gtest/gtest.h>

namespace {

using base::UserBudget;

const base::Sid kAlice = base::well_known::users().child(1000);
const base::Sid kBob = base::well_known::users().child(1001);

TEST(UserBudget, EachUserHasTheWholeLimit) {
    const auto budget = std::make_shared<UserBudget>(10);
    auto first = budget->take(kAlice, 9);
    const auto last = budget->take(kAlice, 1);
    ASSERT_TRUE(first && last);
    EXPECT_FALSE(budget->take(kAlice, 1));
    EXPECT_EQ(budget->held(kAlice), 10U);
    EXPECT_TRUE(budget->take(kAlice, 0));
    const auto others = budget->take(kBob, 10);
    EXPECT_TRUE(others);
    EXPECT_FALSE(budget->take(kBob, SIZE_MAX));
    first.reset();
    EXPECT_EQ(budget->held(kAlice), 1U);
    EXPECT_TRUE(budget->take(kAlice, 9));
    EXPECT_EQ(budget->held(kAlice), 1U) << "a share that nobody kept";
}

TEST(UserBudget, AShareCanBeReplaced) {
    const auto budget = std::make_shared<UserBudget>(10);
    UserBudget::Share share = budget->adopt(kAlice, 8);
    EXPECT_FALSE(budget->take(kAlice, 11, &share));
    auto larger = budget->take(kAlice, 10, &share);
    ASSERT_TRUE(larger);
    share = std::move(*larger);
    larger.reset();
    EXPECT_EQ(budget->held(kAlice), 10U);
    share = UserBudget::Share();
    EXPECT_EQ(budget->held(kAlice), 0U);
}

TEST(UserBudget, WhatIsThereAlreadyIsHeldWhateverTheLimitSays) {
    const auto budget = std::make_shared<UserBudget>(10);
    {
        const UserBudget::Share loaded = budget->adopt(kAlice, 25);
        EXPECT_EQ(budget->held(kAlice), 25U);
        EXPECT_FALSE(budget->take(kAlice, 1));
        EXPECT_TRUE(budget->take(kAlice, 25, &loaded)) << "it need not become smaller";
        EXPECT_FALSE(budget->take(kAlice, 26, &loaded));
    }
    EXPECT_EQ(budget->held(kAlice), 0U);
    EXPECT_TRUE(budget->take(kAlice, 10));
}

}  // namespace
