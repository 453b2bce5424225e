// Branch office remote logging: [MS-RPRN] 3.1.4.13, [MS-PAR] 3.1.4.11. Clients that print directly to a device report their jobs here.
#include "base/clock.h"
#include "base/limits.h"
#include "server/event_log.h"
#include "server/winspool/service.h"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using nlohmann::json;

namespace {

std::string timestamp(base::FileTime time) {
    const base::SystemTime at = base::to_system_time(time);
    char text[64];
    std::snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", unsigned{at.year}, unsigned{at.month}, unsigned{at.day},
                  unsigned{at.hour}, unsigned{at.minute}, unsigned{at.second}, unsigned{at.milliseconds});
    return text;
}

std::string clipped(const ndr::WStr& text) {
    ndr::WStr part = text;
    part.size = std::min<std::uint32_t>(part.size, base::limits::kMaxEventTextChars);
    return utf8(part);
}

// What an entry becomes: the number and the channel that Windows gives it [MS-RPRN] 2.2.1.15.1.
struct Entry {
    int id = 0;
    const char* channel = "";
    const char* event = "";
    json data;
    bool sane = true;  // no negative sizes
};

Entry entry_of(const op::RPC_BranchOfficeJobDataPrinted& job) {
    Entry entry{307, "Operational", "job printed", {}, job.Size >= 0};
    entry.data = {{"status", job.Status},
                  {"document", clipped(job.pDocumentName)},
                  {"user", clipped(job.pUserName)},
                  {"machine", clipped(job.pMachineName)},
                  {"printer", clipped(job.pPrinterName)},
                  {"port", clipped(job.pPortName)},
                  {"size_bytes", job.Size},
                  {"pages", job.TotalPages}};
    return entry;
}

Entry entry_of(const op::RPC_BranchOfficeJobDataRendered& job) {
    Entry entry{805, "Operational", "job rendered", {}, job.Size >= 0};
    entry.data = {{"size_bytes", job.Size},
                  {"icm_method", job.ICMMethod},
                  {"color", job.Color},
                  {"print_quality", job.PrintQuality},
                  {"y_resolution", job.YResolution},
                  {"copies", job.Copies},
                  {"truetype_option", job.TTOption}};
    return entry;
}

Entry entry_of(const op::RPC_BranchOfficeJobDataError& job) {
    Entry entry{372, "Admin", "job failed", {}, job.TotalSize >= 0 && job.PrintedSize >= 0};
    entry.data = {{"error", job.LastError},
                  {"document", clipped(job.pDocumentName)},
                  {"user", clipped(job.pUserName)},
                  {"printer", clipped(job.pPrinterName)},
                  {"datatype", clipped(job.pDataType)},
                  {"size_bytes", job.TotalSize},
                  {"printed_bytes", job.PrintedSize},
                  {"pages", job.TotalPages},
                  {"printed_pages", job.PrintedPages},
                  {"machine", clipped(job.pMachineName)},
                  {"job_error", clipped(job.pJobError)},
                  {"description", clipped(job.pErrorDescription)}};
    return entry;
}

Entry entry_of(const op::RPC_BranchOfficeJobDataPipelineFailed& job) {
    Entry entry{824, "Operational", "rendering failed", {}, true};
    entry.data = {
        {"document", clipped(job.pDocumentName)}, {"printer", clipped(job.pPrinterName)}, {"extra", clipped(job.pExtraErrorInfo)}};
    return entry;
}

Entry entry_of(const op::RPC_BranchOfficeLogOfflineFileFull& job) {
    Entry entry{868, "Admin", "offline archive full", {}, true};
    entry.data = {{"machine", clipped(job.pMachineName)}};
    return entry;
}

Result<Entry> read_entry(const op::RPC_BranchOfficeJobData& data) {
    Entry entry;
    if (const auto* printed = data.LogJobPrinted())
        entry = entry_of(*printed);
    else if (const auto* rendered = data.LogJobRendered())
        entry = entry_of(*rendered);
    else if (const auto* failed = data.LogJobError())
        entry = entry_of(*failed);
    else if (const auto* pipeline = data.LogPipelineFailed())
        entry = entry_of(*pipeline);
    else if (const auto* full = data.LogOfflineFileFull())
        entry = entry_of(*full);
    else
        return Error(Win32::invalid_parameter, "type of a branch office event");
    if (!entry.sane) return Error(Win32::invalid_parameter, "negative size in a branch office event");
    return entry;
}

}  // namespace

// [MS-RPRN] 3.1.4.13.1 RpcLogJobInfoForBranchOffice; [MS-PAR] 3.1.4.11.1. All entries or none.
Outcome WinspoolService::log_job_info_for_branch_office(dcerpc::Call& call, const op::LogJobInfoForBranchOffice::In& in,
                                                        op::LogJobInfoForBranchOffice::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    if (events_ == nullptr) co_return Error(Win32::not_supported, "no event log");
    const auto& entries = in.pBranchOfficeJobDataContainer.JobData;
    if (entries.empty()) co_return Error(Win32::invalid_parameter, "no entries");
    if (entries.size > base::limits::kMaxBranchLogEntries) co_return Error(Win32::invalid_parameter, "too many entries");
    const std::string time = timestamp(spooler_.clock().now());
    const std::string printer = handle->queue()->record()->name;
    std::vector<std::string> lines;
    lines.reserve(entries.size);
    for (const op::RPC_BranchOfficeJobData& data : entries) {
        CO_TRY(Entry entry, read_entry(data));
        json line;
        line["time"] = time;
        line["id"] = entry.id;
        line["channel"] = entry.channel;
        line["event"] = entry.event;
        line["queue"] = printer;
        line["job"] = data.JobId;
        line["reported_by"] = call.token().user;
        line["peer"] = call.caller().peer_address;
        line["data"] = std::move(entry.data);
        lines.push_back(line.dump(-1, ' ', true, json::error_handler_t::replace));
    }
    co_return co_await events_->append(std::move(lines));
}

}  // namespace server
