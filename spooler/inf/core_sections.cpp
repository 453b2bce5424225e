#include "spooler/inf/core_sections.h"

#include "base/utf.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>

namespace spooler::inf {
namespace {

// The GUIDs that Microsoft publishes for "package-aware print drivers that share files"; that of the colour profile is missing there, but
// stands in other examples and in vendors' INF files.
constexpr std::string_view kUnidrv = "{D20EA372-DD35-4950-9ED8-A6335AFE79F0}";
constexpr std::string_view kPscript = "{D20EA372-DD35-4950-9ED8-A6335AFE79F1}";
constexpr std::string_view kPclXl = "{D20EA372-DD35-4950-9ED8-A6335AFE79F2}";
constexpr std::string_view kSrgb = "{D20EA372-DD35-4950-9ED8-A6335AFE79F3}";
constexpr std::string_view kPlotter = "{D20EA372-DD35-4950-9ED8-A6335AFE79F4}";
constexpr std::string_view kXpsDrv = "{D20EA372-DD35-4950-9ED8-A6335AFE79F5}";

constexpr std::string_view kPjlMonitor = "PJL Language Monitor";

constexpr std::string_view kUnidrvFiles[] = {"UNIDRV.DLL",   "UNIDRVUI.DLL", "UNIRES.DLL",   "UNIDRV.HLP",
                                             "STDNAMES.GPD", "STDDTYPE.GDL", "STDSCHEM.GDL", "STDSCHMX.GDL"};
constexpr std::string_view kUnidrvBidiFiles[] = {"UNIDRV.DLL",   "UNIDRVUI.DLL", "UNIRES.DLL",   "UNIDRV.HLP", "STDNAMES.GPD",
                                                 "STDDTYPE.GDL", "STDSCHEM.GDL", "STDSCHMX.GDL", "PJLMON.DLL"};
constexpr std::string_view kTtfSub[] = {"TTFSUB.GPD"};
constexpr std::string_view kLocale[] = {"LOCALE.GPD"};
constexpr std::string_view kXpsGpd[] = {"MSXPSINC.GPD"};
constexpr std::string_view kXpsPpd[] = {"MSXPSINC.PPD"};
constexpr std::string_view kPscriptFiles[] = {"PSCRIPT5.DLL", "PS5UI.DLL", "PSCRIPT.HLP", "PSCRIPT.NTF", "PSCRPTFE.NTF", "PS_SCHM.GDL"};
constexpr std::string_view kPclXlFiles[] = {"PCLXL.DLL", "PCLXL.GPD", "P6FONT.GPD", "PJL.GPD", "P6DISP.GPD"};
constexpr std::string_view kPclXlOemFiles[] = {"PCLXL.DLL", "PCLXL.GPD", "P6FONT.GPD", "PJL.GPD", "P6DISP.GPD", "PCL5ERES.DLL"};
constexpr std::string_view kPlotterFiles[] = {"PLOTTER.DLL", "PLOTUI.DLL", "PLOTUI.HLP"};
constexpr std::string_view kXpsDrvFiles[] = {"MXDWDRV.DLL", "XPSSVCS.DLL"};
// Named one by one: by manifests of version 4 drivers, and by PCL drivers.
constexpr std::string_view kOtherFiles[] = {"PRINTCONFIG.DLL", "V3HOSTINGFILTER.DLL", "PWGRRENDERFILTER.DLL", "PCL4RES.DLL",
                                            "PCL5URES.DLL"};

const std::array<CoreSection, 20>& table() {
    static const std::array<CoreSection, 20> kTable{{
        {"UNIDRV.OEM", kUnidrv, {}, {}, {}, {}, kUnidrvFiles},
        {"UNIDRV", kUnidrv, {}, {}, {}, {}, kUnidrvFiles},
        {"UNIDRV_DATA", kUnidrv, "UNIDRV.DLL", "UNIDRVUI.DLL", "UNIDRV.HLP", {}, {}},
        {"UNIDRV_BIDI.OEM", kUnidrv, {}, {}, {}, {}, kUnidrvBidiFiles},
        {"UNIDRV_BIDI", kUnidrv, {}, {}, {}, {}, kUnidrvBidiFiles},
        {"UNIDRV_BIDI_DATA", kUnidrv, "UNIDRV.DLL", "UNIDRVUI.DLL", "UNIDRV.HLP", kPjlMonitor, {}},
        {"TTFSUB.OEM", kUnidrv, {}, {}, {}, {}, kTtfSub},
        {"LOCALE.OEM", kUnidrv, {}, {}, {}, {}, kLocale},
        {"XPSGPD.OEM", kUnidrv, {}, {}, {}, {}, kXpsGpd},
        {"PSCRIPT.OEM", kPscript, {}, {}, {}, {}, kPscriptFiles},
        {"PSCRIPT", kPscript, {}, {}, {}, {}, kPscriptFiles},
        {"PSCRIPT_DATA", kPscript, "PSCRIPT5.DLL", "PS5UI.DLL", "PSCRIPT.HLP", {}, {}},
        {"XPSPPD.OEM", kPscript, {}, {}, {}, {}, kXpsPpd},
        {"PCLXL.OEM", kPclXl, {}, {}, {}, {}, kPclXlOemFiles},
        {"PCLXL", kPclXl, {}, {}, {}, {}, kPclXlFiles},
        {"sRGBPROFILE.OEM", kSrgb, {}, {}, {}, {}, {}},  // a profile of the system, no file of the driver
        {"PLOTTER.OEM", kPlotter, {}, {}, {}, {}, kPlotterFiles},
        {"PLOTTER_DATA", kPlotter, "PLOTTER.DLL", "PLOTUI.DLL", "PLOTUI.HLP", {}, {}},
        {"XPSDRV.OEM", kXpsDrv, {}, {}, {}, {}, kXpsDrvFiles},
        {"XPSDRV", kXpsDrv, {}, {}, {}, {}, kXpsDrvFiles},
    }};
    return kTable;
}

}  // namespace

const CoreSection* find_core_section(std::string_view name) {
    const auto& sections = table();
    const auto found =
        std::find_if(sections.begin(), sections.end(), [&](const CoreSection& section) { return base::equal_names(section.name, name); });
    return found == sections.end() ? nullptr : &*found;
}

bool is_windows_core_file(std::string_view file_name) {
    static const std::unordered_set<std::string> kFiles = [] {
        std::unordered_set<std::string> files;
        for (const CoreSection& section : table()) {
            for (const std::string_view file : section.files) files.insert(base::fold_utf8(file));
        }
        for (const std::string_view file : kOtherFiles) files.insert(base::fold_utf8(file));
        return files;
    }();
    return kFiles.contains(base::fold_utf8(file_name));
}

}  // namespace spooler::inf
