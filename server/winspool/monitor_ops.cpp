// Port monitors: [MS-RPRN] 3.1.4.7, [MS-PAR] 3.1.4.5. They are built in. Code that a client names is never loaded: adding a monitor
// finds no such module, and deleting a built-in one is refused even when no port uses it.
#include "base/utf.h"
#include "server/winspool/levels/monitor_levels.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

constexpr std::uint32_t kAddLevel = 2;
constexpr std::string_view kArm = "Windows ARM";

}  // namespace

// [MS-RPRN] 3.1.4.7.2 RpcAddMonitor; [MS-PAR] 3.1.4.5.2
Outcome WinspoolService::add_monitor(dcerpc::Call& call, const op::AddMonitor::In& in, op::AddMonitor::Out& /*out*/) {
    if (in.pMonitorContainer.Level != kAddLevel) co_return Error(Win32::invalid_level);
    CO_TRY_VOID(server_context(in.Name));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const op::MONITOR_INFO_2* info = in.pMonitorContainer.pMonitorInfo2();
    if (info == nullptr) co_return Error(Win32::invalid_parameter, "no monitor information");
    CO_TRY(const std::string name, checked_text(info->pName));
    CO_TRY(const std::string module, checked_text(info->pDLLName));
    if (name.empty() || module.empty()) co_return Error(Win32::invalid_parameter, "monitor without name or module");
    CO_TRY(const std::string environment, checked_environment(info->pEnvironment, spooler_.server().settings()));
    if (environment == kArm) co_return Error(Win32::not_supported, environment);
    if (spooler_.ports().monitors().find(name)) co_return Error(Win32::print_monitor_already_installed, name);
    call.log(base::log::Level::warning, "foreign monitor refused", {{"monitor", name}, {"module", module}, {"peer", call.caller().peer_address}});
    co_return Error(Win32::mod_not_found, module);
}

// [MS-RPRN] 3.1.4.7.3 RpcDeleteMonitor; [MS-PAR] 3.1.4.5.3
Outcome WinspoolService::delete_monitor(dcerpc::Call& call, const op::DeleteMonitor::In& in, op::DeleteMonitor::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.Name));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pMonitorName);
    const bool own = environment == spooler_.server().settings().environment;
    const spooler::PortMonitorPtr monitor = own ? spooler_.ports().monitors().find(name) : nullptr;
    if (!monitor) co_return Error(Win32::unknown_print_monitor, name);
    // Built in: this server itself uses it.
    co_return Error(Win32::print_monitor_in_use, name);
}

Outcome WinspoolService::enum_monitors(dcerpc::Call& call, const op::EnumMonitors::In& in, op::EnumMonitors::Out& out) {
    const InfoReply reply = info_reply(out.pMonitor, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kMonitorLevels, in.Level));
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, spooler::Access::server_enumerate));
    Rows<MonitorRow> rows;
    for (const spooler::PortMonitorPtr& monitor : spooler_.ports().monitors().monitors()) {
        MonitorRow row;
        row.name = monitor->name();
        row.environment = spooler_.server().settings().environment;
        row.module = monitor_module(row.name);
        rows.rows.push_back(std::move(row));
    }
    co_return answer(call, {}, *level, std::move(rows), reply);
}

}  // namespace server
