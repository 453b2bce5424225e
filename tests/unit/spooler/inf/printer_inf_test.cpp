#include "spooler/inf/printer_inf.h"

#include "base/limits.h"
#include "spooler/inf/driver_version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace spooler::inf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kVersion =
    "[Version]\nSignature=\"$Windows NT$\"\nClass=Printer\nClassGuid={4D36E979-E325-11CE-BFC1-08002BE10318}\nProvider=%Acme%\n"
    "CatalogFile=acme.cat\nDriverVer=06/21/2019,61.240.1.24630\n[Strings]\nAcme=\"Acme Printing\"\n";

struct Package {
    std::string text;
    std::map<std::string, std::string> files;

    [[nodiscard]] base::Result<PrinterInf> read() const {
        auto file = InfFile::parse(base::as_bytes(text), "acme.inf");
        if (!file) return std::move(file).error();
        return read_printer_inf(*file, [this](const std::string& path) -> base::Result<base::ByteBuffer> {
            const auto found = files.find(path);
            if (found == files.end()) return base::Error(base::Win32::file_not_found, path);
            const auto bytes = base::as_bytes(found->second);
            return base::ByteBuffer(bytes.begin(), bytes.end());
        });
    }
};

PrinterInf read(const std::string& text) {
    auto result = Package{kVersion + text, {}}.read();
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? std::move(result).value() : PrinterInf();
}

std::string error_of(const std::string& text) {
    const auto result = Package{text, {}}.read();
    return result ? "(accepted)" : result.error().text();
}

std::vector<std::string> paths(const std::vector<CopiedFile>& files) {
    std::vector<std::string> result;
    for (const CopiedFile& file : files) result.push_back(file.path);
    return result;
}

const InfDriver* find(const PrinterInf& inf, std::string_view name, std::string_view environment) {
    const auto found = std::find_if(inf.drivers.begin(), inf.drivers.end(), [&](const InfDriver& driver) {
        return driver.driver.name == name && driver.driver.environment == environment;
    });
    return found == inf.drivers.end() ? nullptr : &*found;
}

// A driver with everything that version 3 knows.
constexpr const char* kComplete = R"(
[Manufacturer]
%Acme%=Models,NTx86,NTamd64
[Models.NTamd64]
"Acme Laser 9" = Laser9, USBPRINT\AcmeLaser_9D2A, AcmeLaser_9D2A
"Acme Laser 9" = Laser9, LPTENUM\AcmeLaser_9D2A
[Models.NTx86]
"Acme Laser 9" = Laser9, USBPRINT\AcmeLaser_9D2A
[Laser9]
CopyFiles=@acmelas.dll, DRIVER_FILES, PROC_FILES, COLOR_FILES, MON_FILES
DataSection=Laser9_Data
DataFile=laser9.gpd
PrintProcessor="AcmePrint,acmeproc.dll"
VendorSetup="acmeset.dll,Setup"
DriverIsolation=2
DriverCategory=PrintFax.Printer.Virtual
[Laser9_Data]
DriverFile=acmelas.dll
ConfigFile=acmeui.dll
HelpFile=acme.hlp
DataFile=ignored.gpd
DefaultDataType=RAW
LanguageMonitor=%MonitorText%
[DRIVER_FILES]
acmeui.dll
acme.hlp,help_en.hlp
laser9.gpd,,,0x20
acmeres.dll
[PROC_FILES]
acmeproc.dll
[COLOR_FILES]
acme.icm
[MON_FILES]
acmemon.dll
[DestinationDirs]
DefaultDestDir=66000
PROC_FILES=66001
MON_FILES=66002
COLOR_FILES=66003
[SourceDisksNames.amd64]
1 = "Disk",,,"\amd64"
2 = "Common",,,
[SourceDisksNames.x86]
1 = "Disk",,,i386\
2 = "Common",,,.
[SourceDisksFiles]
acmelas.dll=1
acmeui.dll=1
acmeres.dll=1,res
acmeproc.dll=1
acmemon.dll=1
help_en.hlp=2,docs\en
laser9.gpd=2
acme.icm=2
[SourceDisksFiles.amd64]
acmeres.dll=1,res64
[Previous Names]
"Acme Laser 9" = "Acme Laser 8"
[OEM URLS]
%Acme% = "http://acme.example/"
[PrinterPackageInstallation.amd64]
PackageAware=TRUE
CoreDriverDependencies={D20EA372-DD35-4950-9ED8-A6335AFE79F0}
InboxVersionRequired=UseDriverVer
[Strings]
MonitorText="Acme Monitor,acmemon.dll"
)";

