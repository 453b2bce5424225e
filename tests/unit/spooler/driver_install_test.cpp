// Installing and removing drivers: copy rules, shared files, what is in use, what survives a crash.
#include "base/limits.h"
#include "spooler/driver_install.h"
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::Driver;
using spooler::DriverCopy;
using spooler::DriverFileSource;
using spooler::DriverRemoval;
namespace change = spooler::printer_change;
namespace limits = base::limits;

class DriverInstall : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }

    static Driver driver(const std::string& name, const std::string& prefix = "oem", const std::string& environment = "Windows x64") {
        Driver made;
        made.name = name;
        made.environment = environment;
        made.driver_path = prefix + ".dll";
        made.config_file = prefix + "ui.dll";
        made.data_file = prefix + ".gpd";
        return made;
    }
    // Uploads every file of the driver and names it as a source.
    std::vector<DriverFileSource> upload(const Driver& driver, const std::string& text, std::uint64_t modified = 10) {
        std::vector<DriverFileSource> files;
        const std::string directory(spooler::find_environment(driver.environment)->directory);
        for (const std::string& name : spooler::driver_file_names(driver)) {
            driver_files_->upload(directory + "/" + name, text + " " + name, modified);
            files.push_back({name, driver_files_->share() + "/" + directory + "/" + name});
        }
        return files;
    }
    Win32 install(const Driver& driver, std::vector<DriverFileSource> files, DriverCopy copy = DriverCopy::newer) {
        return base::code_of(run(spooler_->install_driver(driver, std::move(files), copy)));
    }
    Win32 install(const std::string& name, const std::string& text = "one", std::uint64_t modified = 10,
                  DriverCopy copy = DriverCopy::newer) {
        return install(driver(name), upload(driver(name), text, modified), copy);
    }
    Win32 remove(const std::string& name, DriverRemoval::Files files = DriverRemoval::Files::keep,
                 std::optional<std::uint32_t> version = std::nullopt, const std::string& environment = "Windows x64") {
        DriverRemoval removal;
        removal.name = name;
        removal.environment = environment;
        removal.files = files;
        removal.version = version;
        return base::code_of(run(spooler_->remove_driver(removal)));
    }
    std::string shown(const std::string& path) { return driver_files_->shown(path).value_or("nothing"); }
};

TEST_F(DriverInstall, AddsDriverAndFiles) {
    static_cast<void>(events_.take());
    EXPECT_EQ(install("OEM"), Win32::success);
    EXPECT_EQ(events_.count(change::kAddDriver), 1U);
    EXPECT_EQ(spooler_->drivers().find("oem", "WINDOWS X64")->driver_path, "oem.dll");
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    EXPECT_EQ(shown("x64/3/OEMUI.DLL"), "one oemui.dll");
    EXPECT_EQ(spooler_->drivers().file("Windows x64", 3, "OEM.GPD")->generation, 1U);
    crash_and_restart();
    EXPECT_TRUE(spooler_->drivers().known("OEM"));
    EXPECT_EQ(shown("x64/3/oem.gpd"), "one oem.gpd");
    EXPECT_EQ(driver_files_->contents(), 3U);
}

