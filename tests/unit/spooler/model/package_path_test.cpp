#include "spooler/model/package_path.h"

#include "spooler/drivers.h"

#include <gtest/gtest.h>

namespace spooler {
namespace {

using base::Win32;

constexpr std::string_view kRoot = "C:\\Windows\\system32\\spool\\DRIVERS";
constexpr std::string_view kSpool = "C:\\Windows\\system32\\spool\\PRINTERS";

base::Result<UploadPath> parse(const std::string& text, const char* environment = "Windows x64") {
    static const ServerNames kNames("PRINT", "print.example.com", {"alias"});
    return parse_upload_path(text, *find_environment(environment), UploadPlace{kNames, "\\\\192.0.2.1", kRoot});
}

TEST(UploadPath, LeadsIntoTheClientsOwnDirectory) {
    const UploadPath expected{{"{BD443844}"}, "x.inf"};
    for (const char* path : {"\\\\PRINT\\print$\\x64\\{BD443844}\\x.inf", "\\\\print.example.com\\PRINT$\\X64\\{BD443844}\\x.inf",
                             "\\\\alias\\print$\\x64\\{BD443844}\\x.inf", "\\\\192.0.2.1\\print$\\x64\\{BD443844}\\x.inf",
                             "c:\\windows\\SYSTEM32\\spool\\drivers\\x64\\{BD443844}\\x.inf"}) {
        const auto parsed = parse(path);
        ASSERT_TRUE(parsed) << path << ": " << parsed.error().to_string();
        EXPECT_EQ(*parsed, expected) << path;
    }
    const auto deeper = parse("\\\\PRINT\\print$\\W32X86\\a\\b\\x.inf", "Windows NT x86");
    ASSERT_TRUE(deeper);
    EXPECT_EQ(*deeper, (UploadPath{{"a", "b"}, "x.inf"}));
}

TEST(UploadPath, ElsewhereIsNotFound) {
    for (const char* path : {"", "\\\\mthelena\\print$\\x64\\{G}\\x.inf", "\\\\PRINT\\C$\\x64\\{G}\\x.inf", "\\\\PRINT\\print$",
                             "\\\\PRINT", "\\\\", "\\\\\\print$\\x64\\a\\x.inf", "C:\\Windows\\system32\\x.inf", "D:\\a\\x.inf",
                             "C:\\Windows\\system32\\spool\\DRIVERSx\\x64\\a\\x.inf", "\\\\PRINT\\print$\\W32X86\\{G}\\x.inf",
                             "\\x64\\a\\x.inf", "print$\\x64\\a\\x.inf"}) {
        EXPECT_EQ(base::code_of(parse(path)), Win32::file_not_found) << path;
    }
}

// The family of CVE-2021-1675 and CVE-2021-34527: see driver_paths_test for the rest.
TEST(UploadPath, NothingElseIsEvenLookedFor) {
    for (const char* path :
         {"\\\\?\\UNC\\evil\\share\\x.inf", "\\\\PRINT\\print$\\x64\\..\\..\\x.inf", "\\\\PRINT\\print$\\x64\\a/b\\x.inf",
          "\\\\PRINT\\print$\\x64\\a\\x.inf:stream", "\\\\PRINT\\print$\\x64\\NUL\\x.inf"}) {
        EXPECT_EQ(base::code_of(parse(path)), Win32::file_not_found) << path;
    }
}

TEST(UploadPath, APackageIsInADirectoryOfItsOwn) {
    for (const char* path :
         {"x.inf", "\\\\PRINT\\print$\\x64\\x.inf", "\\\\PRINT\\print$\\x64\\3\\x.inf", "\\\\PRINT\\print$\\x64\\pcc\\x.inf"}) {
        EXPECT_EQ(base::code_of(parse(path)), Win32::invalid_parameter) << path;
    }
}

TEST(StorePath, GivesTheIdBack) {
    const std::string path = store_path(kSpool, "oem.inf_amd64_01", "oem.inf");
    EXPECT_EQ(path, "C:\\Windows\\System32\\DriverStore\\FileRepository\\oem.inf_amd64_01\\oem.inf");
    EXPECT_EQ(package_of_path(kSpool, path), "oem.inf_amd64_01");
    EXPECT_EQ(package_of_path(kSpool, "c:\\WINDOWS\\system32\\driverstore\\filerepository\\OEM.inf_amd64_01"), "OEM.inf_amd64_01");
    EXPECT_EQ(package_of_path(kSpool, "oem.inf_amd64_01"), "oem.inf_amd64_01");
    for (const char* other : {"", "C:\\Windows\\INF\\oem.inf", "C:\\Windows\\System32\\DriverStore\\FileRepository\\..\\x", "a/b", "..",
                              "C:\\Windows\\System32\\DriverStore\\FileRepository\\a\\b\\c.inf", "\\\\evil\\share\\x.inf"}) {
        EXPECT_EQ(package_of_path(kSpool, other), "") << other;
    }
}

TEST(RelativePath, StaysBelow) {
    EXPECT_TRUE(safe_relative_path("a.dll"));
    EXPECT_TRUE(safe_relative_path("amd64/sub/a.dll"));
    for (const char* path : {"", "/a", "a/", "../a", "a/../b", "a//b", "a\\b", "a/nul", "C:/a"})
        EXPECT_FALSE(safe_relative_path(path)) << path;
}

}  // namespace
}  // namespace spooler
