// XcvData: every command of the TCP/IP, local and null monitors, rights, sizes, hostile input, durability.
#include "port_fixture.h"

namespace {

using namespace service_test;
using base::ByteBuffer;
using server::TcpPortData;

constexpr std::uint32_t kEnumerate = spooler::Access::server_enumerate;
constexpr std::string_view kTcp = ",XcvMonitor Standard TCP/IP Port", kLocal = ",XcvMonitor Local Port", kNull = ",XcvMonitor Null Port";

class XcvOps : public PortFixture {
 protected:
    struct Answer {
        Win32 result = Win32::success;
        Win32 status = Win32::success;
        std::uint32_t needed = 0;
        ByteBuffer output;
        [[nodiscard]] bool good() const { return result == Win32::success && status == Win32::success; }
        [[nodiscard]] std::string text() const { return base::to_utf8(base::utf16_from_le(base::ByteView(output).first(needed - 2))); }
        [[nodiscard]] std::uint32_t number() const { return needed == 4 ? base::ByteReader(output).u32() : 0xFFFFFFFFU; }
    };
    Answer ask(Session* who, const ndr::ContextHandle& handle, std::string_view command, base::ByteView input = {},
               std::uint32_t room = 3000) {
        op::XcvData::In in;
        in.hXcv = handle;
        in.pszDataName = wide(who, command);
        in.pInputData = who->arena().copy(input);
        in.cbInputData = static_cast<std::uint32_t>(input.size());
        in.cbOutputData = room;
        in.pdwStatus = 4711;
        const auto out = call(who, &op::Client::xcv_data, in);
        EXPECT_EQ(who->fault, 0U);
        EXPECT_EQ(out.pOutputData.size, room);
        return {code(out),
                static_cast<Win32>(out.pdwStatus),
                out.pcbOutputNeeded,
                {out.pOutputData.view().begin(), out.pOutputData.view().end()}};
    }
    Answer ask(std::string_view object, std::string_view command, base::ByteView input = {}, std::uint32_t room = 3000) {
        const ndr::ContextHandle handle = open(admin_, object);
        Answer answer = ask(admin_, handle, command, input, room);
        close(admin_, handle);
        return answer;
    }
    static ByteBuffer text(std::string_view value) { return server::xcv_text(value); }
    static TcpPortData printer_at(std::string name, std::string host) {
        TcpPortData data;
        data.name = std::move(name);
        data.host = std::move(host);
        data.port_number = 9101;
        data.snmp_enabled = 1;
        data.snmp_device_index = 2;
        data.community = "secret";
        data.device_type = "ACME 9000";
        data.mib_index = 3;
        return data;
    }
    static ByteBuffer delete_data(std::string_view name, std::uint32_t version = 1) {
        ByteBuffer bytes;
        base::append_utf16_le(bytes, base::to_utf16(name));
        bytes.resize(228);
        base::ByteWriter(bytes).u32(version);
        bytes.resize(server::kDeletePortData1Bytes);
        return bytes;
    }
    static ByteBuffer config_request(std::string_view name, std::uint32_t version) {
        ByteBuffer bytes;
        base::append_utf16_le(bytes, base::to_utf16(name));
        bytes.resize(128);
        base::ByteWriter(bytes).u32(version);
        return bytes;
    }
    spooler::PortConfig port(std::string_view name) {
        const auto found = spooler_->ports().find(name);
        EXPECT_TRUE(found) << name;
        return found ? found->config : spooler::PortConfig();
    }
    void add_tcp(const std::string& name = "IP_1", const std::string& host = "192.0.2.7") {
        ASSERT_TRUE(ask(kTcp, "AddPort", server::write_port_data(printer_at(name, host), 2)).good());
    }
};

TEST_F(XcvOps, StructuresHaveTheirSizes) {
    const TcpPortData data = printer_at("IP_1", "192.0.2.7");
    const ByteBuffer first = server::write_port_data(data, 1);
    const ByteBuffer second = server::write_port_data(data, 2);
    ASSERT_EQ(first.size(), 964U);
    ASSERT_EQ(second.size(), 1068U);
    // Offsets of [MS-RPRN] 2.2.2.14.3 and .4.
    const auto number = [](const ByteBuffer& bytes, std::size_t at) { return base::ByteReader(base::ByteView(bytes).subspan(at)).u32(); };
    EXPECT_EQ(number(first, 128), 1U);
    EXPECT_EQ(number(first, 136), 964U);
    EXPECT_EQ(number(first, 952), 9101U);
    EXPECT_EQ(number(first, 960), 2U);
    EXPECT_EQ(base::utf16_from_le(base::ByteView(first).subspan(378, 18)), u"192.0.2.7");
    EXPECT_EQ(base::utf16_from_le(base::ByteView(first).subspan(436, 18)), u"ACME 9000");
    EXPECT_EQ(number(second, 128), 2U);
    EXPECT_EQ(number(second, 1052), 9101U);
    EXPECT_EQ(number(second, 1064), 3U);
    EXPECT_EQ(base::utf16_from_le(base::ByteView(second).subspan(400, 12)), u"secret");
    EXPECT_EQ(base::utf16_from_le(base::ByteView(second).subspan(538, 18)), u"ACME 9000");
}

TEST_F(XcvOps, TcpPortsAreAddedConfiguredAndDeletedOverBothInterfaces) {
    std::uint32_t form = 1;
    for (Session* who : administrators()) {
        const ndr::ContextHandle monitor = open(who, "\\\\WINSPOOLD\\,XcvMonitor Standard TCP/IP Port");
        const ByteBuffer data = server::write_port_data(printer_at("IP_9", "printer.example"), form);
        EXPECT_TRUE(ask(who, monitor, "AddPort", data).good());
        EXPECT_EQ(ask(who, monitor, "AddPort", data).status, Win32::already_exists);
        EXPECT_EQ(port("IP_9").settings.at("port_number"), "9101");
        const Answer info = ask(who, monitor, "GetConfigInfo", config_request("ip_9", form));
        ASSERT_TRUE(info.good());
        EXPECT_EQ(info.needed, form == 1 ? 964U : 1068U);
        EXPECT_EQ(base::ByteView(info.output).first(128 + 8).size(), 136U);
        const auto told = server::parse_port_data(info.output);
        ASSERT_TRUE(told);
        EXPECT_EQ(told->host, "printer.example");
        EXPECT_EQ(told->community, "secret");
        EXPECT_EQ(told->snmp_device_index, 2U);
        TcpPortData changed = *told;
        changed.host = "192.0.2.99";
        changed.port_number = 0;
        EXPECT_TRUE(ask(who, monitor, "ConfigPort", server::write_port_data(changed, form)).good());
        EXPECT_EQ(port("IP_9").settings.at("host"), "192.0.2.99");
        EXPECT_EQ(port("IP_9").settings.at("port_number"), "9100");
        EXPECT_TRUE(ask(who, monitor, "DeletePort", delete_data("IP_9")).good());
        EXPECT_EQ(ask(who, monitor, "DeletePort", delete_data("IP_9")).status, Win32::unknown_port);
        EXPECT_EQ(ask(who, monitor, "ConfigPort", data).status, Win32::unknown_port);
        form = 3 - form;
    }
}

TEST_F(XcvOps, APortIsUsableAtOnceAndSurvives) {
    add_tcp();
    EXPECT_TRUE(run(spooler_->printers().add(new_printer("Desk", "IP_1"))));
    EXPECT_EQ(ask(kTcp, "DeletePort", delete_data("IP_1")).status, Win32::busy);
    EXPECT_TRUE(ask(",XcvPort IP_1", "CleanupPort").good());  // stays: it is used
    EXPECT_TRUE(ask(",XcvPort IP_1", "SetIdlePollingState", server::xcv_number(1)).good());
    EXPECT_TRUE(ask(",XcvPort IP_1", "SetDeviceIDOid", text("1.3.6.1.4.1.2699.1.2.1.2.1.1.3.7")).good());
    crash();
    EXPECT_EQ(port("IP_1").settings.at("snmp_community"), "secret");
    EXPECT_EQ(port("IP_1").settings.at("device_id_oid"), "1.3.6.1.4.1.2699.1.2.1.2.1.1.3.7");
    EXPECT_EQ(ask(",XcvPort IP_1", "GetIdlePollingState").number(), 1U);
    ASSERT_TRUE(run(spooler_->printers().remove(spooler_->printers().find("Desk"))));
    settle();
    EXPECT_TRUE(ask(",XcvPort IP_1", "CleanupPort").good());
    EXPECT_FALSE(spooler_->ports().contains("IP_1"));
    crash();
    EXPECT_FALSE(spooler_->ports().contains("IP_1"));
}

TEST_F(XcvOps, APortHandleTellsItsSettings) {
    add_tcp();
    const std::string_view name = "\\\\WINSPOOLD\\,XcvPort IP_1";
    EXPECT_EQ(ask(name, "HostAddress").text(), "192.0.2.7");
    EXPECT_EQ(ask(name, "IPAddress").text(), "192.0.2.7");
    EXPECT_EQ(ask(name, "SNMPCommunity").text(), "secret");
    EXPECT_EQ(ask(name, "SNMPDeviceIndex").number(), 2U);
    EXPECT_EQ(ask(name, "SNMPEnabled").number(), 1U);
    EXPECT_EQ(ask(name, "GetIdlePollingState").number(), 0U);
    EXPECT_EQ(ask(name, "MonitorUI").text(), "tcpmonui.dll");
    EXPECT_EQ(ask(name, "DeviceID").status, Win32::not_supported);
    EXPECT_EQ(ask(name, "GetConfigInfo", config_request("", 2)).needed, 1068U);
    // The handle says which port is meant: Windows' headers call the name reserved, so anything may stand there.
    EXPECT_EQ(ask(name, "GetConfigInfo", config_request("P1", 2)).needed, 1068U);
    ByteBuffer unset(128, std::byte{0xCC});
    base::ByteWriter(unset).u32(1);
    EXPECT_EQ(server::parse_port_data(ask(name, "GetConfigInfo", unset).output)->name, "IP_1");
    EXPECT_EQ(ask(kTcp, "GetConfigInfo", config_request("P1", 2)).status, Win32::unknown_port);  // another monitor's
    EXPECT_EQ(ask(kTcp, "GetConfigInfo", unset).status, Win32::unknown_port);
    EXPECT_EQ(ask(name, "GetConfigInfo", config_request("IP_1", 3)).status, Win32::invalid_level);
    EXPECT_EQ(ask(name, "SetIdlePollingState", server::xcv_number(2)).status, Win32::invalid_parameter);
    EXPECT_EQ(ask(name, "SetDeviceIDOid", text("1.3.x")).status, Win32::invalid_parameter);
    EXPECT_EQ(ask(kTcp, "HostAddress").result, Win32::invalid_parameter);
    // Only what is configured is told; nobody connects to the named host.
    add_tcp("IP_2", "192.0.2.7");
    EXPECT_EQ(ask(kTcp, "GetPortList", text("192.0.2.7")).needed, 8U + 2 * 1068);
    EXPECT_EQ(ask(kTcp, "GetPortList", text("victim.example")).needed, 8U);
}

// What the headers call reserved and what only LPR needs may be whatever was in the client's memory.
TEST_F(XcvOps, FieldsThatDoNotMatterNeedNoEnd) {
    const auto scribble = [](ByteBuffer& bytes, std::size_t at, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) bytes[at + i] = std::byte{0xCC};
    };
    ByteBuffer first = server::write_port_data(printer_at("IP_1", "192.0.2.7"), 1);
    scribble(first, 242, 66);                                      // SNMPCommunity
    scribble(first, 312, 66);                                      // Queue
    scribble(first, 378, 32);                                      // IPAddress
    scribble(first, 410, 540);                                     // HardwareAddress, DeviceType
    EXPECT_TRUE(ask(kTcp, "AddPort", first).good());
    ByteBuffer second = server::write_port_data(printer_at("IP_2", "192.0.2.7"), 2);
    scribble(second, 472, 66);
    scribble(second, 538, 10);                                     // DeviceType: with an end, but no text
    second[540] = std::byte{0x07};
    second[541] = std::byte{0};
    EXPECT_TRUE(ask(kTcp, "AddPort", second).good());
    for (const char* name : {"IP_1", "IP_2"}) {
        EXPECT_EQ(port(name).settings.at("host"), "192.0.2.7");
        EXPECT_EQ(port(name).settings.at("port_number"), "9101");
        EXPECT_EQ(port(name).settings.count("device_type"), 0U) << name;
        EXPECT_EQ(port(name).settings.count("queue"), 0U) << name;
    }
    scribble(first, 144, 98);                                      // HostAddress
    EXPECT_EQ(ask(kTcp, "ConfigPort", first).status, Win32::invalid_data);
}

