// What a restart finds and makes of it (architecture section 12).
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::JobState;
using test_support::FakeMonitor;

class RecoveryTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }
    spooler::PrinterQueuePtr laser() { return spooler_->printers().find("Laser"); }
};

TEST_F(RecoveryTest, SettingsSurvive) {
    auto queue = add_printer("Laser");
    spooler::PrinterChange change;
    change.comment = "by the window";
    change.status = spooler::printer_status::kTonerLow;
    ASSERT_TRUE(run(spooler_->printers().change(queue, change)));
    ASSERT_TRUE(run(queue->pause()));
    const auto change_id = queue->change_id();
    crash_and_restart();
    ASSERT_TRUE(laser());
    EXPECT_EQ(laser()->record()->comment, "by the window");
    EXPECT_EQ(laser()->change_id(), change_id);
    EXPECT_EQ(laser()->view().status, spooler::printer_status::kPaused | spooler::printer_status::kTonerLow);
    EXPECT_EQ(*laser()->record()->security, *queue->record()->security);
}

TEST_F(RecoveryTest, SpooledJobsSurviveInOrderAndPrint) {
    auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    print(queue, "1");
    print(queue, "2");
    crash_and_restart();
    EXPECT_EQ(laser()->view().jobs, 2U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 2U);
    ASSERT_TRUE(run(laser()->resume()));
    settle();
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"1", "2"}));
}

TEST_F(RecoveryTest, APrintingJobIsPrintedAgainAndMarked) {
    auto queue = add_printer("Laser");
    hold("P1");
    const auto job = print(queue, "x");
    settle();
    EXPECT_EQ(store_->job(job)->state, JobState::printing);
    crash_and_restart();
    EXPECT_TRUE(store_->job(job)->restarted);
    EXPECT_NE(laser()->job(job)->status & spooler::job_status::kRestart, 0U);
    release("P1");
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"x"});
}

TEST_F(RecoveryTest, ASpoolingJobIsGone) {
    auto queue = add_printer("Laser", "P1", spooler::printer_attribute::kQueued);
    auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(200'000, 'x')), Win32::success);
    const auto job = writer->id();
    writers_.push_back(std::move(writer));
    crash_and_restart();
    EXPECT_TRUE(laser()->jobs().empty());
    EXPECT_FALSE(files_->exists(job));
}

TEST_F(RecoveryTest, ARowWithoutFileBecomesAFailedJob) {
    auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    const auto job = print(queue, "x");
    ASSERT_TRUE(run(files_->remove(job)));
    crash_and_restart();
    ASSERT_TRUE(laser()->job(job));
    EXPECT_EQ(laser()->job(job)->state, JobState::failed);
    EXPECT_NE(laser()->job(job)->status & spooler::job_status::kError, 0U);
    EXPECT_EQ(store_->job(job)->state, JobState::failed);
    EXPECT_EQ(control(laser(), job, spooler::JobControl::remove), Win32::success);
    EXPECT_TRUE(laser()->jobs().empty());
}

TEST_F(RecoveryTest, AFileWithoutRowIsRemoved) {
    add_printer("Laser");
    ASSERT_TRUE(run(files_->write_whole(4711, base::as_bytes("orphan"))));
    crash_and_restart();
    EXPECT_FALSE(files_->exists(4711));
}

TEST_F(RecoveryTest, JobIdsAreNotUsedAgain) {
    auto queue = add_printer("Laser");
    const auto job = print(queue, "x");
    settle();
    auto writer = start_doc(queue);
    const auto open = writer->id();
    writers_.push_back(std::move(writer));
    crash_and_restart();
    const auto next = print(laser(), "y");
    EXPECT_GT(next, job);
    EXPECT_GT(next, open);
}

TEST_F(RecoveryTest, JobIdsWrapAroundLivingOnes) {
    spooler::Snapshot content = store_->content();
    content.counters["job_id"] = spooler::kMaxJobId;
    shut_down();
    store_ = std::make_unique<storage::MemoryStore>(content);
    make();
    auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    EXPECT_EQ(print(queue, "last"), spooler::kMaxJobId);
    EXPECT_EQ(print(queue, "first"), 1U);
    EXPECT_EQ(print(queue, "second"), 2U);
}

TEST_F(RecoveryTest, APrinterPendingDeletionGoesOnBeingDeleted) {
    auto queue = add_printer("Laser");
    hold("P1");
    print(queue, "last words");
    settle();
    ASSERT_TRUE(run(spooler_->printers().remove(queue)));
    const auto id = queue->id();
    EXPECT_TRUE(store_->printer(id)->pending_deletion);
    crash_and_restart();
    EXPECT_FALSE(laser());
    ASSERT_TRUE(spooler_->printers().find(id));
    release("P1");
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"last words"});
    EXPECT_FALSE(store_->printer(id));
    EXPECT_FALSE(spooler_->printers().find(id));
}

TEST_F(RecoveryTest, PortsFormsAndServerValuesSurvive) {
    spooler::Form form;
    form.name = "Label";
    form.cx = form.cy = form.right = form.bottom = 1000;
    ASSERT_TRUE(run(spooler_->forms().add(form)));
    ASSERT_TRUE(run(spooler_->server().set_value(spooler::dword_value("beepenabled", 1))));
    crash_and_restart();
    EXPECT_TRUE(spooler_->ports().contains("P3"));
    EXPECT_EQ(*spooler_->forms().find(0, "label"), form);
    EXPECT_EQ(spooler_->server().value("BeepEnabled")->data, spooler::dword_value("", 1).data);
}

}  // namespace
