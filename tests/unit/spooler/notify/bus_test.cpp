#include "spooler/notify/bus.h"

#include "base/limits.h"
#include "tests/support/run_task.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <atomic>
#include <thread>

namespace spooler {
namespace {

using base::Result;
using base::Win32;

Event job_event(PrinterId printer, JobId job, std::uint32_t change, std::uint32_t fields, std::uint32_t status = 0) {
    Event event;
    event.object = EventObject::job;
    event.change = change;
    event.fields = fields;
    event.printer = printer;
    event.job = job;
    auto view = std::make_shared<JobView>();
    view->id = job;
    view->printer = printer;
    view->status = status;
    event.job_view = view;
    return event;
}

Event printer_event(PrinterId printer, std::uint32_t change, std::uint32_t fields, std::uint32_t status = 0) {
    Event event;
    event.object = EventObject::printer;
    event.change = change;
    event.fields = fields;
    event.printer = printer;
    auto view = std::make_shared<PrinterView>();
    view->status = status;
    event.printer_view = view;
    return event;
}

Event server_event(EventObject object, std::uint32_t change) {
    Event event;
    event.object = object;
    event.change = change;
    event.name = "A4";
    return event;
}

class BusTest : public testing::Test {
 protected:
    SubscriptionPtr subscribe(PrinterId printer, std::uint32_t changes, std::uint32_t printer_fields = 0, std::uint32_t job_fields = 0,
                              std::uint32_t category = 0) {
        EventFilter filter;
        filter.printer = printer;
        filter.changes = changes;
        filter.printer_fields = printer_fields;
        filter.job_fields = job_fields;
        filter.category = category;
        Result<SubscriptionPtr> made = bus_.subscribe(filter);
        EXPECT_TRUE(made);
        return *made;
    }
    // What is queued now; an empty notification when nothing is.
    Notification take(const SubscriptionPtr& subscription) {
        Result<Notification> taken = threads_.run(subscription->wait_for(std::chrono::milliseconds(0)));
        EXPECT_TRUE(taken);
        return taken ? *taken : Notification();
    }
    static bool empty(const Notification& notification) {
        return notification.changes == 0 && notification.items.empty() && !notification.discarded;
    }
    test_support::Threads threads_{2};
    Bus bus_;
};

TEST_F(BusTest, FlagsAndFieldsPassTheFilterOfAPrinterHandle) {
    const auto one = subscribe(1, printer_change::kAddJob, 0, field_bit(job_field::kStatus) | field_bit(job_field::kDocument));
    bus_.publish(job_event(2, 9, printer_change::kAddJob, job_field::kAll));
    bus_.publish(job_event(1, 9, printer_change::kSetJob, field_bit(job_field::kPosition)));
    bus_.publish(server_event(EventObject::form, printer_change::kAddForm));
    EXPECT_TRUE(empty(take(one)));
    bus_.publish(job_event(1, 9, printer_change::kAddJob, job_field::kAll));
    const Notification got = take(one);
    EXPECT_EQ(got.changes, printer_change::kAddJob);
    ASSERT_EQ(got.items.size(), 1U);
    EXPECT_EQ(got.items[0].object, EventObject::job);
    EXPECT_EQ(got.items[0].job, 9U);
    EXPECT_EQ(got.items[0].fields, field_bit(job_field::kStatus) | field_bit(job_field::kDocument));
    EXPECT_TRUE(empty(take(one)));
}

TEST_F(BusTest, ServerHandleHearsOfAllPrintersAndOfFormsAndPorts) {
    const auto server = subscribe(0, printer_change::kAddForm | printer_change::kAddJob | printer_change::kAddPrinter);
    bus_.publish(job_event(1, 5, printer_change::kAddJob, job_field::kAll));
    bus_.publish(server_event(EventObject::form, printer_change::kAddForm));
    bus_.publish(server_event(EventObject::port, printer_change::kAddPort));
    bus_.publish(printer_event(3, printer_change::kAddPrinter, 0));
    const Notification got = take(server);
    EXPECT_EQ(got.changes, printer_change::kAddForm | printer_change::kAddJob | printer_change::kAddPrinter);
    EXPECT_TRUE(got.items.empty());
}

TEST_F(BusTest, ServerBitsMeanNothingOnAPrinterHandle) {
    const auto printer = subscribe(1, 0x7777FFFF);
    EXPECT_EQ(printer->filter().changes & printer_change::kAddForm, 0U);
    bus_.publish(server_event(EventObject::form, printer_change::kAddForm));
    bus_.publish(printer_event(1, printer_change::kAddPrinter, 0));
    EXPECT_TRUE(empty(take(printer)));
    bus_.publish(printer_event(1, printer_change::kSetDriver, 0));
    EXPECT_EQ(take(printer).changes, printer_change::kSetDriver);
}

TEST_F(BusTest, RepeatedChangesMergeToTheNewestValue) {
    const auto one = subscribe(1, printer_change::kSetJob | printer_change::kWriteJob, field_bit(printer_field::kStatus), job_field::kAll);
    bus_.publish(job_event(1, 5, printer_change::kSetJob, field_bit(job_field::kStatus), 1));
    bus_.publish(printer_event(1, printer_change::kSetPrinter, field_bit(printer_field::kStatus), 7));
    bus_.publish(job_event(1, 6, printer_change::kSetJob, field_bit(job_field::kStatus), 2));
    bus_.publish(job_event(1, 5, printer_change::kWriteJob, field_bit(job_field::kTotalBytes), 3));
    const Notification got = take(one);
    EXPECT_EQ(got.changes, printer_change::kSetJob | printer_change::kWriteJob);
    ASSERT_EQ(got.items.size(), 3U);
    EXPECT_EQ(got.items[0].job, 5U);
    EXPECT_EQ(got.items[0].fields, field_bit(job_field::kStatus) | field_bit(job_field::kTotalBytes));
    EXPECT_EQ(got.items[0].job_view->status, 3U);
    EXPECT_EQ(got.items[1].object, EventObject::printer);
    EXPECT_EQ(got.items[1].printer_view->status, 7U);
    EXPECT_EQ(got.items[2].job, 6U);
}

TEST_F(BusTest, ValuesAreThoseOfTheMomentOfQueuing) {
    const auto one = subscribe(1, printer_change::kSetJob, 0, job_field::kAll);
    auto view = std::make_shared<JobView>();
    view->status_text = "then";
    Event event = job_event(1, 5, printer_change::kSetJob, field_bit(job_field::kStatusString));
    event.job_view = view;
    bus_.publish(event);
    event.job_view = nullptr;                                      // the queue has its own hold on the value
    view.reset();
    EXPECT_EQ(take(one).items.at(0).job_view->status_text, "then");
}

TEST_F(BusTest, OverflowDiscardsUntilRefresh) {
    const auto one = subscribe(1, printer_change::kAddJob, 0, job_field::kAll);
    for (JobId job = 1; job <= base::limits::kMaxSubscriptionEvents / 24; ++job) bus_.publish(job_event(1, job, printer_change::kAddJob, job_field::kAll));
    Notification got = take(one);
    EXPECT_FALSE(got.discarded);
    EXPECT_EQ(got.items.size(), base::limits::kMaxSubscriptionEvents / 24);
    for (JobId job = 1; job <= 1 + base::limits::kMaxSubscriptionEvents / 24; ++job) bus_.publish(job_event(1, job, printer_change::kAddJob, job_field::kAll));
    got = take(one);
    EXPECT_TRUE(got.discarded);
    EXPECT_TRUE(got.items.empty());
    EXPECT_EQ(got.changes, printer_change::kAddJob);
    bus_.publish(job_event(1, 1, printer_change::kAddJob, job_field::kAll));
    EXPECT_TRUE(empty(take(one))) << "nothing more before the refresh";
    one->refresh();
    bus_.publish(job_event(1, 1, printer_change::kAddJob, job_field::kAll));
    EXPECT_EQ(take(one).items.size(), 1U);
}

TEST_F(BusTest, EndlessRepetitionNeverOverflows) {
    const auto one = subscribe(1, printer_change::kWriteJob, 0, field_bit(job_field::kTotalBytes));
    for (int i = 0; i < 100'000; ++i) bus_.publish(job_event(1, 5, printer_change::kWriteJob, field_bit(job_field::kTotalBytes)));
    const Notification got = take(one);
    EXPECT_FALSE(got.discarded);
    EXPECT_EQ(got.items.size(), 1U);
}

TEST_F(BusTest, RefreshForgetsWhatIsQueued) {
    const auto one = subscribe(1, printer_change::kAddJob);
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    one->refresh();
    EXPECT_TRUE(empty(take(one)));
}

TEST_F(BusTest, WaiterIsWokenByAnEvent) {
    const auto one = subscribe(1, printer_change::kAddJob);
    auto waiting = threads_.start(one->wait());
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    const Result<Notification> got = waiting.get();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->changes, printer_change::kAddJob);
}

TEST_F(BusTest, SecondWaiterIsRefusedAndTheFirstGoesOn) {
    const auto one = subscribe(1, printer_change::kAddJob);
    auto waiting = threads_.start(one->wait());
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    EXPECT_EQ(base::code_of(threads_.run(one->wait())), Win32::busy);
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    EXPECT_TRUE(waiting.get());
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    EXPECT_TRUE(threads_.run(one->wait()));
}

TEST_F(BusTest, CancelEndsTheWaitAndTheSubscription) {
    const auto one = subscribe(1, printer_change::kAddJob);
    auto waiting = threads_.start(one->wait());
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    one->cancel();
    EXPECT_EQ(base::code_of(waiting.get()), Win32::cancelled);
    EXPECT_EQ(base::code_of(threads_.run(one->wait())), Win32::cancelled);
}

TEST_F(BusTest, CancelledCallLeavesTheEventsForTheNext) {
    const auto one = subscribe(1, printer_change::kAddJob);
    boost::asio::cancellation_signal signal;
    auto strand = boost::asio::make_strand(threads_.io());
    std::promise<Win32> ended;
    boost::asio::co_spawn(strand, one->wait(), boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr escaped, Result<Notification> got) {
                              ended.set_value(escaped ? Win32::gen_failure : base::code_of(got));
                          }));
    boost::asio::post(strand, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
    EXPECT_EQ(ended.get_future().get(), Win32::operation_aborted);
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    EXPECT_EQ(take(one).changes, printer_change::kAddJob);
}

TEST_F(BusTest, SubscriptionMayDieWhileSomebodyWaits) {
    auto one = subscribe(1, printer_change::kAddJob);
    auto waiting = threads_.start(one->wait());
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    one->cancel();
    one.reset();
    EXPECT_EQ(base::code_of(waiting.get()), Win32::cancelled);
    for (int i = 0; i < 2'000 && bus_.subscriptions() != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(bus_.subscriptions(), 0U);
}

TEST_F(BusTest, AnswersToManyClientsArePacedAndOthersAreNot) {
    const auto one = subscribe(1, printer_change::kAddJob);
    const auto other = subscribe(2, printer_change::kAddJob);
    const std::chrono::milliseconds pause(base::limits::kNotificationPauseMs);
    const std::chrono::steady_clock::time_point start(pause * 1000);        // the beginning of a window
    for (std::size_t i = 0; i < base::limits::kMaxPromptNotifications; ++i) {
        ASSERT_EQ((i % 2 == 0 ? one : other)->pause_after_answer(start).count(), 0) << i;
    }
    EXPECT_EQ(one->pause_after_answer(start), pause);
    EXPECT_EQ(other->pause_after_answer(start + pause / 2), pause);
    EXPECT_EQ(one->pause_after_answer(start + pause).count(), 0);
}

TEST_F(BusTest, CancelEndsThePauseAndAPausedCallKeepsTheEvents) {
    const auto one = subscribe(1, printer_change::kAddJob);
    for (std::size_t i = 0; i <= base::limits::kMaxPromptNotifications; ++i) (void)one->pause_after_answer(std::chrono::steady_clock::now());
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    ASSERT_TRUE(threads_.run(one->wait()));
    bus_.publish(job_event(1, 1, printer_change::kAddJob, 0));
    EXPECT_EQ(take(one).changes, printer_change::kAddJob);         // no time to wait: no pause
    auto waiting = threads_.start(one->wait());
    one->cancel();
    EXPECT_EQ(base::code_of(waiting.get()), Win32::cancelled);
}

TEST_F(BusTest, WantedFollowsTheSubscriptions) {
    EXPECT_FALSE(bus_.wanted(0));
    EXPECT_FALSE(bus_.wanted(1));
    auto printer = subscribe(1, printer_change::kSetJob);
    EXPECT_TRUE(bus_.wanted(0));
    EXPECT_TRUE(bus_.wanted(1));
    EXPECT_FALSE(bus_.wanted(2));
    auto forms = subscribe(0, printer_change::kAddForm);
    EXPECT_FALSE(bus_.wanted(2)) << "forms only";
    auto all = subscribe(0, printer_change::kAddJob);
    EXPECT_TRUE(bus_.wanted(2));
    all.reset();
    EXPECT_FALSE(bus_.wanted(2));
    printer.reset();
    forms.reset();
    EXPECT_FALSE(bus_.wanted(0));
    EXPECT_EQ(bus_.subscriptions(), 0U);
}

TEST_F(BusTest, CategoryOf3dPrintersAloneHearsNothingOfOurs) {
    const auto only = subscribe(1, printer_change::kAddJob, ~0U, ~0U, notify_category::k3d);
    const auto both = subscribe(1, printer_change::kAddJob, 0, 0, notify_category::kAll);
    const auto forms = subscribe(0, printer_change::kAddForm | printer_change::kAddJob, 0, 0, notify_category::k3d);
    bus_.publish(job_event(1, 1, printer_change::kAddJob, job_field::kAll));
    bus_.publish(server_event(EventObject::form, printer_change::kAddForm));
    EXPECT_TRUE(empty(take(only)));
    EXPECT_EQ(take(both).changes, printer_change::kAddJob);
    EXPECT_EQ(take(forms).changes, printer_change::kAddForm);
}

TEST_F(BusTest, EmptyFilterIsRefused) { EXPECT_EQ(base::code_of(bus_.subscribe(EventFilter())), Win32::invalid_parameter); }

TEST_F(BusTest, SubscriptionsOfAllClientsTogetherAreBounded) {
    std::vector<SubscriptionPtr> all;
    while (all.size() < base::limits::kMaxSubscriptions) all.push_back(subscribe(static_cast<PrinterId>(1 + all.size() % 1000), printer_change::kAddJob));
    EventFilter filter;
    filter.printer = 1;
    filter.changes = printer_change::kAddJob;
    EXPECT_EQ(base::code_of(bus_.subscribe(filter)), Win32::not_enough_quota);
    all.pop_back();
    EXPECT_TRUE(bus_.subscribe(filter));
}

// Woken, cancelled and emptied before it runs again: the wait ends, and the next call may wait.
TEST_F(BusTest, AWaitThatEndsByExceptionGivesTheRightToWaitBack) {
    const auto one = subscribe(1, printer_change::kAddJob, 0, job_field::kAll);
    boost::asio::io_context io;
    boost::asio::cancellation_signal signal;
    bool ended = false;
    boost::asio::co_spawn(io, one->wait(),
                          boost::asio::bind_cancellation_slot(signal.slot(), [&ended](const std::exception_ptr&, const Result<Notification>&) { ended = true; }));
    io.poll();
    bus_.publish(job_event(1, 5, printer_change::kAddJob, job_field::kAll));
    signal.emit(boost::asio::cancellation_type::terminal);
    one->refresh();
    io.restart();
    io.poll();
    ASSERT_TRUE(ended);
    bus_.publish(job_event(1, 6, printer_change::kAddJob, job_field::kAll));
    const Notification got = take(one);
    ASSERT_EQ(got.items.size(), 1U);
    EXPECT_EQ(got.items[0].job, 6U);
}

TEST_F(BusTest, SubscriptionMayOutliveTheBus) {
    SubscriptionPtr left;
    {
        Bus bus;
        EventFilter filter;
        filter.printer = 1;
        filter.changes = printer_change::kAddJob;
        left = bus.subscribe(filter).value();
    }
    EXPECT_TRUE(empty(take(left)));
}

TEST_F(BusTest, ThousandWaitersAreAllServed) {
    std::vector<SubscriptionPtr> subscriptions;
    std::vector<std::future<Result<Notification>>> waiting;
    for (PrinterId i = 0; i < 1'000; ++i) {
        subscriptions.push_back(subscribe(1 + i % 10, printer_change::kAddJob, 0, job_field::kAll));
        waiting.push_back(threads_.start(subscriptions.back()->wait()));
    }
    for (PrinterId printer = 1; printer <= 10; ++printer) bus_.publish(job_event(printer, printer, printer_change::kAddJob, job_field::kAll));
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        const Result<Notification> got = waiting[i].get();
        ASSERT_TRUE(got);
        ASSERT_EQ(got->items.size(), 1U);
        EXPECT_EQ(got->items[0].printer, 1 + i % 10);
    }
}

TEST_F(BusTest, ManyPublishersLoseNothing) {
    const auto one = subscribe(0, printer_change::kAddJob, 0, field_bit(job_field::kStatus));
    std::atomic<bool> done{false};
    std::vector<std::thread> publishers;
    for (PrinterId printer = 1; printer <= 4; ++printer) {
        publishers.emplace_back([this, printer] {
            for (JobId job = 1; job <= 500; ++job) bus_.publish(job_event(printer, printer * 1000 + job, printer_change::kAddJob, field_bit(job_field::kStatus)));
        });
    }
    std::thread joiner([&] {
        for (std::thread& publisher : publishers) publisher.join();
        done.store(true);
    });
    std::size_t items = 0;
    while (!done.load()) items += take(one).items.size();
    joiner.join();
    items += take(one).items.size();
    EXPECT_EQ(items, 2'000U);
}

}  // namespace
}  // namespace spooler