TEST(PrinterInf, EveryFieldOfAVersion3Driver) {
    const PrinterInf inf = read(kComplete);
    EXPECT_EQ(inf.provider, "Acme Printing");
    EXPECT_EQ(inf.class_guid, "{4D36E979-E325-11CE-BFC1-08002BE10318}");
    EXPECT_THAT(inf.catalog_files, ElementsAre("acme.cat"));
    EXPECT_EQ(inf.version, (61ULL << 48U) | (240ULL << 32U) | (1ULL << 16U) | 24630ULL);
    EXPECT_EQ(base::to_system_time(inf.date).year, 2019);
    EXPECT_EQ(base::to_system_time(inf.date).month, 6);
    EXPECT_THAT(inf.notes, IsEmpty());
    ASSERT_EQ(inf.drivers.size(), 2U);

    const InfDriver* x64 = find(inf, "Acme Laser 9", "Windows x64");
    ASSERT_NE(x64, nullptr);
    const Driver& driver = x64->driver;
    EXPECT_EQ(driver.version, 3U);
    EXPECT_EQ(driver.driver_path, "acmelas.dll");
    EXPECT_EQ(driver.config_file, "acmeui.dll");
    EXPECT_EQ(driver.data_file, "laser9.gpd");
    EXPECT_EQ(driver.help_file, "acme.hlp");
    EXPECT_EQ(driver.monitor_name, "Acme Monitor");
    EXPECT_EQ(driver.default_datatype, "RAW");
    EXPECT_EQ(driver.print_processor, "AcmePrint");
    EXPECT_EQ(driver.vendor_setup, "acmeset.dll,Setup");
    EXPECT_THAT(driver.dependent_files, ElementsAre("acmeres.dll"));
    EXPECT_THAT(driver.previous_names, ElementsAre("Acme Laser 8"));
    EXPECT_THAT(driver.color_profiles, ElementsAre("acme.icm"));
    EXPECT_THAT(driver.core_dependencies, ElementsAre("{D20EA372-DD35-4950-9ED8-A6335AFE79F0}"));
    EXPECT_EQ(driver.manufacturer, "Acme Printing");
    EXPECT_EQ(driver.provider, "Acme Printing");
    EXPECT_EQ(driver.hardware_id, "USBPRINT\\AcmeLaser_9D2A");
    EXPECT_EQ(driver.oem_url, "http://acme.example/");
    EXPECT_EQ(driver.attributes, driver_attribute::kPackageAware | driver_attribute::kSandbox | driver_attribute::kCategoryVirtual);
    EXPECT_EQ(driver.minimum_inbox_version, inf.version);
    EXPECT_EQ(driver.minimum_inbox_date, inf.date);
    EXPECT_THAT(paths(x64->files), ElementsAre("amd64/acmelas.dll", "amd64/acmeui.dll", "docs/en/help_en.hlp", "laser9.gpd",
                                               "amd64/res64/acmeres.dll", "amd64/acmeproc.dll", "acme.icm", "amd64/acmemon.dll"));
    EXPECT_EQ(x64->files[2].name, "acme.hlp");
    EXPECT_EQ(x64->files[0].role, PackageFileRole::driver);
    EXPECT_EQ(x64->files[5].role, PackageFileRole::print_processor);
    EXPECT_EQ(x64->files[6].role, PackageFileRole::color_profile);
    EXPECT_EQ(x64->files[7].role, PackageFileRole::system);

    const InfDriver* x86 = find(inf, "Acme Laser 9", "Windows NT x86");
    ASSERT_NE(x86, nullptr);
    EXPECT_EQ(x86->driver.attributes & driver_attribute::kPackageAware, 0U);
    EXPECT_EQ(x86->files[0].path, "i386/acmelas.dll");
    EXPECT_EQ(x86->files[4].path, "i386/res/acmeres.dll");
}

