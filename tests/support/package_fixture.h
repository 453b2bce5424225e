// Driver packages on disk below a directory of the test, with the real stores and a fake reader. `Base` is a fixture of a spooler.
#pragma once

#include "spooler/package_installer.h"
#include "storage/driver_store.h"
#include "storage/package_store.h"
#include "tests/support/fake_package_reader.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace test_support {

template <class Base>
class PackageFixture : public Base {
 protected:
    static constexpr const char* kUnidrv = "{D20EA372-DD35-4950-9ED8-A6335AFE79F0}";
    static constexpr const char* kOther = "{11111111-DD35-4950-9ED8-A6335AFE79F0}";

    spooler::DriverFiles* driver_files() override {
        if (!stores_) {
            auto opened = storage::DriverStore::open(directory_.path());
            EXPECT_TRUE(opened) << opened.error().to_string();
            stores_ = std::move(opened).value();
        }
        return stores_.get();
    }
    void open_packages(spooler::PackagePolicy policy = {}) {
        installer_.reset();
        package_files_.reset();
        storage::PackageStore::Settings settings;
        settings.root = directory_.path("driver_packages");
        settings.drivers = directory_.path("drivers");
        auto opened = storage::PackageStore::open(std::move(settings));
        ASSERT_TRUE(opened) << opened.error().to_string();
        package_files_ = std::move(opened).value();
        installer_ = std::make_unique<spooler::PackageInstaller>(*this->spooler_, *package_files_, reader_, policy);
        ASSERT_TRUE(installer_->recover());
    }
    void write(const std::string& path, const std::string& text) {
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    [[nodiscard]] static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    // Puts a package into the directory `where`: "laser.inf" with these lines, and two files.
    void write_package(const std::string& where, const std::string& lines, const std::string& code = "code") {
        write(where + "/laser.inf", lines);
        write(where + "/amd64/laser.dll", code);
        write(where + "/amd64/laserui.dll", "ui of " + code);
    }
    static std::string driver_line(const std::string& name = "Laser 9", int version = 3, int date = 100, int attributes = 0,
                                   const std::string& environment = "Windows x64") {
        return "driver|" + name + "|" + environment + "|" + std::to_string(version) + "|" + std::to_string(date) + "|7|" +
               std::to_string(attributes) + "|amd64/laser.dll;amd64/laserui.dll\n";
    }
    static std::string trusted() { return "signature|trusted|CN=Vendor\n"; }
    [[nodiscard]] std::string upload_area(const std::string& name = "{G}") const { return directory_.path("drivers/x64/" + name); }
    [[nodiscard]] std::string media() const { return directory_.path("media"); }

    base::Win32 import(const std::string& lines, const std::string& code = "code") {
        std::filesystem::remove_all(media());
        write_package(media(), lines, code);
        auto imported = this->run(installer_->import({media(), {}, false}));
        if (imported) plan_ = std::move(imported).value();
        return base::code_of(imported);
    }

    storage::TemporaryDirectory directory_;
    std::unique_ptr<storage::DriverStore> stores_;
    std::unique_ptr<storage::PackageStore> package_files_;
    FakePackageReader reader_;
    std::unique_ptr<spooler::PackageInstaller> installer_;
    spooler::PackagePlan plan_;  // of the last import
};

}  // namespace test_support
