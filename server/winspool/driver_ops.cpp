// GetPrinterDriver, EnumPrinterDrivers, GetPrinterDriverDirectory: [MS-RPRN] 3.1.4.4, [MS-PAR] 3.1.4.2.
#include "base/utf.h"
#include "server/winspool/service.h"
#include "spooler/driver_paths.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

constexpr std::uint32_t kNewestV3Version = 3;
constexpr std::uint32_t kLevel101 = 101;
constexpr std::uint32_t kLastLegacyLevel = 6;
constexpr std::string_view kWindows9x = "Windows 4.0";

}  // namespace

// Where clients find driver files: the share print$ of the server name they use, or the local path for those without one.
std::string WinspoolService::driver_directory(const ReplyContext& context, std::string_view environment) const {
    const spooler::Environment* known = spooler::find_environment(environment);
    const std::string directory = known == nullptr ? std::string() : std::string(known->directory);
    if (!context.server.empty()) return context.prefix + "print$\\" + directory;
    return spooler::local_driver_directory(spooler_.server().settings()) + "\\" + directory;
}

DriverRow WinspoolService::driver_row(const ReplyContext& context, spooler::Driver driver) const {
    std::string directory = driver_directory(context, driver.environment) + "\\" + std::to_string(driver.version) + "\\";
    const std::vector<std::uint32_t> generations = spooler_.drivers().generations(driver, DriverRow::file_order(driver));
    return DriverRow::make(std::make_shared<const spooler::Driver>(std::move(driver)), std::move(directory), generations);
}

// [MS-RPRN] 3.1.4.4.6 RpcGetPrinterDriver2; [MS-PAR] 3.1.4.2.1
Outcome WinspoolService::get_printer_driver(dcerpc::Call& call, const op::GetPrinterDriver::In& in, op::GetPrinterDriver::Out& out) {
    const InfoReply reply = info_reply(out.pDriver, in.cbBuf, out);
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY(const auto* level, find_level(kDriverLevels, in.Level));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    // Clients send the newest driver version that they can use; 0 comes from those that do not care.
    const std::uint32_t newest = in.dwClientMajorVersion == 0 ? spooler::kAnyDriverVersion : in.dwClientMajorVersion;
    auto found = spooler_.drivers().find(handle->queue()->record()->driver_name, environment, newest);
    // Clients that can use v4 drivers send 3 as well, so 3 refuses only what a better match replaces.
    if (!found && newest == kNewestV3Version) found = spooler_.drivers().find(handle->queue()->record()->driver_name, environment);
    CO_TRY(spooler::Driver driver, std::move(found));
    if (in.Level == kLevel101 && driver.version >= spooler::kFirstV4DriverVersion)
        co_return Error(Win32::can_not_complete, "level 101 of a v4 driver");
    Rows<DriverRow> rows;
    rows.context = handle->context();
    rows.rows.push_back(driver_row(*rows.context, std::move(driver)));
    std::string arguments = base::to_string(in.hPrinter.uuid) + std::to_string(newest) + environment;
    co_return answer(call, std::move(arguments), *level, std::move(rows), reply);
}

// [MS-RPRN] 3.1.4.4.3 RpcGetPrinterDriver: only for clients of Windows 9x; others get "unknown" and use the newer call.
Outcome WinspoolService::get_printer_driver_legacy(dcerpc::Call& call, const op::GetPrinterDriverLegacy::In& in,
                                                   op::GetPrinterDriverLegacy::Out& out) {
    const InfoReply reply = info_reply(out.pDriver, in.cbBuf, out);
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    if (in.Level > kLastLegacyLevel) co_return Error(Win32::invalid_level);
    CO_TRY(const auto* level, find_level(kEnumDriverLevels, in.Level));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    if (!base::equal_names(environment, kWindows9x)) co_return Error(Win32::unknown_printer_driver, "not a driver of Windows 4.0");
    CO_TRY(spooler::Driver driver, spooler_.drivers().find(handle->queue()->record()->driver_name, environment));
    Rows<DriverRow> rows;
    rows.context = handle->context();
    rows.rows.push_back(driver_row(*rows.context, std::move(driver)));
    co_return answer(call, base::to_string(in.hPrinter.uuid) + environment, *level, std::move(rows), reply);
}

// [MS-RPRN] 3.1.4.4.2 RpcEnumPrinterDrivers; [MS-PAR] 3.1.4.2.3
Outcome WinspoolService::enum_printer_drivers(dcerpc::Call& call, const op::EnumPrinterDrivers::In& in, op::EnumPrinterDrivers::Out& out) {
    const InfoReply reply = info_reply(out.pDrivers, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kEnumDriverLevels, in.Level));
    CO_TRY(const ReplyContextPtr context, server_context(in.pName));
    const std::string asked = utf8(in.pEnvironment);
    const bool all = base::equal_names(asked, "all") || base::equal_names(asked, "allcluster");
    std::string environment;                                       // empty: every environment
    if (!all) {
        CO_TRY(environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    }
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
    Rows<DriverRow> rows;
    rows.context = context;
    for (spooler::Driver& driver : spooler_.drivers().list(environment)) rows.rows.push_back(driver_row(*context, std::move(driver)));
    co_return answer(call, context->server + "\n" + environment, *level, std::move(rows), reply);
}

// [MS-RPRN] 3.1.4.4.4 RpcGetPrinterDriverDirectory; [MS-PAR] 3.1.4.2.4. The level is ignored, as Windows does.
Outcome WinspoolService::get_printer_driver_directory(dcerpc::Call& call, const op::GetPrinterDriverDirectory::In& in,
                                                      op::GetPrinterDriverDirectory::Out& out) {
    const InfoReply reply = info_reply(out.pDriverDirectory, in.cbBuf, out);
    CO_TRY(const ReplyContextPtr context, server_context(in.pName));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
    const std::string directory = driver_directory(*context, environment);
    co_return write_string(directory, reply);
}

}  // namespace server
