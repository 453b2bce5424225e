// StartDoc … EndDoc, Abort, ReadPrinter: order of calls, what closing and losing a handle do, what the device gets.
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;

class DocumentOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared | spooler::printer_attribute::kQueued);
        handle_ = open(alice_, "Laser", Access::use);
    }
    template <class In, class Out>
    Win32 simple(base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), const ndr::ContextHandle& handle) {
        In in;
        in.hPrinter = handle;
        return code(call(alice_, method, in));
    }
    Win32 start_page() { return simple(&op::Client::start_page_printer, handle_); }
    Win32 end_page() { return simple(&op::Client::end_page_printer, handle_); }
    Win32 abort() { return simple(&op::Client::abort_printer, handle_); }
    op::ReadPrinter::Out read(Session* who, const ndr::ContextHandle& handle, std::uint32_t size) {
        op::ReadPrinter::In in;
        in.hPrinter = handle;
        in.cbBuf = size;
        return call(who, &op::Client::read_printer, in);
    }
    static std::string text(const op::ReadPrinter::Out& out) {
        return std::string(base::as_text(out.pBuf.view().first(out.pcNoBytesRead)));
    }

    spooler::PrinterQueuePtr laser_;
    ndr::ContextHandle handle_;
};

TEST_F(DocumentOps, PrintsByteForByte) {
    const auto started = start_document(alice_, handle_, "letter");
    ASSERT_EQ(code(started), Win32::success);
    EXPECT_NE(started.pJobId, 0U);
    EXPECT_EQ(start_page(), Win32::success);
    const auto written = write_document(alice_, handle_, "hello ");
    EXPECT_EQ(code(written), Win32::success);
    EXPECT_EQ(written.pcWritten, 6U);
    EXPECT_EQ(write_document(alice_, handle_, "").pcWritten, 0U);
    EXPECT_EQ(write_document(alice_, handle_, "world").pcWritten, 5U);
    EXPECT_EQ(end_page(), Win32::success);
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_EQ(end_document(alice_, handle_), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"hello world"});
    // The handle is free for the next one.
    EXPECT_EQ(code(start_document(alice_, handle_)), Win32::success);
}

TEST_F(DocumentOps, CallsWithoutADocument) {
    EXPECT_EQ(start_page(), Win32::spl_no_startdoc);
    EXPECT_EQ(end_page(), Win32::spl_no_startdoc);
    EXPECT_EQ(code(write_document(alice_, handle_, "x")), Win32::spl_no_startdoc);
    EXPECT_EQ(end_document(alice_, handle_), Win32::spl_no_startdoc);
    EXPECT_EQ(abort(), Win32::spl_no_startdoc);
    const ndr::ContextHandle server = open(alice_, "\\\\WINSPOOLD");
    EXPECT_EQ(simple(&op::Client::start_page_printer, server), Win32::invalid_handle);
    EXPECT_EQ(code(start_document(alice_, server)), Win32::invalid_handle);
}

TEST_F(DocumentOps, StartDocChecks) {
    op::StartDocPrinter::In in;
    in.hPrinter = handle_;
    in.pDocInfoContainer.set_pDocInfo1(nullptr);
    EXPECT_EQ(code(call(alice_, &op::Client::start_doc_printer, in)), Win32::invalid_parameter);
    EXPECT_EQ(code(start_document(alice_, handle_, "x", "nonsense")), Win32::invalid_datatype);
    auto* info = alice_->arena().alloc<op::DOC_INFO_1>();
    info->pOutputFile = wide(alice_, "/etc/passwd");
    in.pDocInfoContainer.set_pDocInfo1(info);
    EXPECT_EQ(code(call(alice_, &op::Client::start_doc_printer, in)), Win32::invalid_parameter);
    const ndr::ContextHandle reader = open(alice_, "Laser", base::access::kReadControl);
    EXPECT_EQ(code(start_document(alice_, reader)), Win32::access_denied);
    EXPECT_EQ(code(start_document(alice_, handle_)), Win32::success);
    EXPECT_EQ(code(start_document(alice_, handle_)), Win32::invalid_handle);
    EXPECT_EQ(laser_->jobs().size(), 1U);
}