TEST(PrinterInf, EachArchitectureTakesItsBestSection) {
    const auto drivers = [](const std::string& manufacturer, const std::string& models) {
        std::string text = "[Manufacturer]\n" + manufacturer + "\n" + models;
        for (const char* section : {"A", "B", "C"}) text += std::string("[") + section + "]\nDriverFile=" + section + ".dll\n";
        std::vector<std::string> result;
        for (const InfDriver& driver : read(text).drivers) result.push_back(driver.driver.environment + " " + driver.driver.driver_path);
        return result;
    };
    EXPECT_THAT(drivers("x=M", "[M]\n\"P\"=A\n"), ElementsAre("Windows NT x86 A.dll"));
    EXPECT_THAT(drivers("x=M,NTamd64", "[M]\n\"P\"=A\n[M.NTamd64]\n\"P\"=B\n"), ElementsAre("Windows x64 B.dll", "Windows NT x86 A.dll"));
    EXPECT_THAT(
        drivers("x=M,NTamd64.6.1,NTamd64,NTamd64.10.0", "[M.NTamd64]\n\"P\"=A\n[M.NTamd64.6.1]\n\"P\"=B\n[M.NTamd64.10.0]\n\"P\"=C\n"),
        ElementsAre("Windows x64 C.dll"));
    EXPECT_THAT(drivers("x=M,NT,NTx86.5.1,NTamd64", "[M.NT]\n\"P\"=A\n[M.NTx86.5.1]\n\"P\"=B\n[M.NTamd64]\n"),
                ElementsAre("Windows NT x86 B.dll"));
    EXPECT_THAT(drivers("x=M,NTARM64,ntia64", "[M.NTarm64]\n\"P\"=A\n[M.NTIA64]\n\"P\"=B\n"),
                ElementsAre("Windows ARM64 A.dll", "Windows IA64 B.dll"));
    // For servers and for everybody: the one for everybody.
    EXPECT_THAT(drivers("x=M,NTamd64.6.0.3,NTamd64.6.0", "[M.NTamd64.6.0.3]\n\"P\"=A\n[M.NTamd64.6.0]\n\"P\"=B\n"),
                ElementsAre("Windows x64 B.dll"));
    EXPECT_THAT(drivers("x=M,NTamd64", "[M.NTamd64]\n\"P\"=A\n[A.NTamd64]\nDriverFile=own.dll\n[A.NT]\nDriverFile=nt.dll\n"),
                ElementsAre("Windows x64 own.dll"));
    EXPECT_THAT(drivers("x=M,NTamd64", "[M.NTamd64]\n\"P\"=A\n[A.NT]\nDriverFile=nt.dll\n"), ElementsAre("Windows x64 nt.dll"));
}

TEST(PrinterInf, BorrowsFromWindowsCoreDrivers) {
    const PrinterInf inf = read(
        "[Manufacturer]\nx=M,NTamd64\n[M.NTamd64]\n\"Old\"=OLD\n\"New\"=NEW\n\"Script\"=PS\n\"Odd\"=ODD\n"
        "[OLD]\nCopyFiles=@a.gpd,@UNIRES.DLL\nDataFile=a.gpd\nDataSection=UNIDRV_DATA\nInclude=NTPRINT.INF\nNeeds=UNIDRV.OEM,TTFSUB.OEM\n"
        "[NEW]\nCopyFiles=@a.gpd\nDataFile=a.gpd\n"
        "CoreDriverSections=\"{D20EA372-DD35-4950-9ED8-A6335AFE79F0},UNIDRV.OEM,UNIDRV_DATA\",\"{D20EA372-DD35-4950-9ED8-A6335AFE79F5},"
        "XPSDRV.OEM\"\n"
        "[PS]\nCopyFiles=@a.ppd,PSCRIPT\nDataFile=a.ppd\nDataSection=PSCRIPT_DATA\nNeeds=PSCRIPT.OEM\n"
        "[ODD]\nCopyFiles=@a.gpd\nDataSection=UNIDRV_DATA\nNeeds=SOMETHING.OEM\n"
        "[SourceDisksNames]\n1=d,,,\n[SourceDisksFiles]\na.gpd=1\na.ppd=1\n");
    const Driver& old = find(inf, "Old", "Windows x64")->driver;
    EXPECT_EQ(old.driver_path, "UNIDRV.DLL");
    EXPECT_EQ(old.config_file, "UNIDRVUI.DLL");
    EXPECT_EQ(old.help_file, "UNIDRV.HLP");
    EXPECT_EQ(old.data_file, "a.gpd");
    EXPECT_THAT(old.dependent_files,
                ElementsAre("UNIRES.DLL", "STDNAMES.GPD", "STDDTYPE.GDL", "STDSCHEM.GDL", "STDSCHMX.GDL", "TTFSUB.GPD"));
    EXPECT_THAT(old.core_dependencies, ElementsAre("{D20EA372-DD35-4950-9ED8-A6335AFE79F0}"));
    EXPECT_THAT(paths(find(inf, "Old", "Windows x64")->files), ElementsAre("a.gpd"));  // none of Windows' own files
    const Driver& fresh = find(inf, "New", "Windows x64")->driver;
    EXPECT_EQ(fresh.driver_path, "UNIDRV.DLL");
    EXPECT_THAT(fresh.core_dependencies, ElementsAre("{D20EA372-DD35-4950-9ED8-A6335AFE79F0}", "{D20EA372-DD35-4950-9ED8-A6335AFE79F5}"));
    const Driver& script = find(inf, "Script", "Windows x64")->driver;
    EXPECT_EQ(script.driver_path, "PSCRIPT5.DLL");
    EXPECT_EQ(script.config_file, "PS5UI.DLL");
    EXPECT_THAT(script.dependent_files, ElementsAre("PSCRIPT.NTF", "PSCRPTFE.NTF", "PS_SCHM.GDL"));
    EXPECT_EQ(find(inf, "Odd", "Windows x64")->driver.driver_path, "UNIDRV.DLL");
    ASSERT_EQ(inf.notes.size(), 1U);
    EXPECT_THAT(inf.notes[0], HasSubstr("[SOMETHING.OEM] is neither here nor one of the known sections"));
}

