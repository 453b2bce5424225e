#include "dcerpc/server/handle_table.h"

#include "base/limits.h"
#include "dcerpc/assoc/group.h"
#include "base/buffer_budget.h"
#include "dcerpc/fault.h"
#include "dcerpc/server/call.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace dcerpc {
namespace {

struct Thing final : HandleObject {
    base::Task<void> rundown() override {
        ++run_down;
        co_return;
    }
    int run_down = 0;
};
struct OtherThing final : HandleObject {
    base::Task<void> rundown() override { co_return; }
};

const Interface kOne{{}, "one", {}};
const Interface kTwo{{}, "two", {}};

base::Sid user(std::uint32_t rid) { return base::well_known::users().child(rid); }

HandleEntry entry_of(std::shared_ptr<HandleObject> object, const Interface& interface = kOne, std::uint8_t level = 6) {
    HandleEntry entry;
    entry.object = std::move(object);
    entry.interface = &interface;
    entry.user = user(1000);
    entry.auth_level = level;
    return entry;
}

constexpr auto kMismatch = static_cast<std::uint32_t>(Fault::context_mismatch);

TEST(HandleTable, FindsWhatWasAdded) {
    HandleTable table;
    auto thing = std::make_shared<Thing>();
    const auto handle = table.add(entry_of(thing));
    ASSERT_TRUE(handle);
    EXPECT_EQ(handle->attributes, 0U);
    EXPECT_FALSE(handle->is_null());
    const auto found = table.find(*handle, kOne, user(1000), 6);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->object, thing);
    EXPECT_TRUE(found->gate);
    EXPECT_EQ(table.size(), 1U);
}

TEST(HandleTable, EveryDifferenceIsAContextMismatch) {
    HandleTable table;
    const auto handle = table.add(entry_of(std::make_shared<Thing>()));
    ASSERT_TRUE(handle);
    const auto status = [&](const ndr::ContextHandle& wanted, const Interface& interface, std::uint32_t rid, std::uint8_t level) {
        const auto found = table.find(wanted, interface, user(rid), level);
        return found ? 0U : found.error().fault_status();
    };
    EXPECT_EQ(status(*handle, kOne, 1000, 6), 0U);
    EXPECT_EQ(status(*handle, kTwo, 1000, 6), kMismatch);
    EXPECT_EQ(status(*handle, kOne, 1001, 6), kMismatch);
    EXPECT_EQ(status(*handle, kOne, 1000, 5), kMismatch);
    ndr::ContextHandle changed = *handle;
    changed.attributes = 1;
    EXPECT_EQ(status(changed, kOne, 1000, 6), kMismatch);
    changed = *handle;
    changed.uuid.data1 ^= 1U;
    EXPECT_EQ(status(changed, kOne, 1000, 6), kMismatch);
    EXPECT_EQ(status({}, kOne, 1000, 6), kMismatch);
}

TEST(HandleTable, AStrongerLevelMayUseAWeakerHandle) {
    HandleTable table;
    const auto handle = table.add(entry_of(std::make_shared<Thing>(), kOne, 5));
    ASSERT_TRUE(handle);
    EXPECT_TRUE(table.find(*handle, kOne, user(1000), 6));
}

TEST(HandleTable, RemoveForgets) {
    HandleTable table;
    auto thing = std::make_shared<Thing>();
    const auto handle = table.add(entry_of(thing));
    ASSERT_TRUE(handle);
    EXPECT_EQ(table.remove(*handle), thing);
    EXPECT_EQ(table.remove(*handle), nullptr);
    EXPECT_FALSE(table.find(*handle, kOne, user(1000), 6));
}

TEST(HandleTable, IsBounded) {
    HandleTable table;
    auto thing = std::make_shared<Thing>();
    for (std::size_t i = 0; i < base::limits::kMaxHandlesPerGroup; ++i) ASSERT_TRUE(table.add(entry_of(thing)));
    const auto one_more = table.add(entry_of(thing));
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error().code(), base::Win32::not_enough_quota);
}