TEST_F(DocumentOps, DefaultsOfADocument) {
    pause(laser_);
    op::OpenPrinter::In in = open_request(alice_, "Laser", Access::use);
    in.pDatatype = wide(alice_, "text");
    const auto opened = call(alice_, &op::Client::open_printer, in);
    const auto first = start_document(alice_, opened.pHandle, "");
    const auto second = start_document(alice_, handle_, "named", "RAW [FF appended]");
    EXPECT_EQ(laser_->job(first.pJobId)->info->document, "No Document Name");
    EXPECT_EQ(laser_->job(first.pJobId)->info->datatype, "TEXT");
    EXPECT_EQ(laser_->job(second.pJobId)->info->datatype, "RAW [FF appended]");
    EXPECT_EQ(laser_->job(second.pJobId)->info->machine_name, "\\\\CLIENT");
    EXPECT_EQ(laser_->job(second.pJobId)->info->owner, kAliceSid);
    EXPECT_EQ(laser_->job(second.pJobId)->status & spooler::job_status::kSpooling, spooler::job_status::kSpooling);
}

TEST_F(DocumentOps, DocumentNamesAreBounded) {
    const std::string fits(base::limits::kMaxDocumentNameChars - 1, 'x');
    EXPECT_EQ(code(start_document(alice_, handle_, fits + "x")), Win32::invalid_parameter);
    const auto started = start_document(alice_, handle_, fits);
    ASSERT_EQ(code(started), Win32::success);
    EXPECT_EQ(laser_->job(started.pJobId)->info->document, fits);
}

