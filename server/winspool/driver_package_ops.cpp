// Driver packages: [MS-PAR] 3.1.4.2.7 to .12; GetCorePrinterDrivers and GetPrinterDriverPackagePath also [MS-RPRN] 3.1.4.4.9 and .10.
// Whoever may not administer the server is refused before a path is looked at, let alone a file.
#include "base/limits.h"
#include "base/utf.h"
#include "server/winspool/service.h"
#include "spooler/model/package_path.h"
#include "spooler/package_installer.h"

#include <algorithm>
#include <cstring>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;
using spooler::PackageInstaller;

namespace {

constexpr std::uint32_t kUploadAlways = 0x2, kCheckDriverStore = 0x4;  // UPDP_*
constexpr std::uint32_t kCopyAllFiles = 0x1;                           // IPDFP_*
constexpr std::uint32_t kMinDestinationChars = 260;
constexpr std::uint32_t kFalse = 1;          // S_FALSE
constexpr std::size_t kMaxLocaleChars = 85;  // LOCALE_NAME_MAX_LENGTH

// Unlike elsewhere no text does not mean the server's own environment.
Result<std::string> named_environment(const ndr::WStr& text) {
    const std::string name = utf8(text);
    const spooler::Environment* known = spooler::find_environment(name);
    if (known == nullptr) return Error(Win32::invalid_environment, name);
    return std::string(known->name);
}

// "en-US"; what we have is the same in every language.
Result<void> check_language(const ndr::WStr& text) {
    TRY(const std::string name, checked_text(text, kMaxLocaleChars));
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return std::all_of(name.begin(), name.end(), plain) ? Result<void>() : Error(Win32::invalid_parameter, "not a locale name");
}

// Text with its NUL; the caller has checked that it fits.
void fill(ndr::Array<char16_t>& buffer, std::u16string_view text) {
    std::copy(text.begin(), text.end(), buffer.data);
    buffer.data[text.size()] = u'\0';
}

// The GUIDs of a multi-string, up to the empty string that ends it, or one more than `count`. invalid_parameter when it does not end.
Result<std::vector<std::string>> read_guids(const ndr::Array<char16_t>& list, std::size_t count) {
    std::u16string_view rest(list.data, list.size);
    std::vector<std::string> guids;
    while (guids.size() <= count) {
        const std::size_t end = rest.find(u'\0');
        if (end == std::u16string_view::npos) return Error(Win32::invalid_parameter, "the list of core drivers does not end");
        if (end == 0) return guids;
        guids.push_back(base::to_utf8(rest.substr(0, end)));
        rest.remove_prefix(end + 1);
    }
    return guids;
}

}  // namespace

Result<PackageInstaller*> WinspoolService::package_installer() const {
    if (packages_ == nullptr) return Error(Win32::not_supported, "this server takes no driver packages");
    return packages_;
}

void WinspoolService::audit_package(const dcerpc::Call& call, std::string_view event, std::string_view package,
                                    std::string_view environment, const std::string& reason) {
    changed(
        call, "audit",
        {{"event", event}, {"package", package}, {"environment", environment}, {"reason", reason}, {"peer", call.caller().peer_address}});
}

// [MS-PAR] 3.1.4.2.8 RpcAsyncUploadPrinterDriverPackage
Outcome WinspoolService::upload_printer_driver_package(dcerpc::Call& call, const op::UploadPrinterDriverPackage::In& in,
                                                       op::UploadPrinterDriverPackage::Out& out) {
    CO_TRY(const ReplyContextPtr context, server_context(in.pszServer));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    if (in.pcchDestInfPath < kMinDestinationChars) co_return Error(Win32::invalid_parameter, "no room for the destination path");
    CO_TRY(const std::string environment, named_environment(in.pszEnvironment));
    CO_TRY(const std::string text, checked_text(in.pszInfPath));
    const spooler::ServerSettings& settings = spooler_.server().settings();
    const bool check = (in.dwFlags & kCheckDriverStore) != 0 && (in.dwFlags & kUploadAlways) == 0;
    // A path into the driver store itself: what is there needs no upload.
    const std::string id = spooler::package_of_path(settings.spool_directory, text);
    spooler::DriverPackagePtr package = id.empty() ? nullptr : spooler_.packages().find(id);
    if (!package) {
        const std::string local = spooler::local_driver_directory(settings);
        const spooler::UploadPlace place{spooler_.server().names(), context->server, local};
        auto path = spooler::parse_upload_path(text, *spooler::find_environment(environment), place);
        if (!path) {
            audit_package(call, "driver package refused", text, environment, path.error().text());
            co_return std::move(path).error();
        }
        CO_TRY(PackageInstaller* const packages, package_installer());
        auto how = PackageInstaller::Upload::if_absent;
        if ((in.dwFlags & kUploadAlways) != 0)
            how = PackageInstaller::Upload::always;
        else if (check)
            how = PackageInstaller::Upload::check_only;
        auto taken = co_await packages->upload(std::move(*path), environment, how);
        const char* event = check ? "driver package asked for" : taken ? "driver package uploaded" : "driver package refused";
        audit_package(call, event, taken ? (*taken)->id : text, environment, taken ? std::string() : taken.error().to_string());
        CO_TRY(package, std::move(taken));
    }
    const std::u16string destination = base::to_utf16(spooler::store_path(settings.spool_directory, package->id, package->inf_name));
    out.pcchDestInfPath = static_cast<std::uint32_t>(destination.size() + 1);
    if (out.pszDestInfPath.size <= destination.size()) co_return Error(Win32::insufficient_buffer, "no room for the destination path");
    fill(out.pszDestInfPath, destination);
    co_return Result<void>();
}

