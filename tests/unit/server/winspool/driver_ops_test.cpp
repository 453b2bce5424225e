// AddPrinterDriver(Ex), DeletePrinterDriver(Ex) and what is told of installed drivers. The cases named after smbtorture's
// rpc.spoolss.driver check what those tests check: they need SMB to run.
#include "driver_fixture.h"

#include "base/log.h"

namespace {

using namespace service_test;

class DriverOps : public DriverFixture {
 protected:
    Files all_files() const {
        Files files;
        files.help = "oem.hlp";
        files.dependent = {"oem1.ini", "oem2.ini"};
        return files;
    }
    std::map<std::string, std::string> get(Session* who, std::uint32_t level, std::uint32_t version = 3,
                                           std::string_view environment = {}) {
        op::GetPrinterDriver::In in;
        in.hPrinter = open(who, "\\\\winspoold\\Laser");
        if (!environment.empty()) in.pEnvironment = wide(who, environment);
        in.Level = level;
        in.cbBuf = 20000;
        in.pDriver = buffer(who, in.cbBuf);
        in.dwClientMajorVersion = version;
        const auto out = call(who, &op::Client::get_printer_driver, in);
        if (code(out) != Win32::success) return {{"error", std::to_string(out.result)}};
        if (level == 101) return level_test::read(level_test::driver_101_spec(), out.pDriver.view(), 1).at(0).values;
        for (const level_test::SpecLevel& spec : level_test::driver_specs()) {
            if (spec.number == level) return level_test::read(spec, out.pDriver.view(), 1).at(0).values;
        }
        return {};
    }
    void use_driver(const std::string& name) {
        auto printer = new_printer("Laser");
        printer.driver_name = name;
        const auto added = run(spooler_->printers().add(printer));
        ASSERT_TRUE(added) << added.error().to_string();
    }
};

// add_driver_64, add_driver_32: the older call, at each level, three times over one upload; full paths without a flag.
TEST_F(DriverOps, TortureAddDriver) {
    Session* who = rprn_admin();
    upload();
    EXPECT_EQ(add_legacy(who, container(who, 1, "OEM", {})), Win32::invalid_level);
    for (const std::string& prefix : {std::string(), std::string("\\\\winspoold\\print$\\x64\\")}) {
        Files files{prefix + "oem.dll", prefix + "oem.gpd", prefix + "oemui.dll", {}, {}};
        for (const std::uint32_t level : {2U, 3U, 4U}) {
            EXPECT_EQ(add_legacy(who, container(who, level, "OEM", files)), Win32::success) << level;
            const auto row = listed(who, level, "OEM");
            EXPECT_EQ(row.at("DriverPath"), "\\\\WINSPOOLD\\print$\\x64\\3\\oem.dll");
            EXPECT_EQ(row.at("DataFile"), "\\\\WINSPOOLD\\print$\\x64\\3\\oem.gpd");
            EXPECT_EQ(row.at("ConfigFile"), "\\\\WINSPOOLD\\print$\\x64\\3\\oemui.dll");
            EXPECT_EQ(remove(who, "OEM", "FOOBAR"), Win32::invalid_environment);
            EXPECT_EQ(remove(who, "OEM"), Win32::success);
            EXPECT_TRUE(listed(who, 1, "OEM").empty());
            EXPECT_EQ(remove(who, "OEM"), Win32::unknown_printer_driver);
        }
        for (const std::uint32_t level : {6U, 8U}) EXPECT_EQ(add_legacy(who, container(who, level, "OEM", files)), Win32::invalid_level);
    }
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");  // flags 0: the files stay
}

// add_driver_ex_64, add_driver_ex_32, add_driver_timestamps.
TEST_F(DriverOps, TortureAddDriverEx) {
    for (Session* who : {admin_, rprn_admin()}) {
        upload();
        EXPECT_EQ(add(who, container(who, 1, "OEM", {})), Win32::invalid_level);
        for (const std::uint32_t level : {2U, 3U, 4U, 6U, 8U}) {
            EXPECT_EQ(add(who, container(who, level, "OEM", {}), 0), Win32::invalid_parameter);
            EXPECT_EQ(add(who, container(who, level, "OEM", {})), Win32::success) << level;
            const auto row = listed(who, level, "OEM");
            EXPECT_EQ(row.at("cVersion"), "3");
            if (level >= 6) {
                EXPECT_EQ(row.at("ftDriverDate"), std::to_string((1ULL << 32U) | 7U));
                EXPECT_EQ(row.at("dwlDriverVersion"), std::to_string(0x0003000200010004ULL));
            }
            EXPECT_EQ(remove_ex(who, "OEM", 0, 3, "FOOBAR"), Win32::invalid_environment);
            EXPECT_EQ(remove_ex(who, "OEM", 0, 3), Win32::success);
            EXPECT_EQ(remove_ex(who, "OEM", 0, 3), Win32::unknown_printer_driver);
        }
    }
}

TEST_F(DriverOps, MandatoryMembersComeFirst) {
    const auto with = [&](auto&& change) {
        op::RPC_DRIVER_INFO_8* info = info_8(admin_, "OEM", {});
        change(*info);
        op::DRIVER_CONTAINER made;
        made.set_Level8(info);
        return add(admin_, made);
    };
    upload();
    EXPECT_EQ(with([](auto& info) { info.pName = ndr::WStr(); }), Win32::invalid_parameter);
    EXPECT_EQ(with([](auto& info) { info.pEnvironment = ndr::WStr(); }), Win32::invalid_parameter);
    EXPECT_EQ(with([](auto& info) { info.pDriverPath = ndr::WStr(); }), Win32::invalid_parameter);
    EXPECT_EQ(with([](auto& info) { info.pDataFile = ndr::WStr(); }), Win32::invalid_parameter);
    EXPECT_EQ(with([](auto& info) { info.pConfigFile = ndr::WStr(); }), Win32::invalid_parameter);
    EXPECT_EQ(with([&](auto& info) { info.pEnvironment = wide(admin_, "FOOBAR"); }), Win32::invalid_environment);
    EXPECT_EQ(with([&](auto& info) { info.pEnvironment = wide(admin_, "Windows ARM"); }), Win32::not_supported);
    EXPECT_EQ(with([](auto& info) { info.cVersion = 4; }), Win32::printer_driver_blocked);
    EXPECT_EQ(with([](auto& info) { info.cVersion = 0; }), Win32::invalid_parameter);
    EXPECT_EQ(with([&](auto& info) { info.pInfPath = wide(admin_, "x.inf"); }), Win32::invalid_parameter);
    EXPECT_EQ(with([](auto& info) { info.dwPrinterDriverAttributes = 1; }), Win32::invalid_parameter);
    EXPECT_EQ(with([&](auto& info) { info.pName = wide(admin_, std::string(260, 'n')); }), Win32::invalid_parameter);
    EXPECT_EQ(with([&](auto& info) { info.pName = wide(admin_, std::string(259, 'n')); }), Win32::success);
    op::DRIVER_CONTAINER empty;
    empty.set_Level3(nullptr);
    EXPECT_EQ(add(admin_, empty), Win32::invalid_parameter);
}

TEST_F(DriverOps, CopyFlags) {
    upload();
    for (const std::uint32_t flags : {0U, 3U, 5U, 0xFU, 0x10U, 0x28U, 0x80000008U}) {
        EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", {}), flags), Win32::invalid_parameter) << flags;
    }
    for (const std::uint32_t flags : {1U, 2U, 4U, 8U, 0x18U, 0x1B008U}) {
        EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", {}), flags), Win32::success) << flags;
    }
    upload("older", 5);
    EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", {}), 1), Win32::printer_driver_already_installed);
    EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", {}), 8), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", {}), 4), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "older oem.dll");
    Files missing;
    missing.data = "missing.gpd";
    EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", missing)), Win32::file_not_found);
}

