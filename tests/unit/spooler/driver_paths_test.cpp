// Windows paths of driver files → places in the share, or nothing.
#include "base/limits.h"
#include "spooler/driver_paths.h"

#include <gtest/gtest.h>

namespace spooler {
namespace {

class DriverPaths : public ::testing::Test {
 protected:
    std::string map(const std::string& path, const std::string& called = {}, const char* environment = "Windows x64") {
        const ServerNames names("SRV", "srv.example.net", {"print", "192.0.2.1"});
        const std::string local = local_driver_directory(ServerSettings());
        const auto mapped = upload_path(path, *find_environment(environment), UploadPlace{names, called, local});
        if (!mapped) {
            EXPECT_EQ(mapped.error().code(), base::Win32::invalid_parameter);
            return "refused";
        }
        return *mapped;
    }
};

TEST_F(DriverPaths, LeadIntoTheUploadArea) {
    EXPECT_EQ(map("oem.dll"), "x64/oem.dll");
    EXPECT_EQ(map("oem.dll", {}, "Windows NT x86"), "W32X86/oem.dll");
    EXPECT_EQ(map("\\\\srv\\print$\\x64\\oem.dll"), "x64/oem.dll");
    EXPECT_EQ(map("\\\\SRV.EXAMPLE.NET\\Print$\\X64\\{GUID}\\Oem.dll"), "x64/{GUID}/Oem.dll");
    EXPECT_EQ(map("\\\\print\\print$\\x64\\oem.dll"), "x64/oem.dll");
    EXPECT_EQ(map("c:\\windows\\SYSTEM32\\spool\\drivers\\x64\\oem.dll"), "x64/oem.dll");
    EXPECT_EQ(map("\\\\192.0.2.1\\print$\\x64\\oem.dll"), "x64/oem.dll");
    EXPECT_EQ(map("\\\\198.51.100.9\\print$\\x64\\oem.dll", "\\\\198.51.100.9"), "x64/oem.dll");
    EXPECT_EQ(map("\\\\srv\\print$\\x64\\1\\2\\3\\4\\5\\6\\7\\oem.dll"), "x64/1/2/3/4/5/6/7/oem.dll");
}

TEST_F(DriverPaths, OrNowhere) {
    for (const char* path : {"",
                             "\\",
                             "\\\\",
                             "\\\\\\",
                             "\\\\srv",
                             "\\\\srv\\",
                             "\\\\srv\\print$",
                             "\\\\srv\\print$\\",
                             "\\\\srv\\print$\\x64\\",
                             "\\\\srv\\print$\\\\x64\\oem.dll",
                             "\\\\srv\\print$\\x64\\\\oem.dll",
                             "\\\\srv\\print$\\x64\\oem.dll\\",
                             "\\\\srv\\print$\\x6\\oem.dll",
                             "\\\\srv\\print$x\\x64\\oem.dll",
                             "\\\\198.51.100.9\\print$\\x64\\oem.dll",
                             "\\\\evil\\print$\\x64\\oem.dll",
                             "\\\\srv@80\\print$\\x64\\oem.dll",
                             "\\\\srv@SSL\\DavWWWRoot\\x64\\oem.dll",
                             "C:\\Windows\\system32\\spool\\DRIVERS",
                             "C:\\Windows\\system32\\spool\\DRIVERSx64\\oem.dll",
                             "C:\\Windows\\system32\\spool\\DRIVERS\\oem.dll",
                             "\\Windows\\system32\\spool\\DRIVERS\\x64\\oem.dll",
                             "\\\\srv\\print$\\x64\\1\\2\\3\\4\\5\\6\\7\\8\\oem.dll"}) {
        EXPECT_EQ(map(path), "refused") << path;
    }
    EXPECT_EQ(map("\\\\evil\\print$\\x64\\oem.dll", "\\\\evil"), "refused");
    const std::string name(200, 'n');
    EXPECT_EQ(map(name), "x64/" + name);
    EXPECT_EQ(map(std::string(256, 'n')), "refused");
    EXPECT_EQ(map("\\\\srv\\print$\\x64\\" + std::string(base::limits::kMaxDriverPathChars, 'n')), "refused");
}

TEST(DriverFileNames, WindowsAndLinuxTakeThem) {
    for (const char* name : {"oem.dll", "a", "OEM PRT.GPD", "{GUID}", "com.dll", "com10", "conx", "\xC3\xA9.dll", "a.b.c"}) {
        EXPECT_TRUE(valid_driver_file_name(name)) << name;
    }
    for (const char* name : {"",   ".",  "..", "a/b", "a\\b", "a:b",     "a*",     "a?",       "\"a",         "a<",     "a>",    "a|",
                             "a.", "a ", " a", ".a",  "NUL",  "nul.dll", "CON .x", "Lpt9.gpd", "COM\xC2\xB9", "CONIN$", "a\x1f", "a\x7f"}) {
        EXPECT_FALSE(valid_driver_file_name(name)) << name;
    }
}

}  // namespace
}  // namespace spooler
