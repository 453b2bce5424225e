// Direct printing: the port belongs to the document from StartDoc to its end, each write is at the device when it returns, errors of the
// device are the writer's.
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::JobControl;
using spooler::JobWriterPtr;
using spooler::PrinterQueuePtr;
using test_support::FakeMonitor;
namespace attribute = spooler::printer_attribute;
namespace status = spooler::job_status;

class DirectPrintingTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        start();
        direct_ = add_printer("Direct", "P1", attribute::kDirect);
        spooled_ = add_printer("Spooled", "P1");
    }
    Win32 try_start(const PrinterQueuePtr& queue) { return base::code_of(run(queue->start_document(document("doc")))); }
    Win32 end(const JobWriterPtr& writer) { return base::code_of(run(writer->end())); }
    Win32 abort(const JobWriterPtr& writer) { return base::code_of(run(writer->abort())); }
    std::string at_device() {
        return device("P1", [](FakeMonitor::Device& dev) { return dev.partial; });
    }
    int aborted() {
        return device("P1", [](FakeMonitor::Device& dev) { return dev.aborted; });
    }
    void set_attributes(const PrinterQueuePtr& queue, std::uint32_t attributes) {
        spooler::PrinterChange change;
        change.attributes = attributes;
        ASSERT_TRUE(run(spooler_->printers().change(queue, change)));
    }

    PrinterQueuePtr direct_, spooled_;
};

TEST_F(DirectPrintingTest, EachWriteIsAtTheDeviceWhenItReturns) {
    const auto writer = start_doc(direct_);
    const auto job = direct_->job(writer->id());
    ASSERT_TRUE(job);
    EXPECT_EQ(job->status, status::kSpooling | status::kPrinting);
    EXPECT_EQ(job->port_name, "P1");
    EXPECT_EQ(write(writer, "one "), Win32::success);
    EXPECT_EQ(at_device(), "one ");
    EXPECT_EQ(write(writer, ""), Win32::success);
    const std::string large(300'000, 'x');
    EXPECT_EQ(write(writer, large), Win32::success);
    EXPECT_EQ(at_device(), "one " + large);
    EXPECT_EQ(direct_->job(writer->id())->size, 300'004U);
    EXPECT_EQ(direct_->job(writer->id())->bytes_printed, 300'004U);
    EXPECT_EQ(end(writer), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"one " + large});
    EXPECT_TRUE(direct_->jobs().empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
    for (const spooler::Change& change : store_->changes()) {
        EXPECT_FALSE(std::holds_alternative<spooler::JobPut>(change) || std::holds_alternative<spooler::JobDelete>(change));
    }
}

TEST_F(DirectPrintingTest, BusyWhileAnyDocumentOfAnyPrinterHoldsThePort) {
    const auto other = add_printer("Other", "P1", attribute::kDirect);
    const auto writer = start_doc(direct_);
    EXPECT_EQ(try_start(direct_), Win32::busy);
    EXPECT_EQ(try_start(other), Win32::busy);
    // A spooled document waits.
    print(spooled_, "spooled");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_EQ(write(writer, "direct"), Win32::success);
    EXPECT_EQ(end(writer), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"direct", "spooled"}));

    hold("P1");
    print(spooled_, "slow");
    settle();
    EXPECT_EQ(try_start(direct_), Win32::busy);
    EXPECT_TRUE(direct_->jobs().empty());
    release("P1");
    EXPECT_EQ(try_start(direct_), Win32::success);
}

TEST_F(DirectPrintingTest, APoolTakesItsFirstIdlePort) {
    const auto pool = add_printer("Pool", "P1,P2", attribute::kDirect);
    const auto first = start_doc(direct_);
    const auto second = start_doc(pool);
    EXPECT_EQ(pool->job(second->id())->port_name, "P2");
    EXPECT_EQ(try_start(pool), Win32::busy);
    EXPECT_EQ(write(second, "x"), Win32::success);
    EXPECT_EQ(end(second), Win32::success);
    EXPECT_EQ(printed("P2"), std::vector<std::string>{"x"});
    EXPECT_EQ(abort(first), Win32::success);
}

TEST_F(DirectPrintingTest, ErrorsOfTheDeviceComeOutOfWrite) {
    device("P1", [](FakeMonitor::Device& dev) {
        dev.break_with = base::Error(Win32::connection_aborted, "cable");
        dev.break_after = 3;
    });
    const auto writer = start_doc(direct_);
    EXPECT_EQ(write(writer, "abc"), Win32::success);
    EXPECT_EQ(write(writer, "def"), Win32::connection_aborted);
    EXPECT_EQ(write(writer, "ghi"), Win32::connection_aborted);
    EXPECT_EQ(end(writer), Win32::connection_aborted);
    EXPECT_TRUE(direct_->jobs().empty());
    EXPECT_EQ(direct_->view().job_errors, 1U);
    EXPECT_NE(direct_->view().status & spooler::printer_status::kError, 0U);
    // Nothing is sent again, and the port is free.
    advance(std::chrono::minutes(5));
    EXPECT_TRUE(printed("P1").empty());
    const auto next = start_doc(direct_);
    EXPECT_EQ(write(next, "next"), Win32::success);
    EXPECT_EQ(end(next), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"next"});
    EXPECT_EQ(direct_->view().status, 0U);
}

