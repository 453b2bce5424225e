// Monitors and print processors that cannot be added, information contexts, per-machine connections, WaitForPrinterChange, bidi data.
#include "port_fixture.h"

#include "level_reader.h"

namespace {

using namespace service_test;
namespace change = spooler::printer_change;

class ServiceOps : public PortFixture {
 protected:
    Win32 add_monitor(Session* who, std::string_view name, std::string_view module, std::string_view environment = {}) {
        auto* info = who->arena().alloc<op::MONITOR_INFO_2>();
        info->pName = wide(who, name);
        info->pDLLName = wide(who, module);
        if (!environment.empty()) info->pEnvironment = wide(who, environment);
        op::AddMonitor::In in;
        in.pMonitorContainer.set_pMonitorInfo2(info);
        return code(call(who, &op::Client::add_monitor, in));
    }
    Win32 delete_monitor(Session* who, std::string_view name, std::string_view environment = {}) {
        op::DeleteMonitor::In in;
        if (!environment.empty()) in.pEnvironment = wide(who, environment);
        in.pMonitorName = wide(who, name);
        return code(call(who, &op::Client::delete_monitor, in));
    }
    Win32 add_processor(Session* who, std::string_view name, std::string_view environment = "Windows x64") {
        op::AddPrintProcessor::In in;
        in.pEnvironment = wide(who, environment);
        in.pPathName = wide(who, "\\\\victim\\share\\evil.dll");
        in.pPrintProcessorName = wide(who, name);
        return code(call(who, &op::Client::add_print_processor, in));
    }
    Win32 delete_processor(Session* who, std::string_view name, std::string_view environment = {}) {
        op::DeletePrintProcessor::In in;
        if (!environment.empty()) in.pEnvironment = wide(who, environment);
        in.pPrintProcessorName = wide(who, name);
        return code(call(who, &op::Client::delete_print_processor, in));
    }
    Win32 connect(Session* who, std::string_view name, std::string_view provider = {}) {
        op::AddPerMachineConnection::In in;
        in.pPrinterName = wide(who, name);
        in.pPrintServer = wide(who, "\\\\far");
        in.pProvider = wide(who, provider);
        return code(call(who, &op::Client::add_per_machine_connection, in));
    }
    Win32 disconnect(Session* who, std::string_view name) {
        op::DeletePerMachineConnection::In in;
        in.pPrinterName = wide(who, name);
        return code(call(who, &op::Client::delete_per_machine_connection, in));
    }
    std::vector<std::string> connections(Session* who) {
        op::EnumPerMachineConnections::In in;
        auto out = call(who, &op::Client::enum_per_machine_connections, in);
        if (out.pcbNeeded == 0) return {};
        EXPECT_EQ(code(out), Win32::insufficient_buffer);
        in.cbBuf = out.pcbNeeded;
        in.pPrinterEnum = buffer(who, in.cbBuf);
        out = call(who, &op::Client::enum_per_machine_connections, in);
        EXPECT_EQ(code(out), Win32::success);
        const auto form = level_test::spec(4, 12, "0:PrinterName:s 4:ServerName:s 8:Attributes:4");
        std::vector<std::string> names;
        for (const auto& row : level_test::read(form, out.pPrinterEnum.view(), out.pcReturned)) {
            EXPECT_EQ(row.values.at("Attributes"), "16");
            EXPECT_EQ(row.values.at("ServerName"), "\\\\far");
            names.push_back(row.values.at("PrinterName"));
        }
        return names;
    }
    op::SendRecvBidiData::Out bidi(Session* who, const ndr::ContextHandle& handle, std::string_view action,
                                   const std::vector<std::string>& schemas, std::uint32_t version = 1) {
        op::SendRecvBidiData::In in;
        in.hPrinter = handle;
        in.pAction = wide(who, action);
        in.pReqData.Version = version;
        in.pReqData.Count = static_cast<std::uint32_t>(schemas.size());
        in.pReqData.aData = who->arena().array<op::RPC_BIDI_REQUEST_DATA>(in.pReqData.Count);
        for (std::uint32_t i = 0; i < in.pReqData.Count; ++i) {
            in.pReqData.aData[i].dwReqNumber = i + 10;
            in.pReqData.aData[i].pSchema = wide(who, schemas[i]);
            in.pReqData.aData[i].data.set_bData(0, 0);
        }
        return call(who, &op::Client::send_recv_bidi_data, in);
    }
    static std::string value(const op::RPC_BIDI_RESPONSE_DATA& item) {
        return item.data.sData() == nullptr ? std::string("none") : base::to_utf8(item.data.sData()->view());
    }
};

namespace limits = base::limits;

TEST_F(ServiceOps, ForeignMonitorsAreNotFound) {
    for (Session* who : administrators()) {
        EXPECT_EQ(add_monitor(who, "Evil", "\\\\victim\\share\\evil.dll"), Win32::mod_not_found);
        EXPECT_EQ(add_monitor(who, "local port", "x.dll"), Win32::print_monitor_already_installed);
        EXPECT_EQ(add_monitor(who, "Evil", "x.dll", "Windows ARM"), Win32::not_supported);
        EXPECT_EQ(add_monitor(who, "Evil", "x.dll", "Windows 1.0"), Win32::invalid_environment);
        EXPECT_EQ(add_monitor(who, "", "x.dll"), Win32::invalid_parameter);
        EXPECT_EQ(delete_monitor(who, "Evil"), Win32::unknown_print_monitor);
        EXPECT_EQ(delete_monitor(who, "Local Port", "Windows NT x86"), Win32::unknown_print_monitor);
        EXPECT_EQ(delete_monitor(who, "Local Port", "Windows 1.0"), Win32::invalid_environment);
        EXPECT_EQ(delete_monitor(who, "Local Port"), Win32::print_monitor_in_use);
    }
    op::AddMonitor::In in;
    in.pMonitorContainer.set_pMonitorInfo1(admin_->arena().alloc<op::MONITOR_INFO_1>());
    EXPECT_EQ(code(call(admin_, &op::Client::add_monitor, in)), Win32::invalid_level);
    EXPECT_EQ(add_monitor(alice_, "Evil", "x.dll"), Win32::access_denied);
    EXPECT_EQ(delete_monitor(alice_, "Local Port"), Win32::access_denied);
}

TEST_F(ServiceOps, ForeignPrintProcessorsAreNotFound) {
    for (Session* who : administrators()) {
        EXPECT_EQ(add_processor(who, "evil"), Win32::mod_not_found);
        EXPECT_EQ(add_processor(who, "WinPrint"), Win32::print_processor_already_installed);
        EXPECT_EQ(add_processor(who, "evil", "Windows ARM"), Win32::not_supported);
        EXPECT_EQ(add_processor(who, "evil", "Windows 1.0"), Win32::invalid_environment);
        EXPECT_EQ(delete_processor(who, "evil"), Win32::unknown_printprocessor);
        EXPECT_EQ(delete_processor(who, "winprint", "Windows NT x86"), Win32::unknown_printprocessor);
        EXPECT_EQ(delete_processor(who, "winprint"), Win32::can_not_complete);
    }
    EXPECT_EQ(add_processor(alice_, "evil"), Win32::access_denied);
    EXPECT_EQ(delete_processor(alice_, "winprint"), Win32::access_denied);
}

TEST_F(ServiceOps, InformationContexts) {
    for (Session* who : administrators()) {
        op::CreatePrinterIC::In create;
        create.hPrinter = open(who, "Laser");
        const auto made = call(who, &op::Client::create_printer_ic, create);
        ASSERT_EQ(code(made), Win32::success);
        op::PlayGdiScriptOnPrinterIC::In play;
        play.hPrinterIC = made.pHandle;
        play.pIn = who->arena().copy(base::ByteView());
        const auto room = [&](std::uint32_t bytes) {
            play.cOut = bytes;
            const auto out = call(who, &op::Client::play_gdi_script_on_printer_ic, play);
            EXPECT_EQ(out.pOut.size, bytes);
            for (const std::byte one : out.pOut.view()) EXPECT_EQ(one, std::byte{0});
            return code(out);
        };
        EXPECT_EQ(room(0), Win32::not_enough_memory);
        EXPECT_EQ(room(3), Win32::not_enough_memory);
        EXPECT_EQ(room(4), Win32::success);
        EXPECT_EQ(room(100), Win32::success);
        // Neither kind of handle does for the other.
        EXPECT_EQ(close(who, made.pHandle), Win32::invalid_handle);
        op::DeletePrinterIC::In gone;
        gone.phPrinterIC = create.hPrinter;
        EXPECT_EQ(code(call(who, &op::Client::delete_printer_ic, gone)), Win32::invalid_handle);
        gone.phPrinterIC = made.pHandle;
        const auto deleted = call(who, &op::Client::delete_printer_ic, gone);
        EXPECT_EQ(code(deleted), Win32::success);
        EXPECT_TRUE(deleted.phPrinterIC.is_null());
        call(who, &op::Client::delete_printer_ic, gone);
        EXPECT_NE(who->fault, 0U);
        create.pDevModeContainer.pDevMode = who->arena().zeroed(220);
        create.pDevModeContainer.cbBuf = 220;
        EXPECT_EQ(code(call(who, &op::Client::create_printer_ic, create)), Win32::invalid_parameter);
        create.pDevModeContainer = {};
        create.hPrinter = open(who, "\\\\WINSPOOLD", 0);
        EXPECT_EQ(code(call(who, &op::Client::create_printer_ic, create)), Win32::invalid_handle);
    }
}

TEST_F(ServiceOps, PerMachineConnections) {
    int number = 0;
    for (Session* who : administrators()) {
        const std::string name = "\\\\far\\P" + std::to_string(++number);
        EXPECT_EQ(connect(who, name), Win32::success);
        EXPECT_EQ(connect(who, name, "WIN32SPL.dll"), Win32::printer_already_exists);
        EXPECT_EQ(connect(who, "\\\\far\\Q", "unknown.dll"), Win32::file_not_found);
        for (const char* bad : {"", "P", "\\\\far", "\\\\far\\", "\\\\\\P", "\\\\far\\P\\Q", "\\\\far\\a,b", "\\\\", "far\\P"}) {
            EXPECT_EQ(connect(who, bad), Win32::invalid_printer_name) << bad;
        }
        EXPECT_EQ(connections(who).size(), static_cast<std::size_t>(number));
    }
    EXPECT_EQ(connect(alice_, "\\\\far\\Hers"), Win32::access_denied);
    EXPECT_EQ(disconnect(alice_, "\\\\far\\P1"), Win32::access_denied);
    EXPECT_EQ(disconnect(admin_, "\\\\FAR\\p1"), Win32::success);
    EXPECT_EQ(disconnect(admin_, "\\\\far\\P1"), Win32::invalid_printer_name);
    crash();
    EXPECT_EQ(connections(alice_), (std::vector<std::string>{"\\\\far\\P2", "\\\\far\\P3", "\\\\far\\P4"}));
}

TEST_F(ServiceOps, WaitForPrinterChange) {
    Session* who = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    op::Client client(*who, who->arena(), who->via());
    op::WaitForPrinterChange::In in;
    in.hPrinter = open(who, "Laser");
    in.Flags = change::kSetPrinter;
    op::WaitForPrinterChange::Out out;
    auto pending = begin(client.wait_for_printer_change(in, out));
    EXPECT_FALSE(pending->has_value());
    ASSERT_TRUE(run(laser_->pause()));
    pump();
    ASSERT_TRUE(pending->has_value());
    EXPECT_EQ(code(out), Win32::success);
    EXPECT_EQ(out.pFlags, change::kSetPrinter);
    EXPECT_EQ(bus_.subscriptions(), 0U);
    // The handle closes meanwhile.
    out = {};
    pending = begin(client.wait_for_printer_change(in, out));
    EXPECT_EQ(close(who, in.hPrinter), Win32::success);
    settle();
    ASSERT_TRUE(pending->has_value());
    EXPECT_EQ(code(out), Win32::invalid_handle);
    // Nothing happens.
    service_->set_change_wait(std::chrono::milliseconds(1));
    in.hPrinter = open(who, "\\\\WINSPOOLD", 0);
    const auto silent = call(who, &op::Client::wait_for_printer_change, in);
    EXPECT_EQ(silent.result, 0x80000000U);
    EXPECT_EQ(silent.pFlags, 0x80000000U);
    in.Flags = 0;
    EXPECT_EQ(code(call(who, &op::Client::wait_for_printer_change, in)), Win32::invalid_parameter);
    in.hPrinter = open(session(token("admin", kAdminSid, {base::well_known::administrators()}), op::Via::rprn), "Laser");
    call(who, &op::Client::wait_for_printer_change, in);
    EXPECT_NE(who->fault, 0U);  // somebody else's handle
    EXPECT_EQ(bus_.subscriptions(), 0U);
}

TEST_F(ServiceOps, CallBackRegistrationsDoNotExist) {
    Session* who = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    op::FindClosePrinterChangeNotification::In in;
    in.hPrinter = open(who, "Laser");
    EXPECT_EQ(code(call(who, &op::Client::find_close_printer_change_notification, in)), Win32::invalid_handle);
    op::RouterRefreshPrinterChangeNotification::In refresh;
    refresh.hPrinter = in.hPrinter;
    const auto out = call(who, &op::Client::router_refresh_printer_change_notification, refresh);
    EXPECT_EQ(code(out), Win32::invalid_handle);
    EXPECT_EQ(out.ppInfo, nullptr);
}

TEST_F(ServiceOps, BidiAnswersFromWhatIsKnown) {
    spooler::PortConfig config;
    config.name = "IP_1";
    config.monitor = "Standard TCP/IP Port";
    config.settings = {{"host", "192.0.2.7"}};
    ASSERT_TRUE(run(spooler_->ports().add(config)));
    add_printer("Net", "IP_1", spooler::printer_attribute::kShared);
    for (Session* who : administrators()) {
        const ndr::ContextHandle printer = open(who, "Net");
        auto out = bidi(who, printer, "EnumSchema", {}, 0);
        ASSERT_EQ(code(out), Win32::success);
        ASSERT_EQ(out.ppRespData->Count, 4U);
        EXPECT_EQ(base::to_utf8(out.ppRespData->aData[0].pSchema.view()), "\\Printer.Status.Summary:State");
        out = bidi(who, printer, "Get", {"\\printer.status.summary:STATE", "\\Printer.Nothing:At", "\\Printer.Extension.Port:HostAddress"});
        ASSERT_EQ(code(out), Win32::success);
        ASSERT_EQ(out.ppRespData->Count, 3U);
        EXPECT_EQ(value(out.ppRespData->aData[0]), "Idle");
        EXPECT_EQ(out.ppRespData->aData[0].data.dwBidiType, 6U);
        EXPECT_EQ(out.ppRespData->aData[1].dwResult, 13005U);
        EXPECT_EQ(out.ppRespData->aData[1].dwReqNumber, 11U);
        EXPECT_EQ(value(out.ppRespData->aData[2]), "192.0.2.7");
        spooler::PortCondition jam;
        jam.status = spooler::port_status::kPaperJam;
        jam.severity = spooler::port_status::kTypeError;
        ASSERT_TRUE(run(spooler_->set_port("IP_1", jam)));
        out = bidi(who, printer, "GetAll", {"\\Printer.Status", "\\Printer.Stat"});
        ASSERT_EQ(code(out), Win32::success);
        ASSERT_EQ(out.ppRespData->Count, 3U);
        EXPECT_EQ(value(out.ppRespData->aData[0]), "Stopped");
        EXPECT_EQ(value(out.ppRespData->aData[1]), "MediaJam");
        EXPECT_EQ(out.ppRespData->aData[2].dwResult, 13005U);
        ASSERT_TRUE(run(spooler_->set_port("IP_1", {})));
        for (const char* action : {"Set", "GetWithArgument", "foobar", ""}) {
            EXPECT_EQ(code(bidi(who, printer, action, {"\\Printer.Status.Summary:State"})), Win32::not_supported) << action;
        }
        EXPECT_EQ(code(bidi(who, printer, "Get", {})), Win32::invalid_parameter);
        EXPECT_EQ(code(bidi(who, printer, "Get", {"\\Printer"}, 2)), Win32::invalid_parameter);
        EXPECT_EQ(code(bidi(who, printer, "GetAll", std::vector<std::string>(limits::kMaxBidiItems + 1, "\\Printer"))), Win32::invalid_parameter);
        out = bidi(who, printer, "Get", std::vector<std::string>(limits::kMaxBidiItems, "\\Printer.Extension.Port:Name"));
        ASSERT_EQ(code(out), Win32::success);
        EXPECT_EQ(out.ppRespData->Count, limits::kMaxBidiItems);
        EXPECT_EQ(value(out.ppRespData->aData[limits::kMaxBidiItems - 1]), "IP_1");
        EXPECT_EQ(code(bidi(who, open(who, "Laser"), "EnumSchema", {})), Win32::not_supported);
        EXPECT_EQ(code(bidi(who, open(who, "IP_1, Port"), "EnumSchema", {})), Win32::success);
        EXPECT_EQ(code(bidi(who, open(who, "\\\\WINSPOOLD", 0), "EnumSchema", {})), Win32::invalid_handle);
    }
}

}  // namespace