// However many connections and groups a user has, all his handles together are bounded; nobody else notices.
TEST(HandleTable, EachUserIsBoundedOverAllGroups) {
    GroupDirectory groups;
    const auto thing = std::make_shared<Thing>();
    std::vector<GroupPtr> full;
    std::optional<ndr::ContextHandle> any;
    for (std::size_t made = 0; made < base::limits::kMaxHandlesPerUser; ++made) {
        if (made % base::limits::kMaxHandlesPerGroup == 0) full.push_back(groups.create("192.0.2.1"));
        const auto handle = full.back()->handles->add(entry_of(thing));
        ASSERT_TRUE(handle);
        any = *handle;
    }
    const GroupPtr fresh = groups.create("192.0.2.2");
    const auto add = [&](const base::Sid& who) {
        HandleEntry entry = entry_of(thing);
        entry.user = who;
        return base::code_of(fresh->handles->add(std::move(entry)));
    };
    EXPECT_EQ(add(user(1000)), base::Win32::not_enough_quota);
    EXPECT_EQ(add(user(1001)), base::Win32::success);
    EXPECT_EQ(add(base::Sid()), base::Win32::success) << "callers without a logon have no common share";
    EXPECT_NE(full.back()->handles->remove(*any), nullptr);
    EXPECT_EQ(add(user(1000)), base::Win32::success);
    EXPECT_EQ(add(user(1000)), base::Win32::not_enough_quota);
    EXPECT_EQ(full.front()->handles->take_all().size(), base::limits::kMaxHandlesPerGroup);
    EXPECT_EQ(add(user(1000)), base::Win32::success) << "a lost client gives its share back";
}

// A refused handle holds no share.
TEST(HandleTable, AFullGroupCostsTheUserNothing) {
    const auto users = std::make_shared<base::UserBudget>(base::limits::kMaxHandlesPerUser);
    HandleTable table(users);
    const auto thing = std::make_shared<Thing>();
    for (std::size_t i = 0; i < base::limits::kMaxHandlesPerGroup; ++i) ASSERT_TRUE(table.add(entry_of(thing)));
    EXPECT_FALSE(table.add(entry_of(thing)));
    EXPECT_EQ(users->held(user(1000)), base::limits::kMaxHandlesPerGroup);
    static_cast<void>(table.take_all());
    EXPECT_EQ(users->held(user(1000)), 0U);
}

TEST(HandleTable, TakeAllEmptiesAndCloses) {
    HandleTable table;
    ASSERT_TRUE(table.add(entry_of(std::make_shared<Thing>())));
    ASSERT_TRUE(table.add(entry_of(std::make_shared<Thing>())));
    EXPECT_EQ(table.take_all().size(), 2U);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.add(entry_of(std::make_shared<Thing>())).error().code(), base::Win32::invalid_handle);
}

TEST(HandleGate, LetsOneInAndTheOthersInOrder) {
    boost::asio::io_context io;
    HandleGate gate;
    ASSERT_EQ(gate.enter_or_queue(), nullptr);
    std::vector<int> order;
    for (int i = 1; i <= 3; ++i) {
        auto ticket = gate.enter_or_queue();
        ASSERT_NE(ticket, nullptr);
        const auto wait = [](HandleGate& the_gate, std::shared_ptr<HandleGate::Ticket> mine, std::vector<int>& into, int number) -> base::Task<void> {
            const bool entered = co_await HandleGate::wait(mine);
            into.push_back(entered ? number : -number);
            if (entered) the_gate.leave();
        };
        boost::asio::co_spawn(io, wait(gate, ticket, order, i), boost::asio::detached);
        if (i == 2) gate.abandon(ticket);
    }
    gate.leave();
    io.run();
    EXPECT_EQ(order.size(), 3U);
    EXPECT_EQ(std::count(order.begin(), order.end(), -2), 1);
    const auto first = std::find(order.begin(), order.end(), 1);
    const auto third = std::find(order.begin(), order.end(), 3);
    EXPECT_LT(first, third);
    EXPECT_EQ(gate.enter_or_queue(), nullptr);
}

