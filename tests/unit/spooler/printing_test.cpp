// Ports: exclusivity, pools, retries, printing while spooling, stop.
#include "tests/support/spooler_fixture.h"

namespace {

using base::Error;
using base::Win32;
using spooler::JobControl;
using spooler::JobState;
namespace attribute = spooler::printer_attribute;
namespace status = spooler::job_status;
using test_support::FakeMonitor;

class PrintingTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }
    int sessions(const std::string& port) {
        return device(port, [](FakeMonitor::Device& dev) { return dev.open_sessions; });
    }
    int most_sessions(const std::string& port) {
        return device(port, [](FakeMonitor::Device& dev) { return dev.most_sessions; });
    }
    void break_after(const std::string& port, std::size_t bytes) {
        device(port, [&](FakeMonitor::Device& dev) {
            dev.break_with = Error(Win32::connection_aborted);
            dev.break_after = bytes;
        });
    }
    void switch_off(const std::string& port) {
        device(port, [](FakeMonitor::Device& dev) { dev.open_error = Error(Win32::connection_refused); });
    }
    void switch_on(const std::string& port) {
        device(port, [](FakeMonitor::Device& dev) { dev.open_error.reset(); });
    }
};

TEST_F(PrintingTest, TwoQueuesNeverPrintOnOnePortAtOnce) {
    const auto a = add_printer("A");
    const auto b = add_printer("B", "p1");                                 // the same port in another spelling
    hold("P1");
    for (int i = 0; i < 5; ++i) {
        print(a, "a");
        print(b, "b");
    }
    settle();
    EXPECT_EQ(sessions("P1"), 1);
    release("P1");
    EXPECT_EQ(printed("P1").size(), 10U);
    EXPECT_EQ(most_sessions("P1"), 1);
}

TEST_F(PrintingTest, OfPrintersThatShareAPortTheHigherPriorityGoesFirst) {
    const auto low = add_printer("Low");
    auto important = new_printer("High");
    important.priority = 50;
    const auto high = *run(spooler_->printers().add(important));
    hold("P1");
    print(low, "low1");
    settle();
    print(low, "low2");
    print(high, "high1");
    print(high, "high2");
    release("P1");
    // The queue that just printed asks again behind the one that waits.
    EXPECT_EQ(printed("P1").front(), "low1");
    EXPECT_EQ(printed("P1")[1], "high1");
    EXPECT_EQ(printed("P1").size(), 4U);
}

TEST_F(PrintingTest, APoolPrintsInParallelOnItsIdlePorts) {
    const auto pool = add_printer("Pool", "P1,P2,P3");
    for (const char* port : {"P1", "P2", "P3"}) hold(port);
    for (int i = 0; i < 4; ++i) print(pool, std::to_string(i));
    settle();
    EXPECT_EQ(sessions("P1"), 1);
    EXPECT_EQ(sessions("P2"), 1);
    EXPECT_EQ(sessions("P3"), 1);
    const auto jobs = pool->jobs();
    EXPECT_EQ(jobs[0].port_name, "P1");
    EXPECT_EQ(jobs[1].port_name, "P2");
    EXPECT_EQ(jobs[3].port_name, "");
    release("P2");
    EXPECT_EQ(printed("P2"), (std::vector<std::string>{"1", "3"}));
    release("P1");
    release("P3");
    EXPECT_TRUE(pool->jobs().empty());
}

TEST_F(PrintingTest, APoolSkipsAPortThatIsOff) {
    const auto pool = add_printer("Pool", "P1,P2");
    switch_off("P1");
    print(pool, "x");
    settle();
    EXPECT_EQ(printed("P2"), std::vector<std::string>{"x"});
}

