// A whole spooler on memory storage, fake ports and a manual clock, driven by one thread: run() completes a call and everything it
// caused, settle() completes everything that can happen now. No sockets, no sleeping.
#pragma once

#include "base/log.h"
#include "spooler/processors/winprint.h"
#include "spooler/spooler.h"
#include "storage/memory_driver_files.h"
#include "storage/memory_store.h"
#include "tests/support/event_log.h"
#include "tests/support/fake_port.h"
#include "tests/support/manual_clock.h"
#include "tests/support/run_task.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

class SpoolerFixture : public ::testing::Test {
 protected:
    SpoolerFixture() {
        settings_.stop_timeout_ms = 20;
        base::log::configure({}, base::log::Level::error);
    }
    ~SpoolerFixture() override {
        if (spooler_) shut_down();
    }

    // Makes the spooler, adds ports P1 … P4 and starts.
    void start() {
        make();
        for (const char* port : {"P1", "P2", "P3", "P4"}) {
            if (spooler_->ports().contains(port)) continue;
            spooler::PortConfig config;
            config.name = port;
            config.monitor = "Fake Port";
            ASSERT_TRUE(run(spooler_->ports().add(config)));
        }
    }
    // A test that needs them on disk brings others.
    virtual spooler::DriverFiles* driver_files() { return driver_files_.get(); }
    void make() {
        spooler::Dependencies dependencies{*store_, *files_, events_, clock_, monitors_, spooler::winprint_processors(), io_->get_executor(),
                                           driver_files()};
        spooler_ = std::make_unique<spooler::Spooler>(std::move(dependencies), settings_, spooler::ServerSettings());
        spooler::Driver driver;
        driver.name = "Generic";
        driver.environment = "Windows x64";
        driver.in_box = true;
        spooler::Driver private_driver = driver;
        private_driver.name = "Private";
        private_driver.attributes = spooler::driver_attribute::kNotShareable;
        const auto started = run(spooler_->start({driver, private_driver}));
        ASSERT_TRUE(started) << started.error().to_string();
        settle();
    }
    void shut_down() {
        writers_.clear();
        if (spooler_) run_void(spooler_->stop());
        bury();
    }
    // What kill -9 leaves: nothing is told to anyone.
    void crash_and_restart() {
        const spooler::Snapshot left = store_->content();
        bury();
        store_ = std::make_unique<storage::MemoryStore>(left);
        make();
    }
    // The spooler dies; what a test still holds of it stays valid but does nothing any more.
    void bury() {
        spooler_.reset();
        writers_.clear();
        old_stores_.push_back(std::move(store_));
        old_contexts_.push_back(std::exchange(io_, std::make_unique<boost::asio::io_context>()));
    }

    template <class T>
    T run(base::Task<T> task) {
        auto done = std::make_shared<std::optional<T>>();
        start_task(io_->get_executor(), keep_result(std::move(task), done), rethrow);
        run_until([&done] { return done->has_value(); });
        if (!done->has_value()) throw std::runtime_error("the call does not end");
        return std::move(**done);
    }
    void run_void(base::Task<void> task) {
        bool done = false;
        start_task(io_->get_executor(), std::move(task), [&done](const std::exception_ptr& escaped) {
            rethrow(escaped);
            done = true;
        });
        run_until([&done] { return done; });
    }
    // Starts a call that is expected to wait; its result appears in the returned place.
    template <class T>
    std::shared_ptr<std::optional<T>> begin(base::Task<T> task) {
        auto done = std::make_shared<std::optional<T>>();
        start_task(io_->get_executor(), keep_result(std::move(task), done), rethrow);
        settle();
        return done;
    }
    void settle() {
        do {
            io_->restart();
        } while (io_->poll() != 0);
    }
    void advance(std::chrono::milliseconds by) {
        clock_.advance(by);
        spooler_->tick();
        settle();
    }