// [MS-PAR] 3.1.4.2.7 RpcAsyncInstallPrinterDriverFromPackage
Outcome WinspoolService::install_printer_driver_from_package(dcerpc::Call& call, const op::InstallPrinterDriverFromPackage::In& in,
                                                             op::InstallPrinterDriverFromPackage::Out& out) {
    CO_TRY_VOID(server_context(in.pszServer));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    std::string package;
    if (in.pszInfPath.present) {
        CO_TRY(const std::string text, checked_text(in.pszInfPath));
        package = spooler::package_of_path(spooler_.server().settings().spool_directory, text);
        if (package.empty()) co_return Error(Win32::invalid_parameter, "not a path into the driver store");
    }
    CO_TRY(const std::string environment, named_environment(in.pszEnvironment));
    CO_TRY(const std::string driver, checked_text(in.pszDriverName));
    if (driver.empty()) co_return Error(Win32::unknown_printer_driver, "no driver name");
    CO_TRY(PackageInstaller* const packages, package_installer());
    const auto copy = (in.dwFlags & kCopyAllFiles) != 0 ? spooler::DriverCopy::all : spooler::DriverCopy::newer;
    auto outcome = co_await packages->install(package, driver, environment, copy);
    const bool kept = outcome && *outcome == spooler::InstallOutcome::kept;
    std::string reason = kept ? "the installed one is newer or a class driver" : "";
    if (!outcome) reason = outcome.error().to_string();
    const char* event = outcome && !kept ? "driver installed from package" : "driver not installed from package";
    audit_package(call, event, driver + " of " + package, environment, reason);
    CO_TRY_VOID(std::move(outcome));
    if (kept) out.result = kFalse;
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.4.9 RpcGetCorePrinterDrivers: not access-checked.
Outcome WinspoolService::get_core_printer_drivers(dcerpc::Call& /*call*/, const op::GetCorePrinterDrivers::In& in,
                                                  op::GetCorePrinterDrivers::Out& out) {
    CO_TRY_VOID(server_context(in.pszServer));
    // Windows looks at the count before the environment.
    if (in.cCorePrinterDrivers == 0) co_return Error(Win32::invalid_parameter, "no core driver asked for");
    // Each is looked for in all packages, and anybody may ask.
    if (in.cCorePrinterDrivers > base::limits::kMaxPackageCoreDrivers)
        co_return Error(Win32::invalid_parameter, "more core drivers than a driver can need");
    CO_TRY(const std::string environment, named_environment(in.pszEnvironment));
    CO_TRY(const std::vector<std::string> guids, read_guids(in.pszzCoreDriverDependencies, in.cCorePrinterDrivers));
    if (guids.size() != in.cCorePrinterDrivers) co_return Error(Win32::invalid_parameter, "as many places as core drivers are needed");
    for (std::size_t i = 0; i < guids.size(); ++i) {
        const auto offer = spooler_.packages().core_driver(guids[i], environment);
        const auto guid = base::parse_guid(guids[i]);
        if (!offer || !guid) co_return Error(Win32::not_found, "core driver " + guids[i]);
        op::CORE_PRINTER_DRIVER& row = out.pCorePrinterDrivers.data[i];
        row.CoreDriverGUID = *guid;
        row.ftDriverDate.dwLowDateTime = static_cast<std::uint32_t>(offer->core.date.ticks);
        row.ftDriverDate.dwHighDateTime = static_cast<std::uint32_t>(offer->core.date.ticks >> 32U);
        row.dwlDriverVersion = offer->core.version;
        const std::u16string id = base::to_utf16(offer->package);
        row.szPackageID.fill(u'\0');
        std::copy_n(id.begin(), std::min(id.size(), row.szPackageID.size() - 1), row.szPackageID.begin());
    }
    co_return Result<void>();
}

// [MS-PAR] 3.1.4.2.10 RpcAsyncCorePrinterDriverInstalled: not access-checked.
Outcome WinspoolService::core_printer_driver_installed(dcerpc::Call& /*call*/, const op::CorePrinterDriverInstalled::In& in,
                                                       op::CorePrinterDriverInstalled::Out& out) {
    out.pbDriverInstalled = 0;
    CO_TRY_VOID(server_context(in.pszServer));
    CO_TRY(const std::string environment, named_environment(in.pszEnvironment));
    const auto offer = spooler_.packages().core_driver(base::to_braced_upper(in.CoreDriverGUID), environment);
    if (!offer) co_return Result<void>();
    const base::FileTime asked{(std::uint64_t{in.ftDriverDate.dwHighDateTime} << 32U) | in.ftDriverDate.dwLowDateTime};
    const bool older = spooler::newer(asked, in.dwlDriverVersion, offer->core.date, offer->core.version);
    out.pbDriverInstalled = older ? 0 : 1;
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.4.10 RpcGetPrinterDriverPackagePath: not access-checked; the share's own rights say who may read the cabinet.
Outcome WinspoolService::get_printer_driver_package_path(dcerpc::Call& /*call*/, const op::GetPrinterDriverPackagePath::In& in,
                                                         op::GetPrinterDriverPackagePath::Out& out) {
    CO_TRY(const ReplyContextPtr context, server_context(in.pszServer));
    CO_TRY(const std::string environment, named_environment(in.pszEnvironment));
    CO_TRY_VOID(check_language(in.pszLanguage));
    CO_TRY(const std::string id, checked_text(in.pszPackageID));
    std::string known;
    if (spooler::DriverPackages::in_box(id, environment)) {
        // Windows clients have these themselves, in newer versions; there is nothing to fetch.
        known = id;
    } else if (const spooler::DriverPackagePtr package = spooler_.packages().find(id)) {
        const std::vector<std::string> places = spooler::environment_directories(*package);
        const std::string_view place = spooler::find_environment(environment)->directory;
        if (std::find(places.begin(), places.end(), place) != places.end()) known = package->id;
    }
    if (known.empty()) co_return Error(Win32::file_not_found, "no driver package " + id + " for " + environment);
    const std::u16string path = base::to_utf16(driver_directory(*context, environment) + "\\PCC\\" + known + ".cab");
    out.pcchRequiredSize = static_cast<std::uint32_t>(path.size() + 1);
    if (in.cchDriverPackageCab == 0) co_return Result<void>();
    if (out.pszDriverPackageCab.size <= path.size()) co_return Error(Win32::insufficient_buffer);
    fill(out.pszDriverPackageCab, path);
    co_return Result<void>();
}

// [MS-PAR] 3.1.4.2.12 RpcAsyncDeletePrinterDriverPackage. Windows looks for the package before it looks at the environment.
Outcome WinspoolService::delete_printer_driver_package(dcerpc::Call& call, const op::DeletePrinterDriverPackage::In& in,
                                                       op::DeletePrinterDriverPackage::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pszServer));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string text = utf8(in.pszInfPath);
    const std::string id = spooler::package_of_path(spooler_.server().settings().spool_directory, text);
    const bool known = !id.empty() && (spooler::DriverPackages::in_box(id) || spooler_.packages().find(id));
    if (!known) co_return Error(Win32::not_found, "no driver package " + text);
    CO_TRY_VOID(named_environment(in.pszEnvironment));
    if (spooler::DriverPackages::in_box(id)) co_return Error(Win32::access_denied, "drivers that come with Windows cannot be deleted");
    CO_TRY(PackageInstaller* const packages, package_installer());
    auto removed = co_await packages->remove(id);
    audit_package(call, removed ? "driver package deleted" : "driver package not deleted", id, {},
                  removed ? "" : removed.error().to_string());
    co_return removed;
}

}  // namespace server
