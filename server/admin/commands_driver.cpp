// Drivers and driver packages on the administrator's socket. The daemon reads the files, so paths are the server's.
#include "base/filetime.h"
#include "base/log.h"
#include "base/utf.h"
#include "server/admin/command_helpers.h"
#include "spooler/package_installer.h"

#include <array>

namespace server {
namespace {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using nlohmann::json;

constexpr std::array kImportArguments = {
    Argument{"path", "an INF file, a directory with one, or a cabinet, on the server", true, ArgumentKind::path},
    Argument{"driver", "install this driver only; all of the package unless given"},
    Argument{"dry_run", "say what would happen and change nothing", false, ArgumentKind::flag},
};
constexpr std::array kNameArgument = {Argument{"name", "a driver's name, or a package's id", true}};

std::string version_text(std::uint64_t version) {
    std::string text;
    for (const unsigned shift : {48U, 32U, 16U, 0U}) text += (text.empty() ? "" : ".") + std::to_string((version >> shift) & 0xFFFFU);
    return text;
}

std::string date_text(base::FileTime date) {
    if (date.ticks == 0) return "";
    const base::SystemTime time = base::to_system_time(date);
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%04u-%02u-%02u", unsigned{time.year}, unsigned{time.month}, unsigned{time.day});
    return text.data();
}

bool flag_argument(const json& arguments, const char* name) {
    if (!arguments.contains(name)) return false;
    const json& value = arguments[name];
    return value.is_boolean() ? value.get<bool>() : text_argument(arguments, name) == "true";
}

bool same(const std::string& one, const std::string& other) { return base::equal_names(std::string_view(one), std::string_view(other)); }

// The package that a driver was installed from; empty for others.
std::string package_of(const AdminContext& context, const spooler::Driver& driver) {
    if (driver.inf_path.empty()) return "";
    return spooler::package_of_path(context.spooler->server().settings().spool_directory, driver.inf_path);
}

json driver_json(const AdminContext& context, const spooler::Driver& driver) {
    json row;
    row["name"] = driver.name;
    row["environment"] = driver.environment;
    row["type"] = "v" + std::to_string(driver.version);
    row["date"] = date_text(driver.date);
    row["version"] = version_text(driver.driver_version);
    row["declared"] = driver.in_box;
    row["package"] = package_of(context, driver);
    return row;
}

json package_json(const spooler::DriverPackage& package) {
    json row;
    row["package"] = package.id;
    row["inf"] = package.inf_name;
    row["provider"] = package.provider;
    row["date"] = date_text(package.date);
    row["version"] = version_text(package.version);
    row["signature"] = spooler::signature_name(package.signature);
    row["signer"] = package.signer;
    row["signature_detail"] = package.signature_detail;
    row["notes"] = package.notes;
    row["files"] = json::array();
    for (const spooler::PackageFile& file : package.files) {
        json entry;
        entry["path"] = file.path;
        entry["size_bytes"] = file.size;
        entry["sha256"] = file.sha256;
        row["files"].push_back(std::move(entry));
    }
    row["core_drivers"] = json::array();
    for (const spooler::CoreDriver& core : package.core_drivers) {
        json entry;
        entry["guid"] = core.guid;
        entry["environment"] = core.environment;
        entry["date"] = date_text(core.date);
        entry["version"] = version_text(core.version);
        row["core_drivers"].push_back(std::move(entry));
    }
    return row;
}

json offered_json(const spooler::PackageDriver& offered) {
    json row;
    row["name"] = offered.driver.name;
    row["environment"] = offered.driver.environment;
    row["type"] = "v" + std::to_string(offered.driver.version);
    row["hardware_id"] = offered.driver.hardware_id;
    row["required_class"] = offered.required_class;
    row["files"] = spooler::driver_file_names(offered.driver);
    return row;
}

// What clients of each environment get from a package, and from where.
json plan_json(const spooler::DriverPlan& plan, bool dry_run) {
    json row = offered_json(plan.offered);
    row["core_drivers"] = json::array();
    for (const spooler::CoreOffer& core : plan.core) {
        json entry;
        entry["guid"] = core.core.guid;
        entry["from"] = core.in_box ? "Windows itself" : core.package;
        row["core_drivers"].push_back(std::move(entry));
    }
    if (!plan.outcome) {
        row["outcome"] = "not installed";
        row["reason"] = plan.outcome.error().to_string();
    } else if (*plan.outcome == spooler::InstallOutcome::kept) {
        row["outcome"] = dry_run ? "would stay as it is" : "stayed as it is";
        row["reason"] = "the installed driver is newer, is a class driver, or is used by a shared printer that the new one does not allow";
    } else {
        row["outcome"] = dry_run ? "would be installed" : "installed";
    }
    return row;
}

Task<Result<json>> import(AdminContext& context, const json& arguments) {
    if (context.packages == nullptr) co_return Error(Win32::not_supported, "this server takes no driver packages");
    spooler::PackageInstaller::Import wanted;
    wanted.path = text_argument(arguments, "path");
    wanted.driver = text_argument(arguments, "driver");
    wanted.dry_run = flag_argument(arguments, "dry_run");
    const bool dry_run = wanted.dry_run;
    const std::string path = wanted.path;
    CO_TRY(const spooler::PackagePlan plan, co_await context.packages->import(std::move(wanted)));
    json row = package_json(plan.package);
    row["dry_run"] = dry_run;
    row["already_in_store"] = plan.present;
    row["accepted"] = plan.accepted.has_value();
    if (!plan.accepted) row["reason"] = plan.accepted.error().to_string();
    row["drivers"] = json::array();
    for (const spooler::DriverPlan& driver : plan.drivers) row["drivers"].push_back(plan_json(driver, dry_run));
    if (!dry_run) base::log::info("driver package imported", {{"package", plan.package.id}, {"path", path}});
    co_return row;
}

Task<Result<json>> list(AdminContext& context, const json& /*arguments*/) {
    json rows = json::array();
    for (const spooler::Driver& driver : context.spooler->drivers().list({})) rows.push_back(driver_json(context, driver));
    co_return rows;
}

Task<Result<json>> list_packages(AdminContext& context, const json& /*arguments*/) {
    json rows = json::array();
    for (const spooler::DriverPackagePtr& package : context.spooler->packages().list()) rows.push_back(package_json(*package));
    co_return rows;
}

Task<Result<json>> show(AdminContext& context, const json& arguments) {
    const std::string name = text_argument(arguments, "name");
    if (const spooler::DriverPackagePtr package = context.spooler->packages().find(name)) {
        json row = package_json(*package);
        row["drivers"] = json::array();
        for (const spooler::PackageDriver& offered : package->drivers) row["drivers"].push_back(offered_json(offered));
        co_return row;
    }
    json versions = json::array();
    for (const spooler::Driver& driver : context.spooler->drivers().list({})) {
        if (!same(driver.name, name)) continue;
        json row = driver_json(context, driver);
        row["manufacturer"] = driver.manufacturer;
        row["provider"] = driver.provider;
        row["hardware_id"] = driver.hardware_id;
        row["files"] = spooler::driver_file_names(driver);
        row["core_drivers"] = driver.core_dependencies;
        versions.push_back(std::move(row));
    }
    if (versions.empty()) co_return Error(Win32::unknown_printer_driver, "neither a driver nor a package: " + name);
    json row;
    row["name"] = name;
    row["versions"] = std::move(versions);
    row["printers"] = json::array();
    for (const spooler::PrinterQueuePtr& queue : *context.spooler->printers().list()) {
        if (same(queue->record()->driver_name, name)) row["printers"].push_back(queue->record()->name);
    }
    co_return row;
}

// A package by its id, or a driver in all its versions with the files that no other driver uses.
Task<Result<json>> remove(AdminContext& context, const json& arguments) {
    std::string name = text_argument(arguments, "name");
    json row;
    if (context.spooler->packages().find(name)) {
        if (context.packages == nullptr) co_return Error(Win32::not_supported, "this server takes no driver packages");
        row["removed_package"] = name;
        CO_TRY_VOID(co_await context.packages->remove(std::move(name)));
        co_return row;
    }
    row["removed_driver"] = name;
    spooler::DriverRemoval removal;
    removal.name = std::move(name);
    removal.files = spooler::DriverRemoval::Files::unused;
    CO_TRY_VOID(co_await context.spooler->remove_driver(std::move(removal)));
    co_return row;
}

constexpr std::array kCommands = {
    Command{"driver-import", CommandRight::change, "take in a driver package and install its drivers", kImportArguments, &import},
    Command{"driver-list", CommandRight::read, "all installed and declared drivers", {}, &list},
    Command{"driver-packages", CommandRight::read, "all driver packages in the store", {}, &list_packages},
    Command{"driver-show", CommandRight::read, "one driver or package in full", kNameArgument, &show},
    Command{"driver-remove", CommandRight::change, "remove a driver that no printer uses, or a package that no driver uses", kNameArgument,
            &remove},
};

}  // namespace

std::span<const Command> driver_commands() { return kCommands; }

}  // namespace server
