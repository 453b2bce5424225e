// EnumMonitors: [MS-RPRN] 3.1.4.7.1, [MS-PAR] 3.1.4.5.1.
#include "server/winspool/levels/monitor_levels.h"
#include "server/winspool/service.h"

namespace server {

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
