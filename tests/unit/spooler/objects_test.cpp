// Forms, ports, port locks, drivers, processors, server values, printer data, failpoints.
#include "spooler/failpoint.h"
#include "tests/support/spooler_fixture.h"

#include <filesystem>
#include <fstream>
#include <set>

namespace {

using base::Win32;

class ObjectsTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }
    static spooler::Form form(const std::string& name, std::int32_t size = 1000) {
        spooler::Form result;
        result.name = name;
        result.cx = result.cy = result.right = result.bottom = size;
        return result;
    }
};

TEST_F(ObjectsTest, BuiltinForms) {
    const auto list = spooler_->forms().list(0);
    ASSERT_EQ(list.size(), 118U);
    EXPECT_EQ(list[0].name, "Letter");
    EXPECT_EQ(list[8].name, "A4");
    EXPECT_EQ(list[8].cx, 210000);
    EXPECT_EQ(list[8].cy, 297000);
    EXPECT_EQ(list[8].right, 210000);
    EXPECT_EQ(list[8].kind, spooler::FormKind::builtin);
    EXPECT_EQ(list[117].name, "PRC Envelope #10 Rotated");
    EXPECT_EQ(spooler_->forms().find(0, "a4")->name, "A4");
    std::set<std::string> names;
    for (const auto& entry : list) names.insert(entry.name);
    EXPECT_EQ(names.size(), 118U);
}

TEST_F(ObjectsTest, UserFormsAddSetDelete) {
    auto& forms = spooler_->forms();
    EXPECT_EQ(base::code_of(run(forms.add(form("A4")))), Win32::file_exists);
    EXPECT_EQ(base::code_of(run(forms.add(form("")))), Win32::invalid_form_name);
    EXPECT_EQ(base::code_of(run(forms.add(form("Label", 0)))), Win32::invalid_parameter);
    auto builtin = form("Mine");
    builtin.kind = spooler::FormKind::builtin;
    EXPECT_EQ(base::code_of(run(forms.add(builtin))), Win32::invalid_parameter);
    auto outside = form("Label");
    outside.right = 1001;
    EXPECT_EQ(base::code_of(run(forms.add(outside))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(forms.add(form("Label")))), Win32::success);
    EXPECT_EQ(base::code_of(run(forms.add(form("lABEL")))), Win32::file_exists);
    EXPECT_EQ(forms.list(0).size(), 119U);
    EXPECT_EQ(base::code_of(run(forms.set(0, "label", form("Label", 2000)))), Win32::success);
    EXPECT_EQ(forms.find(0, "LABEL")->cx, 2000);
    EXPECT_EQ(base::code_of(run(forms.set(0, "Label", form("Sticker", 3000)))), Win32::success);
    EXPECT_EQ(base::code_of(forms.find(0, "Label")), Win32::invalid_form_name);
    EXPECT_EQ(store_->content().forms.size(), 1U);
    EXPECT_EQ(base::code_of(run(forms.set(0, "A4", form("A4")))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(forms.remove(0, "A4"))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(forms.remove(0, "Label"))), Win32::invalid_form_name);
    EXPECT_EQ(base::code_of(run(forms.remove(0, "sticker"))), Win32::success);
    EXPECT_TRUE(store_->content().forms.empty());
}

TEST_F(ObjectsTest, PrinterFormsBelongToTheirPrinter) {
    const auto queue = add_printer("Laser");
    auto own = form("Badge");
    own.kind = spooler::FormKind::printer;
    own.printer = queue->id();
    EXPECT_EQ(base::code_of(run(spooler_->forms().add(own))), Win32::success);
    EXPECT_TRUE(spooler_->forms().find(queue->id(), "badge"));
    EXPECT_FALSE(spooler_->forms().find(0, "badge"));
    ASSERT_TRUE(run(spooler_->printers().remove(queue)));
    settle();
    EXPECT_FALSE(spooler_->forms().find(queue->id(), "badge"));
    EXPECT_TRUE(store_->content().forms.empty());
}

// Windows takes a printer's form through a server handle, too ([MS-RPRN] 3.1.4.5.1 does not say otherwise; smbtorture does it).
TEST_F(ObjectsTest, PrinterFormsOfTheServerAreOnEveryPrinter) {
    const auto queue = add_printer("Laser");
    auto shared = form("Badge");
    shared.kind = spooler::FormKind::printer;
    EXPECT_EQ(base::code_of(run(spooler_->forms().add(shared))), Win32::success);
    EXPECT_TRUE(spooler_->forms().find(queue->id(), "badge"));
    EXPECT_TRUE(spooler_->forms().find(0, "badge"));
    auto user = form("Sticker");
    user.printer = queue->id();
    EXPECT_EQ(base::code_of(run(spooler_->forms().add(user))), Win32::invalid_parameter);
    auto builtin = form("letter");
    builtin.kind = spooler::FormKind::builtin;
    EXPECT_EQ(base::code_of(run(spooler_->forms().add(builtin))), Win32::file_exists);
    builtin.name = "Sticker";
    EXPECT_EQ(base::code_of(run(spooler_->forms().add(builtin))), Win32::invalid_parameter);
}

