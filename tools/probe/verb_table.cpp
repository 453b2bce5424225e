#include "tools/probe/verb_table.h"

#include "base/utf.h"
#include "wire/winspool/operations.h"

#include <array>

namespace probe {
namespace {

using print_client::Block;

constexpr ReplyBuffer buffer(const char* name, Block block) { return {name, "cbBuf", "pcbNeeded", block, true}; }
constexpr ReplyBuffer data(const char* name, const char* size, const char* needed, Block block) {
    return {name, size, needed, block, false};
}
constexpr ReplyBuffer kNone;
constexpr Need kUse = Need::use, kRead = Need::read, kAdmin = Need::administer;

constexpr Verb kVerbs[] = {
    {"OpenPrinter", "OpenPrinter", kNone, nullptr, 0, kUse, nullptr, "printer, server or port; the handle is kept under --as"},
    {"ClosePrinter", "ClosePrinter", kNone, nullptr, 0, kUse, nullptr, ""},
    {"GetPrinter", "GetPrinter", buffer("pPrinter", Block::printers), nullptr, 2, kRead, nullptr, "levels 0 to 8"},
    {"SetPrinter", "SetPrinter", kNone, "pPrinterContainer", 0, kAdmin, nullptr, "a command, or --info of --level 2 to 8"},
    {"AddPrinter", "AddPrinter", kNone, "pPrinterContainer", 2, kUse, nullptr,
     "--info as GetPrinter gives it; the handle is kept under --as"},
    {"AddPrinterLegacy", "AddPrinterLegacy", kNone, "pPrinterContainer", 2, kUse, nullptr, ""},
    {"DeletePrinter", "DeletePrinter", kNone, nullptr, 0, kAdmin, nullptr, ""},
    {"EnumPrinters", "EnumPrinters", buffer("pPrinterEnum", Block::printers), nullptr, 1, kUse, R"({"Flags": 8})", "levels 0, 1, 2, 4, 5"},
    {"EnumJobs", "EnumJobs", buffer("pJob", Block::jobs), nullptr, 1, kUse, R"({"NoJobs": 4294967295})", "levels 1 to 4"},
    {"GetJob", "GetJob", buffer("pJob", Block::jobs), nullptr, 1, kRead, nullptr, "levels 1 to 4"},
    {"SetJob", "SetJob", kNone, "pJobContainer", 0, kUse, nullptr, "a command, or --info of --level 1 to 4"},
    {"AddJob", "AddJob", buffer("pAddJob", Block::none), nullptr, 1, kUse, nullptr, "refused for remote clients"},
    {"StartDocPrinter", "StartDocPrinter", kNone, "pDocInfoContainer", 1, kUse, nullptr, "--doc-name, --output-file, --datatype"},
    {"StartDoc", "StartDocPrinter", kNone, "pDocInfoContainer", 1, kUse, nullptr, "GDI's name of StartDocPrinter"},
    {"StartPage", "StartPagePrinter", kNone, nullptr, 0, kUse, nullptr, "GDI's name of StartPagePrinter"},
    {"EndPage", "EndPagePrinter", kNone, nullptr, 0, kUse, nullptr, "GDI's name of EndPagePrinter"},
    {"EndDoc", "EndDocPrinter", kNone, nullptr, 0, kUse, nullptr, "GDI's name of EndDocPrinter"},
    {"AbortDoc", "AbortPrinter", kNone, nullptr, 0, kUse, nullptr, "GDI's name of AbortPrinter"},
    {"WritePrinter", "WritePrinter", kNone, nullptr, 0, kUse, nullptr, "--buf TEXT, @FILE or hex:DIGITS"},
    {"ReadPrinter", "ReadPrinter", kNone, nullptr, 0, kUse, R"({"cbBuf": 65536})", "from a job's handle"},
    {"EnumForms", "EnumForms", buffer("pForm", Block::forms), nullptr, 1, kUse, nullptr, "levels 1, 2"},
    {"GetForm", "GetForm", buffer("pForm", Block::forms), nullptr, 1, kUse, nullptr, "levels 1, 2"},
    {"AddForm", "AddForm", kNone, "pFormInfoContainer", 1, kAdmin, nullptr, "--info of a form, level 1 or 2"},
    {"SetForm", "SetForm", kNone, "pFormInfoContainer", 1, kAdmin, nullptr, "--info of a form, level 1 or 2"},
    {"DeleteForm", "DeleteForm", kNone, nullptr, 0, kAdmin, nullptr, ""},
    {"EnumPrinterDrivers", "EnumPrinterDrivers", buffer("pDrivers", Block::drivers), nullptr, 1, kUse, nullptr, "levels 1 to 6, 8"},
    {"GetPrinterDriver", "GetPrinterDriver", buffer("pDriver", Block::drivers), nullptr, 3, kUse, R"({"dwClientMajorVersion": 3})",
     "levels 1 to 6, 8, 101"},
    {"GetPrinterDriverLegacy", "GetPrinterDriverLegacy", buffer("pDriver", Block::drivers), nullptr, 3, kUse, nullptr, "levels 1 to 3"},
    {"AddPrinterDriver", "AddPrinterDriver", kNone, "pDriverContainer", 3, kUse, R"({"dwFileCopyFlags": 4})", "--info of a driver"},
    {"AddPrinterDriverEx", "AddPrinterDriver", kNone, "pDriverContainer", 3, kUse, R"({"dwFileCopyFlags": 4})", "--info of a driver"},
    {"AddPrinterDriverLegacy", "AddPrinterDriverLegacy", kNone, "pDriverContainer", 3, kUse, nullptr, "--info of a driver"},
    {"DeletePrinterDriver", "DeletePrinterDriver", kNone, nullptr, 0, kUse, nullptr, ""},
    {"DeletePrinterDriverEx", "DeletePrinterDriverEx", kNone, nullptr, 0, kUse, nullptr, "--delete-flag DPD_…"},
    {"GetPrinterDriverDirectory", "GetPrinterDriverDirectory", buffer("pDriverDirectory", Block::text), nullptr, 1, kUse, nullptr, ""},
    {"GetPrinterDriverPackagePath",
     "GetPrinterDriverPackagePath",
     {"pszDriverPackageCab", "cchDriverPackageCab", "pcchRequiredSize", Block::none, true},
     nullptr,
     0,
     kUse,
     nullptr,
     ""},
    {"EnumPrintProcessors", "EnumPrintProcessors", buffer("pPrintProcessorInfo", Block::processors), nullptr, 1, kUse, nullptr, ""},
    {"EnumPrintProcessorDatatypes", "EnumPrintProcessorDatatypes", buffer("pDatatypes", Block::processors), nullptr, 1, kUse,
     R"({"pPrintProcessorName": "winprint"})", ""},
    {"GetPrintProcessorDirectory", "GetPrintProcessorDirectory", buffer("pPrintProcessorDirectory", Block::text), nullptr, 1, kUse, nullptr,
     ""},
    {"EnumMonitors", "EnumMonitors", buffer("pMonitor", Block::monitors), nullptr, 1, kUse, nullptr, "levels 1, 2"},
    {"AddMonitor", "AddMonitor", kNone, "pMonitorContainer", 2, kUse, nullptr, "--info of a monitor"},
    {"EnumPorts", "EnumPorts", buffer("pPort", Block::ports), nullptr, 1, kUse, nullptr, "levels 1, 2"},
    {"AddPort", "AddPort", kNone, "pPortContainer", 1, kUse, nullptr, "--info of a port, --monitor-name"},
    {"SetPort", "SetPort", kNone, "pPortContainer", 3, kUse, nullptr, "--port-name, --info of level 3"},
    {"FlushPrinter", "FlushPrinter", kNone, nullptr, 0, kUse, nullptr, "MS-RPRN only, on handles of ports"},
    {"GetPrinterData", "GetPrinterData", data("pData", "nSize", "pcbNeeded", Block::none), nullptr, 0, kUse, nullptr, ""},
    {"GetPrinterDataEx", "GetPrinterDataEx", data("pData", "nSize", "pcbNeeded", Block::none), nullptr, 0, kUse, nullptr, ""},
    {"SetPrinterData", "SetPrinterData", kNone, nullptr, 0, kAdmin, R"({"Type": 1})", "--value as --type wants it"},
    {"SetPrinterDataEx", "SetPrinterDataEx", kNone, nullptr, 0, kAdmin, R"({"Type": 1})", "--value as --type wants it"},
    {"EnumPrinterData", "EnumPrinterData", kNone, nullptr, 0, kUse, R"({"cbValueName": 1024, "cbData": 65536})", "the value of --index"},
    {"EnumPrinterDataEx", "EnumPrinterDataEx", data("pEnumValues", "cbEnumValues", "pcbEnumValues", Block::registry_values), nullptr, 0,
     kUse, nullptr, "all values of --key-name"},
    {"EnumPrinterKey", "EnumPrinterKey", data("pSubkey", "cbSubkey", "pcbSubkey", Block::multi_text), nullptr, 0, kUse, nullptr, ""},
    {"DeletePrinterData", "DeletePrinterData", kNone, nullptr, 0, kAdmin, nullptr, ""},
    {"DeletePrinterDataEx", "DeletePrinterDataEx", kNone, nullptr, 0, kAdmin, nullptr, ""},
    {"DeletePrinterKey", "DeletePrinterKey", kNone, nullptr, 0, kAdmin, nullptr, ""},
    {"XcvData", "XcvData", data("pOutputData", "cbOutputData", "pcbOutputNeeded", Block::none), nullptr, 0, kAdmin, nullptr,
     "--printer ',XcvMonitor NAME' or ',XcvPort NAME', --data-name, --input-data"},
    {"EnumPerMachineConnections", "EnumPerMachineConnections", buffer("pPrinterEnum", Block::printers), nullptr, 4, kUse, nullptr, ""},
    {"RegisterForRemoteNotifications", "RegisterForRemoteNotifications", kNone, nullptr, 0, kUse, nullptr,
     "--flags PRINTER_CHANGE_…, --printer-fields [18], --job-fields [10]; the handle is kept under --as"},
    {"FindFirstPrinterChangeNotification", "RegisterForRemoteNotifications", kNone, nullptr, 0, kUse, nullptr, "Windows' name of it"},
    {"FindNextPrinterChangeNotification", "GetRemoteNotifications", kNone, nullptr, 0, kUse, nullptr, "waits for a change"},
    {"FindClosePrinterChangeNotification", "FindClosePrinterChangeNotification", kNone, nullptr, 0, kUse, nullptr,
     "MS-RPRN; of MS-PAR: UnRegisterForRemoteNotifications"},
};

constexpr std::pair<std::string_view, Special> kSpecials[] = {
    {"AddPrinterConnection", Special::add_connection},
    {"DeletePrinterConnection", Special::delete_connection},
    {"DocumentProperties", Special::document_properties},
    {"DeviceCapabilities", Special::device_capabilities},
    {"GetDeviceCaps", Special::client_only},
    {"GetDefaultPrinter", Special::client_only},
    {"GetDefaultPrinterW", Special::client_only},
    {"SetDefaultPrinter", Special::client_only},
    {"SetDefaultPrinterW", Special::client_only},
};

// "--printer-name" for pPrinterName.
std::string option_name(std::string_view parameter) {
    parameter = print_client::without_prefix(parameter);
    std::string name = "--";
    for (std::size_t i = 0; i < parameter.size(); ++i) {
        const auto c = static_cast<unsigned char>(parameter[i]);
        if (std::isupper(c) != 0 && i > 0 && std::islower(static_cast<unsigned char>(parameter[i - 1])) != 0) name += '-';
        name += static_cast<char>(std::tolower(c));
    }
    return name;
}

const char* placeholder(print_client::Parameter::Kind kind) {
    switch (kind) {
        case print_client::Parameter::Kind::number:
            return "N";
        case print_client::Parameter::Kind::bytes:
            return "BYTES";
        case print_client::Parameter::Kind::structure:
            return "JSON";
        default:
            return "TEXT";
    }
}

// What of the parameters is for probe itself to fill in is left out.
std::string parameters_text(const Verb& verb) {
    std::string text;
    const ndr::OperationInfo* operation = print_client::find_operation(verb.operation);
    for (const auto& parameter : print_client::parameters_of(*operation)) {
        const bool own = (verb.reply.name != nullptr && parameter.name == verb.reply.name) || parameter.name == "pClientInfo";
        if (own) continue;
        if (parameter.kind == print_client::Parameter::Kind::handle)
            text += " --printer NAME|--handle NAME";
        else if (verb.container != nullptr && parameter.name == verb.container)
            text += " --level N --info JSON";
        else
            text += " " + option_name(parameter.name) + " " + placeholder(parameter.kind);
    }
    return text;
}

std::string interfaces_text(const ndr::OperationInfo& operation) {
    if (operation.opnums[0] == ndr::OperationInfo::kAbsent) return "MS-RPRN only";
    return operation.opnums[1] == ndr::OperationInfo::kAbsent ? "MS-PAR only" : "";
}

std::string help_line(const Verb& verb) {
    std::string text = "  " + std::string(verb.name) + parameters_text(verb) + "\n";
    const std::string only = interfaces_text(*print_client::find_operation(verb.operation));
    const std::string notes = std::string(verb.purpose) + (only.empty() || verb.purpose.empty() ? "" : "; ") + only;
    return notes.empty() ? text : text + "      " + notes + "\n";
}

}  // namespace

std::span<const Verb> verb_table() { return kVerbs; }

std::optional<Verb> find_verb(std::string_view name) {
    for (const Verb& verb : kVerbs) {
        if (base::equal_names(verb.name, name)) return verb;
    }
    const ndr::OperationInfo* operation = print_client::find_operation(name);
    if (operation == nullptr) return std::nullopt;
    Verb verb;
    verb.name = verb.operation = operation->codec->name;
    return verb;
}

Special find_special(std::string_view name) {
    for (const auto& [known, special] : kSpecials) {
        if (base::equal_names(known, name)) return special;
    }
    return Special::none;
}

std::string verbs_help() {
    std::string text =
        "Verbs named like the functions of Windows and the operations of the protocols. Options stand behind the verb; each parameter has\n"
        "one, numbers may be written 0x… or by name (PRINTER_ENUM_LOCAL|PRINTER_ENUM_SHARED), structures as JSON. Without --handle, the\n"
        "printer of --printer is opened for the call, or the server when that is missing; --access states the rights to ask for.\n\n";
    std::vector<std::string_view> shown;
    for (const Verb& verb : kVerbs) {
        text += help_line(verb);
        shown.push_back(verb.operation);
    }
    for (const ndr::OperationInfo& operation : wire::winspool::operations()) {
        if (std::find(shown.begin(), shown.end(), operation.codec->name) == shown.end())
            text += help_line(*find_verb(operation.codec->name));
    }
    return text +
           "  AddPrinterConnection --printer NAME\n      everything that Windows asks a server when it connects to a printer\n"
           "  DeletePrinterConnection --handle NAME\n  DocumentProperties --printer NAME\n  DeviceCapabilities --printer NAME\n"
           "      what Windows and its drivers ask a server for these\n"
           "  GetDeviceCaps, GetDefaultPrinter, SetDefaultPrinter: answered on the client, nothing reaches a server\n";
}

std::string verb_help(std::string_view name) {
    const auto verb = find_verb(name);
    return verb ? help_line(*verb) : verbs_help();
}

}  // namespace probe
