// Notifications, ports, processors, monitors, connections: [MS-RPRN] 3.1.4.6 to 3.1.4.8, 3.1.4.10, [MS-PAR] 3.1.4.3 to 3.1.4.5, 3.1.4.9.
#include "authorization_scene.h"

namespace service_test::authorization {

namespace {

constexpr std::uint32_t kDone = 0;
constexpr std::uint32_t number(Win32 code) { return static_cast<std::uint32_t>(code); }

const std::vector<Kind> kPrinterOrServer = {Kind::printer, Kind::server};
const std::vector<Kind> kRegistration = {Kind::notification};

template <class Operation, class Method>
void handle_row(Rows& rows, const char* name, Object object, std::uint32_t granted, Method method, std::vector<Kind> kinds) {
    rows.push_back({name, object == Object::server ? "server" : "printer", object, Right::none, granted,
                    [object, method](Scene& s) {
                        typename Operation::In in;
                        in.hPrinter = object == Object::server ? s.server() : s.printer();
                        if constexpr (requires { in.fdwFlags; }) in.fdwFlags = 0xFF;
                        if constexpr (requires { in.Flags; }) in.Flags = 0xFF;
                        return s.ask(method, in);
                    },
                    false, false, false, std::move(kinds)});
}

}  // namespace

void add_notification_rows(Rows& rows) {
    for (const Kind kind : kPrinterOrServer) {
        const bool printer = kind == Kind::printer;
        rows.push_back({"RegisterForRemoteNotifications", printer ? "printer" : "server", printer ? Object::printer : Object::server,
                        printer ? Right::use : Right::none, kDone,
                        [kind](Scene& s) {
                            op::RegisterForRemoteNotifications::In in;
                            in.hPrinter = s.handle(kind);
                            in.pNotifyFilter = s.filter();
                            return s.ask(&op::Client::register_for_remote_notifications, in);
                        },
                        false, true, false, kPrinterOrServer});
    }
    rows.push_back({"UnRegisterForRemoteNotifications", "", Object::printer, Right::use, kDone,
                    [](Scene& s) {
                        op::UnRegisterForRemoteNotifications::In in;
                        in.phRpcHandle = s.handle(Kind::notification);
                        return s.ask(&op::Client::un_register_for_remote_notifications, in);
                    },
                    false, true, false, kRegistration});
    rows.push_back({"RefreshRemoteNotifications", "", Object::printer, Right::use, kDone,
                    [](Scene& s) {
                        op::RefreshRemoteNotifications::In in;
                        in.hRpcHandle = s.handle(Kind::notification);
                        in.pNotifyFilter = s.filter();
                        return s.ask(&op::Client::refresh_remote_notifications, in);
                    },
                    false, true, false, kRegistration});
    rows.push_back({"GetRemoteNotifications", "", Object::printer, Right::use, kDone,
                    [](Scene& s) {
                        op::GetRemoteNotifications::In in;
                        in.hRpcHandle = s.handle(Kind::notification);
                        s.status_changes();
                        return s.ask(&op::Client::get_remote_notifications, in);
                    },
                    false, true, false, kRegistration});
    // Nothing happens within the milliseconds that a scene waits: PRINTER_CHANGE_TIMEOUT. Call-backs are never made.
    for (const Object object : {Object::printer, Object::server}) {
        handle_row<op::WaitForPrinterChange>(rows, "WaitForPrinterChange", object, 0x80000000, &op::Client::wait_for_printer_change,
                                             kPrinterOrServer);
        handle_row<op::FindClosePrinterChangeNotification>(rows, "FindClosePrinterChangeNotification", object,
                                                           number(Win32::invalid_handle),
                                                           &op::Client::find_close_printer_change_notification, kPrinterOrServer);
        handle_row<op::RouterRefreshPrinterChangeNotification>(rows, "RouterRefreshPrinterChangeNotification", object,
                                                               number(Win32::invalid_handle),
                                                               &op::Client::router_refresh_printer_change_notification, kPrinterOrServer);
        handle_row<op::RemoteFindFirstPrinterChangeNotification>(
            rows, "RemoteFindFirstPrinterChangeNotification", object, number(Win32::not_supported),
            &op::Client::remote_find_first_printer_change_notification, kPrinterOrServer);
        handle_row<op::RemoteFindFirstPrinterChangeNotificationEx>(
            rows, "RemoteFindFirstPrinterChangeNotificationEx", object, number(Win32::not_supported),
            &op::Client::remote_find_first_printer_change_notification_ex, kPrinterOrServer);
    }
}

void add_port_rows(Rows& rows) {
    for (const std::uint32_t level : {1U, 2U}) {
        rows.push_back({"EnumPorts", "level" + std::to_string(level), Object::name, Right::server_enumerate, kDone, [level](Scene& s) {
                            return s.fetch(&op::Client::enum_ports, op::EnumPorts::In(), &op::EnumPorts::In::pPort, level);
                        }});
        rows.push_back({"EnumMonitors", "level" + std::to_string(level), Object::name, Right::server_enumerate, kDone, [level](Scene& s) {
                            return s.fetch(&op::Client::enum_monitors, op::EnumMonitors::In(), &op::EnumMonitors::In::pMonitor, level);
                        }});
    }
    rows.push_back({"AddPort", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        auto* info = s.make<op::PORT_INFO_1>();
                        info->pPortName = s.text("New:");
                        op::AddPort::In in;
                        in.pPortContainer.set_pPortInfo1(info);
                        in.pMonitorName = s.text("Null Port");
                        return s.ask(&op::Client::add_port, in);
                    },
                    true});
    rows.push_back({"SetPort", "", Object::name, Right::server_administer, kDone, [](Scene& s) {
                        auto* info = s.make<op::PORT_INFO_3>();
                        info->dwStatus = 1;
                        info->dwSeverity = 1;
                        op::SetPort::In in;
                        in.pPortName = s.text("Spare:");
                        in.pPortContainer.set_pPortInfo3(info);
                        return s.ask(&op::Client::set_port, in);
                    },
                    true});
    rows.push_back({"DeletePort", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        op::DeletePort::In in;
                        in.pPortName = s.text("Spare:");
                        return s.ask(&op::Client::delete_port, in);
                    },
                    true});
    for (const bool changes : {false, true}) {
        rows.push_back({"XcvData",
                        changes ? "AddPort" : "MonitorUI",
                        Object::xcv,
                        changes ? Right::server_administer : Right::server_enumerate,
                        kDone,
                        [changes](Scene& s) {
                            op::XcvData::In in;
                            in.hXcv = s.handle(Kind::xcv);
                            in.pszDataName = s.text(changes ? "AddPort" : "MonitorUI");
                            in.pInputData = s.who()->arena().copy(base::ByteView(server::xcv_text("New:")));
                            in.cbInputData = in.pInputData.size;
                            in.cbOutputData = 200;
                            return s.ask(&op::Client::xcv_data, in);
                        },
                        changes,
                        false,
                        changes,
                        {Kind::xcv}});
    }
}