TEST_F(DirectPrintingTest, ADeviceThatIsOffAndOneThatFailsAtTheEnd) {
    device("P1", [](FakeMonitor::Device& dev) { dev.open_error = base::Error(Win32::connection_refused, "off"); });
    const auto off = start_doc(direct_);
    EXPECT_EQ(write(off, "x"), Win32::connection_refused);
    EXPECT_EQ(abort(off), Win32::success);
    device("P1", [](FakeMonitor::Device& dev) {
        dev.open_error.reset();
        dev.finish_error = base::Error(Win32::timeout, "jam");
    });
    const auto writer = start_doc(direct_);
    EXPECT_EQ(write(writer, "x"), Win32::success);
    EXPECT_EQ(end(writer), Win32::timeout);
    EXPECT_EQ(try_start(direct_), Win32::success);
}

TEST_F(DirectPrintingTest, AbortAndALostClientFreeThePort) {
    const auto first = start_doc(direct_);
    EXPECT_EQ(write(first, "never"), Win32::success);
    EXPECT_EQ(abort(first), Win32::success);
    EXPECT_EQ(aborted(), 1);
    auto lost = start_doc(direct_);
    EXPECT_EQ(write(lost, "lost"), Win32::success);
    lost.reset();
    settle();
    EXPECT_EQ(aborted(), 2);
    EXPECT_TRUE(direct_->jobs().empty());
    EXPECT_EQ(try_start(direct_), Win32::success);
    EXPECT_TRUE(printed("P1").empty());
}

TEST_F(DirectPrintingTest, CancelReachesAWriteThatHangs) {
    hold("P1");
    const auto writer = start_doc(direct_);
    const base::ByteView text = base::as_bytes("stuck");
    const auto written = begin(writer->write(text));
    EXPECT_FALSE(written->has_value());
    EXPECT_EQ(control(direct_, writer->id(), JobControl::cancel), Win32::success);
    settle();
    ASSERT_TRUE(written->has_value());
    EXPECT_EQ(base::code_of(**written), Win32::print_cancelled);
    EXPECT_EQ(write(writer, "more"), Win32::print_cancelled);
    EXPECT_EQ(end(writer), Win32::print_cancelled);
    EXPECT_EQ(try_start(direct_), Win32::success);
}

