// SetJob: every command, every field, order and links; cancel against everything.
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::JobChange;
using spooler::JobControl;
using spooler::JobState;
namespace attribute = spooler::printer_attribute;
namespace status = spooler::job_status;
using test_support::FakeMonitor;

class SetJobTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        start();
        queue_ = add_printer("Laser");
    }
    void pause_printer() { ASSERT_TRUE(run(queue_->pause())); }
    Win32 change(spooler::JobId job, const JobChange& what) { return base::code_of(run(queue_->change_job(job, what))); }
    Win32 link(spooler::JobId job, spooler::JobId next) { return base::code_of(run(queue_->link_job(job, next))); }
    std::uint32_t status_of(spooler::JobId job) { return queue_->job(job)->status; }

    spooler::PrinterQueuePtr queue_;
};

TEST_F(SetJobTest, UnknownJobIsInvalidParameter) {
    for (const JobControl command : {JobControl::pause, JobControl::resume, JobControl::cancel, JobControl::restart, JobControl::remove,
                                     JobControl::retain, JobControl::release, static_cast<JobControl>(6)}) {
        EXPECT_EQ(control(queue_, 4711, command), Win32::invalid_parameter);
    }
    EXPECT_EQ(change(4711, {}), Win32::invalid_parameter);
    EXPECT_EQ(link(4711, 0), Win32::invalid_parameter);
}

TEST_F(SetJobTest, UnknownCommandIsInvalidParameter) {
    pause_printer();
    const auto job = print(queue_, "x");
    for (const std::uint32_t command : {0U, 6U, 7U, 10U, 99U}) {
        EXPECT_EQ(control(queue_, job, static_cast<JobControl>(command)), Win32::invalid_parameter) << command;
    }
}

TEST_F(SetJobTest, PausedJobLetsOthersPassAndResumes) {
    pause_printer();
    const auto first = print(queue_, "first");
    print(queue_, "second");
    EXPECT_EQ(control(queue_, first, JobControl::pause), Win32::success);
    EXPECT_EQ(status_of(first), status::kPaused);
    EXPECT_TRUE(store_->job(first)->paused);
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"second"});
    EXPECT_EQ(control(queue_, first, JobControl::resume), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").back(), "first");
}

TEST_F(SetJobTest, APausedPrintingJobStopsFeedingThePort) {
    device("P1", [](FakeMonitor::Device& dev) { dev.write_limit = 4; });
    hold("P1");
    const auto job = print(queue_, "abcdefgh");
    settle();
    EXPECT_NE(status_of(job) & status::kPrinting, 0U);
    EXPECT_EQ(control(queue_, job, JobControl::pause), Win32::success);
    release("P1");
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.partial; }), "abcd");   // the write that was under way
    EXPECT_NE(status_of(job) & status::kPaused, 0U);
    EXPECT_EQ(control(queue_, job, JobControl::resume), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"abcdefgh"});
}

TEST_F(SetJobTest, APausedPrinterStopsFeedingThePort) {
    device("P1", [](FakeMonitor::Device& dev) { dev.write_limit = 4; });
    hold("P1");
    print(queue_, "abcdefgh");
    settle();
    pause_printer();
    release("P1");
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.partial; }), "abcd");
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"abcdefgh"});
}

TEST_F(SetJobTest, CancelAndDeleteOfAWaitingJob) {
    pause_printer();
    for (const JobControl command : {JobControl::cancel, JobControl::remove}) {
        const auto job = print(queue_, "x");
        EXPECT_EQ(control(queue_, job, command), Win32::success);
        EXPECT_FALSE(queue_->job(job));
        EXPECT_FALSE(store_->job(job));
        EXPECT_FALSE(files_->exists(job));
        EXPECT_EQ(control(queue_, job, command), Win32::invalid_parameter);
    }
}

TEST_F(SetJobTest, CancelOfAPrintingJobClosesTheSessionPromptly) {
    hold("P1");
    const auto job = print(queue_, "x");
    settle();
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.open_sessions; }), 1);
    EXPECT_EQ(control(queue_, job, JobControl::cancel), Win32::success);
    EXPECT_FALSE(store_->job(job));                                        // a crash now must not print it again
    settle();
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.open_sessions; }), 0);
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.aborted; }), 1);
    EXPECT_FALSE(queue_->job(job));
    EXPECT_FALSE(files_->exists(job));
    device("P1", [](FakeMonitor::Device& dev) { dev.hold.reset(); });
    print(queue_, "next");
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"next"});
}

