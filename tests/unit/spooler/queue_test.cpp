// Life of a document from StartDoc to the device.
#include "spooler/notify/event.h"
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::JobControl;
using spooler::JobState;
namespace attribute = spooler::printer_attribute;
namespace status = spooler::job_status;
using test_support::FakeMonitor;

class QueueTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }
};

TEST_F(QueueTest, ADocumentComesOutByteForByteAndLeavesNothingBehind) {
    const auto queue = add_printer("Laser");
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += static_cast<char>(i * 7);
    const auto job = print(queue, text);
    settle();
    ASSERT_EQ(printed("P1").size(), 1U);
    EXPECT_EQ(printed("P1")[0], text);
    EXPECT_TRUE(queue->jobs().empty());
    EXPECT_FALSE(store_->job(job));
    EXPECT_FALSE(files_->exists(job));
    EXPECT_EQ(spooler_->totals().jobs, 0U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
    EXPECT_EQ(queue->view().total_bytes, text.size());
}

TEST_F(QueueTest, SpoolingJobIsVisibleAtOnceAndHasNoRow) {
    const auto queue = add_printer("Laser", "P1", attribute::kQueued);
    const auto writer = start_doc(queue, "");
    ASSERT_EQ(queue->jobs().size(), 1U);
    const spooler::JobView job = *queue->job(writer->id());
    EXPECT_EQ(job.status, status::kSpooling);
    EXPECT_EQ(job.info->document, "No Document Name");
    EXPECT_EQ(job.info->user_name, "alice");
    EXPECT_EQ(job.info->datatype, "RAW");
    EXPECT_EQ(job.position, 1U);
    EXPECT_EQ(queue->view().jobs, 1U);
    EXPECT_EQ(queue->view().spooling, 1U);
    EXPECT_EQ(write(writer, "hello"), Win32::success);
    EXPECT_EQ(queue->job(writer->id())->size, 5U);
    EXPECT_FALSE(store_->job(writer->id()));
    EXPECT_TRUE(printed("P1").empty());
}

TEST_F(QueueTest, EndDocAnswersOnlyWhenTheRowIsDurable) {
    const auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, "x"), Win32::success);
    store_->hold();
    const auto ended = begin(writer->end());
    EXPECT_FALSE(ended->has_value());
    EXPECT_TRUE(files_->published(writer->id()));                          // the file comes first
    store_->release();
    settle();
    ASSERT_TRUE(ended->has_value());
    EXPECT_TRUE(**ended);
    EXPECT_EQ(store_->job(writer->id())->state, JobState::spooled);
}

TEST_F(QueueTest, AFailedCommitFailsEndDocAndLaterChanges) {
    const auto queue = add_printer("Laser");
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, "x"), Win32::success);
    store_->fail(base::Error(Win32::disk_full));
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::disk_full);
    EXPECT_EQ(base::code_of(run(queue->pause())), Win32::disk_full);
    EXPECT_EQ(queue->view().jobs, 1U);                                     // readers are still served
    store_->recover();
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);
}

// A purge on a full disk: the rows cannot go yet, and the files must go once they have.
TEST_F(QueueTest, FilesGoWhenTheDatabaseWritesAgain) {
    const auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    const auto job = print(queue, "x");
    store_->hold();
    const auto purged = begin(queue->purge());
    store_->fail(base::Error(Win32::disk_full));
    store_->release();
    settle();
    ASSERT_TRUE(purged->has_value());
    EXPECT_EQ(base::code_of(**purged), Win32::disk_full);
    EXPECT_TRUE(ids(queue).empty());
    EXPECT_TRUE(files_->exists(job)) << "row first, file second";
    store_->recover();
    const auto begun = std::chrono::steady_clock::now();
    run_until([&] { return !files_->exists(job) || std::chrono::steady_clock::now() - begun > std::chrono::seconds(20); });
    EXPECT_FALSE(files_->exists(job));
    EXPECT_FALSE(store_->job(job));
}

TEST_F(QueueTest, WritesOfZeroBytesAndEmptyDocuments) {
    const auto queue = add_printer("Laser");
    const auto writer = start_doc(queue);
    const auto written = run(writer->write({}));
    ASSERT_TRUE(written);
    EXPECT_EQ(*written, 0U);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    ASSERT_EQ(printed("P1").size(), 1U);
    EXPECT_EQ(printed("P1")[0], "");
}

