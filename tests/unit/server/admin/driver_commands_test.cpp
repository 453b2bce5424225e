// Driver commands of the administrator's socket, without the socket.
#include "server/admin/command_helpers.h"
#include "tests/support/package_fixture.h"
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using nlohmann::json;

class DriverCommands : public test_support::PackageFixture<test_support::SpoolerFixture> {
 protected:
    void SetUp() override {
        start();
        open_packages();
    }
    void TearDown() override {
        installer_.reset();
        shut_down();
    }
    base::Result<json> command(const char* name, const json& arguments = json::object()) {
        server::AdminContext context;
        context.spooler = spooler_.get();
        context.packages = installer_.get();
        const server::Command* found = server::find_command(server::driver_commands(), name);
        EXPECT_NE(found, nullptr) << name;
        const auto checked = server::check_arguments(*found, arguments);
        EXPECT_TRUE(checked) << checked.error().text();
        return run(found->run(context, arguments));
    }
    json result(const char* name, const json& arguments = json::object()) {
        auto outcome = command(name, arguments);
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome ? *outcome : json();
    }
};

TEST_F(DriverCommands, ADryRunSaysWhatAnImportDoes) {
    write_package(media(), trusted() + driver_line() + "needs|" + kUnidrv + "\n" + driver_line("Needy") + "needs|" + kOther + "\n");
    const json dry = result("driver-import", {{"path", media()}, {"dry_run", true}});
    EXPECT_EQ(dry["accepted"], true);
    EXPECT_EQ(dry["signature"], "trusted");
    EXPECT_EQ(dry["signer"], "CN=Vendor");
    EXPECT_EQ(dry["already_in_store"], false);
    EXPECT_EQ(dry["files"].size(), 3U);
    ASSERT_EQ(dry["drivers"].size(), 2U);
    EXPECT_EQ(dry["drivers"][0]["environment"], "Windows x64");
    EXPECT_EQ(dry["drivers"][0]["outcome"], "would be installed");
    EXPECT_EQ(dry["drivers"][0]["files"], json({"laser.dll", "laserui.dll"}));
    EXPECT_EQ(dry["drivers"][0]["core_drivers"][0]["from"], "Windows itself");
    EXPECT_EQ(dry["drivers"][1]["outcome"], "not installed");
    EXPECT_NE(dry["drivers"][1]["reason"].get<std::string>().find(kOther), std::string::npos);
    EXPECT_TRUE(result("driver-packages").empty());
    EXPECT_EQ(result("driver-list").size(), 2U) << "the declared ones";

    const json done = result("driver-import", {{"path", media() + "/laser.inf"}});
    EXPECT_EQ(done["drivers"][0]["outcome"], "installed");
    EXPECT_EQ(done["package"], dry["package"]);
    const json listed = result("driver-list");
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(result("driver-packages").size(), 1U);
    EXPECT_EQ(result("driver-import", {{"path", media()}, {"dry_run", "true"}})["already_in_store"], true);
}

TEST_F(DriverCommands, ARefusedSignatureIsToldByTheDryRunAndStopsTheImport) {
    write_package(media(), "signature|broken|CN=V|laser.dll differs\n" + driver_line());
    const json dry = result("driver-import", {{"path", media()}, {"dry_run", true}});
    EXPECT_EQ(dry["accepted"], false);
    EXPECT_NE(dry["reason"].get<std::string>().find("laser.dll differs"), std::string::npos);
    const auto refused = command("driver-import", {{"path", media()}});
    EXPECT_EQ(base::code_of(refused), Win32::spapi_file_hash_not_in_catalog);
    EXPECT_TRUE(result("driver-packages").empty());
}

TEST_F(DriverCommands, ShowsAndRemovesDriversAndPackages) {
    write_package(media(), trusted() + driver_line());
    const std::string package = result("driver-import", {{"path", media()}})["package"];
    spooler::NewPrinter printer = new_printer("Front desk");
    printer.driver_name = "Laser 9";
    ASSERT_TRUE(run(spooler_->printers().add(printer)));

    const json driver = result("driver-show", {{"name", "laser 9"}});
    ASSERT_EQ(driver["versions"].size(), 1U);
    EXPECT_EQ(driver["versions"][0]["package"], package);
    EXPECT_EQ(driver["versions"][0]["type"], "v3");
    EXPECT_EQ(driver["printers"], json({"Front desk"}));
    const json shown = result("driver-show", {{"name", package}});
    EXPECT_EQ(shown["drivers"][0]["name"], "Laser 9");
    EXPECT_EQ(base::code_of(command("driver-show", {{"name", "none"}})), Win32::unknown_printer_driver);

    EXPECT_EQ(base::code_of(command("driver-remove", {{"name", package}})), Win32::printer_driver_package_in_use);
    EXPECT_EQ(base::code_of(command("driver-remove", {{"name", "Laser 9"}})), Win32::printer_driver_in_use);
    ASSERT_TRUE(run(spooler_->printers().remove(spooler_->printers().find("Front desk"))));
    settle();
    EXPECT_EQ(result("driver-remove", {{"name", "Laser 9"}})["removed_driver"], "Laser 9");
    EXPECT_EQ(result("driver-remove", {{"name", package}})["removed_package"], package);
    EXPECT_FALSE(std::filesystem::exists(directory_.path("drivers/x64/3/laser.dll")));
    EXPECT_TRUE(result("driver-packages").empty());
    EXPECT_EQ(base::code_of(command("driver-remove", {{"name", package}})), Win32::unknown_printer_driver);
}

TEST_F(DriverCommands, WithoutAStoreImportsAreNotSupported) {
    installer_.reset();
    EXPECT_EQ(base::code_of(command("driver-import", {{"path", "/tmp"}})), Win32::not_supported);
    EXPECT_EQ(result("driver-list").size(), 2U);
}

}  // namespace
