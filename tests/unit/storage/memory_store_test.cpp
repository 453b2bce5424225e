#include "storage/memory_store.h"

#include "tests/support/run_task.h"
#include "tests/unit/storage/records.h"

#include <gtest/gtest.h>

namespace storage {
namespace {

using namespace spooler;                                           // NOLINT: the subject
using base::Win32;

TEST(MemoryStore, AppliesChangesAsTheDatabaseWould) {
    test_support::Threads threads(1);
    MemoryStore store;
    store.enqueue(PrinterPut{sample_printer(1, "P")});
    store.enqueue(JobPut{sample_job(1, 1)});
    const Ticket last = store.enqueue(JobPut{sample_job(2, 1)});
    EXPECT_TRUE(threads.run(store.durable(last)));
    EXPECT_TRUE(store.job(2));
    store.enqueue(PrinterDelete{1});
    EXPECT_TRUE(store.content().jobs.empty());
    EXPECT_FALSE(store.printer(1));
    EXPECT_EQ(store.changes().size(), 4U);
}

TEST(MemoryStore, FailureKeepsTheOrderUntilRecovery) {
    test_support::Threads threads(1);
    MemoryStore store;
    store.fail(base::Error(Win32::disk_full));
    const Ticket ticket = store.enqueue(CounterPut{"a", 1});
    EXPECT_EQ(base::code_of(threads.run(store.durable(ticket))), Win32::disk_full);
    EXPECT_EQ(base::code_of(store.accepting()), Win32::disk_full);
    store.enqueue(CounterPut{"a", 2});
    EXPECT_TRUE(store.content().counters.empty());
    store.recover();
    EXPECT_TRUE(threads.run(store.durable(ticket)));
    EXPECT_EQ(store.content().counters.at("a"), 2U);
}

TEST(MemoryStore, HeldStoreMakesWritersWait) {
    test_support::Threads threads(1);
    MemoryStore store;
    store.hold();
    const Ticket ticket = store.enqueue(CounterPut{"a", 1});
    auto waiting = threads.start(store.durable(ticket));
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    store.release();
    EXPECT_TRUE(waiting.get());
}

TEST(MemorySpoolFiles, FullDiskAndRecovery) {
    test_support::Threads threads(1);
    MemorySpoolFiles files;
    files.set_free_bytes(10);
    auto writer = threads.run(files.create(1));
    ASSERT_TRUE(writer);
    EXPECT_TRUE(threads.run((*writer)->append(base::as_bytes("12345678"))));
    EXPECT_EQ(base::code_of(threads.run((*writer)->append(base::as_bytes("90123")))), Win32::disk_full);
    EXPECT_TRUE(threads.run((*writer)->publish()));
    EXPECT_EQ(files.published(1), "12345678");
    EXPECT_TRUE(threads.run(files.remove(1)));
    EXPECT_EQ(threads.run(files.free_bytes()).value_or(0), 10U);
    files.fail_next_write(base::Error(Win32::write_fault));
    EXPECT_EQ(base::code_of(threads.run(files.write_whole(2, base::as_bytes("x")))), Win32::write_fault);
    EXPECT_FALSE(files.exists(2));
}

TEST(MemorySpoolFiles, UnpublishedDocumentGoesWithItsWriter) {
    test_support::Threads threads(1);
    MemorySpoolFiles files;
    auto writer = threads.run(files.create(1));
    EXPECT_TRUE(files.exists(1));
    writer->reset();
    EXPECT_EQ(files.count(), 0U);
}

}  // namespace
}  // namespace storage