TEST_F(SetJobTest, CancelOfAPausedPrintingJob) {
    device("P1", [](FakeMonitor::Device& dev) { dev.write_limit = 1; });
    hold("P1");
    const auto job = print(queue_, "xyz");
    settle();
    EXPECT_EQ(control(queue_, job, JobControl::pause), Win32::success);
    release("P1");
    EXPECT_EQ(control(queue_, job, JobControl::cancel), Win32::success);
    settle();
    EXPECT_FALSE(queue_->job(job));
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.open_sessions; }), 0);
}

TEST_F(SetJobTest, CancelWhileSpoolingMakesWritesFail) {
    const auto writer = start_doc(queue_);
    EXPECT_EQ(write(writer, "abc"), Win32::success);
    EXPECT_EQ(control(queue_, writer->id(), JobControl::cancel), Win32::success);
    EXPECT_FALSE(queue_->job(writer->id()));
    EXPECT_EQ(write(writer, "def"), Win32::print_cancelled);
    EXPECT_EQ(writer->start_page().error().code(), Win32::print_cancelled);
    EXPECT_EQ(writer->end_page().error().code(), Win32::print_cancelled);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::print_cancelled);
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
}

TEST_F(SetJobTest, CancelBetweenPublishAndAnswerStillWins) {
    pause_printer();
    const auto writer = start_doc(queue_);
    EXPECT_EQ(write(writer, "abc"), Win32::success);
    store_->hold();
    const auto ended = begin(writer->end());
    const auto cancelled = begin(queue_->control_job(writer->id(), JobControl::cancel));
    store_->release();
    settle();
    ASSERT_TRUE(ended->has_value());
    ASSERT_TRUE(cancelled->has_value());
    EXPECT_FALSE(queue_->job(writer->id()));
    EXPECT_FALSE(store_->job(writer->id()));
    EXPECT_EQ(files_->count(), 0U);
}

TEST_F(SetJobTest, CancelWinsOverASuccessfulDelivery) {
    // The device got everything, but the answer of finish() comes after the cancel: no second copy, no row, no file.
    const auto kept = add_printer("Kept", "P2", attribute::kKeepPrintedJobs);
    hold("P2");
    const auto job = print(kept, "x");
    settle();
    const auto cancelled = begin(kept->control_job(job, JobControl::cancel));
    release("P2");
    ASSERT_TRUE(cancelled->has_value());
    EXPECT_FALSE(kept->job(job));
    EXPECT_FALSE(store_->job(job));
    EXPECT_FALSE(files_->exists(job));
}

TEST_F(SetJobTest, RestartOfAPrintingJobStartsFromTheBeginning) {
    device("P1", [](FakeMonitor::Device& dev) { dev.write_limit = 3; });
    hold("P1");
    const auto job = print(queue_, "abcdef");
    settle();
    EXPECT_EQ(control(queue_, job, JobControl::restart), Win32::success);
    settle();
    release("P1");
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"abcdef"});
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.aborted; }), 1);
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.infos.back().attempt; }), 2U);
}

TEST_F(SetJobTest, RetainKeepsAndReleaseDeletes) {
    pause_printer();
    const auto job = print(queue_, "x");
    EXPECT_EQ(control(queue_, job, JobControl::retain), Win32::success);
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    ASSERT_TRUE(queue_->job(job));
    EXPECT_NE(status_of(job) & (status::kPrinted | status::kRetained), 0U);
    EXPECT_EQ(control(queue_, job, JobControl::release), Win32::success);
    EXPECT_FALSE(queue_->job(job));
    EXPECT_FALSE(files_->exists(job));
}

TEST_F(SetJobTest, ReleaseBeforePrintingOnlyClearsTheMark) {
    pause_printer();
    const auto job = print(queue_, "x");
    EXPECT_EQ(control(queue_, job, JobControl::retain), Win32::success);
    EXPECT_EQ(control(queue_, job, JobControl::release), Win32::success);
    ASSERT_TRUE(queue_->job(job));
    EXPECT_EQ(status_of(job), 0U);
}