TEST_F(XcvOps, LocalAndNullPortsByName) {
    for (const std::string_view monitor : {kLocal, kNull}) {
        EXPECT_EQ(ask(monitor, "MonitorUI").text(), "localui.dll");
        EXPECT_EQ(ask(monitor, "PortExists", text("office")).number(), 0U);
        EXPECT_TRUE(ask(monitor, "PortIsValid", text("office")).good());
        EXPECT_TRUE(ask(monitor, "AddPort", text("office")).good());
        EXPECT_EQ(ask(monitor, "AddPort", text("OFFICE")).status, Win32::already_exists);
        EXPECT_NE(ask(monitor, "PortExists", text("Office")).number(), 0U);
        EXPECT_TRUE(run(spooler_->printers().add(new_printer("Desk", "office"))));
        EXPECT_EQ(ask(monitor, "DeletePort", text("office")).status, Win32::busy);
        ASSERT_TRUE(run(spooler_->printers().remove(spooler_->printers().find("Desk"))));
        settle();
        EXPECT_TRUE(ask(monitor, "DeletePort", text("office")).good());
        EXPECT_EQ(ask(monitor, "DeletePort", text("office")).status, Win32::unknown_port);
        EXPECT_EQ(ask(monitor, "PortIsValid", text("a,b")).status, Win32::invalid_name);
        EXPECT_EQ(ask(monitor, "PortIsValid", text("")).status, Win32::invalid_name);
        EXPECT_EQ(ask(monitor, "ConfigureLPTPortCommandOK", text("4")).status, Win32::invalid_parameter);
        EXPECT_EQ(ask(monitor, "ConfigureLPTPortCommandOK", text("1")).status, Win32::unknown_port);
    }
    EXPECT_EQ(ask(kLocal, "AddPort", text("/etc")).status, Win32::access_denied);
    EXPECT_EQ(ask(kLocal, "PortIsValid", text("/etc/passwd")).status, Win32::access_denied);
    EXPECT_EQ(ask(kLocal, "AddPort", text("C:\\x")).status, Win32::invalid_name);
    EXPECT_TRUE(ask(kLocal, "AddPort", text("NUL:")).good());
    EXPECT_TRUE(ask(kLocal, "DeletePort", text("NUL:")).good());
    EXPECT_TRUE(ask(kNull, "AddPort", text("LPT1:")).good());
    EXPECT_TRUE(ask(kLocal, "ConfigureLPTPortCommandOK", text("1")).good());
}

