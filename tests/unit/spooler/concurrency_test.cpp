// Many clients, several threads: nothing is lost, nothing is printed twice, ports stay exclusive. Also what TSan looks at.
#include "base/log.h"
#include "spooler/processors/winprint.h"
#include "spooler/spooler.h"
#include "storage/memory_store.h"
#include "tests/support/event_log.h"
#include "tests/support/fake_port.h"
#include "tests/support/run_task.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace {

using base::Result;
using base::Task;
using spooler::JobId;
using spooler::PrinterQueuePtr;
using test_support::FakeMonitor;

// Nobody listens half of the time: both branches of publishing run.
class SomeEvents final : public spooler::EventSink {
 public:
    void publish(spooler::Event event) override { bytes_.fetch_add(event.name.size() + 1); }
    [[nodiscard]] bool wanted(spooler::PrinterId printer) const override { return printer % 2 == 0; }

 private:
    std::atomic<std::size_t> bytes_{0};
};

class ConcurrencyTest : public ::testing::Test {
 protected:
    void SetUp() override {
        base::log::configure({}, base::log::Level::error);
        spooler::SpoolSettings settings;
        settings.retry_initial_ms = 1;
        settings.retry_max_ms = 2;
        spooler::Dependencies needs{store_, files_, events_, base::system_clock(), monitors_, spooler::winprint_processors(),
                                    threads_.io().get_executor()};
        spooler_ = std::make_unique<spooler::Spooler>(std::move(needs), settings, spooler::ServerSettings());
        spooler::Driver driver;
        driver.name = "Generic";
        ASSERT_TRUE(threads_.run(spooler_->start({driver})));
        for (const char* name : {"P1", "P2", "P3"}) {
            spooler::PortConfig port;
            port.name = name;
            port.monitor = "Fake Port";
            ASSERT_TRUE(threads_.run(spooler_->ports().add(port)));
        }
        const char* kPorts[] = {"P1", "P1", "P2", "P2,P3"};
        for (int i = 0; i < 4; ++i) {
            spooler::NewPrinter printer;
            printer.name = "Printer" + std::to_string(i);
            printer.driver_name = "Generic";
            printer.ports = spooler::split_ports(kPorts[i]);
            auto added = threads_.run(spooler_->printers().add(printer));
            ASSERT_TRUE(added);
            queues_.push_back(*added);
        }
    }
    void TearDown() override {
        threads_.run(stop());
        queues_.clear();
        spooler_.reset();
    }
    Task<bool> stop() {
        co_await spooler_->stop();
        co_return true;
    }
    Task<bool> drained(std::chrono::seconds limit) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < end) {
            if (spooler_->totals().jobs == 0) co_return true;
            co_await base::sleep_for(std::chrono::milliseconds(2));
        }
        co_return false;
    }
    std::multiset<std::string> everything_printed() {
        std::multiset<std::string> all;
        for (const char* port : {"P1", "P2", "P3"}) {
            for (const std::string& text : monitors_.fake->documents(port)) all.insert(text);
        }
        return all;
    }

    storage::MemoryStore store_;
    storage::MemorySpoolFiles files_;
    SomeEvents events_;
    test_support::FakeMonitors monitors_;
    test_support::Threads threads_{4};
    std::unique_ptr<spooler::Spooler> spooler_;
    std::vector<PrinterQueuePtr> queues_;
};