// As vendors write them for bidirectional PCL 6 printers and for XPS.
TEST(PrinterInf, BorrowsLanguageMonitorPclXlAndXps) {
    const PrinterInf inf = read(
        "[Manufacturer]\nx=M,NTamd64\n[M.NTamd64]\n\"Pcl6\"=PCL6\n\"Own\"=OWN\n\"Xps\"=XPS\n"
        "[PCL6]\nCopyFiles=@a.gpd\nDataFile=a.gpd\n"
        "CoreDriverSections=\"{D20EA372-DD35-4950-9ED8-A6335AFE79F0},UNIDRV_BIDI.OEM,UNIDRV_BIDI_DATA,TTFSUB.OEM,LOCALE.OEM\","
        "\"{D20EA372-DD35-4950-9ED8-A6335AFE79F2},PCLXL.OEM\",\"{D20EA372-DD35-4950-9ED8-A6335AFE79F3},sRGBPROFILE.OEM\"\n"
        "[OWN]\nCopyFiles=@a.gpd,PCLXL\nDataFile=a.gpd\nDataSection=UNIDRV_BIDI_DATA\nLanguageMonitor=\"Acme Monitor,acmemon.dll\"\n"
        "Include=NTPRINT.INF\nNeeds=UNIDRV_BIDI.OEM\n"
        "[XPS]\nCopyFiles=@a.gpd\nDataFile=a.gpd\nDriverFile=mxdwdrv.dll\nConfigFile=unidrvui.dll\nHelpFile=unidrv.hlp\n"
        "Include=NTPRINT.INF\nNeeds=UNIDRV.OEM,XPSGPD.OEM,XPSDRV.OEM\n"
        "[SourceDisksNames]\n1=d,,,\n[SourceDisksFiles]\na.gpd=1\n");
    EXPECT_THAT(inf.notes, IsEmpty());
    const Driver& pcl = find(inf, "Pcl6", "Windows x64")->driver;
    EXPECT_EQ(pcl.monitor_name, "PJL Language Monitor");
    EXPECT_THAT(pcl.dependent_files,
                ElementsAre("UNIRES.DLL", "STDNAMES.GPD", "STDDTYPE.GDL", "STDSCHEM.GDL", "STDSCHMX.GDL", "PJLMON.DLL", "TTFSUB.GPD",
                            "LOCALE.GPD", "PCLXL.DLL", "PCLXL.GPD", "P6FONT.GPD", "PJL.GPD", "P6DISP.GPD", "PCL5ERES.DLL"));
    EXPECT_THAT(pcl.core_dependencies, ElementsAre("{D20EA372-DD35-4950-9ED8-A6335AFE79F0}", "{D20EA372-DD35-4950-9ED8-A6335AFE79F2}",
                                                   "{D20EA372-DD35-4950-9ED8-A6335AFE79F3}"));
    const Driver& own = find(inf, "Own", "Windows x64")->driver;
    EXPECT_EQ(own.monitor_name, "Acme Monitor");
    EXPECT_EQ(std::count(own.dependent_files.begin(), own.dependent_files.end(), "PCL5ERES.DLL"), 0);
    const Driver& xps = find(inf, "Xps", "Windows x64")->driver;
    EXPECT_EQ(xps.driver_path, "mxdwdrv.dll");
    EXPECT_EQ(xps.monitor_name, "");
    EXPECT_THAT(xps.dependent_files, ElementsAre("UNIDRV.DLL", "UNIRES.DLL", "STDNAMES.GPD", "STDDTYPE.GDL", "STDSCHEM.GDL", "STDSCHMX.GDL",
                                                 "MSXPSINC.GPD", "XPSSVCS.DLL"));
}