TEST_F(XcvOps, SizesAreToldAndKept) {
    add_tcp();
    const Answer none = ask(",XcvPort IP_1", "HostAddress", {}, 0);
    EXPECT_EQ(none.result, Win32::insufficient_buffer);
    EXPECT_EQ(none.status, Win32::insufficient_buffer);
    EXPECT_EQ(none.needed, 20U);
    EXPECT_EQ(ask(",XcvPort IP_1", "HostAddress", {}, 19).result, Win32::insufficient_buffer);
    EXPECT_TRUE(ask(",XcvPort IP_1", "HostAddress", {}, 20).good());
    EXPECT_EQ(ask(kTcp, "GetConfigInfo", config_request("IP_1", 2), 1067).needed, 1068U);
}

TEST_F(XcvOps, HostileInputIsRefused) {
    const ByteBuffer whole = server::write_port_data(printer_at("IP_1", "192.0.2.7"), 2);
    for (std::size_t size = 0; size < whole.size(); size += 67) {
        EXPECT_EQ(ask(kTcp, "AddPort", base::ByteView(whole).first(size)).result, Win32::invalid_data) << size;
        EXPECT_EQ(ask(kTcp, "ConfigPort", base::ByteView(whole).first(size)).status, Win32::invalid_data) << size;
    }
    ByteBuffer endless = whole;
    for (std::size_t i = 0; i < 128; ++i) endless[i] = std::byte{0x41};
    EXPECT_EQ(ask(kTcp, "AddPort", endless).result, Win32::invalid_data);
    ByteBuffer version = whole;
    version[128] = std::byte{9};
    EXPECT_EQ(ask(kTcp, "AddPort", version).result, Win32::invalid_data);
    EXPECT_EQ(ask(kTcp, "DeletePort", delete_data("IP_1", 2)).status, Win32::invalid_data);
    EXPECT_EQ(ask(kTcp, "GetConfigInfo", ByteBuffer(131)).status, Win32::invalid_data);
    EXPECT_EQ(ask(kLocal, "AddPort").result, Win32::invalid_data);
    EXPECT_EQ(ask(kLocal, "AddPort", base::ByteView(text("abc")).first(6)).result, Win32::invalid_data);
    EXPECT_EQ(ask(kLocal, "AddPort", ByteBuffer(100'000, std::byte{0x41})).result, Win32::invalid_data);
    TcpPortData data = printer_at("IP_1", "192.0.2.7");
    data.protocol = 2;
    EXPECT_EQ(ask(kTcp, "AddPort", server::write_port_data(data, 2)).status, Win32::not_supported);
    data.protocol = 3;
    EXPECT_EQ(ask(kTcp, "AddPort", server::write_port_data(data, 2)).status, Win32::invalid_parameter);
    data.protocol = 1;
    data.port_number = 65536;
    EXPECT_EQ(ask(kTcp, "AddPort", server::write_port_data(data, 2)).status, Win32::invalid_parameter);
    data.port_number = 9100;
    data.host = "no such/host";
    EXPECT_EQ(ask(kTcp, "AddPort", server::write_port_data(data, 2)).status, Win32::invalid_parameter);
    EXPECT_FALSE(spooler_->ports().contains("IP_1"));
}

TEST_F(XcvOps, RightsAndHandles) {
    add_tcp();
    const ndr::ContextHandle monitor = open(alice_, kTcp, kEnumerate);
    const ndr::ContextHandle of_port = open(alice_, ",XcvPort IP_1", 0);
    const ByteBuffer data = server::write_port_data(printer_at("IP_2", "192.0.2.7"), 2);
    for (const char* command : {"AddPort", "ConfigPort", "DeletePort", "Bogus"}) {
        const Answer refused = ask(alice_, monitor, command, data);
        EXPECT_EQ(refused.result, Win32::access_denied) << command;
        EXPECT_EQ(refused.status, Win32::access_denied) << command;
    }
    for (const char* command : {"SetIdlePollingState", "SetDeviceIDOid", "CleanupPort"}) {
        EXPECT_EQ(ask(alice_, of_port, command, server::xcv_number(1)).result, Win32::access_denied) << command;
    }
    EXPECT_EQ(ask(alice_, of_port, "HostAddress").text(), "192.0.2.7");
    open(alice_, kTcp, spooler::Access::server_administer, Win32::access_denied);
    // The mask of the handle decides: this one was opened for reading only.
    const ndr::ContextHandle reading = open(admin_, kTcp, kEnumerate);
    EXPECT_EQ(ask(admin_, reading, "AddPort", data).result, Win32::access_denied);
    EXPECT_EQ(ask(kTcp, "Bogus").result, Win32::invalid_parameter);
    EXPECT_EQ(ask(kTcp, "addport", data).result, Win32::invalid_parameter);
    EXPECT_EQ(ask(",XcvPort P1", "MonitorUI").result, Win32::invalid_parameter);
    EXPECT_EQ(ask("Laser", "MonitorUI").result, Win32::invalid_handle);
    EXPECT_EQ(ask("\\\\WINSPOOLD", "MonitorUI").result, Win32::invalid_handle);
    const ndr::ContextHandle gone = open(admin_, ",XcvPort IP_1");
    EXPECT_TRUE(ask(kTcp, "DeletePort", delete_data("IP_1")).good());
    EXPECT_EQ(ask(admin_, gone, "HostAddress").result, Win32::unknown_port);
}

}  // namespace
