#include "spooler/package_installer.h"

#include "base/limits.h"
#include "spooler/inf/core_sections.h"
#include "tests/support/package_fixture.h"
#include "tests/support/spooler_fixture.h"

#include <gmock/gmock.h>

namespace {

using base::Win32;
using spooler::InstallOutcome;
using spooler::PackageInstaller;
using testing::HasSubstr;
using testing::IsEmpty;

class PackageInstallerTest : public test_support::PackageFixture<test_support::SpoolerFixture> {
 protected:
    void SetUp() override {
        start();
        open_packages();
    }
    void TearDown() override {
        installer_.reset();
        if (spooler_) shut_down();
    }
    base::Result<spooler::DriverPackagePtr> upload(const std::string& lines,
                                                   PackageInstaller::Upload how = PackageInstaller::Upload::if_absent) {
        write_package(upload_area(), lines);
        return run(installer_->upload({{"{G}"}, "LASER.inf"}, "Windows x64", how));
    }
    base::Result<InstallOutcome> install(const std::string& package, const std::string& driver = "Laser 9") {
        return run(installer_->install(package, driver, "Windows x64", spooler::DriverCopy::newer));
    }
    // What a new start finds.
    void restart() {
        installer_.reset();
        crash_and_restart();
        open_packages();
    }
};

TEST_F(PackageInstallerTest, UploadsAndInstalls) {
    const auto package = upload(trusted() + driver_line());
    ASSERT_TRUE(package) << package.error().to_string();
    EXPECT_EQ((*package)->inf_name, "laser.inf") << "spelled as on disk";
    EXPECT_EQ(code_of(spooler_->drivers().find("Laser 9", "Windows x64")), Win32::unknown_printer_driver) << "uploading is not installing";
    EXPECT_TRUE(std::filesystem::exists(directory_.path("drivers/x64/PCC/" + (*package)->id + ".cab")));

    const auto outcome = install((*package)->id);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_EQ(*outcome, InstallOutcome::installed);
    const auto driver = spooler_->drivers().find("laser 9", "windows x64");
    ASSERT_TRUE(driver);
    EXPECT_EQ(driver->inf_path, "C:\\Windows\\System32\\DriverStore\\FileRepository\\" + (*package)->id + "\\laser.inf");
    EXPECT_NE(driver->attributes & spooler::driver_attribute::kPackageAware, 0U);
    EXPECT_EQ(read(directory_.path("drivers/x64/3/laser.dll")), "code");
    EXPECT_EQ(read(directory_.path("drivers/x64/3/laserui.dll")), "ui of code");
}

TEST_F(PackageInstallerTest, WhatIsThereIsNotStoredTwice) {
    const auto first = upload(trusted() + driver_line());
    ASSERT_TRUE(first);
    EXPECT_EQ(*upload(trusted() + driver_line()), *first) << "the very same";
    write(package_files_->path_of((*first)->id, "amd64/laser.dll"), "damaged");
    const auto again = upload(trusted() + driver_line(), PackageInstaller::Upload::always);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(read(package_files_->path_of((*first)->id, "amd64/laser.dll")), "code");
    EXPECT_EQ(spooler_->packages().list().size(), 1U);
}

TEST_F(PackageInstallerTest, CheckingStoresNothing) {
    EXPECT_EQ(code_of(upload(trusted() + driver_line(), PackageInstaller::Upload::check_only)), Win32::not_found);
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    ASSERT_TRUE(upload(trusted() + driver_line()));
    EXPECT_TRUE(upload(trusted() + driver_line(), PackageInstaller::Upload::check_only));
}

TEST_F(PackageInstallerTest, SignaturesDecideUnlessThePolicySaysOtherwise) {
    const auto refused = [&](const std::string& line) { return code_of(upload(line + driver_line())); };
    EXPECT_EQ(refused(""), Win32::spapi_no_catalog_for_oem_inf);
    EXPECT_EQ(refused("signature|broken|CN=V|laser.dll differs\n"), Win32::spapi_file_hash_not_in_catalog);
    EXPECT_EQ(refused("signature|untrusted|CN=V\n"), Win32::spapi_authenticode_trust_not_established);
    EXPECT_EQ(import("" + driver_line()), Win32::spapi_no_catalog_for_oem_inf);
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(directory_.path("drivers/x64/PCC")));
    spooler::PackagePolicy lax;
    lax.require_signed = false;
    open_packages(lax);
    EXPECT_EQ(refused(""), Win32::success);
}

