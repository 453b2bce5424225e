// AddPort, SetPort, DeletePort: rights, codes, use, durability.
#include "port_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;

class PortOps : public PortFixture {
 protected:
    Win32 add(Session* who, std::string_view name, std::string_view monitor, std::uint32_t level = 1, base::ByteView data = {},
              std::string_view server = {}) {
        op::AddPort::In in;
        if (!server.empty()) in.pName = wide(who, server);
        if (level == 1) {
            auto* info = who->arena().alloc<op::PORT_INFO_1>();
            info->pPortName = wide(who, name);
            in.pPortContainer.set_pPortInfo1(info);
        } else {
            auto* info = who->arena().alloc<op::PORT_INFO_FF>();
            info->pPortName = wide(who, name);
            in.pPortContainer.set_pPortInfoFF(info);
            in.pPortContainer.Level = level;
            if (!data.empty()) in.pPortVarContainer.pMonitorData = who->arena().copy(data);
            in.pPortVarContainer.cbMonitorData = static_cast<std::uint32_t>(data.size());
        }
        in.pMonitorName = wide(who, monitor);
        return code(call(who, &op::Client::add_port, in));
    }
    Win32 set(Session* who, std::string_view name, std::uint32_t status, std::uint32_t severity, std::string_view text = {}) {
        auto* info = who->arena().alloc<op::PORT_INFO_3>();
        info->dwStatus = status;
        info->dwSeverity = severity;
        if (!text.empty()) info->pszStatus = wide(who, text);
        op::SetPort::In in;
        in.pPortName = wide(who, name);
        in.pPortContainer.set_pPortInfo3(info);
        return code(call(who, &op::Client::set_port, in));
    }
    Win32 remove(Session* who, std::string_view name, std::string_view server = {}) {
        op::DeletePort::In in;
        if (!server.empty()) in.pName = wide(who, server);
        in.hWnd = 0x1234;
        in.pPortName = wide(who, name);
        return code(call(who, &op::Client::delete_port, in));
    }
    Session* rprn() { return session(token("admin", kAdminSid, {base::well_known::administrators()}), op::Via::rprn); }
    spooler::PortConfig port(std::string_view name) {
        const auto found = spooler_->ports().find(name);
        EXPECT_TRUE(found) << name;
        return found ? found->config : spooler::PortConfig();
    }
};

TEST_F(PortOps, AddsByNameOverBothInterfaces) {
    int number = 0;
    for (Session* who : administrators()) {
        const std::string name = "Null" + std::to_string(++number) + ":";
        EXPECT_EQ(add(who, name, "null PORT"), Win32::success);
        EXPECT_EQ(add(who, name, "Null Port"), Win32::already_exists);
        EXPECT_EQ(port(name).monitor, "Null Port");
        const std::string full = name + "ff";
        EXPECT_EQ(add(who, full, "Null Port", 0xFFFFFFFF), Win32::success);
        EXPECT_TRUE(spooler_->ports().contains(full));
    }
    crash();
    EXPECT_TRUE(spooler_->ports().contains("NULL4:"));
    EXPECT_TRUE(spooler_->ports().contains("null1:ff"));
}