TEST_F(DriverInstall, NewerFilesReplaceOlderOnes) {
    ASSERT_EQ(install("OEM", "one", 10), Win32::success);
    static_cast<void>(events_.take());
    ASSERT_EQ(install("OEM", "older", 9), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    EXPECT_EQ(events_.count(change::kSetDriver), 1U);
    EXPECT_EQ(spooler_->drivers().find("OEM", "Windows x64")->driver_file_version, 0U);
    ASSERT_EQ(install("OEM", "newer", 11), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "newer oem.dll");
    EXPECT_EQ(spooler_->drivers().find("OEM", "Windows x64")->driver_file_version, 1U);
    EXPECT_EQ(spooler_->drivers().find("OEM", "Windows x64")->config_file_version, 1U);
    EXPECT_EQ(spooler_->drivers().file("Windows x64", 3, "oem.dll")->generation, 2U);
    EXPECT_EQ(driver_files_->contents(), 3U);  // the replaced ones are gone
    ASSERT_EQ(install("OEM", "oldest", 1, DriverCopy::all), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "oldest oem.dll");
}

TEST_F(DriverInstall, StrictRulesRefuseTheWholeDriver) {
    ASSERT_EQ(install("OEM", "one", 10), Win32::success);
    auto files = upload(driver("OEM"), "two", 12);
    driver_files_->upload("x64/oem.gpd", "older", 9);
    EXPECT_EQ(install(driver("OEM"), files, DriverCopy::strict_upgrade), Win32::printer_driver_already_installed);
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    EXPECT_EQ(driver_files_->contents(), 3U);  // nothing of the refused ones is left
    EXPECT_EQ(install(driver("OEM"), files, DriverCopy::strict_downgrade), Win32::printer_driver_already_installed);
    EXPECT_EQ(install("OEM", "two", 12, DriverCopy::strict_upgrade), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "two oem.dll");
    EXPECT_EQ(install("OEM", "three", 11, DriverCopy::strict_downgrade), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "three oem.dll");
}

TEST_F(DriverInstall, DriversShareFilesByName) {
    Driver second = driver("Second");
    second.data_file = "second.gpd";
    ASSERT_EQ(install("First"), Win32::success);
    ASSERT_EQ(install(second, upload(second, "one")), Win32::success);
    EXPECT_EQ(remove("First", DriverRemoval::Files::all), Win32::printer_driver_in_use);
    EXPECT_TRUE(spooler_->drivers().known("First"));
    EXPECT_EQ(remove("First", DriverRemoval::Files::unused), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    EXPECT_EQ(shown("x64/3/oem.gpd"), "nothing");
    EXPECT_EQ(remove("Second", DriverRemoval::Files::all), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "nothing");
    EXPECT_EQ(driver_files_->contents(), 0U);
    EXPECT_TRUE(store_->content().driver_files.empty());
}

TEST_F(DriverInstall, RemovalKeepsFilesUnlessAsked) {
    ASSERT_EQ(install("OEM"), Win32::success);
    static_cast<void>(events_.take());
    EXPECT_EQ(remove("oem"), Win32::success);
    EXPECT_EQ(events_.count(change::kDeleteDriver), 1U);
    EXPECT_EQ(remove("oem"), Win32::unknown_printer_driver);
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    crash_and_restart();
    EXPECT_FALSE(spooler_->drivers().known("OEM"));
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
}

TEST_F(DriverInstall, PrintersHoldTheDriverTheyUse) {
    Driver other = driver("OEM", "oem", "Windows NT x86");
    Driver old = driver("OEM", "old");
    old.version = 2;
    ASSERT_EQ(install("OEM"), Win32::success);
    ASSERT_EQ(install(other, upload(other, "x86")), Win32::success);
    ASSERT_EQ(install(old, upload(old, "old")), Win32::success);
    auto printer = new_printer("Laser");
    printer.driver_name = "oem";
    ASSERT_TRUE(run(spooler_->printers().add(printer)));
    EXPECT_EQ(remove("OEM"), Win32::printer_driver_in_use);
    EXPECT_EQ(remove("OEM", DriverRemoval::Files::keep, 3), Win32::printer_driver_in_use);
    // Neither clients of another kind nor an older version keep a printer from working here.
    EXPECT_EQ(remove("OEM", DriverRemoval::Files::keep, 2), Win32::success);
    EXPECT_EQ(remove("OEM", DriverRemoval::Files::keep, std::nullopt, "Windows NT x86"), Win32::success);
    EXPECT_EQ(remove("OEM", DriverRemoval::Files::keep, 3), Win32::printer_driver_in_use);
    static_cast<void>(events_.take());
    ASSERT_EQ(install("OEM", "two", 20), Win32::success);
    EXPECT_EQ(events_.count(change::kSetDriver), 2U);  // the server's listeners and the printer's
    ASSERT_TRUE(run(spooler_->printers().remove(spooler_->printers().find("Laser"))));
    settle();
    EXPECT_EQ(remove("OEM", DriverRemoval::Files::all), Win32::success);
}

TEST_F(DriverInstall, DeclaredDriversBelongToTheConfiguration) {
    EXPECT_EQ(remove("Private"), Win32::access_denied);
    EXPECT_EQ(install("Private"), Win32::success);  // hides the declared one
    EXPECT_FALSE(spooler_->drivers().find("Private", "Windows x64")->in_box);
    EXPECT_EQ(remove("Private"), Win32::success);
    EXPECT_TRUE(spooler_->drivers().find("Private", "Windows x64")->in_box);
}

TEST_F(DriverInstall, VersionThreeDoesNotReplaceWhatIsBetter) {
    Driver four = driver("Four");
    four.version = 4;
    four.date = base::FileTime{100};
    ASSERT_EQ(install(four, upload(four, "v4")), Win32::success);
    Driver three = driver("Four");
    three.date = base::FileTime{99};
    EXPECT_EQ(install(three, upload(three, "v3")), Win32::printer_driver_blocked);
    three.date = base::FileTime{100};
    EXPECT_EQ(install(three, upload(three, "v3")), Win32::success);
    auto printer = new_printer("Laser", "P1", spooler::printer_attribute::kShared);
    printer.driver_name = "Four";
    ASSERT_TRUE(run(spooler_->printers().add(printer)));
    EXPECT_EQ(install(three, upload(three, "v3")), Win32::printer_driver_blocked);
    Driver of_class = driver("Class");
    of_class.version = 4;
    of_class.attributes = spooler::driver_attribute::kClass;
    ASSERT_EQ(install(of_class, upload(of_class, "class")), Win32::success);
    EXPECT_EQ(install("Class"), Win32::printer_driver_blocked);
}

TEST_F(DriverInstall, BadNamesAndMissingFiles) {
    Driver bad = driver("Bad");
    for (const char* name : {"..", "a/b", "a\\b", "c:x", "nul", "COM1.dll", "a.", " a", "a*", ".hidden", "a\x01"}) {
        bad.driver_path = name;
        EXPECT_EQ(install(bad, {}), Win32::invalid_parameter) << name;
    }
    const Driver gone = driver("Gone");
    const std::size_t before = driver_files_->reads();
    EXPECT_EQ(install(gone, {{"../x", "/state/drivers/x64/x"}}), Win32::invalid_parameter);
    EXPECT_EQ(install(gone, {{"x", "/state/drivers/x64/x"}, {"X", "/state/drivers/x64/x"}}), Win32::invalid_parameter);
    EXPECT_EQ(driver_files_->reads(), before);
    EXPECT_EQ(install(gone, {{"x.dll", "/state/drivers/x64/x.dll"}}), Win32::file_not_found);
    EXPECT_EQ(install(gone, {{"x.dll", "/etc/passwd"}}), Win32::access_denied);
    EXPECT_FALSE(spooler_->drivers().known("Gone"));
}

TEST_F(DriverInstall, DiskReserveAndFailures) {
    driver_files_->set_free_bytes(settings_.min_free_bytes + 1);
    EXPECT_EQ(install("OEM"), Win32::disk_full);
    driver_files_->set_free_bytes(settings_.min_free_bytes + 1'000);
    driver_files_->fail_next_publish(base::Error(Win32::write_fault, "share"));
    EXPECT_EQ(install("OEM"), Win32::write_fault);
    crash_and_restart();  // the start repairs the share
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    store_->fail(base::Error(Win32::disk_full, "full"));
    EXPECT_EQ(install("Late"), Win32::disk_full);
    EXPECT_FALSE(spooler_->drivers().known("Late"));
}

TEST_F(DriverInstall, LostFilesAreTakenAgain) {
    ASSERT_EQ(install("OEM", "one", 10), Win32::success);
    driver_files_->lose("x64/3/oem.dll");
    crash_and_restart();
    EXPECT_EQ(shown("x64/3/oem.dll"), "nothing");
    ASSERT_EQ(install("OEM", "one", 10), Win32::success);
    EXPECT_EQ(shown("x64/3/oem.dll"), "one oem.dll");
    EXPECT_EQ(spooler_->drivers().file("Windows x64", 3, "oem.dll")->generation, 2U);
}

TEST_F(DriverInstall, Limits) {
    Driver big = driver("Big");
    std::vector<DriverFileSource> files = upload(big, "x");
    while (files.size() < limits::kMaxDriverFiles) {
        const std::string name = "f" + std::to_string(files.size());
        driver_files_->upload("x64/" + name, "x");
        files.push_back({name, "/state/drivers/x64/" + name});
    }
    EXPECT_EQ(install(big, files), Win32::success);
    EXPECT_EQ(driver_files_->last_quota().file_bytes, limits::kMaxDriverFileBytes);
    EXPECT_EQ(driver_files_->last_quota().total_bytes, limits::kMaxDriverBytes);
    EXPECT_EQ(driver_files_->last_quota().min_free_bytes, settings_.min_free_bytes);
    files.push_back({"one-too-many", "/state/drivers/x64/f9"});
    EXPECT_EQ(install(big, files), Win32::not_enough_quota);
    big.previous_names.assign(limits::kMaxDriverListItems, "older");
    EXPECT_EQ(install(big, {}), Win32::success);
    big.previous_names.emplace_back("older");
    EXPECT_EQ(install(big, {}), Win32::invalid_parameter);
    EXPECT_EQ(install(driver(std::string(limits::kMaxNameChars - 1, 'n')), {}), Win32::success);
    EXPECT_EQ(install(driver(std::string(limits::kMaxNameChars, 'n')), {}), Win32::invalid_parameter);
    big.previous_names.clear();
    big.oem_url.assign(limits::kMaxDriverPathChars - 1, 'u');
    EXPECT_EQ(install(big, {}), Win32::success);
    big.oem_url += 'u';
    EXPECT_EQ(install(big, {}), Win32::invalid_parameter);
}

TEST_F(DriverInstall, BytesOfTheWholeStore) {
    std::vector<spooler::DriverFile> files(2);
    for (spooler::DriverFile& file : files) {
        file.environment = "Windows x64";
        file.name = "file" + std::to_string(&file - files.data());
        file.content = std::string(64, 'a');  // one content, counted once
        file.size = limits::kMaxDriverStoreBytes - 33;
    }
    spooler_->drivers().load_files(files);
    EXPECT_EQ(spooler_->drivers().file_bytes(), limits::kMaxDriverStoreBytes - 33);
    Driver three = driver("OEM");
    three.driver_path = three.config_file = three.data_file = "fits-in.dll";
    auto upload_of = [&](const std::string& text) {
        driver_files_->upload("x64/fits-in.dll", text);
        return std::vector<DriverFileSource>{{"fits-in.dll", "/state/drivers/x64/fits-in.dll"}};
    };
    EXPECT_EQ(install(three, upload_of(std::string(34, 'x'))), Win32::not_enough_quota);
    EXPECT_EQ(driver_files_->contents(), 0U);
    EXPECT_EQ(install(three, upload_of(std::string(33, 'x'))), Win32::success);
    EXPECT_EQ(spooler_->drivers().file_bytes(), limits::kMaxDriverStoreBytes);
}

TEST_F(DriverInstall, NumberOfDrivers) {
    std::vector<Driver> many;
    const std::size_t there = spooler_->drivers().list({}).size();
    for (std::size_t i = there + 1; i < limits::kMaxDrivers; ++i) many.push_back(driver("D" + std::to_string(i)));
    spooler_->drivers().load(std::move(many));
    EXPECT_EQ(install(driver("Last"), {}), Win32::success);
    EXPECT_EQ(install(driver("One too many"), {}), Win32::not_enough_quota);
    EXPECT_EQ(install(driver("last"), {}), Win32::success);  // a replacement fits
}

TEST_F(DriverInstall, TwoInstallationsDoNotMix) {
    const auto first = begin(spooler_->install_driver(driver("A"), upload(driver("A"), "a", 10), DriverCopy::all));
    const auto second = begin(spooler_->install_driver(driver("B"), upload(driver("B"), "b", 20), DriverCopy::all));
    settle();
    ASSERT_TRUE(first->has_value() && second->has_value());
    EXPECT_TRUE((*first)->has_value() && (*second)->has_value());
    EXPECT_EQ(shown("x64/3/oem.dll"), "b oem.dll");
    EXPECT_EQ(driver_files_->contents(), 3U);
}

}  // namespace