TEST(HandleGate, AbandonAfterEnteringDoesNothing) {
    boost::asio::io_context io;
    HandleGate gate;
    ASSERT_EQ(gate.enter_or_queue(), nullptr);
    auto ticket = gate.enter_or_queue();
    gate.leave();
    gate.abandon(ticket);
    bool entered = false;
    const auto wait = [](std::shared_ptr<HandleGate::Ticket> mine, bool& result) -> base::Task<void> {
        const bool got = co_await HandleGate::wait(mine);
        result = got;
    };
    boost::asio::co_spawn(io, wait(ticket, entered), boost::asio::detached);
    io.run();
    EXPECT_TRUE(entered);
    EXPECT_NE(gate.enter_or_queue(), nullptr);
}

// --- Call ------------------------------------------------------------------------------------------------------------

class CallTest : public testing::Test {
 protected:
    Call::Setup setup(const Operation& operation) {
        auto caller = std::make_shared<Caller>();
        auto token = std::make_shared<base::Token>();
        token->user = "alice";
        token->user_sid = user(1000);
        caller->token = std::move(token);
        caller->auth_level = 6;
        Call::Setup made;
        made.interface = &kOne;
        made.operation = &operation;
        made.caller = std::move(caller);
        made.handles = handles;
        made.group_slot = slot;
        return made;
    }
    base::Result<void> bind(Call& call, const ndr::ContextHandle& handle) {
        std::optional<base::Result<void>> result;
        boost::asio::co_spawn(io, call.bind_handle(handle), [&result](const std::exception_ptr&, base::Result<void> outcome) { result = outcome; });
        io.restart();
        io.run();
        EXPECT_TRUE(result.has_value());
        return result.value_or(base::Error());
    }

    const Operation gated{"Gated", nullptr, false};
    const Operation waits{"Waits", nullptr, true};
    boost::asio::io_context io;
    std::shared_ptr<HandleTable> handles = std::make_shared<HandleTable>();
    std::shared_ptr<GroupSlot> slot = std::make_shared<GroupSlot>();
};

TEST_F(CallTest, OpensBindsUsesAndClosesHandles) {
    Call call(setup(gated));
    auto thing = std::make_shared<Thing>();
    const auto handle = call.open_handle(thing);
    ASSERT_TRUE(handle);
    EXPECT_FALSE(call.handle<Thing>(*handle)) << "not bound yet";
    ASSERT_TRUE(bind(call, *handle));
    ASSERT_TRUE(bind(call, *handle)) << "twice in one call must not wait for itself";
    EXPECT_EQ(call.handle<Thing>(*handle).value(), thing);
    EXPECT_EQ(call.handle<OtherThing>(*handle).error().code(), base::Win32::invalid_handle);
    EXPECT_EQ(call.close_handle(*handle), thing);
    EXPECT_EQ(call.close_handle(*handle), nullptr);
    EXPECT_EQ(handles->size(), 0U);
}

TEST_F(CallTest, NullAndUnknownHandlesAreMismatches) {
    Call call(setup(gated));
    EXPECT_EQ(bind(call, {}).error().fault_status(), kMismatch);
    ndr::ContextHandle unknown;
    unknown.uuid = base::random_guid();
    EXPECT_EQ(bind(call, unknown).error().fault_status(), kMismatch);
    EXPECT_EQ(call.close_handle(unknown), nullptr);
}

TEST_F(CallTest, GatedCallsWaitForEachOtherButWaitingOperationsDoNot) {
    auto first = std::make_unique<Call>(setup(gated));
    const auto handle = first->open_handle(std::make_shared<Thing>());
    ASSERT_TRUE(handle);
    ASSERT_TRUE(bind(*first, *handle));
    Call waiting(setup(waits));
    EXPECT_TRUE(bind(waiting, *handle));

    Call second(setup(gated));
    std::optional<base::Result<void>> outcome;
    boost::asio::co_spawn(io, second.bind_handle(*handle), [&](const std::exception_ptr&, base::Result<void> result) { outcome = result; });
    io.restart();
    io.poll();
    EXPECT_FALSE(outcome.has_value());
    first.reset();
    io.restart();
    io.run();
    ASSERT_TRUE(outcome.has_value());
    EXPECT_TRUE(outcome->has_value());
}

