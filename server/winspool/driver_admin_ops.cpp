// AddPrinterDriver(Ex) and DeletePrinterDriver(Ex): [MS-RPRN] 3.1.4.4, [MS-PAR] 3.1.4.2. Administrators only, and nothing that a client
// names is looked at before that is known. Files come from the upload area of the share print$ and from nowhere else: no other host, no
// device, no place outside (the family of CVE-2021-1675 and CVE-2021-34527).
#include "server/winspool/driver_container.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;
using spooler::DriverRemoval;

namespace {

// DPD_* flags [MS-RPRN] 3.1.4.4.7.
constexpr std::uint32_t kDeleteUnusedFiles = 0x1, kDeleteSpecificVersion = 0x2, kDeleteAllFiles = 0x4;

// The canonical name of a driver's environment; unlike elsewhere it must be given.
Result<std::string> given_environment(const ndr::WStr& text, const spooler::ServerSettings& settings) {
    if (!text.present || text.empty()) return Error(Win32::invalid_environment, "no environment");
    return checked_environment(text, settings);
}

}  // namespace

Outcome WinspoolService::install_uploaded_driver(dcerpc::Call& call, ReplyContextPtr context, spooler::Driver driver,
                                                 spooler::DriverCopy copy) {
    const std::string local = spooler::local_driver_directory(spooler_.server().settings());
    const spooler::UploadPlace place{spooler_.server().names(), context->server, local};
    auto sources = take_sources(driver, place, spooler_.driver_share());
    if (!sources) {
        changed(call, "audit",
                {{"event", "driver refused"},
                 {"driver", driver.name},
                 {"reason", sources.error().text()},
                 {"peer", call.caller().peer_address}});
        co_return std::move(sources).error();
    }
    const std::string name = driver.name;
    const std::string environment = driver.environment;
    const std::uint32_t version = driver.version;
    const auto files = static_cast<std::uint64_t>(sources->size());
    auto installed = co_await spooler_.install_driver(std::move(driver), std::move(*sources), copy);
    const std::string reason = installed ? std::string() : installed.error().to_string();
    changed(call, "audit",
            {{"event", installed ? "driver added" : "driver not added"},
             {"driver", name},
             {"environment", environment},
             {"version", version},
             {"files", files},
             {"reason", reason},
             {"peer", call.caller().peer_address}});
    co_return installed;
}

// [MS-RPRN] 3.1.4.4.8 RpcAddPrinterDriverEx; [MS-PAR] 3.1.4.2.2
Outcome WinspoolService::add_printer_driver(dcerpc::Call& call, const op::AddPrinterDriver::In& in, op::AddPrinterDriver::Out& /*out*/) {
    CO_TRY(const ReplyContextPtr context, server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    CO_TRY(spooler::Driver driver, driver_from(in.pDriverContainer, DriverCall::extended));
    CO_TRY(const spooler::DriverCopy copy, copy_rule(in.dwFileCopyFlags));
    co_return co_await install_uploaded_driver(call, context, std::move(driver), copy);
}

// [MS-RPRN] 3.1.4.4.1 RpcAddPrinterDriver: as the newer call with APD_COPY_NEW_FILES.
Outcome WinspoolService::add_printer_driver_legacy(dcerpc::Call& call, const op::AddPrinterDriverLegacy::In& in,
                                                   op::AddPrinterDriverLegacy::Out& /*out*/) {
    CO_TRY(const ReplyContextPtr context, server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    CO_TRY(spooler::Driver driver, driver_from(in.pDriverContainer, DriverCall::legacy));
    co_return co_await install_uploaded_driver(call, context, std::move(driver), spooler::DriverCopy::newer);
}

Outcome WinspoolService::remove_driver(dcerpc::Call& call, spooler::DriverRemoval removal) {
    const std::string name = removal.name;
    const std::string environment = removal.environment;
    auto removed = co_await spooler_.remove_driver(std::move(removal));
    const std::string reason = removed ? std::string() : removed.error().to_string();
    changed(call, "audit",
            {{"event", removed ? "driver deleted" : "driver not deleted"},
             {"driver", name},
             {"environment", environment},
             {"reason", reason},
             {"peer", call.caller().peer_address}});
    co_return removed;
}

// [MS-RPRN] 3.1.4.4.5 RpcDeletePrinterDriver; [MS-PAR] 3.1.4.2.5. Every version; the files stay.
Outcome WinspoolService::delete_printer_driver(dcerpc::Call& call, const op::DeletePrinterDriver::In& in,
                                               op::DeletePrinterDriver::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    DriverRemoval removal;
    CO_TRY(removal.environment, given_environment(in.pEnvironment, spooler_.server().settings()));
    removal.name = utf8(in.pDriverName);
    co_return co_await remove_driver(call, std::move(removal));
}

// [MS-RPRN] 3.1.4.4.7 RpcDeletePrinterDriverEx; [MS-PAR] 3.1.4.2.6
Outcome WinspoolService::delete_printer_driver_ex(dcerpc::Call& call, const op::DeletePrinterDriverEx::In& in,
                                                  op::DeletePrinterDriverEx::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    DriverRemoval removal;
    CO_TRY(removal.environment, given_environment(in.pEnvironment, spooler_.server().settings()));
    removal.name = utf8(in.pDriverName);
    CO_TRY_VOID(spooler_.drivers().find(removal.name, removal.environment));
    const bool known_flags = (in.dwDeleteFlag & ~(kDeleteUnusedFiles | kDeleteSpecificVersion | kDeleteAllFiles)) == 0;
    if (!known_flags) co_return Error(Win32::invalid_parameter, "unknown delete flags");
    if ((in.dwDeleteFlag & kDeleteSpecificVersion) != 0) removal.version = in.dwVersionNum;
    if ((in.dwDeleteFlag & kDeleteUnusedFiles) != 0) removal.files = DriverRemoval::Files::unused;
    if ((in.dwDeleteFlag & kDeleteAllFiles) != 0) removal.files = DriverRemoval::Files::all;
    co_return co_await remove_driver(call, std::move(removal));
}

}  // namespace server
