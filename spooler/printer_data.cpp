#include "spooler/printer_data.h"

#include "base/utf.h"

#include <algorithm>

namespace spooler {
namespace {

using base::Error;
using base::Win32;

// Values that clients may ask for but that a printer without a v4 driver cannot supply [MS-RPRN] 2.2.3.11.
constexpr std::string_view kUnavailable[] = {"HardwareId", "SeparatorFileData", "V4_Driver_Hardware_IDs",
                                             "XpsFormat",  "MergedData",        "MergedDataName"};

std::vector<DataValue> driver_values(const PrinterView& printer) {
    std::vector<DataValue> values;
    values.push_back(dword_value("BranchOfficeLoggingEnabled", 0));
    values.push_back(dword_value("BranchOfficeOfflineLogSize", 10));
    values.push_back(dword_value("ChangeID", printer.record->change_id));
    values.push_back(dword_value("EMFDespoolingSetting", 0));      // 0: clients render, the server never plays EMF
    values.push_back(dword_value("EnableBranchOfficePrinting", 0));
    values.push_back(dword_value("MinimumSupportedClientBuild", 0));
    return values;
}

std::string_view spooling_mode(std::uint32_t attributes) {
    if ((attributes & printer_attribute::kDirect) != 0) return "PrintDirect";
    return (attributes & printer_attribute::kQueued) != 0 ? "PrintAfterSpooled" : "PrintWhileSpooling";
}

// The mirrors of SetPrinter [MS-RPRN] 2.2.3.10.1; names that contain the server are left to the caller's knowledge of it.
std::vector<DataValue> spooler_values(const PrinterView& printer) {
    const PrinterRecord& record = *printer.record;
    std::vector<DataValue> values;
    values.push_back(text_value("description", record.comment));
    values.push_back(text_value("driverName", record.driver_name));
    values.push_back(dword_value("flags", 0));
    values.push_back(text_value("location", record.location));
    values.push_back(text_value("portName", printer.port_names()));
    values.push_back(dword_value("printAttributes", record.attributes));
    values.push_back(dword_value("printEndTime", record.until_time));
    values.push_back(text_value("printerName", record.name));
    values.push_back(dword_value("printKeepPrintedJobs", (record.attributes & printer_attribute::kKeepPrintedJobs) != 0 ? 1 : 0));
    values.push_back(text_value("printSeparatorFile", record.separator_file));
    values.push_back(text_value("printShareName", record.share_name));
    values.push_back(text_value("printSpooling", spooling_mode(record.attributes)));
    values.push_back(dword_value("printStartTime", record.start_time));
    values.push_back(dword_value("printStatus", printer.status));
    values.push_back(dword_value("priority", record.priority));
    values.push_back(dword_value("versionNumber", 4));
    return values;
}

}  // namespace

base::Result<std::vector<DataValue>> printer_values(const PrinterView& printer, std::string_view key) {
    if (key.empty() || base::equal_names(key, kDriverDataKey)) return driver_values(printer);
    if (base::equal_names(key, std::string_view("DsSpooler"))) return spooler_values(printer);
    return Error(Win32::file_not_found, "no such key");
}

base::Result<DataValue> printer_value(const PrinterView& printer, std::string_view key, std::string_view name) {
    TRY(const std::vector<DataValue> values, printer_values(printer, key));
    for (const DataValue& value : values) {
        if (base::equal_names(std::string_view(value.name), name)) return value;
    }
    for (const std::string_view unavailable : kUnavailable) {
        if (base::equal_names(unavailable, name)) return Error(Win32::not_supported, "this printer cannot supply the value");
    }
    return Error(Win32::file_not_found, "no such value");
}

}  // namespace spooler
