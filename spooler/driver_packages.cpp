#include "spooler/driver_packages.h"

#include "base/limits.h"
#include "base/utf.h"
#include "spooler/drivers.h"
#include "spooler/failpoint.h"

#include <algorithm>
#include <array>
#include <set>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

// Core drivers that every Windows since Vista has in its box [MS-RPRN] 2.2.2.13. All its versions carry the date of the first; ours is
// the first version, so that no client ever takes this server's for newer than its own: there are no files to fetch.
constexpr std::array<std::string_view, 6> kInBoxCore = {
    "{D20EA372-DD35-4950-9ED8-A6335AFE79F0}",  // Unidrv
    "{D20EA372-DD35-4950-9ED8-A6335AFE79F1}",  // PScript
    "{D20EA372-DD35-4950-9ED8-A6335AFE79F2}",  // PCL XL
    "{D20EA372-DD35-4950-9ED8-A6335AFE79F3}",  // the sRGB profile
    "{D20EA372-DD35-4950-9ED8-A6335AFE79F4}",  // plotters
    "{D20EA372-DD35-4950-9ED8-A6335AFE79F5}",  // XPSDrv
};
constexpr std::uint64_t kInBoxVersion = (std::uint64_t{6} << 48U) | (std::uint64_t{6000} << 16U) | 16386U;
constexpr std::uint64_t kInBoxDateTicks = 127'953'216'000'000'000ULL;  // 21 June 2006

struct InBoxPackage {
    std::string_view environment, id;
};
constexpr std::array<InBoxPackage, 4> kInBoxPackages = {{
    {"Windows x64", "ntprint.inf_amd64_0000000000000000"},
    {"Windows NT x86", "ntprint.inf_x86_0000000000000000"},
    {"Windows ARM64", "ntprint.inf_arm64_0000000000000000"},
    {"Windows IA64", "ntprint.inf_ia64_0000000000000000"},
}};

std::optional<CoreOffer> in_box_core(std::string_view guid, std::string_view environment) {
    for (const InBoxPackage& package : kInBoxPackages) {
        if (!base::equal_names(package.environment, environment)) continue;
        for (const std::string_view known : kInBoxCore) {
            if (!base::equal_names(known, guid)) continue;
            CoreOffer offer;
            offer.core.guid = known;
            offer.core.environment = package.environment;
            offer.core.date = base::FileTime{kInBoxDateTicks};
            offer.core.version = kInBoxVersion;
            offer.package = package.id;
            offer.in_box = true;
            return offer;
        }
    }
    return std::nullopt;
}

}  // namespace

std::uint64_t DriverPackages::bytes_of(const DriverPackage& package) {
    std::uint64_t bytes = 0;
    for (const PackageFile& file : package.files) bytes += file.size;
    return bytes;
}

void DriverPackages::load(std::vector<DriverPackage> packages, std::vector<std::string> unreadable) {
    unreadable_ = std::move(unreadable);
    packages_.with([&](Table& table) {
        for (DriverPackage& package : packages) {
            std::string key = base::fold_utf8(package.id);
            table.insert_or_assign(std::move(key), std::make_shared<const DriverPackage>(std::move(package)));
        }
    });
}

std::vector<DriverPackagePtr> DriverPackages::list() const {
    return packages_.with([](const Table& table) {
        std::vector<DriverPackagePtr> all;
        all.reserve(table.size());
        for (const auto& entry : table) all.push_back(entry.second);
        return all;
    });
}

DriverPackagePtr DriverPackages::find(std::string_view id) const {
    const std::string key = base::fold_utf8(id);
    return packages_.with([&](const Table& table) {
        const auto found = table.find(key);
        return found == table.end() ? nullptr : found->second;
    });
}

DriverPackagePtr DriverPackages::offering(std::string_view driver, std::string_view environment) const {
    DriverPackagePtr best;
    for (const DriverPackagePtr& package : list()) {
        if (find_driver(*package, driver, environment) == nullptr) continue;
        if (!best || newer(package->date, package->version, best->date, best->version)) best = package;
    }
    return best;
}