// The reader parses what strangers sent; what it answers is not believed where it names places.
TEST_F(PackageInstallerTest, AReaderThatWasTakenOverReachesNothing) {
    using Package = spooler::DriverPackage;
    const std::vector<std::function<void(Package&)>> attacks = {
        [](Package& package) { package.id = "../../../etc"; },
        [](Package& package) { package.id = ""; },
        [](Package& package) { package.id = ".staging"; },
        [](Package& package) { package.id = std::string(200, 'x'); },
        [](Package& package) { package.id = "NTPRINT.inf_amd64_0000000000000000"; },
        [](Package& package) { package.inf_name = "other.inf"; },
        [](Package& package) { package.files[0].path = "../x"; },
        [](Package& package) { package.files[0].path = "/etc/passwd"; },
        [](Package& package) { package.files.push_back(package.files[0]); },
        [](Package& package) { package.files.resize(base::limits::kMaxPackageFiles + 1, package.files[0]); },
        [](Package& package) { package.drivers[0].files[0].path = "../../secret"; },
        [](Package& package) { package.drivers[0].files[0].name = "..\\x.dll"; },
        [](Package& package) { package.drivers[0].driver.environment = "../../x"; },
        [](Package& package) { package.drivers.clear(); },
    };
    for (std::size_t i = 0; i < attacks.size(); ++i) {
        reader_.tamper = attacks[i];
        EXPECT_EQ(code_of(upload(trusted() + driver_line())), Win32::invalid_printer_driver_manifest) << "attack " << i;
    }
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    reader_.tamper = nullptr;
    EXPECT_TRUE(upload(trusted() + driver_line())) << "nothing is left in the way";
}

TEST_F(PackageInstallerTest, ImportInstallsEveryDriverAndADryRunChangesNothing) {
    const std::string lines = trusted() + driver_line() + driver_line("Laser 10") + driver_line("Needy") + "needs|" + kOther + "\n" +
                              driver_line("Unidrv one") + "needs|" + kUnidrv + "\n";
    write_package(media(), lines);
    const auto dry = run(installer_->import({media() + "/laser.inf", {}, true}));
    ASSERT_TRUE(dry) << dry.error().to_string();
    EXPECT_TRUE(dry->accepted);
    EXPECT_FALSE(dry->present);
    ASSERT_EQ(dry->drivers.size(), 4U);
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    EXPECT_EQ(spooler_->drivers().list({}).size(), 2U) << "the declared ones";

    ASSERT_EQ(import(lines), Win32::success);
    for (const char* name : {"Laser 9", "Laser 10", "Unidrv one"}) EXPECT_TRUE(spooler_->drivers().find(name, "Windows x64")) << name;
    ASSERT_EQ(plan_.drivers.size(), 4U);
    EXPECT_EQ(code_of(plan_.drivers[2].outcome), Win32::core_driver_package_not_found);
    EXPECT_THAT(plan_.drivers[2].outcome.error().text(), HasSubstr(kOther));
    ASSERT_EQ(plan_.drivers[3].core.size(), 1U);
    EXPECT_TRUE(plan_.drivers[3].core[0].in_box);
    EXPECT_FALSE(spooler_->drivers().find("Needy", "Windows x64"));
}

TEST_F(PackageInstallerTest, ImportTakesOneDriverWhenAsked) {
    write_package(media(), trusted() + driver_line() + driver_line("Laser 10"));
    EXPECT_EQ(code_of(run(installer_->import({media(), "Laser 11", false}))), Win32::unknown_printer_driver);
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    ASSERT_TRUE(run(installer_->import({media(), "laser 10", false})));
    EXPECT_TRUE(spooler_->drivers().find("Laser 10", "Windows x64"));
    EXPECT_FALSE(spooler_->drivers().find("Laser 9", "Windows x64"));
}