// Code that a client names is never loaded: to who may administer, such a module is not there.
void add_server_rows(Rows& rows) {
    rows.push_back({"AddMonitor", "", Object::name, Right::server_administer, number(Win32::mod_not_found), [](Scene& s) {
                        auto* info = s.make<op::MONITOR_INFO_2>();
                        info->pName = s.text("Foreign");
                        info->pDLLName = s.text("foreign.dll");
                        op::AddMonitor::In in;
                        in.pMonitorContainer.set_pMonitorInfo2(info);
                        return s.ask(&op::Client::add_monitor, in);
                    }});
    rows.push_back({"DeleteMonitor", "", Object::name, Right::server_administer, number(Win32::print_monitor_in_use), [](Scene& s) {
                        op::DeleteMonitor::In in;
                        in.pMonitorName = s.text("Null Port");
                        return s.ask(&op::Client::delete_monitor, in);
                    }});
    rows.push_back({"AddPrintProcessor", "", Object::name, Right::server_administer, number(Win32::mod_not_found), [](Scene& s) {
                        op::AddPrintProcessor::In in;
                        in.pEnvironment = s.text("Windows x64");
                        in.pPathName = s.text("foreign.dll");
                        in.pPrintProcessorName = s.text("foreign");
                        return s.ask(&op::Client::add_print_processor, in);
                    }});
    rows.push_back({"DeletePrintProcessor", "", Object::name, Right::server_administer, number(Win32::can_not_complete), [](Scene& s) {
                        op::DeletePrintProcessor::In in;
                        in.pPrintProcessorName = s.text("winprint");
                        return s.ask(&op::Client::delete_print_processor, in);
                    }});
    rows.push_back({"EnumPrintProcessors", "", Object::name, Right::server_enumerate, kDone, [](Scene& s) {
                        return s.fetch(&op::Client::enum_print_processors, op::EnumPrintProcessors::In(),
                                       &op::EnumPrintProcessors::In::pPrintProcessorInfo, 1);
                    }});
    rows.push_back({"GetPrintProcessorDirectory", "", Object::name, Right::server_enumerate, kDone, [](Scene& s) {
                        return s.fetch(&op::Client::get_print_processor_directory, op::GetPrintProcessorDirectory::In(),
                                       &op::GetPrintProcessorDirectory::In::pPrintProcessorDirectory, 1);
                    }});
    rows.push_back({"EnumPrintProcessorDatatypes", "", Object::name, Right::server_enumerate, kDone, [](Scene& s) {
                        op::EnumPrintProcessorDatatypes::In in;
                        in.pPrintProcessorName = s.text("winprint");
                        return s.fetch(&op::Client::enum_print_processor_datatypes, in, &op::EnumPrintProcessorDatatypes::In::pDatatypes,
                                       1);
                    }});
    rows.push_back({"AddPerMachineConnection", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        op::AddPerMachineConnection::In in;
                        in.pPrinterName = s.text("\\\\far\\new");
                        in.pPrintServer = s.text("\\\\far");
                        in.pProvider = s.text("");
                        return s.ask(&op::Client::add_per_machine_connection, in);
                    },
                    true});
    rows.push_back({"DeletePerMachineConnection", "", Object::name, Right::server_administer, kDone,
                    [](Scene& s) {
                        op::DeletePerMachineConnection::In in;
                        in.pPrinterName = s.text("\\\\far\\printer");
                        return s.ask(&op::Client::delete_per_machine_connection, in);
                    },
                    true});
    rows.push_back({"EnumPerMachineConnections", "", Object::name, Right::none, kDone, [](Scene& s) {
                        return s.fetch(&op::Client::enum_per_machine_connections, op::EnumPerMachineConnections::In(),
                                       &op::EnumPerMachineConnections::In::pPrinterEnum);
                    }});
}

}  // namespace service_test::authorization