TEST(PrinterInf, ProvidesItsOwnCoreDriver) {
    const PrinterInf inf = read(
        "[Manufacturer]\nx=M,NTamd64\n[M.NTamd64]\n\"P\"=P\n"
        "\"{11111111-2222-3333-4444-555555555555}\"={11111111-2222-3333-4444-555555555555},{11111111-2222-3333-4444-555555555555}\n"
        "[P]\nCopyFiles=@p.gpd\nCoreDriverSections=\"{11111111-2222-3333-4444-555555555555},ACME_CORE\"\n"
        "[{11111111-2222-3333-4444-555555555555}]\nDriverVer=01/02/2020,2.0\nCopyFiles=CORE_FILES\n"
        "[ACME_CORE]\nCopyFiles=CORE_FILES\nDriverFile=core.dll\n[CORE_FILES]\ncore.dll\ncore2.dll\n"
        "[SourceDisksNames]\n1=d\n[SourceDisksFiles]\ncore.dll=1\ncore2.dll=1\np.gpd=1\n");
    ASSERT_EQ(inf.core_drivers.size(), 1U);
    EXPECT_EQ(inf.core_drivers[0].core.guid, "{11111111-2222-3333-4444-555555555555}");
    EXPECT_EQ(inf.core_drivers[0].core.environment, "Windows x64");
    EXPECT_EQ(inf.core_drivers[0].core.version, 2ULL << 48U);
    EXPECT_EQ(base::to_system_time(inf.core_drivers[0].core.date).year, 2020);
    EXPECT_THAT(paths(inf.core_drivers[0].files), ElementsAre("core.dll", "core2.dll"));
    ASSERT_EQ(inf.drivers.size(), 1U);
    EXPECT_EQ(inf.drivers[0].driver.driver_path, "core.dll");
    EXPECT_THAT(inf.drivers[0].driver.dependent_files, ElementsAre("p.gpd", "core2.dll"));
    EXPECT_THAT(inf.drivers[0].driver.core_dependencies, ElementsAre("{11111111-2222-3333-4444-555555555555}"));
}

Package version4(const std::string& manifest, const std::string& name = "acme-manifest.ini") {
    std::string text = kVersion;
    text.insert(text.find("Provider"), "ClassVer=4.0 ; version 4\n");
    text +=
        "[Manufacturer]\n\"Acme\"=Acme,NTamd64\n[Acme.NTamd64]\n\"Acme 4\"=A,{E0691E8C-F7CC-456E-A7B5-D1FC19BA2279}\n\"Acme "
        "4\"=A,Acme_HWID\n"
        "[A]\nCopyFiles=F,C\n[F]\nacme.gpd\n" +
        name +
        "\nacme.dll\n[C]\nacme.icc\n"
        "[DestinationDirs]\nDefaultDestDir=66000\nC=23\n[SourceDisksNames]\n1=x,,,\n2=x,,,amd64\n"
        "[SourceDisksFiles]\nacme.gpd=1\n" +
        name + "=1\nacme.dll=2\nacme.icc=1\n";
    return {text, {{"acme-manifest.ini", manifest}}};
}

