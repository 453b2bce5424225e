// Quotas and the disk reserve: the writer gets the code, nobody else is hurt.
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
namespace attribute = spooler::printer_attribute;

class QuotaTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        settings_.min_free_bytes = 1000;
        start();
        queue_ = add_printer("Laser", "P1", attribute::kQueued);
        other_ = add_printer("Other", "P2", attribute::kQueued);
    }
    void apply() { spooler_->set_settings(settings_); }
    spooler::PrinterQueuePtr queue_, other_;
};

TEST_F(QuotaTest, PerJobAtAndPastTheEdge) {
    settings_.job_quota_bytes = 10;
    apply();
    const auto writer = start_doc(queue_);
    EXPECT_EQ(write(writer, "0123456789"), Win32::success);
    EXPECT_EQ(write(writer, "x"), Win32::no_spool_space);
    EXPECT_EQ(queue_->job(writer->id())->size, 10U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 10U);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);          // what is there prints
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"0123456789"});
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
}

TEST_F(QuotaTest, PerQueueLeavesOtherQueuesAlone) {
    settings_.queue_quota_bytes = 10;
    apply();
    const auto one = start_doc(queue_);
    const auto two = start_doc(queue_);
    EXPECT_EQ(write(one, "123456"), Win32::success);
    EXPECT_EQ(write(two, "123456"), Win32::no_spool_space);
    EXPECT_EQ(write(two, "1234"), Win32::success);
    EXPECT_EQ(print(other_, "123456"), two->id() + 1);
    EXPECT_EQ(base::code_of(run(one->abort())), Win32::success);
    EXPECT_EQ(write(two, "123456"), Win32::success);
}

TEST_F(QuotaTest, OfTheWholeSpool) {
    settings_.spool_quota_bytes = 10;
    apply();
    const auto one = start_doc(queue_);
    const auto two = start_doc(other_);
    EXPECT_EQ(write(one, "12345678"), Win32::success);
    EXPECT_EQ(write(two, "123"), Win32::no_spool_space);
    EXPECT_EQ(base::code_of(run(one->abort())), Win32::success);
    EXPECT_EQ(write(two, "123"), Win32::success);
}

TEST_F(QuotaTest, TheDiskReserveIsNotTouched) {
    files_->set_free_bytes(1010);
    clock_.advance(std::chrono::seconds(2));
    const auto writer = start_doc(queue_);
    EXPECT_EQ(write(writer, "0123456789"), Win32::success);
    files_->set_free_bytes(1000);
    EXPECT_EQ(write(writer, "x"), Win32::no_spool_space);
    files_->set_free_bytes(999);
    clock_.advance(std::chrono::seconds(2));
    EXPECT_EQ(base::code_of(run(other_->start_document(document("d")))), Win32::no_spool_space);
    files_->set_free_bytes(1ULL << 30U);
    EXPECT_EQ(write(writer, "x"), Win32::success);
}

TEST_F(QuotaTest, AFullDiskUnderTheWriter) {
    const auto writer = start_doc(queue_);
    files_->fail_next_write(base::Error(Win32::disk_full));
    const std::string chunk(65'536, 'x');
    EXPECT_EQ(write(writer, chunk), Win32::disk_full);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
    EXPECT_EQ(write(writer, chunk), Win32::success);                       // there is room again
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{chunk});
}

TEST_F(QuotaTest, AFailedPublishRemovesTheJob) {
    const auto writer = start_doc(queue_);
    EXPECT_EQ(write(writer, "x"), Win32::success);
    files_->fail_next_write(base::Error(Win32::write_fault));
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::write_fault);
    EXPECT_TRUE(queue_->jobs().empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
    print(other_, "fine");
    settle();
    EXPECT_EQ(printed("P2"), std::vector<std::string>{"fine"});
}

}  // namespace