// driver_copy_from_directory_64, driver_copy_from_directory_32
TEST_F(DriverOps, TortureCopyFromDirectory) {
    constexpr std::uint32_t kFlags = 0x8 | 0x10 | 0x10000;
    upload("dir", 10, "x64/{0b0f4ee8-2d4c-4c4e-9c5c-0d7bd5b4ef33}");
    for (const char* server : {"\\\\winspoold\\PRINT$\\X64", "\\\\localhost\\print$\\x64", "C:\\Windows\\system32\\spool\\DRIVERS\\x64"}) {
        const std::string prefix = std::string(server) + "\\{0b0f4ee8-2d4c-4c4e-9c5c-0d7bd5b4ef33}\\";
        const Files files{
            prefix + "oem.dll", prefix + "oem.gpd", prefix + "oemui.dll", prefix + "oem.hlp", {prefix + "oem1.ini", prefix + "oem2.ini"}};
        EXPECT_EQ(add(admin_, container(admin_, 3, "OEM", files), kFlags), Win32::success) << server;
        EXPECT_EQ(shown("x64/3/oem2.ini"), "dir oem2.ini");
        EXPECT_EQ(listed(admin_, 3, "OEM").at("DependentFiles"),
                  "\\\\WINSPOOLD\\print$\\x64\\3\\oem1.ini|\\\\WINSPOOLD\\print$\\x64\\3\\oem2.ini|");
        EXPECT_EQ(remove_ex(admin_, "OEM", 4, 3), Win32::success);
        EXPECT_EQ(shown("x64/3/oem.dll"), "nothing");
    }
}