TEST_F(PrintingTest, APrinterThatIsOffCostsNoJobAndOthersDoNotFeelIt) {
    const auto off = add_printer("Off", "P1");
    const auto fine = add_printer("Fine", "P2");
    switch_off("P1");
    const auto job = print(off, "patient");
    print(fine, "quick");
    settle();
    EXPECT_EQ(printed("P2"), std::vector<std::string>{"quick"});
    EXPECT_EQ(off->job(job)->state, JobState::spooled);
    EXPECT_NE(off->job(job)->status & status::kOffline, 0U);
    EXPECT_NE(off->job(job)->status_text.find("CONNECTION_REFUSED"), std::string::npos);
    EXPECT_NE(off->view().status & spooler::printer_status::kOffline, 0U);
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.opens; }), 1);
    advance(std::chrono::milliseconds(999));
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.opens; }), 1);
    advance(std::chrono::milliseconds(1));
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.opens; }), 2);
    advance(std::chrono::milliseconds(1999));
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.opens; }), 2);
    switch_on("P1");
    advance(std::chrono::milliseconds(1));
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"patient"});
    EXPECT_EQ(off->view().status, 0U);
    EXPECT_TRUE(off->jobs().empty());
}

TEST_F(PrintingTest, WhileAPrinterIsOffTheOrderStays) {
    const auto queue = add_printer("Off");
    switch_off("P1");
    print(queue, "1");
    settle();
    print(queue, "2");
    settle();
    EXPECT_EQ(device("P1", [](FakeMonitor::Device& dev) { return dev.opens; }), 1);   // new jobs do not hammer the device
    switch_on("P1");
    advance(std::chrono::seconds(1));
    EXPECT_EQ(printed("P1"), (std::vector<std::string>{"1", "2"}));
}

TEST_F(PrintingTest, ABrokenConnectionRestartsTheDocumentFromTheBeginning) {
    const auto queue = add_printer("Laser");
    break_after("P1", 3);
    const auto job = print(queue, "abcdef");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_NE(queue->job(job)->status_text.find("from the beginning"), std::string::npos);
    EXPECT_EQ(queue->job(job)->bytes_printed, 0U);
    advance(std::chrono::seconds(1));
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"abcdef"});
    EXPECT_EQ(queue->view().job_errors, 1U);
}

TEST_F(PrintingTest, AFailureAtFinishRepeatsTheDocument) {
    const auto queue = add_printer("Laser");
    device("P1", [](FakeMonitor::Device& dev) { dev.finish_error = Error(Win32::timeout); });
    print(queue, "x");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_EQ(queue->jobs().size(), 1U);
    advance(std::chrono::seconds(1));
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(PrintingTest, CancelWhileWaitingForARetry) {
    const auto queue = add_printer("Laser");
    switch_off("P1");
    const auto job = print(queue, "x");
    settle();
    EXPECT_EQ(control(queue, job, JobControl::cancel), Win32::success);
    switch_on("P1");
    advance(std::chrono::minutes(5));
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_TRUE(queue->jobs().empty());
}

TEST_F(PrintingTest, ARefusedPortPausesTheQueueUntilResumed) {
    const auto queue = add_printer("Laser");
    device("P1", [](FakeMonitor::Device& dev) { dev.open_error = Error(Win32::access_denied); });
    print(queue, "x");
    settle();
    EXPECT_NE(queue->view().status & spooler::printer_status::kPaused, 0U);
    switch_on("P1");
    advance(std::chrono::minutes(5));
    EXPECT_TRUE(printed("P1").empty());
    ASSERT_TRUE(run(queue->resume()));
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(PrintingTest, ADamagedDocumentIsHeldAndTheNextGoesOn) {
    const auto queue = add_printer("Laser");
    device("P1", [](FakeMonitor::Device& dev) { dev.break_with = Error(Win32::invalid_data); });
    const auto bad = print(queue, "bad");
    settle();
    print(queue, "good");
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"good"});
    EXPECT_NE(queue->job(bad)->status & status::kUserIntervention, 0U);
    EXPECT_TRUE(store_->job(bad)->held);
    EXPECT_EQ(control(queue, bad, JobControl::restart), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").back(), "bad");
}

TEST_F(PrintingTest, AJobWhoseFileVanishedFails) {
    const auto queue = add_printer("Laser");
    ASSERT_TRUE(run(queue->pause()));
    const auto job = print(queue, "x");
    ASSERT_TRUE(run(files_->remove(job)));
    ASSERT_TRUE(run(queue->resume()));
    settle();
    EXPECT_EQ(queue->job(job)->state, JobState::failed);
    print(queue, "next");
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"next"});
}