TEST_F(SetJobTest, PurgeTakesEverything) {
    hold("P1");
    const auto printing = print(queue_, "1");
    settle();
    print(queue_, "2");
    const auto writer = start_doc(queue_);
    EXPECT_EQ(queue_->view().jobs, 3U);
    EXPECT_TRUE(run(queue_->purge()));
    settle();
    EXPECT_TRUE(queue_->jobs().empty());
    EXPECT_FALSE(store_->job(printing));
    EXPECT_EQ(write(writer, "x"), Win32::print_cancelled);
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_TRUE(printed("P1").empty());
}

TEST_F(SetJobTest, EveryFieldIsAppliedAndStored) {
    pause_printer();
    const auto job = print(queue_, "x");
    JobChange what;
    what.document = "new";
    what.user_name = "bob";
    what.notify_name = "carol";
    what.datatype = "text";
    what.processor = "WINPRINT";
    what.parameters = "p";
    what.status_text = "look here";
    what.status = status::kUserIntervention | status::kPrinted | status::kPaused;
    what.priority = 42;
    what.start_time = 60;
    what.until_time = 120;
    ASSERT_EQ(change(job, what), Win32::success);
    const spooler::JobView view = *queue_->job(job);
    EXPECT_EQ(view.info->document, "new");
    EXPECT_EQ(view.info->user_name, "bob");
    EXPECT_EQ(view.info->notify_name, "carol");
    EXPECT_EQ(view.info->datatype, "TEXT");
    EXPECT_EQ(view.info->processor, "winprint");
    EXPECT_EQ(view.info->parameters, "p");
    EXPECT_EQ(view.status_text, "look here");
    EXPECT_EQ(view.status, status::kUserIntervention);                     // only what may be shown
    EXPECT_EQ(view.info->priority, 42U);
    EXPECT_EQ(view.info->start_time, 60U);
    EXPECT_EQ(view.info->until_time, 120U);
    EXPECT_EQ(store_->job(job)->info->document, "new");
    EXPECT_EQ(store_->job(job)->info->priority, 42U);
}

TEST_F(SetJobTest, BadFieldsChangeNothing) {
    pause_printer();
    const auto job = print(queue_, "x");
    JobChange what;
    what.document = "new";
    what.priority = 100;
    EXPECT_EQ(change(job, what), Win32::invalid_priority);
    what.priority = 99;
    what.datatype = "NT EMF 1.008";
    EXPECT_EQ(change(job, what), Win32::invalid_datatype);
    what.datatype.reset();
    what.processor = "other";
    EXPECT_EQ(change(job, what), Win32::unknown_printprocessor);
    what.processor.reset();
    what.start_time = 1441;
    EXPECT_EQ(change(job, what), Win32::invalid_parameter);
    EXPECT_EQ(queue_->job(job)->info->document, "doc");
}

TEST_F(SetJobTest, ReadChangeWriteBackIsHarmless) {
    pause_printer();
    const auto job = print(queue_, "x");
    const spooler::JobView view = *queue_->job(job);
    JobChange same;
    same.document = view.info->document;
    same.user_name = view.info->user_name;
    same.datatype = view.info->datatype;
    same.priority = view.info->priority;
    same.status = view.status;
    same.position = 0;
    EXPECT_EQ(change(job, same), Win32::success);
    EXPECT_EQ(queue_->job(job)->status, view.status);
}

TEST_F(SetJobTest, WritingBackATroubleThatTheServerShowsDoesNotKeepIt) {
    device("P1", [](FakeMonitor::Device& dev) { dev.open_error = base::Error(Win32::connection_refused); });
    const auto job = print(queue_, "patient");
    settle();
    JobChange back;
    back.status = status_of(job);
    ASSERT_NE(*back.status & status::kOffline, 0U);
    EXPECT_EQ(change(job, back), Win32::success);
    EXPECT_EQ(status_of(job), *back.status);
    // The device answers, and takes its time.
    device("P1", [](FakeMonitor::Device& dev) { dev.open_error.reset(); });
    hold("P1");
    advance(std::chrono::seconds(60));
    EXPECT_EQ(status_of(job) & (status::kOffline | status::kError), 0U);
    // What nobody but the client says stays as long as he does not take it back.
    back.status = status::kUserIntervention;
    EXPECT_EQ(change(job, back), Win32::success);
    EXPECT_NE(status_of(job) & status::kUserIntervention, 0U);
    release("P1");
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"patient"});
}