TEST(PrinterInf, Version4DriversHaveAManifest) {
    const auto inf = version4(
                         "[DriverConfig]\nDataFile=acme.gpd\nRequiredFiles=UNIRES.DLL,STDNAMES.GPD\nPrinterDriverID={E0691E8C-F7CC-456E-"
                         "A7B5-D1FC19BA2279}\n"
                         "DriverCategory=PrintFax.Printer.3D\nFlags=NotShareable, SoftResetOnJobCancellation\n")
                         .read();
    ASSERT_TRUE(inf) << inf.error().to_string();
    ASSERT_EQ(inf->drivers.size(), 1U);
    const Driver& driver = inf->drivers[0].driver;
    EXPECT_EQ(driver.version, 4U);
    EXPECT_EQ(driver.driver_path, "mxdwdrv.dll");
    EXPECT_EQ(driver.config_file, "PrintConfig.dll");
    EXPECT_EQ(driver.data_file, "acme.gpd");
    EXPECT_EQ(driver.hardware_id, "");
    EXPECT_THAT(driver.dependent_files, ElementsAre("acme-manifest.ini", "acme.dll", "UNIRES.DLL", "STDNAMES.GPD"));
    EXPECT_THAT(driver.color_profiles, ElementsAre("acme.icc"));
    EXPECT_EQ(driver.attributes, driver_attribute::kPackageAware | driver_attribute::kCategory3d | driver_attribute::kNotShareable |
                                     driver_attribute::kSoftReset | driver_attribute::kXps);
    EXPECT_THAT(paths(inf->drivers[0].files), ElementsAre("acme.gpd", "acme-manifest.ini", "amd64/acme.dll", "acme.icc"));

    const auto klass = version4("[DriverConfig]\nDriverFile=unidrv.dll\nDataFile=acme.gpd\n").read();
    ASSERT_TRUE(klass);
    EXPECT_EQ(klass->drivers[0].driver.attributes, driver_attribute::kPackageAware | driver_attribute::kClass);
    const auto derived = version4("[DriverConfig]\nRequiredClass=\"Acme Class\",{9343720D-B67E-4451-B93F-6F721C439771}\n").read();
    ASSERT_TRUE(derived);
    EXPECT_NE(derived->drivers[0].driver.attributes & driver_attribute::kDerived, 0U);
    EXPECT_EQ(derived->drivers[0].required_class, "Acme Class");
}

TEST(PrinterInf, Version4ManifestsAreChecked) {
    const auto error = [](const Package& package) {
        const auto result = package.read();
        return result ? "(accepted)" : result.error().text();
    };
    EXPECT_THAT(error(version4("[DriverConfig]\nDataFile=a.gpd\n", "acme.ini")), HasSubstr("is a version 4 driver without a manifest"));
    Package two = version4("[DriverConfig]\nDataFile=a.gpd\n");
    two.text.replace(two.text.find("\nacme.dll\n"), 10, "\nother-Manifest.INI\n");
    EXPECT_THAT(error(two), HasSubstr("'Acme 4' has several manifests: acme-manifest.ini is not the only one"));
    EXPECT_EQ(error(version4("[DriverConfig]\n")), "acme-manifest.ini: [DriverConfig] has no DataFile");
    EXPECT_EQ(error(version4("[DriverConfig]\nRequiredClass=\n")), "acme-manifest.ini: RequiredClass names no driver");
    EXPECT_EQ(error(version4("[Driver]\nDataFile=a.gpd\n")), "acme-manifest.ini: no [DriverConfig] section");
    EXPECT_EQ(error(version4("DataFile=a.gpd\n")), "acme-manifest.ini:1: text before the first section: this is no INF file");
    EXPECT_THAT(error(version4("[DriverConfig]\nDataFile=..\\a.gpd\n")), HasSubstr("'..\\a.gpd' is no file name"));
    EXPECT_THAT(error(version4("[DriverConfig]\nDataFile=a.gpd\nRequiredFiles=c:\\x.dll\n")), HasSubstr("'c:\\x.dll' is no file name"));
    Package missing = version4("");
    missing.files.clear();
    EXPECT_EQ(error(missing), "acme-manifest.ini");
}

struct Broken {
    const char* what;
    std::string text;
    const char* expected;
};

std::string versioned(const std::string& line) { return "[Version]\nSignature=\"$Windows NT$\"\nClass=Printer\n" + line + "\n"; }
std::string model(const std::string& rest) {
    return versioned("DriverVer=01/01/2020,1.0") + "[Manufacturer]\nx=M,NTamd64\n[M.NTamd64]\n\"P\"=I\n" + rest;
}

