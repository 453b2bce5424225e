// EnumPorts, AddPort, SetPort, DeletePort: [MS-RPRN] 3.1.4.6, [MS-PAR] 3.1.4.3. XcvData is in xcv_ops.
#include "base/utf.h"
#include "server/winspool/levels/port_levels.h"
#include "server/winspool/service.h"
#include "server/winspool/xcv_data.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

constexpr std::uint32_t kLevelName = 1, kLevelStatus = 3, kLevelFf = 0xFFFFFFFF;

// The name of the port that is to be added [MS-RPRN] 3.1.4.1.8.5.
Result<std::string> new_port_name(const op::PORT_CONTAINER& container) {
    if (container.Level != kLevelName && container.Level != kLevelFf) return Error(Win32::invalid_level);
    const op::PORT_INFO_1* plain = container.pPortInfo1();
    const op::PORT_INFO_FF* full = container.pPortInfoFF();
    if (plain == nullptr && full == nullptr) return Error(Win32::invalid_parameter, "no port information");
    TRY(std::string name,
        checked_text(plain != nullptr ? plain->pPortName : full->pPortName, base::limits::kMaxNameChars, Win32::invalid_name));
    if (name.empty()) return Error(Win32::invalid_parameter, "port without name");
    return name;
}

}  // namespace

Outcome WinspoolService::enum_ports(dcerpc::Call& call, const op::EnumPorts::In& in, op::EnumPorts::Out& out) {
    const InfoReply reply = info_reply(out.pPort, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kPortLevels, in.Level));
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
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

// What the monitor makes of a name, or of its own data in the FF form.
Result<spooler::PortConfig> WinspoolService::new_port(const op::AddPort::In& in) const {
    TRY(const std::string name, new_port_name(in.pPortContainer));
    TRY(const std::string monitor_name, checked_text(in.pMonitorName, base::limits::kMaxNameChars, Win32::invalid_name));
    if (spooler_.ports().contains(name)) return Error(Win32::already_exists, name);
    const spooler::PortMonitorPtr monitor = spooler_.ports().monitors().find(monitor_name);
    if (!monitor) return Error(Win32::invalid_name, "no monitor " + monitor_name);
    const ndr::Bytes& data = in.pPortVarContainer.pMonitorData;
    const bool own_form = in.pPortContainer.Level == kLevelFf && data.present && !data.empty() && is_tcp_monitor(*monitor);
    if (!own_form) return monitor->named(name);
    TRY(const TcpPortData wanted, parse_port_data(data.view()));
    TRY(spooler::PortConfig port, tcp_port(wanted, {}));
    if (!base::equal_names(port.name, name)) return Error(Win32::invalid_parameter, "two names for the port");
    return port;
}

// [MS-RPRN] 3.1.4.6.3 RpcAddPortEx; [MS-PAR] 3.1.4.3.3
Outcome WinspoolService::add_port(dcerpc::Call& call, const op::AddPort::In& in, op::AddPort::Out& /*out*/) {
    if (in.pPortContainer.Level != kLevelName && in.pPortContainer.Level != kLevelFf) co_return Error(Win32::invalid_level);
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    CO_TRY(const spooler::PortConfig port, new_port(in));
    CO_TRY_VOID(co_await spooler_.ports().add(port));
    changed(call, "port added", {{"port", port.name}, {"monitor", port.monitor}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.6.4 RpcSetPort; [MS-PAR] 3.1.4.3.4
Outcome WinspoolService::set_port(dcerpc::Call& call, const op::SetPort::In& in, op::SetPort::Out& /*out*/) {
    if (in.pPortContainer.Level != kLevelStatus) co_return Error(Win32::invalid_level);
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pPortName);
    if (!spooler_.ports().contains(name)) co_return Error(Win32::unknown_port, name);
    const op::PORT_INFO_3* info = in.pPortContainer.pPortInfo3();
    if (info == nullptr) co_return Error(Win32::invalid_parameter, "no port information");
    spooler::PortCondition condition;
    condition.status = info->dwStatus;
    condition.severity = info->dwSeverity;
    CO_TRY(condition.text, checked_text(info->pszStatus, base::limits::kMaxCommentChars));
    CO_TRY_VOID(co_await spooler_.set_port(name, std::move(condition)));
    changed(call, "port status set", {{"port", name}, {"status", info->dwStatus}, {"severity", info->dwSeverity}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.6.2 RpcDeletePort
Outcome WinspoolService::delete_port(dcerpc::Call& call, const op::DeletePort::In& in, op::DeletePort::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pPortName);
    CO_TRY_VOID(co_await spooler_.remove_port(name));
    changed(call, "port deleted", {{"port", name}});
    co_return Result<void>();
}

}  // namespace server