TEST_F(DocumentOps, ClosingEndsAndLosingAborts) {
    ASSERT_EQ(code(start_document(alice_, handle_)), Win32::success);
    EXPECT_EQ(code(write_document(alice_, handle_, "kept")), Win32::success);
    EXPECT_EQ(close(alice_, handle_), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"kept"});

    handle_ = open(alice_, "Laser", Access::use);
    ASSERT_EQ(code(start_document(alice_, handle_)), Win32::success);
    EXPECT_EQ(code(write_document(alice_, handle_, "lost")), Win32::success);
    for (const auto& object : alice_->handles().take_all()) run_void(object->rundown());
    settle();
    EXPECT_TRUE(laser_->jobs().empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(DocumentOps, AbortRemovesEverything) {
    ASSERT_EQ(code(start_document(alice_, handle_)), Win32::success);
    EXPECT_EQ(code(write_document(alice_, handle_, "never")), Win32::success);
    EXPECT_EQ(abort(), Win32::success);
    EXPECT_TRUE(laser_->jobs().empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(end_document(alice_, handle_), Win32::spl_no_startdoc);
    EXPECT_EQ(code(start_document(alice_, handle_)), Win32::success);
}

TEST_F(DocumentOps, CancelReachesTheWriter) {
    const auto started = start_document(alice_, handle_);
    op::SetJob::In in;
    in.hPrinter = open(admin_, "Laser");
    in.JobId = started.pJobId;
    in.Command = 3;
    EXPECT_EQ(code(call(admin_, &op::Client::set_job, in)), Win32::success);
    EXPECT_EQ(start_page(), Win32::print_cancelled);
    EXPECT_EQ(code(write_document(alice_, handle_, "x")), Win32::print_cancelled);
    EXPECT_EQ(end_page(), Win32::print_cancelled);
    EXPECT_EQ(end_document(alice_, handle_), Win32::print_cancelled);
    EXPECT_EQ(code(start_document(alice_, handle_)), Win32::success);
}

TEST_F(DocumentOps, AFullDiskIsToldAndTheDocumentCanBeAborted) {
    files_->set_free_bytes(0);
    const auto started = start_document(alice_, handle_);
    if (code(started) == Win32::success) {
        EXPECT_EQ(code(write_document(alice_, handle_, std::string(200000, 'x'))), Win32::no_spool_space);
        EXPECT_EQ(abort(), Win32::success);
    } else {
        EXPECT_EQ(code(started), Win32::no_spool_space);
    }
    EXPECT_TRUE(laser_->jobs().empty());
}

TEST_F(DocumentOps, ReadPrinterReadsTheSpoolFileOfAJob) {
    pause(laser_);
    const spooler::JobId job = spool(alice_, "Laser", "0123456789");
    const std::string name = "Laser, Job " + std::to_string(job);
    const ndr::ContextHandle handle = open(alice_, name, Access::job_read);
    EXPECT_EQ(text(read(alice_, handle, 4)), "0123");
    EXPECT_EQ(text(read(alice_, handle, 100)), "456789");
    const auto end = read(alice_, handle, 10);
    EXPECT_EQ(code(end), Win32::success);
    EXPECT_EQ(end.pcNoBytesRead, 0U);
    EXPECT_EQ(end.pBuf.size, 10U);
    EXPECT_EQ(text(read(alice_, open(alice_, name, Access::job_read), 100)), "0123456789");
    EXPECT_EQ(code(read(alice_, open(alice_, name, Access::job_administer), 1)), Win32::access_denied);
    EXPECT_EQ(code(read(alice_, handle_, 1)), Win32::invalid_handle);
    ASSERT_TRUE(run(laser_->control_job(job, spooler::JobControl::cancel)));
    EXPECT_EQ(code(read(alice_, handle, 1)), Win32::print_cancelled);
}

TEST_F(DocumentOps, ADirectQueueGivesEachWriteToTheDevice) {
    const auto direct = add_printer("Direct", "P2", spooler::printer_attribute::kShared | spooler::printer_attribute::kDirect);
    for (const op::Via via : {op::Via::par, op::Via::rprn}) {
        Session* who = session(token("WORK\\alice", kAliceSid), via);
        who->use(via == op::Via::par ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20);
        const ndr::ContextHandle handle = open(who, "Direct", Access::use);
        const auto started = start_document(who, handle);
        ASSERT_EQ(code(started), Win32::success);
        EXPECT_EQ(code(start_document(who, open(who, "Direct", Access::use))), Win32::busy);
        EXPECT_EQ(write_document(who, handle, "now").pcWritten, 3U);
        EXPECT_EQ(device("P2", [](test_support::FakeMonitor::Device& dev) { return dev.partial; }), "now");
        EXPECT_EQ(end_document(who, handle), Win32::success);

        device("P2", [](test_support::FakeMonitor::Device& dev) { dev.break_with = base::Error(Win32::connection_aborted, "cable"); });
        ASSERT_EQ(code(start_document(who, handle)), Win32::success);
        EXPECT_EQ(code(write_document(who, handle, "lost")), Win32::connection_aborted);
        EXPECT_EQ(end_document(who, handle), Win32::connection_aborted);
        EXPECT_EQ(code(start_document(who, handle)), Win32::success);
        for (const auto& object : who->handles().take_all()) run_void(object->rundown());
        EXPECT_TRUE(direct->jobs().empty());
    }
    EXPECT_EQ(printed("P2"), (std::vector<std::string>{"now", "now"}));
}

TEST_F(DocumentOps, APortHandlePrintsThroughItsPrinter) {
    const ndr::ContextHandle port = open(alice_, "P1, Port", Access::use);
    EXPECT_EQ(code(start_document(alice_, port, "direct")), Win32::success);
    EXPECT_EQ(code(start_document(alice_, open(alice_, "\\\\WINSPOOLD\\P1, Port", Access::use))), Win32::busy);
    EXPECT_EQ(code(write_document(alice_, port, "to the port")), Win32::success);
    EXPECT_EQ(device("P1", [](test_support::FakeMonitor::Device& dev) { return dev.partial; }), "to the port");
    EXPECT_EQ(end_document(alice_, port), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"to the port"});
    op::OpenPrinter::In in = open_request(alice_, "P1, Port", Access::use);
    in.pDatatype = wide(alice_, "raw [ff appended]");
    const base::ByteBuffer devmode = spooler::default_devmode("x", 1);
    in.pDevModeContainer.pDevMode = alice_->arena().copy(base::ByteView(devmode));
    in.pDevModeContainer.cbBuf = in.pDevModeContainer.pDevMode.size;
    const auto opened = call(alice_, &op::Client::open_printer, in);
    const auto started = start_document(alice_, opened.pHandle);
    ASSERT_EQ(code(started), Win32::success);
    EXPECT_EQ(laser_->job(started.pJobId)->info->datatype, "RAW [FF appended]");
    EXPECT_EQ(*laser_->job(started.pJobId)->info->devmode, devmode);
    const ndr::ContextHandle lonely = open(admin_, "P4, Port", Access::use);
    EXPECT_EQ(code(start_document(admin_, lonely)), Win32::unknown_port);
    EXPECT_EQ(code(read(alice_, port, 1)), Win32::invalid_handle);
}

class PortIo : public DocumentOps {
 protected:
    op::FlushPrinter::Out flush(Session* who, const ndr::ContextHandle& handle, std::string_view text, std::uint32_t sleep_ms) {
        op::FlushPrinter::In in;
        in.hPrinter = handle;
        in.pBuf = who->arena().copy(base::as_bytes(text));
        in.cbBuf = in.pBuf.size;
        in.cSleep = sleep_ms;
        return call(who, &op::Client::flush_printer, in);
    }
    static constexpr auto kSays = [](std::string text) {
        return [text = std::move(text)](test_support::FakeMonitor::Device& dev) { dev.says = text; };
    };
};

TEST_F(PortIo, ReadPrinterOfAPortIsItsBackChannel) {
    for (const op::Via via : {op::Via::par, op::Via::rprn}) {
        Session* who = session(token("WORK\\alice", kAliceSid), via);
        who->use(via == op::Via::par ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20);
        const ndr::ContextHandle port = open(who, "P1, Port", Access::use);
        monitors_.fake->type = spooler::port_type::kWrite;
        EXPECT_EQ(code(read(who, port, 10)), Win32::invalid_handle) << "a port that cannot be read";
        monitors_.fake->type |= spooler::port_type::kRead;
        device("P1", kSays("ready"));
        EXPECT_EQ(text(read(who, port, 10)), "") << "nothing is open";
        ASSERT_EQ(code(start_document(who, port)), Win32::success);
        const auto some = read(who, port, 3);
        EXPECT_EQ(code(some), Win32::success);
        EXPECT_EQ(some.pBuf.size, 3U);
        EXPECT_EQ(text(some), "rea");
        EXPECT_EQ(text(read(who, port, 10)), "dy");
        EXPECT_EQ(text(read(who, port, 10)), "");
        EXPECT_EQ(text(read(who, port, 0)), "");
        // What is said to this document is not for others.
        device("P1", kSays("mine"));
        EXPECT_EQ(text(read(admin_, open(admin_, "P1, Port", Access::use), 10)), "");
        EXPECT_EQ(text(read(who, port, 10)), "mine");
        ASSERT_TRUE(run(laser_->control_job(laser_->jobs().front().id, spooler::JobControl::cancel)));
        settle();
        EXPECT_EQ(code(read(who, port, 10)), Win32::print_cancelled);
        EXPECT_EQ(end_document(who, port), Win32::print_cancelled);
    }
    EXPECT_EQ(code(read(alice_, handle_, 1)), Win32::invalid_handle) << "a printer is no port";
}

// [MS-RPRN] 3.1.4.9.8: only for a port, and only when WritePrinter met a cancelled job there.
TEST_F(PortIo, FlushPrinterNeedsACancelledWrite) {
    Session* who = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    const ndr::ContextHandle port = open(who, "P1, Port", Access::use);
    const ndr::ContextHandle printer = open(who, "Laser", Access::use);
    EXPECT_EQ(code(flush(who, printer, "reset", 0)), Win32::invalid_handle);
    EXPECT_EQ(code(flush(who, port, "reset", 0)), Win32::invalid_handle);
    const auto started = start_document(who, port);
    ASSERT_EQ(code(started), Win32::success);
    EXPECT_EQ(code(write_document(who, port, "page 1 of")), Win32::success);
    EXPECT_EQ(code(flush(who, port, "reset", 0)), Win32::invalid_handle);
    ASSERT_TRUE(run(laser_->control_job(started.pJobId, spooler::JobControl::cancel)));
    EXPECT_EQ(code(flush(who, port, "reset", 0)), Win32::invalid_handle) << "the driver has not seen it yet";
    EXPECT_EQ(code(write_document(who, port, "2")), Win32::print_cancelled);
    const auto flushed = flush(who, port, "reset", 1000);
    EXPECT_EQ(code(flushed), Win32::success);
    EXPECT_EQ(flushed.pcWritten, 5U);
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"reset"});
    EXPECT_EQ(code(flush(who, port, "x", 0)), Win32::busy) << "the port rests";
    advance(std::chrono::milliseconds(1000));
    EXPECT_EQ(code(flush(who, port, "", 0)), Win32::success);
    EXPECT_EQ(end_document(who, port), Win32::print_cancelled);
    EXPECT_EQ(code(flush(who, port, "after", 0)), Win32::success);
    ASSERT_EQ(code(start_document(who, port)), Win32::success);
    EXPECT_EQ(code(flush(who, port, "x", 0)), Win32::invalid_handle) << "that was another document";
    EXPECT_EQ(end_document(who, port), Win32::success);
}

TEST_F(PortIo, NoPortRestsLongerThanTheLimit) {
    Session* who = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    const auto rest = [&](std::uint32_t sleep_ms) {
        const ndr::ContextHandle port = open(who, "P1, Port", Access::use);
        const auto started = start_document(who, port);
        ASSERT_EQ(code(started), Win32::success);
        ASSERT_TRUE(run(laser_->control_job(started.pJobId, spooler::JobControl::cancel)));
        EXPECT_EQ(code(write_document(who, port, "x")), Win32::print_cancelled);
        EXPECT_EQ(code(flush(who, port, "reset", sleep_ms)), Win32::success);
        EXPECT_EQ(close(who, port), Win32::success);
        advance(std::chrono::milliseconds(base::limits::kMaxFlushDelayMs - 1));
        EXPECT_EQ(code(start_document(who, open(who, "P1, Port", Access::use))), Win32::busy);
        advance(std::chrono::milliseconds(1));
    };
    rest(base::limits::kMaxFlushDelayMs);
    rest(base::limits::kMaxFlushDelayMs + 1);
    rest(0xFFFFFFFF);
}

}  // namespace