TEST_F(ObjectsTest, PortsAddConfigureRemove) {
    auto& ports = spooler_->ports();
    spooler::PortConfig port;
    port.name = "p1";
    port.monitor = "Fake Port";
    EXPECT_EQ(base::code_of(run(ports.add(port))), Win32::already_exists);
    port.name = "a,b";
    EXPECT_EQ(base::code_of(run(ports.add(port))), Win32::invalid_name);
    port.name = "P9";
    port.settings["bad"] = "1";
    EXPECT_EQ(base::code_of(run(ports.add(port))), Win32::invalid_parameter);
    port.settings.clear();
    EXPECT_EQ(base::code_of(run(ports.configure(port))), Win32::unknown_port);
    EXPECT_EQ(base::code_of(run(ports.add(port))), Win32::success);
    port.settings["host"] = "h";
    EXPECT_EQ(base::code_of(run(ports.configure(port))), Win32::success);
    EXPECT_EQ(ports.find("p9")->config.settings.at("host"), "h");
    port.monitor = "None";
    port.name = "P10";
    EXPECT_EQ(base::code_of(run(ports.add(port))), Win32::unknown_print_monitor);
    ASSERT_EQ(ports.list().size(), 5U);
    EXPECT_EQ(ports.list().front().name, "P1");
    EXPECT_EQ(base::code_of(run(ports.remove("P9"))), Win32::success);
    EXPECT_EQ(base::code_of(ports.find("P9")), Win32::unknown_port);
    EXPECT_EQ(store_->content().ports.size(), 4U);
}

struct Waiter final : spooler::PortWaiter {
    std::vector<std::string> granted;
    void port_granted(const std::string& port) override { granted.push_back(port); }
};

TEST(PortLocks, HighestPriorityThenLongestWaitGetsThePort) {
    spooler::PortLocks locks;
    const auto a = std::make_shared<Waiter>();
    const auto b = std::make_shared<Waiter>();
    const auto c = std::make_shared<Waiter>();
    auto gone = std::make_shared<Waiter>();
    EXPECT_TRUE(locks.acquire("P", 1, a));
    EXPECT_FALSE(locks.acquire("p", 1, a));
    EXPECT_FALSE(locks.acquire("P", 99, gone));
    EXPECT_FALSE(locks.acquire("P", 5, b));
    EXPECT_FALSE(locks.acquire("P", 5, c));
    gone.reset();
    locks.release("P");
    EXPECT_EQ(b->granted.size(), 1U);
    EXPECT_TRUE(locks.held("P"));
    locks.forget("P", c.get());
    locks.release("P");
    EXPECT_TRUE(c->granted.empty());
    EXPECT_EQ(a->granted.size(), 1U);
    locks.release("P");
    EXPECT_FALSE(locks.held("P"));
    EXPECT_TRUE(locks.acquire("P", 1, c));
}

TEST_F(ObjectsTest, DriversByNameEnvironmentAndVersion) {
    auto& drivers = spooler_->drivers();
    EXPECT_TRUE(drivers.known("generic"));
    EXPECT_FALSE(drivers.known("other"));
    EXPECT_EQ(drivers.find("GENERIC", "windows X64")->name, "Generic");
    EXPECT_EQ(base::code_of(drivers.find("Generic", "Windows NT x86")), Win32::unknown_printer_driver);
    EXPECT_EQ(base::code_of(drivers.find("Generic", "Windows x64", 2)), Win32::unknown_printer_driver);
    EXPECT_EQ(drivers.list("Windows x64").size(), 2U);
    EXPECT_EQ(drivers.list("").size(), 2U);
    EXPECT_FALSE(drivers.shareable("Private"));
    ASSERT_NE(spooler::find_environment("WINDOWS nt X86"), nullptr);
    EXPECT_EQ(spooler::find_environment("WINDOWS nt X86")->directory, "W32X86");
    EXPECT_EQ(spooler::find_environment("Windows 3.1"), nullptr);
}

TEST_F(ObjectsTest, WinprintIsOneProcessor) {
    const auto& processors = spooler_->processors();
    ASSERT_EQ(processors.list().size(), 1U);
    EXPECT_EQ(processors.list()[0].name, "winprint");
    EXPECT_EQ(processors.list()[0].datatypes.front(), "RAW");
    EXPECT_TRUE(processors.object("WINPRINT", "text"));
    EXPECT_FALSE(processors.object("winprint", "NT EMF 1.008"));
    EXPECT_EQ(processors.datatype("winprint", "raw [ff AUTO]"), "RAW [FF auto]");
}