TEST_F(PortOps, AddRefusesWhatMakesNoSense) {
    EXPECT_EQ(add(admin_, "X", "No Port"), Win32::invalid_name);
    EXPECT_EQ(add(admin_, "P1", "No Port"), Win32::already_exists);
    EXPECT_EQ(add(admin_, "X", "Standard TCP/IP Port"), Win32::invalid_parameter);
    EXPECT_EQ(add(admin_, "", "Null Port"), Win32::invalid_parameter);
    EXPECT_EQ(add(admin_, "a,b", "Null Port"), Win32::invalid_name);
    EXPECT_EQ(add(admin_, std::string(260, 'x'), "Null Port"), Win32::invalid_name);
    EXPECT_EQ(add(admin_, "X", "Null Port", 1, {}, "\\\\ELSEWHERE"), Win32::invalid_name);
    EXPECT_EQ(add(admin_, "X", "Null Port", 0x01FFFFFF), Win32::invalid_level);
    EXPECT_EQ(add(alice_, "X", "Null Port"), Win32::access_denied);
    op::AddPort::In in;
    in.pMonitorName = wide(admin_, "Null Port");
    in.pPortContainer.set_pPortInfo1(nullptr);
    EXPECT_EQ(code(call(admin_, &op::Client::add_port, in)), Win32::invalid_parameter);
    in.pPortContainer.set_pPortInfo2(admin_->arena().alloc<op::PORT_INFO_2>());
    EXPECT_EQ(code(call(admin_, &op::Client::add_port, in)), Win32::invalid_level);
    in.pPortContainer.set_pPortInfo1(admin_->arena().alloc<op::PORT_INFO_1>());
    in.pPortContainer.Level = 0x01000001;  // only the mask makes this level 1
    EXPECT_EQ(code(call(admin_, &op::Client::add_port, in)), Win32::invalid_level);
    EXPECT_FALSE(spooler_->ports().contains("X"));
}

TEST_F(PortOps, TcpPortsTakeTheirDataInTheFullForm) {
    server::TcpPortData data;
    data.name = "IP_192.0.2.7";
    data.host = "192.0.2.7";
    EXPECT_EQ(add(admin_, "Other", "Standard TCP/IP Port", 0xFFFFFFFF, server::write_port_data(data, 2)), Win32::invalid_parameter);
    EXPECT_EQ(add(admin_, data.name, "Standard TCP/IP Port", 0xFFFFFFFF, server::write_port_data(data, 2)), Win32::success);
    EXPECT_EQ(port(data.name).settings.at("host"), "192.0.2.7");
    EXPECT_EQ(port(data.name).settings.at("port_number"), "9100");
    EXPECT_EQ(add(admin_, "Short", "Standard TCP/IP Port", 0xFFFFFFFF, base::ByteBuffer(100)), Win32::invalid_data);
}

// No path that a client names leads out of the configured directories.
TEST_F(PortOps, FilePortsStayInTheirDirectories) {
    const std::string out = (root_ / "out").string();
    std::filesystem::create_directory_symlink(root_, root_ / "out" / "way-out");
    for (const std::string& name : {std::string("/etc"), std::string("/"), root_.string(), out + "/..", out + "/../../etc",
                                    out + "/way-out", out + "x", out + "/deeper/../../other"}) {
        EXPECT_EQ(add(admin_, name, "Local Port"), Win32::access_denied) << name;
    }
    for (const char* name : {"..\\x", "C:\\out", "\\\\host\\share", "../out", "a/b", "//../x"}) {
        const Win32 got = add(admin_, name, "Local Port");
        EXPECT_TRUE(got == Win32::invalid_name || got == Win32::access_denied) << name;
    }
    EXPECT_EQ(add(admin_, out + "/deeper", "Local Port"), Win32::success);
    EXPECT_EQ(port(out + "/deeper").settings.at("directory"), out + "/deeper");
    // A name without a path has no part in where the files go.
    EXPECT_EQ(add(admin_, "..", "Local Port"), Win32::success);
    EXPECT_EQ(port("..").settings.at("directory"), out);
    EXPECT_EQ(add(admin_, "NUL:", "Local Port"), Win32::success);
    EXPECT_EQ(port("NUL:").monitor, "Null Port");
}

TEST_F(PortOps, DeleteChecksUseAndRights) {
    Session* who = rprn();
    EXPECT_EQ(remove(session(token("WORK\\alice", kAliceSid), op::Via::rprn), "P2"), Win32::access_denied);
    EXPECT_EQ(remove(who, "Nothing"), Win32::unknown_port);
    EXPECT_EQ(remove(who, "P2", "\\\\ELSEWHERE"), Win32::invalid_name);
    EXPECT_EQ(remove(who, "P1"), Win32::busy);
    EXPECT_EQ(remove(who, "p2"), Win32::success);
    EXPECT_EQ(remove(who, "P2"), Win32::unknown_port);
    who->use(ndr::Syntax::ndr64);
    EXPECT_EQ(remove(who, "P3"), Win32::success);
    crash();
    EXPECT_FALSE(spooler_->ports().contains("P2"));
    EXPECT_FALSE(spooler_->ports().contains("P3"));
    EXPECT_TRUE(spooler_->ports().contains("P4"));
}