TEST_F(PrintingTest, PrintsWhileSpooling) {
    const auto queue = add_printer("Laser");
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(70'000, 'a')), Win32::success);
    settle();
    EXPECT_EQ(sessions("P1"), 1);
    EXPECT_EQ(queue->job(writer->id())->status, status::kSpooling | status::kPrinting);
    EXPECT_GE(device("P1", [](FakeMonitor::Device& dev) { return dev.partial.size(); }), 65'536U);
    EXPECT_EQ(write(writer, std::string(70'000, 'b')), Win32::success);
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    ASSERT_EQ(printed("P1").size(), 1U);
    EXPECT_EQ(printed("P1")[0], std::string(70'000, 'a') + std::string(70'000, 'b'));
}

TEST_F(PrintingTest, AQueuedPrinterStartsAfterTheLastPage) {
    const auto queue = add_printer("Laser", "P1", attribute::kQueued);
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(200'000, 'a')), Win32::success);
    settle();
    EXPECT_EQ(sessions("P1"), 0);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);
}

TEST_F(PrintingTest, DoCompleteFirst) {
    const auto queue = add_printer("Laser", "P1", attribute::kDoCompleteFirst);
    ASSERT_TRUE(run(queue->pause()));
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(70'000, 'a')), Win32::success);
    print(queue, "complete");
    ASSERT_TRUE(run(queue->resume()));
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"complete"});
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    EXPECT_EQ(printed("P1").size(), 2U);
}

TEST_F(PrintingTest, AbortOfASpoolingJobAbortsTheSession) {
    const auto queue = add_printer("Laser");
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(70'000, 'a')), Win32::success);
    settle();
    EXPECT_EQ(sessions("P1"), 1);
    EXPECT_EQ(base::code_of(run(writer->abort())), Win32::success);
    settle();
    EXPECT_EQ(sessions("P1"), 0);
    EXPECT_TRUE(queue->jobs().empty());
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_EQ(files_->count(), 0U);
    EXPECT_EQ(spooler_->totals().spooled_bytes, 0U);
}

TEST_F(PrintingTest, ABreakWhileSpoolingRestartsWithoutDisturbingTheWriter) {
    const auto queue = add_printer("Laser");
    break_after("P1", 100);
    const auto writer = start_doc(queue);
    EXPECT_EQ(write(writer, std::string(70'000, 'a')), Win32::success);
    settle();
    EXPECT_EQ(queue->job(writer->id())->state, JobState::spooling);
    EXPECT_EQ(write(writer, "tail"), Win32::success);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    advance(std::chrono::seconds(1));
    ASSERT_EQ(printed("P1").size(), 1U);
    EXPECT_EQ(printed("P1")[0].size(), 70'004U);
}

TEST_F(PrintingTest, TextDatatypeGoesThroughItsProcessor) {
    const auto queue = add_printer("Laser");
    auto document = SpoolerFixture::document("d");
    document.datatype = "TEXT";
    const auto writer = *run(queue->start_document(document));
    EXPECT_EQ(write(writer, "a\nb"), Win32::success);
    EXPECT_EQ(base::code_of(run(writer->end())), Win32::success);
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"a\r\nb\f"});
}

TEST_F(PrintingTest, StopInterruptsASlowDeviceAndTheJobPrintsAfterTheNextStart) {
    const auto queue = add_printer("Laser");
    hold("P1");
    const auto job = print(queue, "slow");
    settle();
    run_void(spooler_->stop());
    EXPECT_EQ(sessions("P1"), 0);
    EXPECT_TRUE(store_->job(job));
    EXPECT_EQ(base::code_of(run(queue->start_document(document("late")))), Win32::rpc_s_server_unavailable);
    device("P1", [](FakeMonitor::Device& dev) { dev.hold.reset(); });
    crash_and_restart();
    settle();
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"slow"});
}

TEST_F(PrintingTest, StopLetsAQuickDocumentFinish) {
    settings_.stop_timeout_ms = 10'000;
    spooler_->set_settings(settings_);
    const auto queue = add_printer("Laser");
    print(queue, "quick");
    run_void(spooler_->stop());
    EXPECT_EQ(printed("P1"), std::vector<std::string>{"quick"});
    EXPECT_TRUE(store_->content().jobs.empty());
}

}  // namespace