TEST_F(SetJobTest, PositionMovesAndRenumbers) {
    pause_printer();
    std::vector<spooler::JobId> jobs;
    for (int i = 0; i < 4; ++i) jobs.push_back(print(queue_, std::to_string(i)));
    JobChange what;
    what.position = 1;
    EXPECT_EQ(change(jobs[3], what), Win32::success);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{jobs[3], jobs[0], jobs[1], jobs[2]}));
    what.position = 3;
    EXPECT_EQ(change(jobs[3], what), Win32::success);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{jobs[0], jobs[1], jobs[3], jobs[2]}));
    what.position = 1000;
    EXPECT_EQ(change(jobs[0], what), Win32::success);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{jobs[1], jobs[3], jobs[2], jobs[0]}));
    const auto views = queue_->jobs();
    for (std::uint32_t i = 0; i < views.size(); ++i) EXPECT_EQ(views[i].position, i + 1);
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"1", "3", "2", "0"}));
}

TEST_F(SetJobTest, ManyMovesIntoTheSameGapKeepTheOrder) {
    pause_printer();
    const auto first = print(queue_, "a");
    const auto second = print(queue_, "b");
    const auto third = print(queue_, "c");
    JobChange what;
    what.position = 2;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(change(i % 2 == 0 ? third : second, what), Win32::success);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{first, second, third}));
    // What was stored is the same order.
    crash_and_restart();
    queue_ = spooler_->printers().find("Laser");
    ASSERT_TRUE(queue_);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{first, second, third}));
}

TEST_F(SetJobTest, HigherPriorityPrintsFirst) {
    pause_printer();
    print(queue_, "low");
    const auto high = print(queue_, "high");
    JobChange what;
    what.priority = 50;
    EXPECT_EQ(change(high, what), Win32::success);
    EXPECT_EQ(queue_->job(high)->position, 1U);
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"high", "low"}));
}

TEST_F(SetJobTest, JobWindowOpensByTheClock) {
    pause_printer();
    const auto job = print(queue_, "later");
    JobChange what;
    what.start_time = 12 * 60 + 30;
    what.until_time = 13 * 60;
    EXPECT_EQ(change(job, what), Win32::success);
    ASSERT_TRUE(run(queue_->resume()));
    print(queue_, "now");
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"now"});
    advance(std::chrono::minutes(31));
    EXPECT_EQ(printed("P1").back(), "later");
}

TEST_F(SetJobTest, LinkedJobsPrintTogether) {
    pause_printer();
    const auto a = print(queue_, "a");
    const auto b = print(queue_, "b");
    const auto c = print(queue_, "c");
    EXPECT_EQ(link(a, c), Win32::success);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{a, c, b}));
    EXPECT_EQ(queue_->job(a)->next_job, c);
    JobChange high;
    high.priority = 99;
    EXPECT_EQ(change(b, high), Win32::success);                            // b goes first, but not in between
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"b", "a", "c"}));
}

TEST_F(SetJobTest, NothingPrintsBetweenLinkedJobsEvenWithHigherPriority) {
    pause_printer();
    const auto a = print(queue_, "a");
    const auto c = print(queue_, "c");
    EXPECT_EQ(link(a, c), Win32::success);
    hold("P1");
    ASSERT_TRUE(run(queue_->resume()));
    settle();
    const auto urgent = print(queue_, "urgent");
    JobChange high;
    high.priority = 99;
    EXPECT_EQ(change(urgent, high), Win32::success);
    release("P1");
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"a", "c", "urgent"}));
}

TEST_F(SetJobTest, LinksMayNotFormACircle) {
    pause_printer();
    const auto a = print(queue_, "a");
    const auto b = print(queue_, "b");
    EXPECT_EQ(link(a, a), Win32::invalid_parameter);
    EXPECT_EQ(link(a, b), Win32::success);
    EXPECT_EQ(link(b, a), Win32::invalid_parameter);
    EXPECT_EQ(link(a, 4711), Win32::invalid_parameter);
    EXPECT_EQ(link(a, 0), Win32::success);
    EXPECT_EQ(link(b, a), Win32::success);
    EXPECT_EQ(ids(queue_), (std::vector<spooler::JobId>{b, a}));
}

}  // namespace