TEST_F(QueueTest, SecondEndDocAndAbortAfterEndDoc) {
    const auto queue = add_printer("Laser");
    const auto writer = start_doc(queue);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::spl_no_startdoc);
    EXPECT_EQ(base::code_of(run(writer->abort())), Win32::spl_no_startdoc);
}

TEST_F(QueueTest, PagesAreCounted) {
    const auto queue = add_printer("Laser", "P1", attribute::kQueued);
    const auto writer = start_doc(queue);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(writer->start_page());
        EXPECT_TRUE(writer->end_page());
    }
    EXPECT_EQ(queue->job(writer->id())->total_pages, 3U);
    EXPECT_TRUE(writer->start_page());                                     // never ended
    ASSERT_TRUE(run(queue->pause()));
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    EXPECT_EQ(queue->job(writer->id())->total_pages, 4U);
}

TEST_F(QueueTest, AbortRemovesJobAndFile) {
    const auto queue = add_printer("Laser", "P1", attribute::kQueued);
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(200'000, 'x')), Win32::success);
    EXPECT_TRUE(files_->exists(writer->id()));
    EXPECT_EQ(base::code_of(run(writer->abort())), Win32::success);
    EXPECT_TRUE(queue->jobs().empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
    EXPECT_EQ(spooler_->queue_of(writer->id()), nullptr);
}

TEST_F(QueueTest, ALostWriterAborts) {
    const auto queue = add_printer("Laser", "P1", attribute::kQueued);
    auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(200'000, 'x')), Win32::success);
    writer.reset();
    settle();
    EXPECT_TRUE(queue->jobs().empty());
    EXPECT_EQ(files_->count(), 0U);
}

TEST_F(QueueTest, DatatypeRules) {
    const auto queue = add_printer("Laser");
    auto document = SpoolerFixture::document("d");
    document.datatype = "text";
    const auto writer = run(queue->start_document(document));
    ASSERT_TRUE(writer);
    EXPECT_EQ(queue->job((*writer)->id())->info->datatype, "TEXT");
    document.datatype = "NT EMF 1.008";
    EXPECT_EQ(base::code_of(run(queue->start_document(document))), Win32::invalid_datatype);
    const auto raw_only = add_printer("RawOnly", "P1", attribute::kRawOnly);
    document.datatype = "TEXT";
    EXPECT_EQ(base::code_of(run(raw_only->start_document(document))), Win32::invalid_datatype);
    for (const char* datatype : {"raw", "RAW [FF auto]"}) {
        document.datatype = datatype;
        EXPECT_TRUE(run(raw_only->start_document(document))) << datatype;
    }
}

TEST_F(QueueTest, PrintingToAFileOfTheServerIsRefused) {
    const auto queue = add_printer("Laser");
    auto document = SpoolerFixture::document("d");
    document.output_file = "/etc/passwd";
    EXPECT_EQ(base::code_of(run(queue->start_document(document))), Win32::invalid_parameter);
    EXPECT_TRUE(queue->jobs().empty());
}

TEST_F(QueueTest, JobIdsAreServerWide) {
    const auto a = add_printer("A");
    const auto b = add_printer("B", "P2");
    const auto first = start_doc(a);
    const auto second = start_doc(b);
    EXPECT_NE(first->id(), second->id());
    EXPECT_EQ(spooler_->queue_of(first->id()), a);
    EXPECT_EQ(spooler_->queue_of(second->id()), b);
    EXPECT_EQ(spooler_->queue_of(second->id() + 1), nullptr);
}

TEST_F(QueueTest, OpenDocumentHasItsOwnReadPointer) {
    const auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    const auto job = print(queue, "some text");
    auto one = run(queue->open_document(job));
    auto two = run(queue->open_document(job));
    ASSERT_TRUE(one);
    ASSERT_TRUE(two);
    std::array<std::byte, 4> bytes{};
    EXPECT_EQ(*run((*one)->read(bytes)), 4U);
    EXPECT_EQ(*run((*one)->read(bytes)), 4U);
    EXPECT_EQ(base::as_text(bytes), " tex");
    EXPECT_EQ(*run((*two)->read(bytes)), 4U);
    EXPECT_EQ(base::as_text(bytes), "some");
    EXPECT_EQ(base::code_of(run(queue->open_document(job + 1))), Win32::invalid_parameter);
}

TEST_F(QueueTest, EventsOfAJobsLife) {
    const auto queue = add_printer("Laser", "P1", attribute::kQueued);
    static_cast<void>(events_.take());
    const auto job = print(queue, "x");
    settle();
    const auto events = events_.take();
    std::vector<std::uint32_t> changes;
    std::uint64_t number = 0;
    for (const auto& event : events) {
        EXPECT_GT(event.number, number);
        number = event.number;
        if (event.object != spooler::EventObject::job) continue;
        EXPECT_EQ(event.job, job);
        ASSERT_TRUE(event.job_view);
        if (changes.empty() || changes.back() != event.change) changes.push_back(event.change);
    }
    namespace change = spooler::printer_change;
    EXPECT_EQ(changes, (std::vector<std::uint32_t>{change::kAddJob, change::kWriteJob, change::kSetJob, change::kDeleteJob}));
    EXPECT_NE(events.back().printer_view, nullptr);
}

TEST_F(QueueTest, KeepPrintedJobsKeepsThem) {
    const auto queue = add_printer("Laser", "P1", attribute::kKeepPrintedJobs);
    const auto job = print(queue, "x");
    settle();
    ASSERT_EQ(printed("P1").size(), 1U);
    const auto view = queue->job(job);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->state, JobState::printed);
    EXPECT_NE(view->status & status::kPrinted, 0U);
    EXPECT_EQ(store_->job(job)->state, JobState::printed);
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);                                   // not scheduled again
    EXPECT_EQ(control(queue, job, JobControl::restart), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").size(), 2U);
}

TEST_F(QueueTest, PausedPrinterSpoolsButDoesNotPrint) {
    const auto queue = add_printer("Laser");
    const auto before = queue->change_id();
    ASSERT_TRUE(run(queue->pause()));
    EXPECT_GT(queue->change_id(), before);
    EXPECT_NE(queue->view().status & spooler::printer_status::kPaused, 0U);
    EXPECT_TRUE(store_->printer(queue->id())->paused);
    print(queue, "x");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    ASSERT_TRUE(run(queue->resume()));
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(QueueTest, WorkOfflineSpoolsOnly) {
    const auto queue = add_printer("Laser", "P1", attribute::kWorkOffline);
    print(queue, "x");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_NE(queue->view().status & spooler::printer_status::kOffline, 0U);
    spooler::PrinterChange change;
    change.attributes = 0;
    ASSERT_TRUE(run(spooler_->printers().change(queue, change)));
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(QueueTest, PrinterWindowOpensByTheClock) {
    auto printer = new_printer("Night");
    printer.start_time = 13 * 60;                                          // the clock says 12:00
    printer.until_time = 14 * 60;
    const auto queue = *run(spooler_->printers().add(printer));
    print(queue, "x");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    advance(std::chrono::minutes(59));
    EXPECT_TRUE(printed("P1").empty());
    advance(std::chrono::minutes(2));
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(QueueTest, SetStatusSticks) {
    const auto queue = add_printer("Laser");
    for (const std::uint32_t status : {spooler::printer_status::kTonerLow, 0U}) {
        spooler::PrinterChange change;
        change.status = status;
        ASSERT_TRUE(run(spooler_->printers().change(queue, change)));
        EXPECT_EQ(queue->view().status, status);
    }
}

TEST_F(QueueTest, PublishActions) {
    const auto queue = add_printer("Laser");
    EXPECT_EQ(base::code_of(run(queue->publish(spooler::PublishAction::update))), Win32::file_not_found);
    EXPECT_TRUE(run(queue->publish(spooler::PublishAction::publish)));
    const base::Guid first = queue->record()->object_guid;
    EXPECT_FALSE(first.is_nil());
    EXPECT_NE(queue->record()->attributes & attribute::kPublished, 0U);
    EXPECT_TRUE(run(queue->publish(spooler::PublishAction::update)));
    EXPECT_EQ(queue->record()->object_guid, first);
    EXPECT_TRUE(run(queue->publish(spooler::PublishAction::republish)));
    EXPECT_NE(queue->record()->object_guid, first);
    EXPECT_TRUE(run(queue->publish(spooler::PublishAction::unpublish)));
    EXPECT_EQ(queue->record()->attributes & attribute::kPublished, 0U);
}

}  // namespace