std::string text_of(int client, int document) {
    std::string text = "client " + std::to_string(client) + " document " + std::to_string(document) + ' ';
    if (document % 5 == 0) text.append(100'000, 'x');                      // prints while it is spooled
    return text;
}

Task<int> client(PrinterQueuePtr queue, int number, int documents) {
    int acknowledged = 0;
    for (int i = 0; i < documents; ++i) {
        spooler::NewDocument document;
        document.user_name = "alice";
        auto writer = co_await queue->start_document(document);
        if (!writer) co_return -1;
        const spooler::JobWriterPtr open = *writer;
        const std::string text = text_of(number, i);
        auto written = co_await open->write(base::as_bytes(text));
        if (!written) co_return -1;
        auto ended = co_await open->end();
        if (ended) ++acknowledged;
    }
    co_return acknowledged;
}

TEST_F(ConcurrencyTest, EveryAcknowledgedDocumentIsPrintedOnce) {
    constexpr int kClients = 8, kDocuments = 40;
    std::vector<std::future<int>> running;
    for (int i = 0; i < kClients; ++i) running.push_back(threads_.start(client(queues_[static_cast<std::size_t>(i) % 4], i, kDocuments)));
    for (auto& one : running) EXPECT_EQ(one.get(), kDocuments);
    ASSERT_TRUE(threads_.run(drained(std::chrono::seconds(60))));
    std::multiset<std::string> expected;
    for (int c = 0; c < kClients; ++c) {
        for (int d = 0; d < kDocuments; ++d) expected.insert(text_of(c, d));
    }
    EXPECT_EQ(everything_printed(), expected);
    for (const char* port : {"P1", "P2", "P3"}) {
        EXPECT_LE(monitors_.fake->with(port, [](FakeMonitor::Device& device) { return device.most_sessions; }), 1) << port;
    }
    EXPECT_TRUE(store_.content().jobs.empty());
}

// Takes over new limits, as a reload does, while documents come in and go out.
TEST_F(ConcurrencyTest, AReloadDisturbsNoDocument) {
    constexpr int kClients = 8, kDocuments = 20;
    std::vector<std::future<int>> running;
    for (int i = 0; i < kClients; ++i) running.push_back(threads_.start(client(queues_[static_cast<std::size_t>(i) % 4], i, kDocuments)));
    std::uint64_t reloads = 0;
    const auto done = [](const std::future<int>& one) { return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
    do {
        spooler::SpoolSettings fresh;
        fresh.spool_quota_bytes = ++reloads % 2 == 0 ? 0 : 1U << 30U;
        fresh.job_quota_bytes = fresh.queue_quota_bytes = fresh.spool_quota_bytes;
        fresh.retry_initial_ms = 1;
        spooler_->set_settings(fresh);
    } while (!std::all_of(running.begin(), running.end(), done));
    for (auto& one : running) EXPECT_EQ(one.get(), kDocuments);
    ASSERT_TRUE(threads_.run(drained(std::chrono::seconds(60))));
    EXPECT_EQ(everything_printed().size(), static_cast<std::size_t>(kClients * kDocuments));
    // The last limits are those in force.
    spooler::SpoolSettings strict;
    strict.job_quota_bytes = 10;
    spooler_->set_settings(strict);
    EXPECT_EQ(threads_.run(client(queues_[0], 0, 1)), -1);
}

// Cancels, pauses, restarts and moves whatever it finds.
Task<int> troublemaker(PrinterQueuePtr queue, int rounds) {
    int done = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto jobs = queue->jobs();
        for (const spooler::JobView& job : jobs) {
            const auto command = static_cast<spooler::JobControl>(1 + (static_cast<std::uint32_t>(i) + job.id) % 5);
            auto outcome = co_await queue->control_job(job.id, command);
            if (outcome) ++done;
        }
        auto paused = co_await queue->pause();
        if (paused) ++done;
        auto resumed = co_await queue->resume();
        if (resumed) ++done;
        if (i % 10 == 0) {
            auto purged = co_await queue->purge();
            if (purged) ++done;
        }
        co_await base::sleep_for(std::chrono::milliseconds(1));
    }
    co_return done;
}

TEST_F(ConcurrencyTest, TroubleLeavesNothingBehind) {
    std::vector<std::future<int>> running;
    for (int i = 0; i < 8; ++i) running.push_back(threads_.start(client(queues_[static_cast<std::size_t>(i) % 4], i, 40)));
    std::vector<std::future<int>> trouble;
    for (const PrinterQueuePtr& queue : queues_) trouble.push_back(threads_.start(troublemaker(queue, 60)));
    for (auto& one : running) EXPECT_NE(one.get(), -2);
    for (auto& one : trouble) EXPECT_GT(one.get(), 0);
    for (const PrinterQueuePtr& queue : queues_) {
        EXPECT_TRUE(threads_.run(queue->resume()));
        EXPECT_TRUE(threads_.run(queue->purge()));
    }
    ASSERT_TRUE(threads_.run(drained(std::chrono::seconds(60))));
    EXPECT_TRUE(store_.content().jobs.empty());
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
    threads_.run(stop());                                                  // waits for the clean-up of files
    EXPECT_EQ(files_.count(), 0U);
    for (const char* port : {"P1", "P2", "P3"}) {
        EXPECT_LE(monitors_.fake->with(port, [](FakeMonitor::Device& device) { return device.most_sessions; }), 1) << port;
        EXPECT_EQ(monitors_.fake->with(port, [](FakeMonitor::Device& device) { return device.open_sessions; }), 0) << port;
    }
}

// Devices that break now and then must not cost a document.
TEST_F(ConcurrencyTest, BreakingDevicesCostNoDocument) {
    std::vector<std::future<int>> running;
    for (int i = 0; i < 4; ++i) running.push_back(threads_.start(client(queues_[static_cast<std::size_t>(i)], i, 20)));
    for (int round = 0; round < 20; ++round) {
        for (const char* port : {"P1", "P2", "P3"}) {
            monitors_.fake->with(port, [&](FakeMonitor::Device& device) {
                device.break_with = base::Error(base::Win32::connection_aborted);
                device.break_after = static_cast<std::size_t>(round);
            });
        }
        threads_.run(drained(std::chrono::seconds(0)));
    }
    for (auto& one : running) EXPECT_EQ(one.get(), 20);
    ASSERT_TRUE(threads_.run(drained(std::chrono::seconds(60))));
    EXPECT_EQ(everything_printed().size(), 80U);
}

TEST_F(ConcurrencyTest, PrintersComeAndGo) {
    std::vector<std::future<int>> running;
    for (int i = 0; i < 4; ++i) running.push_back(threads_.start(client(queues_[static_cast<std::size_t>(i)], i, 20)));
    for (int i = 0; i < 40; ++i) {
        spooler::NewPrinter printer;
        printer.name = "Short" + std::to_string(i % 3);
        printer.driver_name = "Generic";
        printer.ports = {"P3"};
        auto added = threads_.run(spooler_->printers().add(printer));
        ASSERT_TRUE(added) << added.error().to_string();
        EXPECT_EQ(threads_.run(client(*added, 100 + i, 1)), 1);
        EXPECT_TRUE(threads_.run(spooler_->printers().remove(*added)));
    }
    for (auto& one : running) EXPECT_EQ(one.get(), 20);
    ASSERT_TRUE(threads_.run(drained(std::chrono::seconds(60))));
    EXPECT_EQ(everything_printed().size(), 120U);
    EXPECT_EQ(spooler_->printers().size(), 4U);
}

// What an LPR-like monitor does all the time: the status of jobs changes, and texts grow and shrink.
Task<int> status_changes(PrinterQueuePtr queue, std::shared_ptr<std::atomic<bool>> stop) {
    int changes = 0;
    while (!stop->load()) {
        const auto jobs = queue->jobs();
        for (const spooler::JobView& job : jobs) {
            spooler::JobChange change;
            change.status_text = std::string(static_cast<std::size_t>(++changes * 37 % 900), 's');
            change.status = changes % 2 == 0 ? spooler::job_status::kUserIntervention : 0U;
            auto changed = co_await queue->change_job(job.id, change);
            if (!changed) continue;                                        // it has printed meanwhile
        }
        co_await base::sleep_for(std::chrono::microseconds(100));
    }
    co_return changes;
}

// Documents in small writes; gives the first code that is neither success nor, at StartDoc, busy.
Task<base::Win32> small_writes(PrinterQueuePtr queue, int documents) {
    for (int i = 0; i < documents;) {
        spooler::NewDocument document;
        document.user_name = "alice";
        auto writer = co_await queue->start_document(document);
        if (!writer && writer.error().code() == base::Win32::busy) {
            co_await base::sleep_for(std::chrono::microseconds(200));
            continue;
        }
        if (!writer) co_return writer.error().code();
        const spooler::JobWriterPtr open = *writer;
        for (int part = 0; part < 20; ++part) {
            auto written = co_await open->write(base::as_bytes(std::string_view("0123456789")));
            if (!written) co_return written.error().code();
        }
        auto ended = co_await open->end();
        if (!ended) co_return ended.error().code();
        ++i;
    }
    co_return base::Win32::success;
}

// Microsoft KB Q252663: a job's status that changes between two looks at it once came out of WritePrinter as ERROR_INSUFFICIENT_BUFFER.
TEST_F(ConcurrencyTest, ChangingStatusNeverComesOutOfStartDocWriteAndEndDoc) {
    spooler::PrinterChange direct;
    direct.attributes = spooler::printer_attribute::kDirect;
    ASSERT_TRUE(threads_.run(spooler_->printers().change(queues_[2], direct)));
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    std::vector<std::future<int>> changes;
    for (const PrinterQueuePtr& queue : queues_) changes.push_back(threads_.start(status_changes(queue, stop)));
    std::vector<std::future<base::Win32>> running;
    for (std::size_t i = 0; i < 8; ++i) running.push_back(threads_.start(small_writes(queues_[i % 4], 25)));
    for (int round = 0; round < 50; ++round) {                             // and a monitor that loses the race itself
        for (const char* port : {"P1", "P2", "P3"}) {
            monitors_.fake->with(port, [&](FakeMonitor::Device& device) {
                device.break_with = base::Error(base::Win32::insufficient_buffer);
                device.break_after = static_cast<std::size_t>(round);
            });
        }
        threads_.run(drained(std::chrono::seconds(0)));
    }
    for (auto& one : running) EXPECT_EQ(one.get(), base::Win32::success);
    ASSERT_TRUE(threads_.run(drained(std::chrono::seconds(60))));
    stop->store(true);
    int total = 0;
    for (auto& one : changes) total += one.get();
    EXPECT_GT(total, 0);
    const auto printed = everything_printed();
    EXPECT_EQ(printed.size(), 200U);
    std::string whole;
    for (int part = 0; part < 20; ++part) whole += "0123456789";
    EXPECT_EQ(printed.count(whole), 200U);
}

}  // namespace