    spooler::NewPrinter new_printer(const std::string& name, const std::string& port = "P1", std::uint32_t attributes = 0) {
        spooler::NewPrinter printer;
        printer.name = name;
        printer.driver_name = "Generic";
        printer.ports = spooler::split_ports(port);
        printer.attributes = attributes;
        return printer;
    }
    spooler::PrinterQueuePtr add_printer(const std::string& name, const std::string& port = "P1", std::uint32_t attributes = 0) {
        auto added = run(spooler_->printers().add(new_printer(name, port, attributes)));
        EXPECT_TRUE(added) << added.error().to_string();
        return added ? *added : nullptr;
    }
    static spooler::NewDocument document(const std::string& name) {
        spooler::NewDocument result;
        result.document = name;
        result.user_name = "alice";
        result.machine_name = "\\\\PC";
        result.owner = *base::parse_sid("S-1-5-21-1-2-3-1001");
        return result;
    }
    spooler::JobWriterPtr start_doc(const spooler::PrinterQueuePtr& queue, const std::string& name = "doc") {
        auto writer = run(queue->start_document(document(name)));
        EXPECT_TRUE(writer) << writer.error().to_string();
        return writer ? *writer : nullptr;
    }
    base::Win32 write(const spooler::JobWriterPtr& writer, const std::string& text) {
        return base::code_of(run(writer->write(base::as_bytes(text))));
    }
    // A complete document; its job id.
    spooler::JobId print(const spooler::PrinterQueuePtr& queue, const std::string& text, const std::string& name = "doc") {
        const spooler::JobWriterPtr writer = start_doc(queue, name);
        EXPECT_EQ(write(writer, text), base::Win32::success);
        EXPECT_EQ(base::code_of(run(writer->end())), base::Win32::success);
        return writer->id();
    }
    base::Win32 control(const spooler::PrinterQueuePtr& queue, spooler::JobId job, spooler::JobControl command) {
        return base::code_of(run(queue->control_job(job, command)));
    }
    std::vector<spooler::JobId> ids(const spooler::PrinterQueuePtr& queue) {
        std::vector<spooler::JobId> result;
        for (const spooler::JobView& job : queue->jobs()) result.push_back(job.id);
        return result;
    }
    std::vector<std::string> printed(const std::string& port) { return monitors_.fake->documents(port); }
    template <class Function>
    auto device(const std::string& port, Function&& function) {
        return monitors_.fake->with(port, std::forward<Function>(function));
    }
    // Makes writes to the port wait until release(port).
    void hold(const std::string& port) {
        device(port, [](FakeMonitor::Device& dev) { dev.hold = std::make_shared<base::AsyncEvent>(); });
    }
    void release(const std::string& port) {
        const auto event = device(port, [](FakeMonitor::Device& dev) { return std::exchange(dev.hold, nullptr); });
        if (event) event->set();
        settle();
    }

    static void rethrow(const std::exception_ptr& escaped) {
        if (escaped) std::rethrow_exception(escaped);
    }
    void run_until(const std::function<bool()>& done) {
        io_->restart();
        while (!done() && io_->run_one_for(std::chrono::seconds(20)) != 0) {
        }
    }

    std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
    std::unique_ptr<storage::MemoryStore> store_ = std::make_unique<storage::MemoryStore>();
    std::unique_ptr<storage::MemorySpoolFiles> files_ = std::make_unique<storage::MemorySpoolFiles>();
    std::unique_ptr<storage::MemoryDriverFiles> driver_files_ = std::make_unique<storage::MemoryDriverFiles>();
    EventLog events_;
    ManualClock clock_;
    FakeMonitors monitors_;
    spooler::SpoolSettings settings_;
    std::unique_ptr<spooler::Spooler> spooler_;
    std::vector<std::unique_ptr<storage::MemoryStore>> old_stores_;
    std::vector<std::unique_ptr<boost::asio::io_context>> old_contexts_;
    std::vector<spooler::JobWriterPtr> writers_;
};

}  // namespace test_support
