// LogJobInfoForBranchOffice: what is refused, what the event log keeps.
#include "base/limits.h"
#include "server/event_log.h"
#include "service_fixture.h"
#include "tests/unit/storage/temporary_directory.h"

#include <nlohmann/json.hpp>

namespace {

using namespace service_test;
using nlohmann::json;

class BranchOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        auto opened = server::EventLog::open(directory_.path(""));
        ASSERT_TRUE(opened) << opened.error().to_string();
        log_ = std::move(*opened);
        service_ = std::make_unique<server::WinspoolService>(*spooler_, bus_, log_.get());
        alice_ = session(token("WORK\\alice", kAliceSid));
        add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        handle_ = open(alice_, "Laser", spooler::Access::use);
    }
    Win32 report(Session* who, const ndr::ContextHandle& handle, std::vector<op::RPC_BranchOfficeJobData> entries) {
        op::LogJobInfoForBranchOffice::In in;
        in.hPrinter = handle;
        in.pBranchOfficeJobDataContainer.cJobDataEntries = static_cast<std::uint32_t>(entries.size());
        in.pBranchOfficeJobDataContainer.JobData = ndr::Array<op::RPC_BranchOfficeJobData>(std::span(entries));
        return code(call(who, &op::Client::log_job_info_for_branch_office, in));
    }
    op::RPC_BranchOfficeJobData printed(std::string_view document) {
        op::RPC_BranchOfficeJobDataPrinted data;
        data.pDocumentName = wide(alice_, document);
        data.pUserName = wide(alice_, "carol");
        data.Size = 4'294'967'297;
        data.TotalPages = 3;
        op::RPC_BranchOfficeJobData entry;
        entry.JobId = 12;
        entry.set_LogJobPrinted(data);
        return entry;
    }
    std::vector<json> rows() {
        const auto lines = run(log_->last(10'000));
        std::vector<json> result;
        for (const std::string& line : *lines) result.push_back(json::parse(line));
        return result;
    }

    storage::TemporaryDirectory directory_;
    std::unique_ptr<server::EventLog> log_;
    ndr::ContextHandle handle_;
};

TEST_F(BranchOps, EveryKindIsLoggedWithItsWindowsNumber) {
    op::RPC_BranchOfficeJobData rendered, failed, pipeline, full;
    op::RPC_BranchOfficeJobDataRendered rendering;
    rendering.Color = -2;
    rendered.set_LogJobRendered(rendering);
    op::RPC_BranchOfficeJobDataError error;
    error.LastError = 5;
    error.pErrorDescription = wide(alice_, "jam \"here\"\n");
    failed.set_LogJobError(error);
    pipeline.set_LogPipelineFailed(op::RPC_BranchOfficeJobDataPipelineFailed());
    op::RPC_BranchOfficeLogOfflineFileFull offline;
    offline.pMachineName = wide(alice_, "PC7");
    full.set_LogOfflineFileFull(offline);
    alice_->use(ndr::Syntax::ndr64);
    EXPECT_EQ(report(alice_, handle_, {printed("Größe"), rendered, failed, pipeline, full}), Win32::success);

    const std::vector<json> found = rows();
    ASSERT_EQ(found.size(), 5U);
    const int ids[] = {307, 805, 372, 824, 868};
    const char* channels[] = {"Operational", "Operational", "Admin", "Operational", "Admin"};
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(found[i]["id"], ids[i]);
        EXPECT_EQ(found[i]["channel"], channels[i]);
        EXPECT_EQ(found[i]["queue"], "Laser");
        EXPECT_EQ(found[i]["reported_by"], "WORK\\alice");
        EXPECT_EQ(found[i]["peer"], "192.0.2.9");
    }
    EXPECT_EQ(found[0]["job"], 12);
    EXPECT_EQ(found[0]["data"]["document"], "Größe");
    EXPECT_EQ(found[0]["data"]["size_bytes"], 4'294'967'297);
    EXPECT_EQ(found[1]["data"]["color"], -2);
    EXPECT_EQ(found[2]["data"]["description"], "jam \"here\"\n");
    EXPECT_EQ(found[3]["data"]["extra"], "");
    EXPECT_EQ(found[4]["data"]["machine"], "PC7");
}

TEST_F(BranchOps, RefusesWhatIsNoReport) {
    EXPECT_EQ(report(alice_, handle_, {}), Win32::invalid_parameter);
    op::RPC_BranchOfficeJobData negative;
    op::RPC_BranchOfficeJobDataRendered rendering;
    rendering.Size = -1;
    negative.set_LogJobRendered(rendering);
    EXPECT_EQ(report(alice_, handle_, {printed("one"), negative}), Win32::invalid_parameter);
    EXPECT_EQ(report(alice_, open(alice_, "\\\\WINSPOOLD"), {printed("one")}), Win32::invalid_handle);
    std::vector<op::RPC_BranchOfficeJobData> many(base::limits::kMaxBranchLogEntries + 1, printed("x"));
    EXPECT_EQ(report(alice_, handle_, many), Win32::invalid_parameter);
    EXPECT_TRUE(rows().empty());
    many.pop_back();
    EXPECT_EQ(report(alice_, handle_, many), Win32::success);
    EXPECT_EQ(rows().size(), base::limits::kMaxBranchLogEntries);
}

TEST_F(BranchOps, LongTextsAreCut) {
    EXPECT_EQ(report(alice_, handle_, {printed(std::string(base::limits::kMaxEventTextChars + 500, 'x'))}), Win32::success);
    EXPECT_EQ(rows().at(0)["data"]["document"].get<std::string>().size(), base::limits::kMaxEventTextChars);
}

TEST_F(BranchOps, WorksOverMsRprn) {
    Session* who = session(token("bob", kBobSid), op::Via::rprn);
    EXPECT_EQ(report(who, open(who, "Laser", spooler::Access::use), {printed("over rprn")}), Win32::success);
    EXPECT_EQ(rows().at(0)["reported_by"], "bob");
}

}  // namespace