TEST_F(DirectPrintingTest, PauseHoldsTheDataBackAndRestartIsRefused) {
    const auto writer = start_doc(direct_);
    EXPECT_EQ(control(direct_, writer->id(), JobControl::pause), Win32::success);
    const base::ByteView text = base::as_bytes("later");
    const auto written = begin(writer->write(text));
    EXPECT_FALSE(written->has_value());
    EXPECT_EQ(control(direct_, writer->id(), JobControl::restart), Win32::invalid_parameter);
    EXPECT_EQ(control(direct_, writer->id(), JobControl::resume), Win32::success);
    settle();
    ASSERT_TRUE(written->has_value());
    EXPECT_EQ(base::code_of(**written), Win32::success);
    EXPECT_EQ(end(writer), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"later"});
    ASSERT_TRUE(run(direct_->pause()));
    EXPECT_EQ(try_start(direct_), Win32::invalid_printer_state);
}

TEST_F(DirectPrintingTest, TheSettingIsLookedAtWhenADocumentStarts) {
    const auto writer = start_doc(direct_);
    set_attributes(direct_, attribute::kQueued);
    EXPECT_EQ(write(writer, "still direct"), Win32::success);
    EXPECT_EQ(at_device(), "still direct");
    EXPECT_EQ(end(writer), Win32::success);

    const auto spooling = start_doc(direct_);
    EXPECT_EQ(write(spooling, "spooled"), Win32::success);
    set_attributes(direct_, attribute::kDirect);
    EXPECT_EQ(at_device(), "");
    EXPECT_EQ(end(spooling), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"still direct", "spooled"}));
}

TEST_F(DirectPrintingTest, ThePrintProcessorHasItsPart) {
    spooler::NewDocument request = document("text");
    request.datatype = "TEXT";
    auto writer = run(direct_->start_document(request));
    ASSERT_TRUE(writer);
    EXPECT_EQ(write(*writer, "a\nb"), Win32::success);
    EXPECT_EQ(at_device(), "a\r\nb");
    EXPECT_EQ(end(*writer), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"a\r\nb\f"});
}

TEST_F(DirectPrintingTest, ADocumentOfAPortGoesThereWhateverThePrinterDoes) {
    const auto pool = add_printer("Pool", "P2,P3");
    spooler::NewDocument request = document("port");
    request.direct_port = "P3";
    auto writer = run(pool->start_document(request));
    ASSERT_TRUE(writer);
    EXPECT_EQ(base::code_of(run(pool->start_document(request))), Win32::busy);
    EXPECT_EQ(write(*writer, "here"), Win32::success);
    EXPECT_EQ(end(*writer), Win32::success);
    EXPECT_EQ(printed("P3"), std::vector<std::string>{"here"});
}

TEST_F(DirectPrintingTest, KeptPrintedJobsAreSpooledOnes) {
    set_attributes(direct_, attribute::kDirect | attribute::kKeepPrintedJobs);
    const auto writer = start_doc(direct_);
    EXPECT_EQ(write(writer, "x"), Win32::success);
    EXPECT_EQ(end(writer), Win32::success);
    EXPECT_TRUE(direct_->jobs().empty());
}

TEST_F(DirectPrintingTest, NothingIsLeftOfItAfterACrash) {
    const auto writer = start_doc(direct_);
    EXPECT_EQ(write(writer, "half"), Win32::success);
    crash_and_restart();
    direct_ = spooler_->printers().find("Direct");
    EXPECT_TRUE(direct_->jobs().empty());
    EXPECT_EQ(try_start(direct_), Win32::success);
}

TEST_F(DirectPrintingTest, AMonitorThatAsksAgainIsNoError) {
    device("P1", [](FakeMonitor::Device& dev) {
        dev.break_with = base::Error(Win32::insufficient_buffer, "the job's status grew");
        dev.break_after = 2;
    });
    const auto writer = start_doc(direct_);
    EXPECT_EQ(write(writer, "abcdef"), Win32::success);
    EXPECT_EQ(end(writer), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"abcdef"});
    device("P1", [](FakeMonitor::Device& dev) { dev.finish_error = base::Error(Win32::insufficient_buffer, "again"); });
    const auto next = start_doc(direct_);
    EXPECT_EQ(write(next, "x"), Win32::success);
    EXPECT_EQ(end(next), Win32::write_fault);
}

}  // namespace