TEST_F(CallTest, AHandleClosedByTheCallBeforeIsAMismatch) {
    auto first = std::make_unique<Call>(setup(gated));
    const auto handle = first->open_handle(std::make_shared<Thing>());
    ASSERT_TRUE(handle);
    ASSERT_TRUE(bind(*first, *handle));
    Call second(setup(gated));
    std::optional<base::Result<void>> outcome;
    boost::asio::co_spawn(io, second.bind_handle(*handle), [&](const std::exception_ptr&, base::Result<void> result) { outcome = result; });
    io.restart();
    io.poll();
    ASSERT_NE(first->close_handle(*handle), nullptr);
    first.reset();
    io.restart();
    io.run();
    ASSERT_TRUE(outcome.has_value());
    ASSERT_FALSE(outcome->has_value());
    EXPECT_EQ(outcome->error().fault_status(), kMismatch);
}

TEST_F(CallTest, CancelTakesACallOutOfTheQueue) {
    Call first(setup(gated));
    const auto handle = first.open_handle(std::make_shared<Thing>());
    ASSERT_TRUE(handle);
    ASSERT_TRUE(bind(first, *handle));
    Call second(setup(gated));
    std::optional<base::Result<void>> outcome;
    boost::asio::co_spawn(io, second.bind_handle(*handle), [&](const std::exception_ptr&, base::Result<void> result) { outcome = result; });
    io.restart();
    io.poll();
    second.cancel_now();
    io.restart();
    io.run();
    ASSERT_TRUE(outcome.has_value());
    ASSERT_FALSE(outcome->has_value());
    EXPECT_EQ(outcome->error().fault_status(), static_cast<std::uint32_t>(Fault::cancel));
    EXPECT_TRUE(second.cancel().cancelled());
}

TEST_F(CallTest, GroupStateIsOneObjectPerType) {
    struct Cache {
        int value = 0;
    };
    struct Other {
        int value = 7;
    };
    Call first(setup(gated));
    Call second(setup(gated));
    first.group<Cache>()->value = 3;
    EXPECT_EQ(second.group<Cache>()->value, 3);
    EXPECT_EQ(second.group<Other>()->value, 7);
}

// The buffer that ReadPrinter fills is the call's own memory: many such calls at once compete for what all may hold together.
TEST(CallMemory, LargeCallsCompeteForTheCommonBudget) {
    constexpr std::uint32_t kLarge = 8U << 20U;
    Call::Setup setup;
    setup.budget = std::make_shared<base::BufferBudget>(kLarge);
    const auto budget = setup.budget;
    auto first = std::make_unique<Call>(setup);
    EXPECT_TRUE(first->arena().zeroed(kLarge).present);
    EXPECT_EQ(budget->used(), kLarge - base::limits::kFreeBufferBytes);
    Call second(setup);
    EXPECT_FALSE(second.arena().zeroed(kLarge).present);
    EXPECT_TRUE(second.arena().failed());
    Call small(setup);
    EXPECT_TRUE(small.arena().zeroed(base::limits::kFreeBufferBytes).present) << "small calls never meet the budget";
    first.reset();
    EXPECT_EQ(budget->used(), 0U);
    EXPECT_TRUE(Call(setup).arena().zeroed(kLarge).present);
    EXPECT_EQ(budget->used(), 0U);
}

TEST(CallMemory, TheLastByteOfTheBudgetIsUsable) {
    constexpr std::uint32_t kBudget = 1U << 20U;
    constexpr auto kFits = static_cast<std::uint32_t>(kBudget + base::limits::kFreeBufferBytes);
    Call::Setup setup;
    setup.budget = std::make_shared<base::BufferBudget>(kBudget);
    EXPECT_FALSE(Call(setup).arena().zeroed(kFits + 1).present);
    Call call(setup);
    EXPECT_TRUE(call.arena().zeroed(kFits).present);
    EXPECT_FALSE(call.arena().zeroed(1).present);
    EXPECT_EQ(setup.budget->used(), kBudget);
}

}  // namespace
}  // namespace dcerpc