TEST_F(PackageInstallerTest, ImportTakesACabinetToo) {
    write_package(directory_.path("plain"), trusted() + driver_line());
    ASSERT_TRUE(run(reader_.pack(directory_.path("plain"), directory_.path("laser.CAB"))));
    const auto imported = run(installer_->import({directory_.path("laser.CAB"), {}, false}));
    ASSERT_TRUE(imported) << imported.error().to_string();
    EXPECT_TRUE(spooler_->drivers().find("Laser 9", "Windows x64"));
    write(media() + "/one.inf", "");
    write(media() + "/two.inf", "");
    EXPECT_EQ(code_of(run(installer_->import({media(), {}, true}))), Win32::invalid_parameter) << "which one?";
    std::filesystem::remove_all(media());
    write(media() + "/readme.txt", "");
    EXPECT_EQ(code_of(run(installer_->import({media(), {}, true}))), Win32::file_not_found);
}

// A driver may need any core driver whose sections are known; all come with Windows.
TEST_F(PackageInstallerTest, EveryKnownSectionBelongsToACoreDriverOfWindows) {
    for (const char* name : {"UNIDRV.OEM", "UNIDRV_BIDI.OEM", "UNIDRV_BIDI_DATA", "TTFSUB.OEM", "LOCALE.OEM", "XPSGPD.OEM", "PSCRIPT.OEM",
                             "XPSPPD.OEM", "PCLXL.OEM", "srgbprofile.oem", "PLOTTER.OEM", "XPSDRV.OEM"}) {
        const auto* section = spooler::inf::find_core_section(name);
        ASSERT_NE(section, nullptr) << name;
        for (const char* environment : {"Windows x64", "Windows NT x86", "Windows ARM64"}) {
            const auto offer = spooler_->packages().core_driver(section->guid, environment);
            ASSERT_TRUE(offer) << name << " of " << environment;
            EXPECT_TRUE(offer->in_box);
        }
    }
}

// The files of a core driver that comes in a package of its own are installed with the drivers that use it.
TEST_F(PackageInstallerTest, CoreDriversOfPackagesServeTheirFiles) {
    write(media() + "/amd64/corefile.dll", "core");
    ASSERT_EQ(base::code_of(run(installer_->import({media(), {}, false}))), Win32::file_not_found) << "no INF yet";
    write(media() + "/core.inf", trusted() + "core|" + std::string(kOther) + "|Windows x64|50|1|amd64/corefile.dll\n");
    const auto core = run(installer_->import({media(), {}, false}));
    ASSERT_TRUE(core) << core.error().to_string();
    const std::string id = core->package.id;
    reader_.tamper = [](spooler::DriverPackage& package) { package.drivers[0].driver.driver_path = "CoreFile.dll"; };
    ASSERT_EQ(import(trusted() + driver_line() + "needs|" + kOther + "\n"), Win32::success);
    reader_.tamper = nullptr;
    ASSERT_TRUE(plan_.drivers[0].outcome) << plan_.drivers[0].outcome.error().to_string();
    EXPECT_EQ(read(directory_.path("drivers/x64/3/corefile.dll")), "core");
    EXPECT_EQ(base::code_of(run(installer_->remove(id))), Win32::printer_driver_package_in_use) << "a driver depends on it";
}

TEST_F(PackageInstallerTest, DerivedDriversBringTheirClassDriver) {
    const int derived = spooler::driver_attribute::kDerived, its_class = spooler::driver_attribute::kClass;
    ASSERT_EQ(import(trusted() + driver_line("Derived", 4, 100, derived) + "class|Base class\n"), Win32::success);
    EXPECT_EQ(code_of(plan_.drivers[0].outcome), Win32::unknown_printer_driver);
    write_package(upload_area(), trusted() + driver_line("Base class", 4, 90, its_class));
    ASSERT_TRUE(run(installer_->upload({{"{G}"}, "laser.inf"}, "Windows x64", PackageInstaller::Upload::if_absent)));
    ASSERT_EQ(import(trusted() + driver_line("Derived", 4, 101, derived) + "class|Base class\n"), Win32::success);
    ASSERT_TRUE(plan_.drivers[0].outcome) << plan_.drivers[0].outcome.error().to_string();
    EXPECT_TRUE(spooler_->drivers().find("Base class", "Windows x64"));
    EXPECT_TRUE(spooler_->drivers().find("Derived", "Windows x64"));
}

