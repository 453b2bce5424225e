// Driver packages over both interfaces: the checks of Samba's iremotewinspool and spoolss suites, and those of our own.
#include "service_fixture.h"
#include "spooler/package_installer.h"
#include "tests/support/package_fixture.h"

namespace service_test {
namespace {

constexpr const char* kX64 = "Windows x64";
constexpr const char* kXps = "{D20EA372-DD35-4950-9ED8-A6335AFE79F5}";

class DriverPackageOps : public test_support::PackageFixture<ServiceFixture> {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        open_packages();
        service_->take_packages(*installer_);
        write_package(upload_area(), trusted() + driver_line());
    }
    void TearDown() override {
        ServiceFixture::TearDown();
        installer_.reset();
        shut_down();  // while the files are still there
    }
    // Everybody in every way: the calls that both interfaces have.
    std::vector<Session*> everybody(const std::string& user = "WORK\\alice", const base::Sid& sid = kAliceSid) {
        std::vector<Session*> all;
        for (const op::Via via : {op::Via::par, op::Via::rprn}) {
            for (const ndr::Syntax syntax : {ndr::Syntax::ndr20, ndr::Syntax::ndr64}) {
                all.push_back(session(token(user, sid), via));
                all.back()->use(syntax);
            }
        }
        return all;
    }
    op::UploadPrinterDriverPackage::Out upload(Session* who, const std::string& path, const char* environment = kX64,
                                               std::uint32_t flags = 0, std::uint32_t room = 260) {
        op::UploadPrinterDriverPackage::In in;
        in.pszServer = wide(who, "\\\\WINSPOOLD");
        in.pszInfPath = wide(who, path);
        in.pszEnvironment = wide(who, environment);
        in.dwFlags = flags;
        in.pcchDestInfPath = room;
        if (room != 0) in.pszDestInfPath = who->arena().array<char16_t>(room);
        return call(who, &op::Client::upload_printer_driver_package, in);
    }
    std::uint32_t install(Session* who, const std::string& path, const char* driver = "Laser 9", const char* environment = kX64) {
        op::InstallPrinterDriverFromPackage::In in;
        if (!path.empty()) in.pszInfPath = wide(who, path);
        in.pszDriverName = wide(who, driver);
        in.pszEnvironment = wide(who, environment);
        return call(who, &op::Client::install_printer_driver_from_package, in).result;
    }
    std::uint32_t remove(Session* who, const std::string& path, const char* environment = kX64) {
        op::DeletePrinterDriverPackage::In in;
        in.pszInfPath = wide(who, path);
        in.pszEnvironment = wide(who, environment);
        return call(who, &op::Client::delete_printer_driver_package, in).result;
    }
    op::GetCorePrinterDrivers::Out core_drivers(Session* who, const std::vector<std::string>& guids, std::uint32_t count,
                                                const char* environment = kX64) {
        std::u16string list;
        for (const std::string& guid : guids) list += base::to_utf16(guid) + u'\0';
        list += u'\0';
        op::GetCorePrinterDrivers::In in;
        in.pszEnvironment = wide(who, environment);
        in.cchCoreDrivers = static_cast<std::uint32_t>(list.size());
        in.pszzCoreDriverDependencies = who->arena().array<char16_t>(in.cchCoreDrivers);
        std::copy(list.begin(), list.end(), in.pszzCoreDriverDependencies.data);
        in.cCorePrinterDrivers = count;
        return call(who, &op::Client::get_core_printer_drivers, in);
    }
    op::GetPrinterDriverPackagePath::Out cabinet_path(Session* who, const std::string& server, const std::string& id, std::uint32_t room,
                                                      const char* environment = kX64, const char* language = nullptr) {
        op::GetPrinterDriverPackagePath::In in;
        if (!server.empty()) in.pszServer = wide(who, server);
        in.pszEnvironment = wide(who, environment);
        if (language != nullptr) in.pszLanguage = wide(who, language);
        in.pszPackageID = wide(who, id);
        in.cchDriverPackageCab = room;
        if (room != 0) in.pszDriverPackageCab = who->arena().array<char16_t>(room);
        return call(who, &op::Client::get_printer_driver_package_path, in);
    }
    static std::string text(const ndr::Array<char16_t>& buffer) {
        return base::to_utf8(std::u16string_view(buffer.data, std::find(buffer.begin(), buffer.end(), u'\0') - buffer.begin()));
    }
    std::string upload_path() { return "\\\\WINSPOOLD\\print$\\x64\\{G}\\laser.inf"; }
    // "ERROR_FILE_NOT_FOUND" and the like for an HRESULT.
    static std::string name(std::uint32_t result) {
        const bool win32 = (result & 0xFFFF0000U) == 0x80070000U;
        return base::win32_name(static_cast<Win32>(win32 ? result & 0xFFFFU : result));
    }
};

// As Windows' own sequence goes: copy to print$, upload, install, and another client finds the cabinet.
TEST_F(DriverPackageOps, AnAdministratorUploadsAndInstallsAndUsersFindThePackage) {
    const auto uploaded = upload(admin_, upload_path());
    ASSERT_EQ(uploaded.result, 0U) << name(uploaded.result);
    const std::string stored = text(uploaded.pszDestInfPath);
    EXPECT_EQ(uploaded.pcchDestInfPath, stored.size() + 1);
    EXPECT_EQ(stored.rfind("C:\\Windows\\System32\\DriverStore\\FileRepository\\laser.inf_amd64_", 0), 0U) << stored;
    EXPECT_EQ(stored.substr(stored.rfind('\\') + 1), "laser.inf");
    ASSERT_EQ(install(admin_, stored), 0U);

    spooler::NewPrinter printer = new_printer("Laser", "P1", spooler::printer_attribute::kShared);
    printer.driver_name = "Laser 9";
    ASSERT_TRUE(run(spooler_->printers().add(printer)));
    const std::string id = spooler_->packages().list().at(0)->id;
    for (Session* who : everybody()) {
        const auto queried = cabinet_path(who, "\\\\WINSPOOLD", id, 0);
        ASSERT_EQ(queried.result, 0U) << name(queried.result);
        const auto found = cabinet_path(who, "\\\\WINSPOOLD", id, queried.pcchRequiredSize, kX64, "en-US");
        ASSERT_EQ(found.result, 0U);
        EXPECT_EQ(text(found.pszDriverPackageCab), "\\\\WINSPOOLD\\print$\\x64\\PCC\\" + id + ".cab");
        EXPECT_EQ(name(cabinet_path(who, "\\\\WINSPOOLD", id, queried.pcchRequiredSize - 1).result), "ERROR_INSUFFICIENT_BUFFER");
    }
    EXPECT_TRUE(std::filesystem::exists(directory_.path("drivers/x64/PCC/" + id + ".cab")));
}

TEST_F(DriverPackageOps, UploadChecksInTheOrderOfWindows) {
    EXPECT_EQ(name(upload(admin_, "", "", 0, 0).result), "ERROR_INVALID_PARAMETER") << "the size comes first";
    EXPECT_EQ(name(upload(admin_, "", "", 0, 259).result), "ERROR_INVALID_PARAMETER");
    EXPECT_EQ(name(upload(admin_, "", "").result), "ERROR_INVALID_ENVIRONMENT");
    EXPECT_EQ(name(upload(admin_, "").result), "ERROR_FILE_NOT_FOUND");
    EXPECT_EQ(name(upload(admin_, "\\\\mthelena\\print$\\x64\\{BD443844-ED00-4D96-8CAE-95E49492312A}\\prnbrcl1.inf").result),
              "ERROR_FILE_NOT_FOUND");
    EXPECT_EQ(reader_.reads, 0U);
}

TEST_F(DriverPackageOps, UploadFlags) {
    EXPECT_EQ(name(upload(admin_, upload_path(), kX64, 4).result), "ERROR_NOT_FOUND") << "only a question";
    EXPECT_TRUE(spooler_->packages().list().empty());
    EXPECT_EQ(upload(admin_, upload_path(), kX64, 6).result, 0U) << "UPLOAD_ALWAYS wins";
    EXPECT_EQ(upload(admin_, upload_path(), kX64, 4).result, 0U);
    const std::string stored = text(upload(admin_, upload_path()).pszDestInfPath);
    const std::size_t reads = reader_.reads;
    EXPECT_EQ(upload(admin_, stored, kX64, 4).result, 0U) << "a path into the store itself";
    EXPECT_EQ(reader_.reads, reads);
}

// CVE-2021-1675, CVE-2021-34527 and their like: nothing outside the upload area is read, for whomever.
TEST_F(DriverPackageOps, NoPathLeadsOutOfTheUploadArea) {
    write_package(directory_.path("secret"), trusted() + driver_line("Evil"));
    const std::string secret = directory_.path("secret/laser.inf");
    std::filesystem::create_directory_symlink(directory_.path("secret"), upload_area("{LINK}"));
    const std::vector<std::string> paths = {
        "\\\\192.0.2.66\\share\\laser.inf",
        "\\\\evil.example.com\\print$\\x64\\{G}\\laser.inf",
        "\\\\?\\UNC\\evil\\share\\laser.inf",
        "\\??\\UNC\\evil\\share\\laser.inf",
        "\\\\.\\UNC\\evil\\share\\laser.inf",
        secret,
        "C:\\Windows\\System32\\laser.inf",
        "\\\\WINSPOOLD\\print$\\x64\\..\\..\\secret\\laser.inf",
        "\\\\WINSPOOLD\\print$\\x64\\{G}\\..\\..\\..\\secret\\laser.inf",
        "\\\\WINSPOOLD\\print$\\x64/{G}/laser.inf",
        "\\\\WINSPOOLD\\C$\\{G}\\laser.inf",
        "\\\\WINSPOOLD\\print$\\x64\\{G}\\laser.inf:s",
        "\\\\WINSPOOLD\\print$\\x64\\{LINK}\\laser.inf",
    };
    for (const std::string& path : paths) {
        for (const std::uint32_t flags : {0U, 2U, 4U}) {
            const auto out = upload(admin_, path, kX64, flags);
            EXPECT_GE(out.result, 0x80070000U) << path;
            EXPECT_EQ(name(upload(alice_, path, kX64, flags).result), "ERROR_ACCESS_DENIED") << path;
        }
        EXPECT_GE(install(admin_, path), 0x80070000U) << path;
        EXPECT_EQ(name(install(alice_, path)), "ERROR_ACCESS_DENIED") << path;
    }
    EXPECT_EQ(reader_.reads, 0U) << "not even looked at";
    EXPECT_TRUE(spooler_->packages().list().empty());
}

TEST_F(DriverPackageOps, UsersChangeNothing) {
    EXPECT_EQ(name(upload(alice_, upload_path()).result), "ERROR_ACCESS_DENIED");
    EXPECT_EQ(reader_.reads, 0U);
    ASSERT_EQ(upload(admin_, upload_path()).result, 0U);
    const std::string id = spooler_->packages().list().at(0)->id;
    EXPECT_EQ(name(install(alice_, id)), "ERROR_ACCESS_DENIED");
    EXPECT_EQ(name(remove(alice_, id)), "ERROR_ACCESS_DENIED");
    EXPECT_EQ(name(remove(alice_, "nothing")), "ERROR_ACCESS_DENIED") << "nor do they learn what there is";
}

TEST_F(DriverPackageOps, RefusedSignaturesTravelAsWindowsCodes) {
    write_package(upload_area(), driver_line());
    EXPECT_EQ(upload(admin_, upload_path()).result, 0x800F022FU);
    write_package(upload_area(), "signature|broken|CN=V|differs\n" + driver_line());
    EXPECT_EQ(upload(admin_, upload_path()).result, 0x800F024BU);
    write_package(upload_area(), "signature|untrusted|CN=V\n" + driver_line());
    EXPECT_EQ(upload(admin_, upload_path()).result, 0x800F0242U);
    write_package(upload_area(), "nonsense\n");
    EXPECT_EQ(name(upload(admin_, upload_path()).result), "ERROR_INVALID_PRINTER_DRIVER_MANIFEST");
}

TEST_F(DriverPackageOps, InstallNamesWhatIsWrong) {
    ASSERT_EQ(upload(admin_, upload_path()).result, 0U);
    const std::string id = spooler_->packages().list().at(0)->id;
    EXPECT_EQ(name(install(admin_, "C:\\x.inf")), "ERROR_INVALID_PARAMETER");
    EXPECT_EQ(name(install(admin_, "oem.inf_amd64_00")), "ERROR_FILE_NOT_FOUND");
    EXPECT_EQ(name(install(admin_, id, "Laser 9", "")), "ERROR_INVALID_ENVIRONMENT");
    EXPECT_EQ(name(install(admin_, id, "Laser 9", "Windows NT x86")), "ERROR_UNKNOWN_PRINTER_DRIVER");
    EXPECT_EQ(name(install(admin_, id, "")), "ERROR_UNKNOWN_PRINTER_DRIVER");
    EXPECT_EQ(install(admin_, "", "Generic"), 0U) << "no INF: as declared";
    EXPECT_EQ(install(admin_, id), 0U);
}

TEST_F(DriverPackageOps, ANewerVersion4DriverStaysWithSFalse) {
    write_package(upload_area(), trusted() + driver_line("Four", 4, 200));
    ASSERT_EQ(install(admin_, text(upload(admin_, upload_path()).pszDestInfPath), "Four"), 0U);
    write_package(upload_area(), trusted() + driver_line("Four", 4, 100));
    EXPECT_EQ(install(admin_, text(upload(admin_, upload_path()).pszDestInfPath), "Four"), 1U);
}

// Named after the checks of rpc.spoolss.printserver.get_core_printer_drivers.
TEST_F(DriverPackageOps, GetCorePrinterDrivers) {
    for (Session* who : everybody()) {
        EXPECT_EQ(name(core_drivers(who, {}, 0, "foobar").result), "ERROR_INVALID_PARAMETER") << "before the environment";
        EXPECT_EQ(name(core_drivers(who, {kXps}, 1, "foobar").result), "ERROR_INVALID_ENVIRONMENT");
        EXPECT_EQ(name(core_drivers(who, {kXps}, 1, "").result), "ERROR_INVALID_ENVIRONMENT");
        EXPECT_EQ(name(core_drivers(who, {kXps}, 2).result), "ERROR_INVALID_PARAMETER");
        EXPECT_EQ(name(core_drivers(who, {kXps, kUnidrv}, 1).result), "ERROR_INVALID_PARAMETER");
        EXPECT_EQ(name(core_drivers(who, {kOther}, 1).result), "ERROR_NOT_FOUND");
        EXPECT_EQ(name(core_drivers(who, {kXps, "no guid"}, 2).result), "ERROR_NOT_FOUND");
        for (const char* environment : {kX64, "Windows NT x86"}) {
            const auto out = core_drivers(who, {kXps, kUnidrv}, 2, environment);
            ASSERT_EQ(out.result, 0U) << name(out.result);
            ASSERT_EQ(out.pCorePrinterDrivers.size, 2U);
            EXPECT_EQ(base::to_braced_upper(out.pCorePrinterDrivers[1].CoreDriverGUID), kUnidrv);
            EXPECT_NE(out.pCorePrinterDrivers[0].ftDriverDate.dwHighDateTime, 0U);
            EXPECT_NE(out.pCorePrinterDrivers[0].szPackageID[0], u'\0');
        }
    }
}

// Named after rpc.iremotewinspool.printserver.AsyncCorePrinterDriverInstalled.
TEST_F(DriverPackageOps, CorePrinterDriverInstalled) {
    const auto installed = [&](const char* guid, std::uint64_t date, std::uint64_t version, const char* environment = kX64) {
        op::CorePrinterDriverInstalled::In in;
        in.pszEnvironment = wide(alice_, environment);
        if (guid != nullptr) in.CoreDriverGUID = *base::parse_guid(guid);
        in.ftDriverDate.dwLowDateTime = static_cast<std::uint32_t>(date);
        in.ftDriverDate.dwHighDateTime = static_cast<std::uint32_t>(date >> 32U);
        in.dwlDriverVersion = version;
        const auto out = call(alice_, &op::Client::core_printer_driver_installed, in);
        return out.result == 0 ? std::to_string(out.pbDriverInstalled) : name(out.result);
    };
    const std::uint64_t now = base::filetime_from(std::chrono::system_clock::now()).ticks;
    const auto there = spooler_->packages().core_driver(kXps, kX64);
    ASSERT_TRUE(there);
    EXPECT_EQ(installed(kXps, 0, 0, ""), "ERROR_INVALID_ENVIRONMENT");
    EXPECT_EQ(installed(nullptr, 0, 0), "0");
    EXPECT_EQ(installed(kOther, 0, 0), "0");
    EXPECT_EQ(installed(kXps, 0, 0), "1");
    EXPECT_EQ(installed(kXps, 0, 0xFFFFFFFF), "1") << "an older date: whatever the version";
    EXPECT_EQ(installed(kXps, there->core.date.ticks, there->core.version), "1");
    EXPECT_EQ(installed(kXps, there->core.date.ticks, there->core.version + 1), "0");
    EXPECT_EQ(installed(kXps, now, 1234), "0");
    EXPECT_EQ(installed(kXps, now, 0), "0");
}

// Named after rpc.spoolss.printserver.get_printer_driver_package_path.
TEST_F(DriverPackageOps, GetPrinterDriverPackagePath) {
    const auto core = core_drivers(alice_, {kXps}, 1);
    const std::string id = base::to_utf8(core.pCorePrinterDrivers[0].szPackageID.data());
    for (Session* who : everybody()) {
        EXPECT_EQ(name(cabinet_path(who, "\\\\WINSPOOLD", "", 0, "foobar").result), "ERROR_INVALID_ENVIRONMENT");
        EXPECT_EQ(name(cabinet_path(who, "\\\\WINSPOOLD", "", 0).result), "ERROR_FILE_NOT_FOUND");
        EXPECT_EQ(name(cabinet_path(who, "\\\\WINSPOOLD", "none", 0).result), "ERROR_FILE_NOT_FOUND");
        EXPECT_EQ(name(cabinet_path(who, "\\\\WINSPOOLD", id, 0, "Windows NT x86").result), "ERROR_FILE_NOT_FOUND")
            << "not of this environment";
        EXPECT_EQ(name(cabinet_path(who, "\\\\WINSPOOLD", id, 0, kX64, "../de").result), "ERROR_INVALID_PARAMETER");
        const auto remote = cabinet_path(who, "\\\\WINSPOOLD", id, 0);
        ASSERT_EQ(remote.result, 0U) << name(remote.result);
        const auto local = cabinet_path(who, "", id, remote.pcchRequiredSize);
        EXPECT_EQ(name(local.result), "ERROR_INSUFFICIENT_BUFFER") << "the local path is longer";
        EXPECT_EQ(cabinet_path(who, "", id, local.pcchRequiredSize).result, 0U);
    }
    EXPECT_EQ(name(cabinet_path(alice_, "\\\\elsewhere", id, 0).result), "ERROR_INVALID_NAME");
}

// Named after rpc.iremotewinspool.printserver.AsyncDeletePrintDriverPackage.
TEST_F(DriverPackageOps, DeletePrinterDriverPackage) {
    const auto core = core_drivers(admin_, {kXps}, 1);
    const std::string in_box = base::to_utf8(core.pCorePrinterDrivers[0].szPackageID.data());
    EXPECT_EQ(name(remove(admin_, "", "")), "ERROR_NOT_FOUND");
    EXPECT_EQ(name(remove(admin_, in_box, "")), "ERROR_INVALID_ENVIRONMENT");
    EXPECT_EQ(name(remove(admin_, in_box)), "ERROR_ACCESS_DENIED");
    const std::string stored = text(upload(admin_, upload_path()).pszDestInfPath);
    ASSERT_EQ(install(admin_, stored), 0U);
    EXPECT_EQ(name(remove(admin_, stored)), "ERROR_PRINTER_DRIVER_PACKAGE_IN_USE");
    spooler::DriverRemoval removal;
    removal.name = "Laser 9";
    ASSERT_TRUE(run(spooler_->remove_driver(removal)));
    EXPECT_EQ(remove(admin_, stored), 0U);
    EXPECT_EQ(name(remove(admin_, stored)), "ERROR_NOT_FOUND");
    EXPECT_FALSE(std::filesystem::exists(directory_.path("drivers/x64/PCC/laser.cab")));
}

// Anybody may ask, so a question must not keep the server busy.
TEST_F(DriverPackageOps, ManyCoreDriversAtOnceAreRefused) {
    const std::vector<std::string> most(base::limits::kMaxPackageCoreDrivers, kXps);
    EXPECT_EQ(core_drivers(alice_, most, base::limits::kMaxPackageCoreDrivers).result, 0U);
    const std::vector<std::string> more(base::limits::kMaxPackageCoreDrivers + 1, kXps);
    EXPECT_EQ(name(core_drivers(alice_, more, base::limits::kMaxPackageCoreDrivers + 1).result), "ERROR_INVALID_PARAMETER");
    EXPECT_EQ(name(core_drivers(alice_, more, base::limits::kMaxPackageCoreDrivers).result), "ERROR_INVALID_PARAMETER");
}

// Garbage in the list of GUIDs neither reads past it nor goes unanswered.
TEST_F(DriverPackageOps, AListThatDoesNotEndIsRefused) {
    op::GetCorePrinterDrivers::In in;
    in.pszEnvironment = wide(alice_, kX64);
    in.cCorePrinterDrivers = 1;
    EXPECT_EQ(name(call(alice_, &op::Client::get_core_printer_drivers, in).result), "ERROR_INVALID_PARAMETER") << "empty";
    in.cchCoreDrivers = 3;
    in.pszzCoreDriverDependencies = alice_->arena().array<char16_t>(3);
    std::fill_n(in.pszzCoreDriverDependencies.data, 3, u'x');
    EXPECT_EQ(name(call(alice_, &op::Client::get_core_printer_drivers, in).result), "ERROR_INVALID_PARAMETER");
}

TEST_F(DriverPackageOps, WithoutAStorePackagesAreNotSupported) {
    service_ = std::make_unique<server::WinspoolService>(*spooler_, bus_);
    Session* admin = session(token("admin", kAdminSid, {base::well_known::administrators()}));
    EXPECT_EQ(name(upload(admin, upload_path()).result), "ERROR_NOT_SUPPORTED");
    EXPECT_EQ(name(install(admin, "some.inf_amd64_00")), "ERROR_NOT_SUPPORTED");
}

}  // namespace
}  // namespace service_test
