// EnumPorts: [MS-RPRN] 3.1.4.6.1, [MS-PAR] 3.1.4.3.2. Adding and configuring ports, and XcvData, come later.
#include "server/winspool/levels/port_levels.h"
#include "server/winspool/service.h"

namespace server {

using base::Result;

Outcome WinspoolService::enum_ports(dcerpc::Call& call, const op::EnumPorts::In& in, op::EnumPorts::Out& out) {
    const InfoReply reply = info_reply(out.pPort, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kPortLevels, in.Level));
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, spooler::Access::server_enumerate));
    Rows<PortRow> rows;
    for (spooler::PortConfig& port : spooler_.ports().list()) {
        PortRow row;
        row.name = std::move(port.name);
        row.monitor = port.monitor;
        row.description = port.description;
        if (const spooler::PortMonitorPtr monitor = spooler_.ports().monitors().find(port.monitor)) {
            if (row.description.empty()) row.description = monitor->description();
            row.type = monitor->port_type();
        }
        rows.rows.push_back(std::move(row));
    }
    co_return answer(call, {}, *level, std::move(rows), reply);
}

}  // namespace server