// [MS-PAR] 3.1.4.2.7: what may replace what.
TEST_F(PackageInstallerTest, UpgradesFollowTheSpecification) {
    const auto outcome = [&](const std::string& line) -> std::string {
        const Win32 imported = import(trusted() + line, line);
        if (imported != Win32::success) return base::win32_name(imported);
        const auto& result = plan_.drivers.at(0).outcome;
        if (!result) return base::win32_name(result.error().code());
        return *result == InstallOutcome::kept ? "kept" : "installed";
    };
    const int class_driver = spooler::driver_attribute::kClass, unshareable = spooler::driver_attribute::kNotShareable;
    EXPECT_EQ(outcome(driver_line("A", 4, 100)), "installed");
    EXPECT_EQ(outcome(driver_line("A", 4, 99)), "kept") << "v4: older";
    EXPECT_EQ(outcome(driver_line("A", 4, 101)), "installed");
    EXPECT_EQ(outcome(driver_line("A", 3, 100)), "ERROR_PRINTER_DRIVER_BLOCKED") << "v3 over a newer v4";
    EXPECT_EQ(outcome(driver_line("A", 3, 102)), "installed");
    EXPECT_EQ(outcome(driver_line("C", 4, 100, class_driver)), "installed");
    EXPECT_EQ(outcome(driver_line("C", 4, 200)), "kept") << "v4 over a class driver";
    EXPECT_EQ(outcome(driver_line("C", 3, 200)), "ERROR_PRINTER_DRIVER_BLOCKED") << "v3 over a class driver";
    EXPECT_EQ(outcome(driver_line("D", 4, 100)), "installed");
    EXPECT_EQ(outcome(driver_line("D", 4, 50, class_driver)), "installed") << "an older class driver over another";
    EXPECT_EQ(outcome(driver_line("S", 4, 100)), "installed");
    spooler::NewPrinter printer = new_printer("Shared", "P1", spooler::printer_attribute::kShared);
    printer.driver_name = "S";
    printer.share_name = "Shared";
    ASSERT_TRUE(run(spooler_->printers().add(printer)));
    EXPECT_EQ(outcome(driver_line("S", 4, 101, unshareable)), "kept") << "its printer is shared";
    EXPECT_EQ(outcome(driver_line("S", 3, 101)), "ERROR_PRINTER_DRIVER_BLOCKED") << "a shared printer uses v4";
    EXPECT_EQ(outcome(driver_line("X", 3, 1, 0, "Windows ARM")), "ERROR_NOT_SUPPORTED");
}

TEST_F(PackageInstallerTest, InstallNamesWhatIsMissing) {
    EXPECT_EQ(code_of(install("none.inf_amd64_0")), Win32::file_not_found);
    const auto package = upload(trusted() + driver_line());
    ASSERT_TRUE(package);
    EXPECT_EQ(code_of(install((*package)->id, "Other")), Win32::unknown_printer_driver);
    EXPECT_EQ(code_of(install("", "Other")), Win32::unknown_printer_driver);
    EXPECT_TRUE(install("", "Generic")) << "declared in the configuration";
    EXPECT_TRUE(install("", "Laser 9")) << "the newest package that has it";
}

TEST_F(PackageInstallerTest, PackagesInUseStay) {
    ASSERT_EQ(import(trusted() + driver_line()), Win32::success);
    const std::string id = plan_.package.id;
    EXPECT_EQ(code_of(run(installer_->remove(id))), Win32::printer_driver_package_in_use);
    EXPECT_EQ(code_of(run(installer_->remove("ntprint.inf_amd64_0000000000000000"))), Win32::access_denied);
    EXPECT_EQ(code_of(run(installer_->remove("none"))), Win32::not_found);
    spooler::DriverRemoval removal;
    removal.name = "Laser 9";
    removal.files = spooler::DriverRemoval::Files::unused;
    ASSERT_TRUE(run(spooler_->remove_driver(removal)));
    ASSERT_TRUE(run(installer_->remove(id)));
    EXPECT_FALSE(std::filesystem::exists(package_files_->path_of(id, "")));
    EXPECT_FALSE(std::filesystem::exists(directory_.path("drivers/x64/PCC/" + id + ".cab")));
    restart();
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
}