TEST_F(PortOps, DeleteWaitsForTheDocumentOnThePort) {
    hold("P2");
    const auto queue = add_printer("Second", "P2", spooler::printer_attribute::kShared);
    print(queue, "text");
    settle();
    spooler::PrinterChange change;
    change.ports = std::vector<std::string>{"P3"};
    ASSERT_TRUE(run(spooler_->printers().change(queue, change)));
    Session* who = rprn();
    EXPECT_EQ(remove(who, "P2"), Win32::busy);
    release("P2");
    EXPECT_EQ(remove(who, "P2"), Win32::success);
}

TEST_F(PortOps, StatusIsCheckedAndDurable) {
    for (Session* who : administrators()) {
        EXPECT_EQ(set(who, "Nothing", 1, 1), Win32::unknown_port);
        EXPECT_EQ(set(who, "P1", 13, 1), Win32::invalid_parameter);
        EXPECT_EQ(set(who, "P1", 1, 0), Win32::invalid_parameter);
        EXPECT_EQ(set(who, "P1", 1, 4), Win32::invalid_parameter);
        EXPECT_EQ(set(who, "P1", 10, 2, "bald leer"), Win32::success);
        EXPECT_EQ(laser_->view().status & spooler::printer_status::kTonerLow, spooler::printer_status::kTonerLow);
        EXPECT_EQ(set(who, "p1", 0, 3), Win32::success);
        EXPECT_EQ(laser_->view().status, 0U);
    }
    EXPECT_EQ(set(alice_, "P1", 1, 1), Win32::access_denied);
    op::SetPort::In in;
    in.pPortName = wide(admin_, "P1");
    in.pPortContainer.set_pPortInfo3(nullptr);
    EXPECT_EQ(code(call(admin_, &op::Client::set_port, in)), Win32::invalid_parameter);
    in.pPortContainer.set_pPortInfo1(admin_->arena().alloc<op::PORT_INFO_1>());
    EXPECT_EQ(code(call(admin_, &op::Client::set_port, in)), Win32::invalid_level);
    EXPECT_EQ(set(admin_, "P1", 3, 1, "kein Papier"), Win32::success);
    crash();
    EXPECT_EQ(laser_->view().status, spooler::printer_status::kPaperOut);
    EXPECT_EQ(spooler_->ports().status("P1").text, "kein Papier");
}

TEST_F(PortOps, AnErrorStopsThePortAndClearingStartsItAgain) {
    EXPECT_EQ(set(admin_, "P1", 3, 1), Win32::success);
    add_printer("Direct", "P1", spooler::printer_attribute::kShared | spooler::printer_attribute::kDirect);
    EXPECT_EQ(code(start_document(alice_, open(alice_, "Direct", Access::use))), Win32::busy);
    const spooler::JobId job = spool(alice_, "Laser");
    settle();
    EXPECT_TRUE(printed("P1").empty());
    EXPECT_TRUE(laser_->job(job));
    // A printer that takes the port later knows as well.
    const auto late = add_printer("Late", "P1", spooler::printer_attribute::kShared);
    EXPECT_EQ(late->view().status, spooler::printer_status::kPaperOut);
    spooler::PrinterChange change;
    change.ports = std::vector<std::string>{"P2"};
    ASSERT_TRUE(run(spooler_->printers().change(late, change)));
    EXPECT_EQ(late->view().status, 0U);
    EXPECT_EQ(set(admin_, "P1", 3, 2), Win32::success);  // a warning prints
    settle();
    EXPECT_EQ(printed("P1").size(), 1U);
    EXPECT_EQ(set(admin_, "P1", 0, 1), Win32::success);
    EXPECT_EQ(laser_->view().status, 0U);
}

}  // namespace