// Every way to be wrong is found, and said with its place.
TEST(PrinterInf, BrokenFiles) {
    const std::string long_name(base::limits::kMaxNameChars, 'n');
    const Broken table[] = {
        {"no version", "[Strings]\nx=y\n", "acme.inf: no [Version] section"},
        {"no signature", "[Version]\nClass=Printer\n", "acme.inf: [Version] has no Signature"},
        {"foreign signature", "[Version]\nSignature=\"$Linux$\"\n", "acme.inf:2: the signature '$Linux$' is unknown"},
        {"other class", "[Version]\nSignature=$CHICAGO$\nClass=Net\n", "acme.inf: not of the printer class"},
        {"other GUID", versioned("ClassGuid={4D36E972-E325-11CE-BFC1-08002BE10318}"), "acme.inf:4: not of the printer class"},
        {"no GUID", versioned("ClassGuid=printer"), "acme.inf:4: not of the printer class"},
        {"day before month", versioned("DriverVer=21/06/2019,1.0"), "acme.inf:4: '21/06/2019' is no date"},
        {"no date", versioned("DriverVer=yesterday"), "acme.inf:4: 'yesterday' is no date"},
        {"trailing date", versioned("DriverVer=06/21/2019x"), "acme.inf:4: '06/21/2019x' is no date"},
        {"no version number", versioned("DriverVer=06/21/2019,a.b"), "acme.inf:4: 'a.b' is no version"},
        {"five parts", versioned("DriverVer=06/21/2019,1.2.3.4.5"), "acme.inf:4: '1.2.3.4.5' is no version"},
        {"large part", versioned("DriverVer=06/21/2019,1.65536"), "acme.inf:4: '1.65536' is no version"},
        {"catalogue elsewhere", versioned("CatalogFile=..\\x.cat"), "acme.inf:4: '..\\x.cat' is no file name"},
        {"provider too long", versioned("Provider=" + long_name), "acme.inf:4: a name is too long"},
        {"no manufacturer", versioned("Provider=x"), "acme.inf: no [Manufacturer] section"},
        {"no models", versioned("") + "[Manufacturer]\nx=M\n", "acme.inf: no driver for any known architecture"},
        {"foreign architecture", versioned("") + "[Manufacturer]\nx=M,NTalpha\n[M.NTalpha]\n\"P\"=I\n", "acme.inf: no driver for any"},
        {"no install section", model(""), "acme.inf:8: the install section [I] is missing"},
        {"model without name", versioned("") + "[Manufacturer]\nx=M\n[M]\nP\n", "acme.inf:8: a model without an install section"},
        {"model name too long", versioned("") + "[Manufacturer]\nx=M\n[M]\n" + long_name + "=I\n", "acme.inf:8: a name is too long"},
        {"control character", versioned("") + "[Manufacturer]\nx=M\n[M]\n\"a\tb\"=I\n[I]\n", "acme.inf:8: a control character in a name"},
        {"no driver file", model("[I]\nCopyFiles=@a.gpd\n"), "acme.inf:8: 'P' has no DriverFile"},
        {"missing file section", model("[I]\nDriverFile=a.dll\nCopyFiles=F\n"),
         "acme.inf:11: CopyFiles names the section [F], which is missing"},
        {"path as file", model("[I]\nDriverFile=a.dll\nCopyFiles=@..\\a.dll\n"), "acme.inf:11: '..\\a.dll' is no file name"},
        {"stream as file", model("[I]\nDriverFile=a.dll\nCopyFiles=F\n[F]\na.dll:x\n"), "acme.inf:13: 'a.dll:x' is no file name"},
        {"device as source", model("[I]\nDriverFile=a.dll\nCopyFiles=F\n[F]\na.dll,nul\n"), "acme.inf:13: 'nul' is no file name"},
        {"device with extension", model("[I]\nDriverFile=a.dll\nCopyFiles=@Com1.dll\n"), "acme.inf:11: 'Com1.dll' is no file name"},
        {"trailing dot", model("[I]\nDriverFile=a.dll.\n"), "acme.inf:8: 'a.dll.' is no file name"},
        {"directory above",
         model("[I]\nDriverFile=a.dll\nCopyFiles=@a.dll\n[SourceDisksNames]\n1=d,,,..\\up\n[SourceDisksFiles]\na.dll=1\n"),
         "acme.inf:15: the directory of 'a.dll' is outside the package"},
        {"drive", model("[I]\nDriverFile=a.dll\nCopyFiles=@a.dll\n[SourceDisksNames]\n1=d\n[SourceDisksFiles]\na.dll=1,c:\\x\n"),
         "acme.inf:15: the directory of 'a.dll' is outside the package"},
        {"UNC config file", model("[I]\nDriverFile=a.dll\nConfigFile=\\\\host\\share\\a.dll\n"),
         "acme.inf:8: '\\\\host\\share\\a.dll' is no file name"},
        {"long monitor", model("[I]\nDriverFile=a.dll\nLanguageMonitor=" + long_name + "\n"),
         "acme.inf:8: a name of this driver is too long"},
        {"core without GUID", model("[I]\nDriverFile=a.dll\n[PrinterPackageInstallation.amd64]\nCoreDriverDependencies=UNIDRV\n"),
         "acme.inf:8: 'UNIDRV' is no GUID of a core driver"},
    };
    for (const Broken& broken : table) {
        const std::string error = error_of(broken.text);
        EXPECT_EQ(error.substr(0, std::string_view(broken.expected).size()), broken.expected) << broken.what << ": " << error;
    }
}