TEST_F(ObjectsTest, ServerValues) {
    auto& server = spooler_->server();
    for (const char* name : {"W3SvcInstalled", "BeepEnabled", "EventLog", "MajorVersion", "MinorVersion", "DefaultSpoolDirectory",
                             "Architecture", "DsPresent", "OSVersion", "DNSMachineName", "OSVersionEx"}) {
        EXPECT_TRUE(server.value(name)) << name;
    }
    EXPECT_EQ(server.value("majorversion")->data, spooler::dword_value("", 3).data);
    EXPECT_EQ(server.value("OSVersion")->data.size(), 276U);
    EXPECT_EQ(server.value("OSVersionEx")->data.size(), 284U);
    EXPECT_EQ(server.version_word(), 10U | (20348U << 16U));
    EXPECT_EQ(base::code_of(server.value("NetPopup")), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(server.set_value(spooler::dword_value("MajorVersion", 1)))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(server.set_value(spooler::text_value("BeepEnabled", "x")))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(server.set_value(spooler::dword_value("nothing", 1)))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(run(server.set_value(spooler::dword_value("EVENTLOG", 0x1F)))), Win32::success);
    EXPECT_EQ(server.value("EventLog")->data, spooler::dword_value("", 0x1F).data);
    EXPECT_EQ(server.value("EventLog")->name, "EventLog");
    spooler::DataValue unterminated{"DefaultSpoolDirectory", spooler::ValueType::sz, base::ByteBuffer(3)};
    EXPECT_EQ(base::code_of(run(server.set_value(unterminated))), Win32::invalid_parameter);
}

TEST_F(ObjectsTest, ServerSecuritySurvivesARestart) {
    auto descriptor = std::make_shared<base::SecurityDescriptor>(*spooler::default_server_security());
    descriptor->dacl->pop_back();
    ASSERT_TRUE(run(spooler_->server().set_security(descriptor)));
    crash_and_restart();
    EXPECT_EQ(spooler_->server().security()->dacl, descriptor->dacl);
}

TEST_F(ObjectsTest, PrinterDataComputedValues) {
    const auto queue = add_printer("Laser");
    const auto view = queue->view();
    EXPECT_EQ(spooler::predefined_value(view, "changeid")->data, spooler::dword_value("", queue->change_id()).data);
    EXPECT_EQ(queue->data("PRINTERDRIVERDATA", "EMFDespoolingSetting").value()->value.data, spooler::dword_value("", 0).data);
    EXPECT_EQ(queue->data("DsSpooler", "printerName").value()->value.data, spooler::text_value("", "Laser").data);
    EXPECT_EQ(base::code_of(queue->data("PrinterDriverData", "nothing")), Win32::file_not_found);
    EXPECT_EQ(base::code_of(queue->data("NoKey", "x")), Win32::file_not_found);
    EXPECT_EQ(base::code_of(queue->data("PrinterDriverData", "V4_Driver_Hardware_IDs")), Win32::not_supported);
}

TEST(PortNames, JoinAndSplit) {
    EXPECT_EQ(spooler::join_ports({"A", "B"}), "A,B");
    EXPECT_EQ(spooler::split_ports(" A , b,,a ,LPT1:"), (std::vector<std::string>{"A", "b", "LPT1:"}));
    EXPECT_TRUE(spooler::split_ports("").empty());
    EXPECT_TRUE(spooler::split_ports(", ,").empty());
}

TEST(Failpoint, ArmingText) {
    EXPECT_FALSE(spooler::failpoint::arm("x:0"));
    EXPECT_FALSE(spooler::failpoint::arm("x:y"));
    EXPECT_FALSE(spooler::failpoint::arm(":1"));
    EXPECT_TRUE(spooler::failpoint::arm("never"));
    EXPECT_TRUE(spooler::failpoint::armed.load());
    spooler::failpoint::hit("other");
    EXPECT_TRUE(spooler::failpoint::arm(""));
    EXPECT_FALSE(spooler::failpoint::armed.load());
}

TEST(FailpointDeathTest, ExitsAtTheCountedPass) {
    const auto run = [] {
        static_cast<void>(spooler::failpoint::arm("here:2"));
        WSP_FAILPOINT("here");
        WSP_FAILPOINT("there");
        WSP_FAILPOINT("here");
        std::_Exit(0);
    };
    EXPECT_EXIT(run(), ::testing::ExitedWithCode(spooler::failpoint::kExitCode), "");
}

TEST(Failpoint, TheListOfNamesIsTheSourcesList) {
    // Unit tests run in the source directory.
    std::set<std::string> used;
    for (const char* directory : {"spooler", "storage"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
            if (entry.path().extension() != ".cpp") continue;
            std::ifstream file(entry.path());
            const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
            constexpr std::string_view kMacro = "WSP_FAILPOINT(\"";
            for (std::size_t at = text.find(kMacro); at != std::string::npos; at = text.find(kMacro, at + 1)) {
                const std::size_t begin = at + kMacro.size();
                used.insert(text.substr(begin, text.find('"', begin) - begin));
            }
        }
    }
    std::set<std::string> listed;
    for (const std::string_view name : spooler::failpoint::names()) listed.insert(std::string(name));
    EXPECT_EQ(listed, used);
}

}  // namespace