std::optional<CoreOffer> DriverPackages::core_driver(std::string_view guid, std::string_view environment) const {
    std::optional<CoreOffer> best = in_box_core(guid, environment);
    for (const DriverPackagePtr& package : list()) {
        for (const CoreDriver& core : package->core_drivers) {
            if (!base::equal_names(std::string_view(core.guid), guid) ||
                !base::equal_names(std::string_view(core.environment), environment))
                continue;
            if (!best || newer(core.date, core.version, best->core.date, best->core.version)) best = CoreOffer{core, package->id, false};
        }
    }
    return best;
}

bool DriverPackages::in_box(std::string_view id, std::string_view environment) {
    return std::any_of(kInBoxPackages.begin(), kInBoxPackages.end(), [&](const InBoxPackage& package) {
        return base::equal_names(package.id, id) && base::equal_names(package.environment, environment);
    });
}

bool DriverPackages::in_box(std::string_view id) {
    return std::any_of(kInBoxPackages.begin(), kInBoxPackages.end(),
                       [&](const InBoxPackage& package) { return base::equal_names(package.id, id); });
}

Result<void> DriverPackages::check_room(const Table& table, const DriverPackage& package) {
    std::uint64_t bytes = bytes_of(package);
    std::size_t count = 1;
    const std::string key = base::fold_utf8(package.id);
    for (const auto& [id, known] : table) {
        if (id == key) continue;
        ++count;
        bytes += bytes_of(*known);
    }
    if (count > base::limits::kMaxDriverPackages) return Error(Win32::not_enough_quota, "too many driver packages");
    if (bytes > base::limits::kMaxDriverPackagesBytes) return Error(Win32::not_enough_quota, "the driver packages take too much room");
    return {};
}

Result<void> DriverPackages::room_for(const DriverPackage& package) const {
    return packages_.with([&](const Table& table) { return check_room(table, package); });
}

Task<Result<void>> DriverPackages::put(DriverPackage package) {
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(package.id);
    const DriverPackagePtr entry = std::make_shared<const DriverPackage>(std::move(package));
    auto ticket = packages_.with([&](Table& table) -> Result<Ticket> {
        TRY_VOID(check_room(table, *entry));
        table.insert_or_assign(key, entry);
        return store_.enqueue(DriverPackagePut{entry});
    });
    if (!ticket) co_return std::move(ticket).error();
    WSP_FAILPOINT("package.put.after");
    co_return co_await store_.durable(*ticket);
}

Task<Result<void>> DriverPackages::remove(std::string id) {
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(id);
    auto ticket = packages_.with([&](Table& table) -> Result<Ticket> {
        if (table.erase(key) == 0) return Error(Win32::not_found, "no such driver package");
        return store_.enqueue(DriverPackageDelete{id});
    });
    if (!ticket) co_return std::move(ticket).error();
    WSP_FAILPOINT("package.delete.after");
    co_return co_await store_.durable(*ticket);
}

const PackageDriver* find_driver(const DriverPackage& package, std::string_view driver, std::string_view environment) {
    const auto found = std::find_if(package.drivers.begin(), package.drivers.end(), [&](const PackageDriver& offered) {
        return base::equal_names(std::string_view(offered.driver.name), driver) &&
               base::equal_names(std::string_view(offered.driver.environment), environment);
    });
    return found == package.drivers.end() ? nullptr : &*found;
}

bool newer(base::FileTime date, std::uint64_t version, base::FileTime than_date, std::uint64_t than_version) {
    if (date.ticks != than_date.ticks) return date.ticks > than_date.ticks;
    return version > than_version;
}

std::vector<std::string> environment_directories(const DriverPackage& package) {
    std::set<std::string> directories;
    const auto add = [&](const std::string& environment) {
        if (const Environment* known = find_environment(environment)) directories.emplace(known->directory);
    };
    for (const PackageDriver& offered : package.drivers) add(offered.driver.environment);
    for (const CoreDriver& core : package.core_drivers) add(core.environment);
    return {directories.begin(), directories.end()};
}

}  // namespace spooler
