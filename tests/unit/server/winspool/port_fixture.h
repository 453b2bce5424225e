// A service whose server also has the real monitors, with one directory for file ports.
#pragma once

#include "server/winspool/xcv_data.h"
#include "service_fixture.h"
#include "spooler/ports/file.h"
#include "spooler/ports/null.h"
#include "spooler/ports/raw_tcp.h"

#include <filesystem>

namespace service_test {

class PortFixture : public ServiceFixture {
 protected:
    void SetUp() override {
        root_ = std::filesystem::temp_directory_path() / ("winspoold-ports-" + base::to_string(base::random_guid()));
        std::filesystem::create_directories(root_ / "out" / "deeper");
        const auto executor = io_->get_executor();
        const std::vector<std::string> allowed = {(root_ / "out").string()};
        monitors_.more.push_back(std::make_shared<spooler::FileMonitor>(true, allowed, executor));
        monitors_.more.push_back(std::make_shared<spooler::RawTcpMonitor>(executor));
        monitors_.more.push_back(std::make_shared<spooler::NullMonitor>());
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
    }
    void TearDown() override {
        ServiceFixture::TearDown();
        std::filesystem::remove_all(root_);
    }
    // The administrator over both interfaces in both transfer syntaxes.
    std::vector<Session*> administrators() {
        std::vector<Session*> all;
        for (const op::Via via : {op::Via::par, op::Via::rprn}) {
            for (const ndr::Syntax syntax : {ndr::Syntax::ndr20, ndr::Syntax::ndr64}) {
                all.push_back(session(token("admin", kAdminSid, {base::well_known::administrators()}), via));
                all.back()->use(syntax);
            }
        }
        return all;
    }
    // kill -9 and a start: what is left is what was durable.
    void crash() {
        TearDownService();
        crash_and_restart();
        service_ = std::make_unique<server::WinspoolService>(*spooler_, bus_);
        admin_ = session(token("admin", kAdminSid, {base::well_known::administrators()}));
        alice_ = session(token("WORK\\alice", kAliceSid));
        laser_ = spooler_->printers().find("Laser");
    }

    std::filesystem::path root_;
    spooler::PrinterQueuePtr laser_;

 private:
    void TearDownService() {
        for (auto& one : sessions_) {
            for (const auto& object : one->handles().take_all()) run_void(object->rundown());
        }
        settle();
        sessions_.clear();
        service_.reset();
        laser_.reset();
    }
};

}  // namespace service_test
