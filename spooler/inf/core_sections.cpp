#include "spooler/inf/core_sections.h"

#include "base/utf.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>

namespace spooler::inf {
namespace {

// The GUIDs that Microsoft publishes for "package-aware print drivers that share files".
constexpr std::string_view kUnidrv = "{D20EA372-DD35-4950-9ED8-A6335AFE79F0}";
constexpr std::string_view kPscript = "{D20EA372-DD35-4950-9ED8-A6335AFE79F1}";
constexpr std::string_view kPclXl = "{D20EA372-DD35-4950-9ED8-A6335AFE79F2}";
constexpr std::string_view kPlotter = "{D20EA372-DD35-4950-9ED8-A6335AFE79F4}";
constexpr std::string_view kXpsDrv = "{D20EA372-DD35-4950-9ED8-A6335AFE79F5}";

constexpr std::string_view kUnidrvFiles[] = {"UNIDRV.DLL",   "UNIDRVUI.DLL", "UNIRES.DLL",   "UNIDRV.HLP",
                                             "STDNAMES.GPD", "STDDTYPE.GDL", "STDSCHEM.GDL", "STDSCHMX.GDL"};
constexpr std::string_view kTtfSub[] = {"TTFSUB.GPD"};
constexpr std::string_view kLocale[] = {"LOCALE.GPD"};
constexpr std::string_view kMsXpsInc[] = {"MSXPSINC.GPD", "MSXPSINC.PPD"};
constexpr std::string_view kPscriptFiles[] = {"PSCRIPT5.DLL", "PS5UI.DLL", "PSCRIPT.HLP", "PSCRIPT.NTF"};
constexpr std::string_view kPclXlFiles[] = {"PCLXL.DLL", "PCLXL.GPD", "PJL.GPD"};
constexpr std::string_view kPcl5Files[] = {"PCL5ERES.DLL", "P6FONT.GPD", "P6DISP.GPD"};
constexpr std::string_view kPjlFiles[] = {"PJL.GPD"};
constexpr std::string_view kPlotterFiles[] = {"PLOTTER.DLL", "PLOTUI.DLL", "PLOTTER.HLP"};
constexpr std::string_view kXpsDrvFiles[] = {"MXDWDRV.DLL", "XPSSVCS.DLL", "MSXPSINC.GPD", "MSXPSINC.PPD"};
// Named by manifests of version 4 drivers.
constexpr std::string_view kOtherFiles[] = {"PRINTCONFIG.DLL", "V3HOSTINGFILTER.DLL", "PWGRRENDERFILTER.DLL"};

const std::array<CoreSection, 20>& table() {
    static const std::array<CoreSection, 20> kTable{{
        {"UNIDRV.OEM", kUnidrv, {}, {}, {}, kUnidrvFiles},
        {"UNIDRV", kUnidrv, {}, {}, {}, kUnidrvFiles},
        {"UNIDRV_DATA", kUnidrv, "UNIDRV.DLL", "UNIDRVUI.DLL", "UNIDRV.HLP", {}},
        {"UNIDRV_BIDI.OEM", kUnidrv, {}, {}, {}, kUnidrvFiles},
        {"UNIDRV_BIDI_DATA", kUnidrv, "UNIDRV.DLL", "UNIDRVUI.DLL", "UNIDRV.HLP", {}},
        {"TTFSUB.OEM", kUnidrv, {}, {}, {}, kTtfSub},
        {"LOCALE.OEM", kUnidrv, {}, {}, {}, kLocale},
        {"MSXPSINC.OEM", kUnidrv, {}, {}, {}, kMsXpsInc},
        {"PJL.OEM", kUnidrv, {}, {}, {}, kPjlFiles},
        {"PCL5E.OEM", kUnidrv, {}, {}, {}, kPcl5Files},
        {"PSCRIPT.OEM", kPscript, {}, {}, {}, kPscriptFiles},
        {"PSCRIPT", kPscript, {}, {}, {}, kPscriptFiles},
        {"PSCRIPT_DATA", kPscript, "PSCRIPT5.DLL", "PS5UI.DLL", "PSCRIPT.HLP", {}},
        {"PCLXL.OEM", kPclXl, {}, {}, {}, kPclXlFiles},
        {"PLOTTER.OEM", kPlotter, {}, {}, {}, kPlotterFiles},
        {"PLOTTER_DATA", kPlotter, "PLOTTER.DLL", "PLOTUI.DLL", "PLOTTER.HLP", {}},
        {"XPSDRV.OEM", kXpsDrv, {}, {}, {}, kXpsDrvFiles},
        {"XPSDRV", kXpsDrv, {}, {}, {}, kXpsDrvFiles},
        {"XPSDRV_DATA", kXpsDrv, "MXDWDRV.DLL", "UNIDRVUI.DLL", "UNIDRV.HLP", {}},
        {"MXDWDRV_DATA", kXpsDrv, "MXDWDRV.DLL", "UNIDRVUI.DLL", "UNIDRV.HLP", {}},
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