// multiple_drivers
TEST_F(DriverOps, TortureMultipleDrivers) {
    upload();
    for (const char* name : {"A", "B", "C"}) EXPECT_EQ(add(admin_, container(admin_, 3, name, {})), Win32::success);
    EXPECT_EQ(remove_ex(admin_, "A", 0, 3), Win32::success);
    EXPECT_FALSE(listed(admin_, 3, "B").empty());
    EXPECT_EQ(remove_ex(admin_, "B", 0, 3), Win32::success);
    EXPECT_FALSE(listed(admin_, 3, "C").empty());
    EXPECT_EQ(remove_ex(admin_, "C", 0, 3), Win32::success);
}

// del_driver_all_files, del_driver_unused_files
TEST_F(DriverOps, TortureDeleteFiles) {
    upload();
    EXPECT_EQ(add(admin_, container(admin_, 3, "First", all_files())), Win32::success);
    Files second = all_files();
    second.data = "oem2.ini";
    second.config = "oem1.ini";
    second.dependent.clear();
    EXPECT_EQ(add(admin_, container(admin_, 3, "Second", second)), Win32::success);
    EXPECT_EQ(remove_ex(admin_, "First", 4, 3), Win32::printer_driver_in_use);
    EXPECT_EQ(remove_ex(admin_, "First", 8, 3), Win32::invalid_parameter);
    EXPECT_EQ(remove_ex(admin_, "First", 1, 3), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.gpd"), "nothing");
    EXPECT_EQ(shown("x64/3/oemui.dll"), "nothing");
    for (const char* kept : {"oem.dll", "oem.hlp", "oem1.ini", "oem2.ini"})
        EXPECT_NE(shown(std::string("x64/3/") + kept), "nothing") << kept;
    EXPECT_EQ(remove_ex(admin_, "Second", 4, 3), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "nothing");
    EXPECT_EQ(driver_files_->contents(), 0U);
}

TEST_F(DriverOps, UsedDriversStay) {
    upload();
    ASSERT_EQ(add(admin_, container(admin_, 3, "OEM", {})), Win32::success);
    use_driver("OEM");
    EXPECT_EQ(remove(admin_, "OEM"), Win32::printer_driver_in_use);
    EXPECT_EQ(remove_ex(admin_, "OEM", 2, 3), Win32::printer_driver_in_use);
    EXPECT_EQ(remove_ex(admin_, "OEM", 2, 2), Win32::unknown_printer_driver);
    EXPECT_EQ(remove(admin_, "Generic"), Win32::access_denied);  // declared in the configuration
}

TEST_F(DriverOps, EveryLevelOfAnInstalledDriver) {
    upload();
    ASSERT_EQ(add(admin_, container(admin_, 8, "OEM", all_files())), Win32::success);
    use_driver("OEM");
    for (const std::uint32_t level : {1U, 2U, 3U, 4U, 5U, 6U, 8U, 101U}) EXPECT_EQ(get(alice_, level).at("Name"), "OEM") << level;
    const auto eight = get(alice_, 8);
    EXPECT_EQ(eight.at("HelpFile"), "\\\\winspoold\\print$\\x64\\3\\oem.hlp");
    EXPECT_EQ(eight.at("PreviousNames"), "Older OEM|");
    EXPECT_EQ(eight.at("MfgName"), "OEM Ltd");
    EXPECT_EQ(eight.at("dwPrinterDriverAttributes"), "0");
    EXPECT_EQ(get(alice_, 5).at("dwDriverVersion"), "0");
    upload("two", 20);
    ASSERT_EQ(add(admin_, container(admin_, 8, "OEM", all_files())), Win32::success);
    EXPECT_EQ(get(alice_, 5).at("dwDriverVersion"), "1");
    EXPECT_EQ(get(alice_, 5).at("dwConfigVersion"), "1");
    EXPECT_EQ(get(alice_, 101).at("dwFileCount"), "6");
    EXPECT_EQ(get(alice_, 3, 2).at("error"), "1797");  // nothing that old
    EXPECT_EQ(get(alice_, 3, 3, "Windows NT x86").at("error"), "1797");
}

TEST_F(DriverOps, DriversOfWindows9x) {
    for (const char* name : {"oem.dll", "oem.gpd", "oemui.dll"}) driver_files_->upload(std::string("WIN40/") + name, "95");
    auto* info = admin_->arena().alloc<op::RPC_DRIVER_INFO_3>();
    fill(admin_, *info, "OEM", {});
    info->cVersion = 0;
    info->pEnvironment = wide(admin_, "windows 4.0");
    op::DRIVER_CONTAINER made;
    made.set_Level3(info);
    EXPECT_EQ(add(admin_, made), Win32::success);
    EXPECT_EQ(shown("WIN40/0/oem.dll"), "95");
    EXPECT_EQ(listed(admin_, 2, "OEM", "Windows 4.0").at("DriverPath"), "\\\\WINSPOOLD\\print$\\WIN40\\0\\oem.dll");
    EXPECT_EQ(listed(admin_, 2, "OEM", "all").at("Environment"), "Windows 4.0");
    upload();
    ASSERT_EQ(add(admin_, container(admin_, 3, "OEM", {})), Win32::success);
    use_driver("OEM");
    Session* old = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    op::GetPrinterDriverLegacy::In in;
    in.hPrinter = open(old, "Laser");
    in.Level = 2;
    in.pEnvironment = wide(old, "Windows 4.0");
    in.cbBuf = 2000;
    in.pDriver = buffer(old, in.cbBuf);
    EXPECT_EQ(code(call(old, &op::Client::get_printer_driver_legacy, in)), Win32::success);
    in.pEnvironment = wide(old, "Windows x64");
    EXPECT_EQ(code(call(old, &op::Client::get_printer_driver_legacy, in)), Win32::unknown_printer_driver);
    in.Level = 8;
    EXPECT_EQ(code(call(old, &op::Client::get_printer_driver_legacy, in)), Win32::invalid_level);
}

TEST_F(DriverOps, SetPrinterTellsOfAnotherDriver) {
    upload();
    ASSERT_EQ(add(admin_, container(admin_, 3, "OEM", {})), Win32::success);
    use_driver("Generic");
    static_cast<void>(events_.take());
    spooler::PrinterChange change;
    change.driver_name = "OEM";
    ASSERT_TRUE(run(spooler_->printers().change(spooler_->printers().find("Laser"), change)));
    EXPECT_EQ(events_.count(spooler::printer_change::kSetDriver), 1U);
    EXPECT_EQ(remove(admin_, "OEM"), Win32::printer_driver_in_use);
}

// Only the driver knows what its private part looks like: the default is for names without a driver behind them.
TEST_F(DriverOps, TheDevmodeOfAnInstalledDriverIsNotMadeUp) {
    constexpr std::uint32_t kNone = 4, kPublicPart = 220;          // PRINTER_INFO_8 with an offset of 0; _DEVMODE without driver's bytes
    const auto needed = [&] {
        op::GetPrinter::In in;
        in.hPrinter = open(admin_, "Laser");
        in.Level = 8;
        return call(admin_, &op::Client::get_printer, in).pcbNeeded;
    };
    upload();
    ASSERT_EQ(add(admin_, container(admin_, 3, "OEM", {})), Win32::success);
    use_driver("Generic");
    EXPECT_EQ(needed(), kNone + kPublicPart);
    spooler::PrinterChange change;
    change.driver_name = "OEM";
    ASSERT_TRUE(run(spooler_->printers().change(spooler_->printers().find("Laser"), change)));
    EXPECT_EQ(needed(), kNone);
    change = {};
    change.devmode = std::make_shared<const base::ByteBuffer>(spooler::default_devmode("Laser"));
    ASSERT_TRUE(run(spooler_->printers().change(spooler_->printers().find("Laser"), change)));
    EXPECT_EQ(needed(), kNone + kPublicPart);
}

TEST_F(DriverOps, ListenersOfTheServerHearOfDrivers) {
    namespace change = spooler::printer_change;
    spooler::EventFilter filter;
    filter.changes = change::kAddDriver | change::kSetDriver | change::kDeleteDriver;
    const auto listener = bus_.subscribe(filter);
    ASSERT_TRUE(listener);
    const auto heard = [&] { return run((*listener)->wait_for(std::chrono::milliseconds(0)))->changes; };
    upload();
    ASSERT_EQ(add(admin_, container(admin_, 3, "OEM", {})), Win32::success);
    EXPECT_EQ(heard(), change::kAddDriver);
    ASSERT_EQ(add(admin_, container(admin_, 3, "OEM", {})), Win32::success);
    EXPECT_EQ(heard(), change::kSetDriver);
    ASSERT_EQ(remove(admin_, "OEM"), Win32::success);
    EXPECT_EQ(heard(), change::kDeleteDriver);
}

// The family of CVE-2021-1675 and CVE-2021-34527: no path of a client leads anywhere but into the upload area, and users get nowhere.
class DriverPathOps : public DriverFixture, public ::testing::WithParamInterface<op::Via> {};

TEST_P(DriverPathOps, OnlyTheUploadAreaIsRead) {
    Session* who = session(token("admin", kAdminSid, {base::well_known::administrators()}), GetParam());
    upload();
    const std::vector<std::string> paths = {
        "\\\\192.0.2.66\\share\\evil.dll",
        "\\\\192.0.2.66\\print$\\x64\\oem.dll",
        "\\\\evil\\print$\\x64\\oem.dll",
        "\\\\winspoold\\C$\\oem.dll",
        "\\\\winspoold\\print$\\W32X86\\oem.dll",
        "\\\\winspoold\\print$\\x64",
        "\\\\winspoold\\print$\\x64\\",
        "\\\\winspoold\\print$\\oem.dll",
        "\\\\winspoold\\print$\\x64\\..\\oem.dll",
        "\\\\winspoold\\print$\\x64\\.\\oem.dll",
        "\\\\winspoold\\print$\\x64\\oem.dll:evil",
        "\\\\winspoold\\print$\\x64\\NUL",
        "\\\\winspoold\\print$\\x64\\com1.dll",
        "\\\\winspoold\\print$/x64/oem.dll",
        "\\\\?\\UNC\\evil\\share\\evil.dll",
        "\\\\.\\UNC\\evil\\share\\evil.dll",
        "\\??\\UNC\\evil\\share\\evil.dll",
        "\\\\?\\C:\\oem.dll",
        "\\\\.\\pipe\\spoolss",
        "//evil/share/evil.dll",
        "/etc/passwd",
        "..\\oem.dll",
        "x64\\oem.dll",
        ".\\oem.dll",
        "C:\\Windows\\oem.dll",
        "C:oem.dll",
        "C:\\Windows\\system32\\spool\\DRIVERS\\W32X86\\oem.dll",
        "C:\\Windows\\system32\\spool\\DRIVERS\\x64\\..\\x64\\oem.dll",
        "file:///etc/passwd",
        "http://evil/oem.dll",
        "oem.dll:evil",
        "oem.dll.",
        "oem.dll ",
        "aux",
        std::string(2000, 'a'),
        "\\\\winspoold\\print$\\x64\\1\\2\\3\\4\\5\\6\\7\\8\\oem.dll",
    };
    for (const std::uint32_t flags : {0x8U, 0x18U, 0x8014U, 0x18014U}) {
        for (const std::string& path : paths) {
            Files driver, data, config, help, dependent;
            driver.driver = data.data = config.config = help.help = path;
            dependent.dependent = {"oem1.ini", path};
            for (const Files& files : {driver, data, config, help, dependent}) {
                EXPECT_EQ(add(who, container(who, 3, "Evil", files), flags), Win32::invalid_parameter) << path << " " << flags;
            }
        }
    }
    EXPECT_EQ(driver_files_->reads(), 0U);
    EXPECT_TRUE(listed(who, 1, "Evil").empty());
}

TEST_P(DriverPathOps, UsersAreRefusedBeforeAnythingIsRead) {
    Session* who = session(token("WORK\\alice", kAliceSid), GetParam());
    upload();
    for (const std::uint32_t flags : {0U, 0x8U, 0x18U, 0x8014U, 0xFFFFFFFFU}) {
        for (const char* path : {"oem.dll", "\\\\192.0.2.66\\share\\evil.dll", "\\??\\UNC\\evil\\share\\evil.dll"}) {
            Files files;
            files.driver = path;
            for (const std::uint32_t level : {1U, 2U, 8U}) {
                EXPECT_EQ(add(who, container(who, level, "Evil", files), flags), Win32::access_denied);
                if (GetParam() != op::Via::rprn) continue;
                EXPECT_EQ(add_legacy(who, container(who, level, "Evil", files)), Win32::access_denied);
            }
        }
    }
    EXPECT_EQ(remove(who, "Generic"), Win32::access_denied);
    EXPECT_EQ(remove(who, "Nothing", "FOOBAR"), Win32::access_denied);
    EXPECT_EQ(remove_ex(who, "Generic", 0xFFFFFFFF), Win32::access_denied);
    EXPECT_EQ(driver_files_->reads(), 0U);
}

// An address is ours when the client uses it for us in the same call.
TEST_P(DriverPathOps, AddressesMeanUsWhenTheClientCallsUsByThem) {
    Session* who = session(token("admin", kAdminSid, {base::well_known::administrators()}), GetParam());
    upload();
    Files files;
    files.driver = "\\\\192.0.2.7\\print$\\x64\\oem.dll";
    EXPECT_EQ(add(who, container(who, 3, "OEM", files), kCopyNewFiles, "\\\\192.0.2.8"), Win32::invalid_parameter);
    EXPECT_EQ(add(who, container(who, 3, "OEM", files), kCopyNewFiles, "\\\\192.0.2.7"), Win32::success);
    EXPECT_EQ(add(who, container(who, 3, "OEM", files), kCopyNewFiles, "\\\\elsewhere"), Win32::invalid_name);
}

INSTANTIATE_TEST_SUITE_P(Interfaces, DriverPathOps, ::testing::Values(op::Via::par, op::Via::rprn),
                         [](const auto& each) { return each.param == op::Via::par ? "par" : "rprn"; });

}  // namespace