TEST_F(PackageInstallerTest, ARestartFindsPackagesAndDrivers) {
    ASSERT_EQ(import(trusted() + driver_line()), Win32::success);
    const spooler::DriverPackage package = plan_.package;
    restart();
    ASSERT_EQ(spooler_->packages().list().size(), 1U);
    EXPECT_EQ(*spooler_->packages().list()[0], package);
    EXPECT_TRUE(spooler_->drivers().find("Laser 9", "Windows x64"));
    EXPECT_EQ(read(package_files_->path_of(package.id, "amd64/laser.dll")), "code");
}

// "import it again", says the log about a package that lost files.
TEST_F(PackageInstallerTest, TakingAPackageInAgainRepairsIt) {
    const std::string lines = trusted() + driver_line();
    ASSERT_EQ(import(lines), Win32::success);
    const std::string id = plan_.package.id, cabinet = directory_.path("drivers/x64/PCC/" + id + ".cab");
    std::filesystem::remove(cabinet);
    ASSERT_EQ(import(lines), Win32::success);
    EXPECT_TRUE(plan_.present);
    EXPECT_TRUE(std::filesystem::exists(cabinet));
    std::filesystem::remove(package_files_->path_of(id, "amd64/laser.dll"));
    EXPECT_EQ(code_of(upload(lines, PackageInstaller::Upload::check_only)), Win32::not_found) << "the client shall upload it";
    ASSERT_TRUE(upload(lines));
    EXPECT_EQ(read(package_files_->path_of(id, "amd64/laser.dll")), "code");
}

TEST_F(PackageInstallerTest, APackageThatCannotBeShownLeavesNothing) {
    write(directory_.path("drivers/x64/PCC"), "in the way of the cabinets");
    EXPECT_NE(import(trusted() + driver_line()), Win32::success);
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path("driver_packages"))) {
        EXPECT_EQ(entry.path().filename(), ".staging");
    }
}

// A stricter policy holds for what was taken in before it, too.
TEST_F(PackageInstallerTest, SignaturesDecideWhenDriversAreInstalled) {
    spooler::PackagePolicy lax;
    lax.require_signed = false;
    open_packages(lax);
    const auto package = upload("signature|untrusted|CN=V\n" + driver_line());
    ASSERT_TRUE(package) << package.error().to_string();
    open_packages();
    EXPECT_EQ(code_of(install((*package)->id)), Win32::spapi_authenticode_trust_not_established);
    EXPECT_EQ(code_of(install("")), Win32::spapi_authenticode_trust_not_established);
    EXPECT_FALSE(spooler_->drivers().find("Laser 9", "Windows x64"));
    open_packages(lax);
    EXPECT_TRUE(install((*package)->id));
}

TEST_F(PackageInstallerTest, ACabinetIsToldWhatTheDiskHasLeft) {
    write_package(directory_.path("plain"), trusted() + driver_line());
    ASSERT_TRUE(run(reader_.pack(directory_.path("plain"), directory_.path("laser.cab"))));
    const auto left = run(package_files_->room());
    ASSERT_TRUE(run(installer_->import({directory_.path("laser.cab"), {}, true})));
    ASSERT_TRUE(left);
    EXPECT_GT(reader_.room_to_unpack, 0U);
    EXPECT_LT(reader_.room_to_unpack, 2 * *left) << "bytes of the disk";
}

// Stores files only when the test says so.
class HeldDriverFiles final : public spooler::DriverFiles {
 public:
    explicit HeldDriverFiles(spooler::DriverFiles& real) : real_(real) {}
    const std::string& share() const override { return real_.share(); }
    base::Task<base::Result<std::vector<spooler::StoredFile>>> store(std::vector<std::string> sources,
                                                                     spooler::DriverQuota quota) override {
        if (held) co_await go_on.wait();
        co_return co_await real_.store(std::move(sources), quota);
    }
    base::Task<base::Result<void>> publish(std::vector<spooler::DriverFile> files) override { return real_.publish(std::move(files)); }
    base::Task<base::Result<void>> withdraw(std::vector<spooler::DriverFile> files) override { return real_.withdraw(std::move(files)); }
    base::Task<base::Result<void>> forget(std::vector<std::string> contents) override { return real_.forget(std::move(contents)); }
    base::Result<std::vector<spooler::DriverFile>> sweep(std::span<const spooler::DriverFile> files) override { return real_.sweep(files); }

