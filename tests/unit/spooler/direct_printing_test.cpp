// Direct printing: the port belongs to the document from StartDoc to its end, each write is at the device when it returns, errors of the
// device are the writer's.
#include "base/limits.h"
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

// The driver's language monitor stands between processor and port, whichever way a document takes.
TEST_F(DirectPrintingTest, TheLanguageMonitorOfTheDriverWrapsThePort) {
    spooler::Driver talking;
    talking.name = "Talking";
    talking.environment = "Windows x64";
    talking.monitor_name = "fake language";
    spooler_->drivers().load({talking});
    for (const auto& queue : {direct_, spooled_}) {
        spooler::PrinterChange change;
        change.driver_name = "Talking";
        ASSERT_TRUE(run(spooler_->printers().change(queue, change)));
    }
    print(spooled_, "spooled");
    settle();
    const auto writer = start_doc(direct_);
    EXPECT_EQ(write(writer, "direct"), Win32::success);
    EXPECT_EQ(at_device(), "<begin>direct");
    device("P1", [](FakeMonitor::Device& dev) { dev.says = "ready"; });
    base::ByteBuffer heard(10);
    const auto count = run(writer->read_back(heard));
    ASSERT_TRUE(count);
    EXPECT_EQ(base::as_text(base::ByteView(heard).first(*count)), "@@@@@");
    EXPECT_EQ(end(writer), Win32::success);
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"<begin>spooled<end>", "<begin>direct<end>"}));

    talking.name = "Windows only";
    talking.monitor_name = "PJL Language Monitor";
    spooler_->drivers().load({talking});
    spooler::PrinterChange change;
    change.driver_name = "Windows only";
    ASSERT_TRUE(run(spooler_->printers().change(spooled_, change)));
    print(spooled_, "as it is");
    settle();
    EXPECT_EQ(printed("P1").back(), "as it is");
}

TEST_F(DirectPrintingTest, WhatTheDeviceSaysIsReadBetweenWrites) {
    const auto writer = start_doc(direct_);
    base::ByteBuffer room(4);
    const auto read = [&](std::size_t most) {
        const auto count = run(writer->read_back(base::MutableByteView(room).first(most)));
        return count ? std::string(base::as_text(base::ByteView(room).first(*count))) : count.error().to_string();
    };
    EXPECT_EQ(read(4), "");
    EXPECT_EQ(write(writer, "x"), Win32::success);
    device("P1", [](FakeMonitor::Device& dev) { dev.says = "0123456789"; });
    EXPECT_EQ(read(0), "");
    EXPECT_EQ(read(4), "0123");
    EXPECT_EQ(read(2), "45");
    EXPECT_EQ(write(writer, "y"), Win32::success);
    EXPECT_EQ(read(4), "6789");
    EXPECT_EQ(read(4), "");
    EXPECT_EQ(end(writer), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"xy"});
    EXPECT_EQ(base::code_of(run(writer->read_back(room))), Win32::print_cancelled) << "the document is over";

    const auto spooling = start_doc(spooled_);
    EXPECT_EQ(base::code_of(run(spooling->read_back(room))), Win32::invalid_handle);
    EXPECT_EQ(abort(spooling), Win32::success);
}

// More than the delivery takes from the device in one go.
TEST_F(DirectPrintingTest, ALongAnswerComesWhole) {
    const auto writer = start_doc(direct_);
    std::string text;
    for (int i = 0; i < 30'000; ++i) text += std::to_string(i);
    device("P1", [&](FakeMonitor::Device& dev) { dev.says = text; });
    base::ByteBuffer room(text.size() + 1000);
    const auto count = run(writer->read_back(room));
    ASSERT_TRUE(count);
    EXPECT_EQ(base::as_text(base::ByteView(room).first(*count)), text);
    EXPECT_EQ(abort(writer), Win32::success);
}

TEST_F(DirectPrintingTest, ReadingEndsWithTheJob) {
    const auto writer = start_doc(direct_);
    EXPECT_EQ(control(direct_, writer->id(), JobControl::cancel), Win32::success);
    settle();
    base::ByteBuffer room(4);
    EXPECT_EQ(base::code_of(run(writer->read_back(room))), Win32::print_cancelled);
    // A device that went away while nobody wrote: the reader hears of it.
    device("P2", [](FakeMonitor::Device& dev) { dev.open_error = base::Error(Win32::connection_refused, "off"); });
    const auto other = start_doc(add_printer("Off", "P2", attribute::kDirect));
    EXPECT_EQ(base::code_of(run(other->read_back(room))), Win32::connection_refused);
}

class FlushPortTest : public DirectPrintingTest {
 protected:
    Win32 flush(const std::string& text, std::chrono::milliseconds rest = std::chrono::milliseconds(0)) {
        const base::ByteView data = base::as_bytes(text);
        const auto count = run(spooler_->flush_port("P1", data, rest));
        if (count) {
            EXPECT_EQ(*count, text.size());
        }
        return base::code_of(count);
    }
};

TEST_F(FlushPortTest, SendsADocumentOfItsOwnAndKeepsThePortForAWhile) {
    EXPECT_EQ(flush("reset", std::chrono::milliseconds(500)), Win32::success);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"reset"});
    EXPECT_EQ(try_start(direct_), Win32::busy);
    print(spooled_, "waits");
    EXPECT_EQ(base::code_of(run(spooler_->remove_port("P1"))), Win32::busy);
    EXPECT_EQ(flush("again"), Win32::busy);
    advance(std::chrono::milliseconds(499));
    EXPECT_EQ(printed("P1").size(), 1U);
    advance(std::chrono::milliseconds(1));
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"reset", "waits"}));
    EXPECT_EQ(flush(""), Win32::success);
    EXPECT_EQ(printed("P1").size(), 2U) << "nothing to send: the device is left alone";
    EXPECT_EQ(try_start(direct_), Win32::success);
}

TEST_F(FlushPortTest, ErrorsFreeThePortAtOnce) {
    device("P1", [](FakeMonitor::Device& dev) { dev.open_error = base::Error(Win32::connection_refused, "off"); });
    EXPECT_EQ(flush("x", std::chrono::milliseconds(500)), Win32::connection_refused);
    device("P1", [](FakeMonitor::Device& dev) {
        dev.open_error.reset();
        dev.finish_error = base::Error(Win32::timeout, "jam");
    });
    EXPECT_EQ(flush("x", std::chrono::milliseconds(500)), Win32::timeout);
    EXPECT_EQ(flush("x"), Win32::success);
    EXPECT_EQ(base::code_of(run(spooler_->flush_port("nowhere", {}, std::chrono::milliseconds(0)))), Win32::unknown_port);
    const auto writer = start_doc(direct_);
    EXPECT_EQ(flush("x"), Win32::busy);
    EXPECT_EQ(abort(writer), Win32::success);
    EXPECT_EQ(flush("x"), Win32::success);
}

TEST_F(FlushPortTest, NoMoreThanOneWrite) {
    const std::string text(base::limits::kMaxWriteBytes + 1, 'x');
    const auto count = run(spooler_->flush_port("P1", base::as_bytes(text), std::chrono::milliseconds(0)));
    ASSERT_TRUE(count);
    EXPECT_EQ(*count, base::limits::kMaxWriteBytes);
    EXPECT_EQ(printed("P1").back().size(), base::limits::kMaxWriteBytes);
}

}  // namespace