TEST(PrinterInf, SectionsThatNeedEachOtherEnd) {
    EXPECT_EQ(read("[Manufacturer]\nx=M\n[M]\n\"P\"=I\n[I]\nDriverFile=a.dll\nNeeds=J,I\n[J]\nNeeds=I,J\n").drivers.size(), 1U);
    std::string chain = "[Manufacturer]\nx=M\n[M]\n\"P\"=S0\n";
    for (std::size_t i = 0; i <= base::limits::kMaxInfNeeds; ++i) {
        chain += "[S" + std::to_string(i) + "]\nDriverFile=a.dll\nNeeds=S" + std::to_string(i + 1) + "\n";
    }
    EXPECT_THAT(error_of(kVersion + chain), HasSubstr("too many sections need each other"));
}

TEST(PrinterInf, Limits) {
    namespace limits = base::limits;
    const auto models = [](std::size_t count) {
        std::string text = std::string(kVersion) + "[Manufacturer]\nx=M\n[I]\nDriverFile=a.dll\n[M]\n";
        for (std::size_t i = 0; i < count; ++i) text += "\"P" + std::to_string(i) + "\"=I\n";
        return text;
    };
    EXPECT_EQ(error_of(models(limits::kMaxPackageDrivers)), "(accepted)");
    EXPECT_THAT(error_of(models(limits::kMaxPackageDrivers + 1)), HasSubstr("too many drivers"));
    const auto files = [](std::size_t count) {
        std::string text = std::string(kVersion) + "[Manufacturer]\nx=M\n[M]\n\"P\"=I\n[I]\nDriverFile=a.dll\nCopyFiles=F\n[F]\n";
        for (std::size_t i = 0; i < count; ++i) text += "f" + std::to_string(i) + ".dll\n";
        return text;
    };
    EXPECT_EQ(error_of(files(limits::kMaxPackageFiles)), "(accepted)");
    EXPECT_THAT(error_of(files(limits::kMaxPackageFiles + 1)), HasSubstr("too many files"));
    std::string many = files(1000) + "[M]\n";
    for (int i = 0; i < 200; ++i) many += "\"P" + std::to_string(i) + "\"=I\n";
    EXPECT_THAT(error_of(many), HasSubstr("the drivers name too many files together"));
}

TEST(DriverVersion, ShortVersionsFillUpWithZeros) {
    EXPECT_EQ(parse_driver_version("6"), 6ULL << 48U);
    EXPECT_EQ(parse_driver_version(" 6.1.7600.16385 "), (6ULL << 48U) | (1ULL << 32U) | (7600ULL << 16U) | 16385ULL);
    EXPECT_EQ(parse_driver_version(""), std::nullopt);
    EXPECT_EQ(parse_driver_version("6."), std::nullopt);
    EXPECT_EQ(parse_driver_date("6-1-2009"), parse_driver_date("06/01/2009"));
    EXPECT_EQ(parse_driver_date("02/30/2009"), std::nullopt);
}

TEST(SourceFiles, PathsStayInThePackage) {
    EXPECT_EQ(package_path("\\amd64\\.\\sub\\"), "amd64/sub");
    EXPECT_EQ(package_path(""), "");
    EXPECT_EQ(package_path("a/b"), "a/b");
    for (const char* bad : {"..", "a\\..\\b", "c:", "a:b", "a\\nul", "a\x01", "\\\\?\\c:\\x"})
        EXPECT_EQ(package_path(bad), std::nullopt) << bad;
    EXPECT_EQ(package_path(std::string(base::limits::kMaxPackagePathBytes + 1, 'a')), std::nullopt);
}

}  // namespace
}  // namespace spooler::inf