    bool held = false;
    base::AsyncEvent go_on;

 private:
    spooler::DriverFiles& real_;
};

class BusyInstallerTest : public PackageInstallerTest {
 protected:
    spooler::DriverFiles* driver_files() override {
        spooler::DriverFiles* real = PackageInstallerTest::driver_files();
        if (!held_) held_ = std::make_unique<HeldDriverFiles>(*real);
        return held_.get();
    }
    std::unique_ptr<HeldDriverFiles> held_;
};

// What a driver needs cannot be taken away while it is being installed; others may install from the same packages.
TEST_F(BusyInstallerTest, PackagesThatAreNeededStayUntilTheDriverIsInstalled) {
    write(media() + "/amd64/corefile.dll", "core");
    write(media() + "/core.inf", trusted() + "core|" + std::string(kOther) + "|Windows x64|50|1|amd64/corefile.dll\n");
    const auto core = run(installer_->import({media(), {}, false}));
    ASSERT_TRUE(core) << core.error().to_string();
    const auto uses = upload(trusted() + driver_line() + "needs|" + kOther + "\n" + driver_line("Laser 10") + "needs|" + kOther + "\n");
    ASSERT_TRUE(uses);
    held_->held = true;
    const auto first = begin(installer_->install((*uses)->id, "Laser 9", "Windows x64", spooler::DriverCopy::newer));
    const auto second = begin(installer_->install((*uses)->id, "Laser 10", "Windows x64", spooler::DriverCopy::newer));
    EXPECT_EQ(base::code_of(run(installer_->remove(core->package.id))), Win32::busy);
    EXPECT_EQ(base::code_of(run(installer_->remove((*uses)->id))), Win32::busy);
    EXPECT_EQ(code_of(upload(trusted() + driver_line() + "needs|" + kOther + "\n" + driver_line("Laser 10") + "needs|" + kOther + "\n",
                             PackageInstaller::Upload::always)),
              Win32::busy);
    held_->held = false;
    held_->go_on.set();
    run_until([&] { return first->has_value() && second->has_value(); });
    EXPECT_TRUE(**first);
    EXPECT_TRUE(**second);
    EXPECT_EQ(base::code_of(run(installer_->remove(core->package.id))), Win32::printer_driver_package_in_use);
}

// Nothing is on disk without a row after the next start.
TEST_F(PackageInstallerTest, WhatCouldNotBeRecordedGoesAtTheNextStart) {
    store_->fail(base::Error(Win32::disk_full, "full"));
    EXPECT_EQ(import(trusted() + driver_line()), Win32::disk_full);
    restart();
    EXPECT_THAT(spooler_->packages().list(), IsEmpty());
    const std::vector<std::string> left = [&] {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path("driver_packages")))
            names.push_back(entry.path().filename());
        return names;
    }();
    EXPECT_THAT(left, testing::ElementsAre(".staging"));
}

TEST_F(PackageInstallerTest, TheNumberOfPackagesIsLimited) {
    std::vector<spooler::DriverPackage> many(base::limits::kMaxDriverPackages);
    for (std::size_t i = 0; i < many.size(); ++i) many[i].id = "p" + std::to_string(i);
    spooler_->packages().load(many);
    EXPECT_EQ(import(trusted() + driver_line()), Win32::not_enough_quota);
    many.pop_back();
    ASSERT_TRUE(run(spooler_->packages().remove("p0")));
    EXPECT_EQ(import(trusted() + driver_line()), Win32::success);
}

TEST_F(PackageInstallerTest, TheBytesOfAllPackagesAreLimited) {
    spooler::DriverPackage large;
    large.id = "large";
    large.files.push_back({"a", base::limits::kMaxDriverPackagesBytes, ""});
    spooler_->packages().load({large});
    EXPECT_EQ(import(trusted() + driver_line()), Win32::not_enough_quota);
}

}  // namespace
