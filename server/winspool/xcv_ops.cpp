// XcvData: [MS-RPRN] 3.1.4.6.5 and 3.1.4.11, [MS-PAR] 3.1.4.3.1. Commands that concern the list of ports are carried out here, for the
// monitor that the handle was opened on; all others go to the monitor itself. No command opens a connection: what devices would have to be
// asked for is answered from what the server knows.
#include "base/utf.h"
#include "server/winspool/service.h"
#include "server/winspool/xcv_data.h"
#include "spooler/ports/file.h"
#include "spooler/ports/null.h"
#include "spooler/ports/raw_tcp.h"

#include <array>
#include <cstring>
#include <span>

namespace server {

using base::ByteBuffer;
using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using spooler::Access;
using spooler::PortConfig;

namespace {

constexpr std::string_view kLocalUi = "localui.dll", kTcpUi = "tcpmonui.dll";  // the client-side modules of Windows
constexpr std::string_view kDefaultOid = "1.3.6.1.4.1.2699.1.2.1.2.1.1.3.";    // with the device index behind it

struct XcvContext {
    spooler::Spooler& spooler;
    spooler::PortMonitorPtr monitor;
    std::string port;  // of an XcvPort handle; otherwise empty
    base::ByteView input;
    std::string subject;  // the port that a command is about, for the log
};
using XcvResult = Task<Result<ByteBuffer>>;

// A port of this handle's monitor; others are as good as none. "NUL:" is one of the local ports for clients.
Result<PortConfig> own_port(XcvContext& context, const std::string& name) {
    context.subject = name;
    TRY(spooler::PortCatalog::Found found, context.spooler.ports().find(name));
    const bool null_port = context.monitor->name() == spooler::FileMonitor::kName && found.monitor->name() == spooler::NullMonitor::kName;
    if (!null_port && found.monitor->name() != context.monitor->name())
        return Error(Win32::unknown_port, name + " belongs to another monitor");
    return std::move(found.config);
}

XcvResult remove_port(XcvContext& context, std::string name) {
    CO_TRY(const PortConfig port, own_port(context, name));
    CO_TRY_VOID(co_await context.spooler.remove_port(port.name));
    co_return ByteBuffer();
}

// --- Every monitor whose ports are made of a name -------------------------------------------------------------------------

XcvResult local_ui(XcvContext& /*context*/) { co_return xcv_text(kLocalUi); }

XcvResult add_named(XcvContext& context) {
    CO_TRY(const std::string name, parse_xcv_text(context.input));
    if (name.empty()) co_return Error(Win32::invalid_data, "port without name");
    context.subject = name;
    CO_TRY(PortConfig port, context.monitor->named(name));
    CO_TRY_VOID(co_await context.spooler.ports().add(std::move(port)));
    co_return ByteBuffer();
}

XcvResult delete_named(XcvContext& context) {
    CO_TRY(std::string name, parse_xcv_text(context.input));
    co_return co_await remove_port(context, std::move(name));
}

XcvResult port_exists(XcvContext& context) {
    CO_TRY(const std::string name, parse_xcv_text(context.input));
    co_return xcv_number(context.spooler.ports().contains(name) ? 1 : 0);
}

XcvResult port_is_valid(XcvContext& context) {
    CO_TRY(const std::string name, parse_xcv_text(context.input));
    if (name.empty()) co_return Error(Win32::invalid_name, "empty name");
    CO_TRY(const PortConfig port, context.monitor->named(name));
    CO_TRY_VOID(context.spooler.ports().check(port));
    co_return ByteBuffer();
}

// "1" to "3" stand for LPT1: to LPT3:. Our ports have deadlines of their own, so there is no time-out to set.
XcvResult configure_lpt(XcvContext& context) {
    CO_TRY(const std::string text, parse_xcv_text(context.input));
    if (text.size() != 1 || text.front() < '1' || text.front() > '3') co_return Error(Win32::invalid_parameter, "LPT number");
    const std::string port = "LPT" + text + ":";
    if (!context.spooler.ports().contains(port)) co_return Error(Win32::unknown_port, port);
    co_return ByteBuffer();
}

// --- Standard TCP/IP ---------------------------------------------------------------------------------------------------------

XcvResult tcp_ui(XcvContext& /*context*/) { co_return xcv_text(kTcpUi); }

XcvResult tcp_add(XcvContext& context) {
    CO_TRY(const TcpPortData data, parse_port_data(context.input));
    if (data.name.empty()) co_return Error(Win32::invalid_data, "port without name");
    context.subject = data.name;
    CO_TRY(PortConfig port, tcp_port(data, {}));
    CO_TRY_VOID(co_await context.spooler.ports().add(std::move(port)));
    co_return ByteBuffer();
}

XcvResult tcp_delete(XcvContext& context) {
    CO_TRY(std::string name, parse_delete_port_data(context.input));
    co_return co_await remove_port(context, std::move(name));
}

XcvResult tcp_configure(XcvContext& context) {
    CO_TRY(const TcpPortData data, parse_port_data(context.input));
    CO_TRY(const PortConfig before, own_port(context, data.name));
    CO_TRY(PortConfig port, tcp_port(data, before));
    CO_TRY_VOID(co_await context.spooler.ports().configure(std::move(port)));
    co_return ByteBuffer();
}

XcvResult tcp_config_info(XcvContext& context) {
    CO_TRY(const ConfigInfoRequest request, parse_config_info(context.input));
    // Windows' headers call the name reserved: the handle of a port says which one is meant.
    CO_TRY(const PortConfig port, own_port(context, context.port.empty() ? request.name : context.port));
    co_return write_port_data(tcp_port_data(port), request.version);
}

XcvResult tcp_host(XcvContext& context) {
    CO_TRY(const PortConfig port, own_port(context, context.port));
    co_return xcv_text(tcp_port_data(port).host);
}

// Known when the host is one; names are not looked up for whoever asks.
XcvResult tcp_address(XcvContext& context) {
    CO_TRY(const PortConfig port, own_port(context, context.port));
    const std::string host = tcp_port_data(port).host;
    const bool address = host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
    co_return xcv_text(address ? host : std::string());
}

XcvResult tcp_community(XcvContext& context) {
    CO_TRY(const PortConfig port, own_port(context, context.port));
    co_return xcv_text(tcp_port_data(port).community);
}

XcvResult tcp_device_index(XcvContext& context) {
    CO_TRY(const PortConfig port, own_port(context, context.port));
    co_return xcv_number(tcp_port_data(port).snmp_device_index);
}

XcvResult tcp_snmp_enabled(XcvContext& context) {
    CO_TRY(const PortConfig port, own_port(context, context.port));
    co_return xcv_number(tcp_port_data(port).snmp_enabled);
}

XcvResult tcp_polling(XcvContext& context) {
    CO_TRY(const PortConfig port, own_port(context, context.port));
    co_return xcv_number(port.settings.count("idle_polling") != 0 ? 1 : 0);
}

XcvResult tcp_set_polling(XcvContext& context) {
    CO_TRY(const std::uint32_t state, parse_xcv_number(context.input));
    if (state > 1) co_return Error(Win32::invalid_parameter, "polling state");
    CO_TRY(PortConfig port, own_port(context, context.port));
    port.settings.erase("idle_polling");
    if (state == 1) port.settings["idle_polling"] = "1";
    CO_TRY_VOID(co_await context.spooler.ports().configure(std::move(port)));
    co_return ByteBuffer();
}

XcvResult tcp_set_oid(XcvContext& context) {
    CO_TRY(const std::string oid, parse_xcv_text(context.input));
    if (oid.find_first_not_of("0123456789.") != std::string::npos) co_return Error(Win32::invalid_parameter, "object identifier");
    CO_TRY(PortConfig port, own_port(context, context.port));
    const std::string usual = std::string(kDefaultOid) + std::to_string(tcp_port_data(port).snmp_device_index);
    port.settings.erase("device_id_oid");
    if (!oid.empty() && oid != usual) port.settings["device_id_oid"] = oid;
    CO_TRY_VOID(co_await context.spooler.ports().configure(std::move(port)));
    co_return ByteBuffer();
}

// The device would have to be asked over SNMP, which this server does not speak.
XcvResult tcp_device_id(XcvContext& context) {
    CO_TRY_VOID(own_port(context, context.port));
    co_return Error(Win32::not_supported, "the device's IEEE 1284 identification is not known");
}

// The ports that are configured for this host: nobody connects to a host that a client names.
XcvResult tcp_port_list(XcvContext& context) {
    CO_TRY(const std::string host, parse_xcv_text(context.input));
    std::vector<TcpPortData> known;
    for (const PortConfig& port : context.spooler.ports().list()) {
        const bool own = base::equal_names(std::string_view(port.monitor), context.monitor->name());
        TcpPortData data = tcp_port_data(port);
        if (own && base::equal_names(std::string_view(data.host), std::string_view(host))) known.push_back(std::move(data));
    }
    co_return write_port_data_list(known);
}

// Tries: a port that printers use stays, and that is no error.
XcvResult tcp_clean_up(XcvContext& context) {
    auto removed = co_await remove_port(context, context.port);
    if (!removed && removed.error().code() != Win32::busy) co_return std::move(removed).error();
    co_return ByteBuffer();
}

// --- Tables --------------------------------------------------------------------------------------------------------------------

struct XcvCommand {
    std::string_view name;
    bool changes;  // needs the right to administer the server, the others to enumerate
    bool of_port;  // meaningless on a handle of a monitor
    XcvResult (*run)(XcvContext&);
};

constexpr std::array kNamedCommands = {
    XcvCommand{"MonitorUI", false, false, &local_ui},        XcvCommand{"AddPort", true, false, &add_named},
    XcvCommand{"DeletePort", true, false, &delete_named},    XcvCommand{"PortExists", false, false, &port_exists},
    XcvCommand{"PortIsValid", false, false, &port_is_valid}, XcvCommand{"ConfigureLPTPortCommandOK", true, false, &configure_lpt},
};
constexpr std::array kTcpCommands = {
    XcvCommand{"MonitorUI", false, false, &tcp_ui},
    XcvCommand{"AddPort", true, false, &tcp_add},
    XcvCommand{"DeletePort", true, false, &tcp_delete},
    XcvCommand{"ConfigPort", true, false, &tcp_configure},
    XcvCommand{"GetConfigInfo", false, false, &tcp_config_info},
    XcvCommand{"GetPortList", false, false, &tcp_port_list},
    XcvCommand{"HostAddress", false, true, &tcp_host},
    XcvCommand{"IPAddress", false, true, &tcp_address},
    XcvCommand{"SNMPCommunity", false, true, &tcp_community},
    XcvCommand{"SNMPDeviceIndex", false, true, &tcp_device_index},
    XcvCommand{"SNMPEnabled", false, true, &tcp_snmp_enabled},
    XcvCommand{"GetIdlePollingState", false, true, &tcp_polling},
    XcvCommand{"SetIdlePollingState", true, true, &tcp_set_polling},
    XcvCommand{"SetDeviceIDOid", true, true, &tcp_set_oid},
    XcvCommand{"DeviceID", false, true, &tcp_device_id},
    XcvCommand{"CleanupPort", true, true, &tcp_clean_up},
};

const XcvCommand* find_command(const spooler::PortMonitor& monitor, std::string_view name) {
    std::span<const XcvCommand> commands;
    if (monitor.name() == spooler::RawTcpMonitor::kName) commands = kTcpCommands;
    if (monitor.name() == spooler::FileMonitor::kName || monitor.name() == spooler::NullMonitor::kName) commands = kNamedCommands;
    for (const XcvCommand& command : commands) {
        if (command.name == name) return &command;
    }
    return nullptr;
}

// A command that only the monitor itself knows; it may change what it likes, so it takes an administrator.
Task<Result<ByteBuffer>> ask_monitor(XcvContext& context, std::string command, std::size_t output_limit) {
    spooler::XcvRequest request;
    request.command = std::move(command);
    request.input.assign(context.input.begin(), context.input.end());
    request.output_limit = output_limit;
    PortConfig port;
    if (!context.port.empty()) {
        CO_TRY(port, own_port(context, context.port));
    }
    PortConfig* const which = context.port.empty() ? nullptr : &port;
    CO_TRY(spooler::XcvReply reply, co_await context.monitor->xcv(which, request));
    if (reply.status != Win32::success) co_return Error(reply.status, "told by the monitor");
    co_return std::move(reply.output);
}

Result<void> fill(const ByteBuffer& output, op::XcvData::Out& out) {
    out.pcbOutputNeeded = static_cast<std::uint32_t>(output.size());
    out.pdwStatus = 0;
    if (output.size() > out.pOutputData.size) {
        out.pdwStatus = static_cast<std::uint32_t>(Win32::insufficient_buffer);
        return Error(Win32::insufficient_buffer);
    }
    if (!output.empty()) std::memcpy(out.pOutputData.data, output.data(), output.size());
    return {};
}

// What the monitor says travels in the status; a command that nobody knows, refusals and an AddPort without sense fail the call.
Result<void> report(const Error& error, std::string_view command, op::XcvData::Out& out) {
    out.pdwStatus = static_cast<std::uint32_t>(error.code());
    if (command == "AddPort" && error.code() == Win32::invalid_data) return error;
    return {};
}

}  // namespace

// [MS-RPRN] 3.1.4.6.5 RpcXcvData; [MS-PAR] 3.1.4.3.1
Outcome WinspoolService::xcv_data(dcerpc::Call& call, const op::XcvData::In& in, op::XcvData::Out& out) {
    CO_TRY(const std::shared_ptr<XcvHandle> handle, call.handle<XcvHandle>(in.hXcv));
    CO_TRY(const std::string name, checked_text(in.pszDataName));
    XcvContext context{spooler_, nullptr, {}, in.pInputData.view(), {}};
    if (handle->target() == XcvHandle::Target::port) {
        CO_TRY(const spooler::PortCatalog::Found found, spooler_.ports().find(handle->name()));
        context.port = found.config.name;
        context.monitor = found.monitor;
    } else {
        context.monitor = spooler_.ports().monitors().find(handle->name());
        if (!context.monitor) co_return Error(Win32::unknown_print_monitor, handle->name());
    }
    const XcvCommand* command = find_command(*context.monitor, name);
    if (command != nullptr && command->of_port && context.port.empty()) co_return Error(Win32::invalid_parameter, name + " needs a port");
    const bool changes = command == nullptr || command->changes;
    const auto allowed = handle->require(changes ? Access::server_administer : Access::server_enumerate);
    if (!allowed) {
        out.pdwStatus = static_cast<std::uint32_t>(Win32::access_denied);
        call.log(base::log::Level::info, "refused", {{"object", handle->name()}, {"command", name}, {"peer", call.caller().peer_address}});
        co_return allowed;
    }
    if (command == nullptr) {
        auto told = co_await ask_monitor(context, name, in.cbOutputData);
        if (told) co_return fill(*told, out);
        if (told.error().code() == Win32::not_supported) co_return Error(Win32::invalid_parameter, "unknown command " + name);
        co_return report(told.error(), name, out);
    }
    auto done = co_await command->run(context);
    if (!done) co_return report(done.error(), name, out);
    if (changes) changed(call, "port command", {{"command", name}, {"object", handle->name()}, {"port", context.subject}});
    co_return fill(*done, out);
}

}  // namespace server
