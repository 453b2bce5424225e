#include "spooler/package_installer.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"
#include "spooler/failpoint.h"
#include "spooler/spooler.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <set>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

bool is_inf(std::string_view name) { return base::fold_utf8(name).ends_with(".INF"); }

// The answer of the reader is as hostile as the package: everything that is used as a path or a key is looked at again.
Result<void> check_answer(const DriverPackage& package, std::string_view inf) {
    const auto bad = [&](const std::string& what) { return Error(Win32::invalid_printer_driver_manifest, std::string(inf) + ": " + what); };
    if (!valid_driver_file_name(package.id)) return bad("no usable id");
    // Clients are given "C:\Windows\System32\DriverStore\FileRepository\<id>\<inf>" and have room for 260 characters.
    constexpr std::size_t kAround = 64;
    if (package.id.size() + package.inf_name.size() + kAround >= base::limits::kMaxNameChars) return bad("the INF's name is too long");
    if (DriverPackages::in_box(package.id)) return bad("the id belongs to Windows");
    if (package.files.size() > base::limits::kMaxPackageFiles) return bad("too many files");
    std::set<std::string> paths;
    for (const PackageFile& file : package.files) {
        if (!safe_relative_path(file.path)) return bad("a file's path leads outside");
        if (!paths.insert(base::fold_utf8(file.path)).second) return bad(file.path + " is named twice");
    }
    const auto listed = [&](const std::string& file) { return paths.count(base::fold_utf8(file)) != 0; };
    const auto usable = [&](const std::vector<PackageDriverFile>& files) {
        return std::all_of(files.begin(), files.end(),
                           [&](const auto& file) { return valid_driver_file_name(file.name) && listed(file.path); });
    };
    if (!base::equal_names(std::string_view(package.inf_name), inf) || !listed(package.inf_name))
        return bad("the INF is not among the files");
    if (package.drivers.empty() && package.core_drivers.empty()) return bad("no printer driver in it");
    for (const PackageDriver& offered : package.drivers) {
        if (offered.driver.name.empty() || find_environment(offered.driver.environment) == nullptr)
            return bad("a driver without name or environment");
        if (!usable(offered.files)) return bad("a driver's file is not in the package");
    }
    for (const CoreDriver& core : package.core_drivers) {
        if (find_environment(core.environment) == nullptr || !usable(core.files)) return bad("a core driver's file or environment");
    }
    return {};
}

PackagePlace place_of(const DriverPackage& package) {
    PackagePlace place;
    place.id = package.id;
    for (const PackageFile& file : package.files) place.files.push_back(file.path);
    place.cabinet_directories = environment_directories(package);
    return place;
}

}  // namespace

// Lives as long as somebody works on the package.
class PackageInstaller::Claim {
 public:
    Claim(std::shared_ptr<Claimed> claimed, std::string key) : claimed_(std::move(claimed)), key_(std::move(key)) {}
    ~Claim() {
        claimed_->with([&](std::map<std::string, int>& users) {
            int& count = users[key_];
            if (count == kChanging || --count == 0) users.erase(key_);
        });
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    static constexpr int kChanging = -1;

 private:
    std::shared_ptr<Claimed> claimed_;
    std::string key_;
};

std::string_view signature_name(PackageSignature signature) {
    switch (signature) {
        case PackageSignature::missing:
            return "missing";
        case PackageSignature::broken:
            return "broken";
        case PackageSignature::untrusted:
            return "untrusted";
        case PackageSignature::trusted:
            return "trusted";
    }
    return "unknown";
}

PackageInstaller::PackageInstaller(Spooler& spooler, PackageFiles& files, PackageReader& reader, PackagePolicy policy)
    : spooler_(spooler), files_(files), reader_(reader), policy_(policy) {}

Result<PackageInstaller::ClaimPtr> PackageInstaller::claim(const std::string& id, Use use) {
    const std::string key = base::fold_utf8(id);
    const bool mine = claimed_->with([&](std::map<std::string, int>& users) {
        const auto at = users.find(key);
        if (at != users.end() && (use == Use::change || at->second == Claim::kChanging)) return false;
        if (use == Use::change)
            users[key] = Claim::kChanging;
        else
            ++users[key];
        return true;
    });
    if (!mine) return Error(Win32::busy, "somebody else is working on driver package " + id);
    return std::make_shared<Claim>(claimed_, key);
}

Result<std::vector<PackageInstaller::ClaimPtr>> PackageInstaller::claim_sources(const DriverPackage& package,
                                                                                const PackageDriver& offered) {
    std::vector<ClaimPtr> claims;
    TRY(claims.emplace_back(), claim(package.id, Use::install));
    if (!spooler_.packages().find(package.id)) return Error(Win32::file_not_found, package.id + " was removed meanwhile");
    for (const std::string& needed : offered.driver.core_dependencies) {
        const auto offer = spooler_.packages().core_driver(needed, offered.driver.environment);
        if (!offer || offer->in_box) continue;
        TRY(claims.emplace_back(), claim(offer->package, Use::install));
    }
    return claims;
}

Result<void> PackageInstaller::recover() {
    std::vector<PackagePlace> live;
    for (const DriverPackagePtr& package : spooler_.packages().list()) live.push_back(place_of(*package));
    for (const std::string& id : spooler_.packages().unreadable()) {
        PackagePlace place;
        place.id = id;
        for (const Environment& environment : environments()) place.cabinet_directories.emplace_back(environment.directory);
        live.push_back(std::move(place));
    }
    TRY(const std::vector<std::string> incomplete, files_.sweep(live));
    for (const std::string& id : incomplete) {
        if (!spooler_.packages().find(id)) continue;
        base::log::error("driver package has lost files; clients cannot fetch it", {{"package", id}, {"todo", "import it again"}});
    }
    return {};
}

// --- Signatures --------------------------------------------------------------------------------------------------------------------

// The codes with which Windows' own driver store refuses such packages [MS-ERREF] 2.1.1, so that clients say what is wrong.
Result<void> PackageInstaller::check_signature(const DriverPackage& package) const {
    if (!policy_.require_signed || package.signature == PackageSignature::trusted) return {};
    Win32 code = Win32::spapi_authenticode_trust_not_established;
    std::string_view todo = "add the signer's root certificate to the trust store of the configuration if you trust it";
    if (package.signature == PackageSignature::missing) {
        code = Win32::spapi_no_catalog_for_oem_inf;
        todo = "get a signed package from the vendor";
    } else if (package.signature == PackageSignature::broken) {
        code = Win32::spapi_file_hash_not_in_catalog;
        todo = "get the package again: it was changed after it was signed";
    }
    base::log::warning("driver package refused", {{"package", package.id},
                                                  {"inf", package.inf_name},
                                                  {"signature", signature_name(package.signature)},
                                                  {"signer", package.signer},
                                                  {"reason", package.signature_detail},
                                                  {"todo", todo}});
    std::string text = package.inf_name + ": signature " + std::string(signature_name(package.signature));
    if (!package.signature_detail.empty()) text += " (" + package.signature_detail + ")";
    return Error(code, text + "; " + std::string(todo));
}

// --- Taking packages in ------------------------------------------------------------------------------------------------------------

// The INF as it is spelled in the staging area; without a name the only one that lies there.
Task<Result<std::string>> PackageInstaller::find_inf(StagingPtr staging, std::string named) {
    CO_TRY(const std::vector<std::string> files, co_await files_.list(staging));
    std::string found;
    for (const std::string& file : files) {
        const bool wanted = named.empty() ? is_inf(file) : base::equal_names(std::string_view(file), std::string_view(named));
        if (!wanted || file.find('/') != std::string::npos) continue;
        if (!found.empty()) co_return Error(Win32::invalid_parameter, "several INF files (" + found + ", " + file + "): name one");
        found = file;
    }
    if (found.empty()) co_return Error(Win32::file_not_found, named.empty() ? "no INF file at the top of the package" : named);
    co_return found;
}

Task<Result<PackageInstaller::Staged>> PackageInstaller::read_staged(StagingPtr staging, std::string inf) {
    Staged staged;
    staged.staging = staging;
    CO_TRY(staged.package, co_await reader_.read(staging->files(), inf));
    WSP_FAILPOINT("package.stage.after");
    staged.package.in_box = false;
    CO_TRY_VOID(check_answer(staged.package, inf));
    co_return std::move(staged);
}

Task<Result<void>> PackageInstaller::publish(Staged staged, PackagePlace place) {
    CO_TRY_VOID(co_await files_.publish(staged.staging, std::move(place)));
    co_return co_await spooler_.packages().put(std::move(staged.package));
}

// Whether the package is in the store with all its files: one that lost some is stored again.
Task<Result<bool>> PackageInstaller::is_whole(DriverPackagePtr package) {
    if (!package) co_return false;
    co_return co_await files_.complete(place_of(*package));
}

Task<Result<DriverPackagePtr>> PackageInstaller::store(Staged staged) {
    const std::string id = staged.package.id;
    CO_TRY(const ClaimPtr mine, claim(id, Use::change));
    CO_TRY_VOID(spooler_.packages().room_for(staged.package));
    PackagePlace place = place_of(staged.package);
    std::vector<std::string> kept = place.files;
    CO_TRY_VOID(co_await files_.keep_only(staged.staging, std::move(kept)));
    CO_TRY(const std::uint64_t room, co_await files_.room());
    // What cannot be compressed takes as much room again.
    if (DriverPackages::bytes_of(staged.package) > room) co_return Error(Win32::disk_full, "no room for the cabinet of " + id);
    CO_TRY_VOID(co_await reader_.pack(staged.staging->files(), staged.staging->cabinet()));
    // Files without a row, or the other way round, are worse than a client that left: from here on it is carried through.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto stored = co_await publish(std::move(staged), std::move(place));
    if (!stored && !spooler_.packages().find(id)) {
        auto removed = co_await files_.remove(id);
        if (!removed) base::log::warning("files of a refused driver package stay until the next start", {{"package", id}});
    }
    if (!stored) co_return std::move(stored).error();
    const DriverPackagePtr package = spooler_.packages().find(id);
    if (!package) co_return Error(Win32::not_found, id + " was removed meanwhile");
    base::log::info("driver package stored", {{"package", id},
                                              {"inf", package->inf_name},
                                              {"provider", package->provider},
                                              {"signature", signature_name(package->signature)},
                                              {"signer", package->signer}});
    co_return package;
}

Task<Result<DriverPackagePtr>> PackageInstaller::upload(UploadPath path, std::string environment, Upload how) {
    const Environment* known = find_environment(environment);
    if (known == nullptr) co_return Error(Win32::invalid_environment, environment);
    CO_TRY(const StagingPtr staging, co_await files_.stage());
    std::string directory(known->directory);
    CO_TRY(std::string inf, co_await files_.copy_upload(staging, std::move(directory), std::move(path)));
    CO_TRY(Staged staged, co_await read_staged(staging, std::move(inf)));
    const DriverPackagePtr present = spooler_.packages().find(staged.package.id);
    CO_TRY(const bool whole, co_await is_whole(present));
    if (whole && how != Upload::always) co_return present;
    if (how == Upload::check_only) co_return Error(Win32::not_found, staged.package.id + " is not in the driver store");
    CO_TRY_VOID(check_signature(staged.package));
    co_return co_await store(std::move(staged));
}

Task<Result<PackagePlan>> PackageInstaller::import(Import wanted) {
    CO_TRY(const StagingPtr staging, co_await files_.stage());
    CO_TRY(std::string name, co_await files_.copy_local(staging, wanted.path));
    if (!name.empty() && !is_inf(name)) {
        CO_TRY(const std::uint64_t room, co_await files_.room());
        CO_TRY_VOID(co_await reader_.unpack(staging->source(), staging->files(), room));
        name.clear();
    }
    CO_TRY(std::string inf, co_await find_inf(staging, std::move(name)));
    CO_TRY(Staged staged, co_await read_staged(staging, std::move(inf)));
    PackagePlan result;
    result.package = staged.package;
    result.accepted = check_signature(staged.package);
    if (!result.accepted && !wanted.dry_run) co_return std::move(result.accepted).error();
    for (const PackageDriver& offered : result.package.drivers) {
        const bool chosen =
            wanted.driver.empty() || base::equal_names(std::string_view(offered.driver.name), std::string_view(wanted.driver));
        if (chosen) result.drivers.push_back(plan(result.package, offered));
    }
    if (!wanted.driver.empty() && result.drivers.empty())
        co_return Error(Win32::unknown_printer_driver, "no \"" + wanted.driver + "\" in it");
    DriverPackagePtr package = spooler_.packages().find(staged.package.id);
    result.present = package != nullptr;
    if (wanted.dry_run) co_return std::move(result);
    CO_TRY(const bool whole, co_await is_whole(package));
    if (!whole || package->signature != staged.package.signature) {
        CO_TRY(package, co_await store(std::move(staged)));
    }
    for (DriverPlan& driver : result.drivers) {
        if (!driver.outcome) continue;
        auto outcome = co_await install_offered(package, driver.offered, DriverCopy::newer);
        driver.outcome = std::move(outcome);
    }
    co_return std::move(result);
}

// --- Installing drivers ------------------------------------------------------------------------------------------------------------

// [MS-PAR] 3.1.4.2.7: what may take the place of which installed driver.
Result<InstallOutcome> PackageInstaller::may_replace(const Driver& fresh) const {
    if (fresh.version < kFirstV4DriverVersion) {
        if (base::equal_names(std::string_view(fresh.environment), "Windows ARM"))
            return Error(Win32::not_supported, "Windows ARM has version 4 drivers only");
        TRY_VOID(check_replaceable(spooler_.drivers(), spooler_.printers(), fresh));
        return InstallOutcome::installed;
    }
    const bool fresh_class = (fresh.attributes & driver_attribute::kClass) != 0;
    const bool unshareable =
        (fresh.attributes & driver_attribute::kNotShareable) != 0 && used_by_shared_printer(spooler_.printers(), fresh.name);
    for (const Driver& there : spooler_.drivers().named(fresh.name)) {
        if (!base::equal_names(there.environment, fresh.environment)) continue;
        const bool there_class = (there.attributes & driver_attribute::kClass) != 0;
        const bool there_newer = newer(there.date, there.driver_version, fresh.date, fresh.driver_version);
        const bool to_class = fresh_class && !there_class;
        if ((there_class && !fresh_class) || (!to_class && there_newer) || unshareable) return InstallOutcome::kept;
    }
    return InstallOutcome::installed;
}

// Where a derived driver's class driver comes from: it is installed (nothing to do), in this package, or in another one.
DriverPackagePtr PackageInstaller::class_package(const DriverPackage& package, const PackageDriver& offered) const {
    const std::string& environment = offered.driver.environment;
    if (find_driver(package, offered.required_class, environment) != nullptr) return spooler_.packages().find(package.id);
    return spooler_.packages().offering(offered.required_class, environment);
}

Result<void> PackageInstaller::check_dependencies(const DriverPackage& package, const PackageDriver& offered,
                                                  std::vector<CoreOffer>* core) const {
    const std::string& environment = offered.driver.environment;
    const auto equal = [](const std::string& one, const std::string& other) { return base::equal_names(one, other); };
    for (const std::string& needed : offered.driver.core_dependencies) {
        std::optional<CoreOffer> offer = spooler_.packages().core_driver(needed, environment);
        for (const CoreDriver& own : package.core_drivers) {
            if (!equal(own.guid, needed) || !equal(own.environment, environment)) continue;
            const bool better = !offer || newer(own.date, own.version, offer->core.date, offer->core.version);
            if (better) offer = CoreOffer{own, package.id, false};
        }
        if (!offer) {
            return Error(Win32::core_driver_package_not_found, "needs core driver " + needed + ": import the package that has it first");
        }
        if (core != nullptr) core->push_back(std::move(*offer));
    }
    if (offered.required_class.empty() || spooler_.drivers().find(offered.required_class, environment)) return {};
    if (find_driver(package, offered.required_class, environment) != nullptr || class_package(package, offered)) return {};
    return Error(Win32::unknown_printer_driver,
                 "needs class driver \"" + offered.required_class + "\": import the package that has it first");
}

DriverPlan PackageInstaller::plan(const DriverPackage& package, const PackageDriver& offered) const {
    DriverPlan result;
    result.offered = offered;
    const auto dependencies = check_dependencies(package, offered, &result.core);
    if (dependencies)
        result.outcome = may_replace(offered.driver);
    else
        result.outcome = dependencies.error();
    return result;
}

// The driver's own files, and what it names of a core driver that this server has files of.
std::vector<DriverFileSource> PackageInstaller::sources(const DriverPackage& package, const PackageDriver& offered) const {
    std::vector<DriverFileSource> all;
    std::set<std::string> names;
    const auto add = [&](const DriverPackage& from, const PackageDriverFile& file) {
        if (file.role != PackageFileRole::driver || !names.insert(base::fold_utf8(file.name)).second) return;
        all.push_back(DriverFileSource{file.name, files_.path_of(from.id, file.path)});
    };
    for (const PackageDriverFile& file : offered.files) add(package, file);
    std::set<std::string> wanted;
    for (const std::string& name : driver_file_names(offered.driver)) wanted.insert(base::fold_utf8(name));
    for (const std::string& needed : offered.driver.core_dependencies) {
        const auto offer = spooler_.packages().core_driver(needed, offered.driver.environment);
        const DriverPackagePtr core = offer && !offer->in_box ? spooler_.packages().find(offer->package) : nullptr;
        if (!core) continue;
        for (const PackageDriverFile& file : offer->core.files) {
            if (wanted.count(base::fold_utf8(file.name)) != 0) add(*core, file);
        }
    }
    return all;
}

Task<Result<void>> PackageInstaller::place(DriverPackagePtr package, PackageDriver offered, DriverCopy copy) {
    Driver driver = offered.driver;
    driver.inf_path = store_path(spooler_.server().settings().spool_directory, package->id, package->inf_name);
    driver.attributes |= driver_attribute::kPackageAware;
    driver.in_box = false;
    std::vector<DriverFileSource> files = sources(*package, offered);
    co_return co_await spooler_.install_driver(std::move(driver), std::move(files), copy);
}

Task<Result<InstallOutcome>> PackageInstaller::install_offered(DriverPackagePtr package, PackageDriver offered, DriverCopy copy) {
    CO_TRY(const std::vector<ClaimPtr> mine, claim_sources(*package, offered));
    // It may have been taken in when the policy was another one.
    CO_TRY_VOID(check_signature(*package));
    CO_TRY_VOID(check_dependencies(*package, offered, nullptr));
    CO_TRY(const InstallOutcome outcome, may_replace(offered.driver));
    if (outcome == InstallOutcome::kept) co_return outcome;
    // A derived driver brings its class driver along. Class drivers derive from nothing, so this goes one step deep.
    const std::string& needed = offered.required_class;
    if (!needed.empty() && !spooler_.drivers().find(needed, offered.driver.environment)) {
        DriverPackagePtr from = class_package(*package, offered);
        const PackageDriver* found = from ? find_driver(*from, needed, offered.driver.environment) : nullptr;
        if (found == nullptr) co_return Error(Win32::unknown_printer_driver, "class driver \"" + needed + "\" is missing");
        CO_TRY_VOID(check_signature(*from));
        PackageDriver class_driver = *found;
        CO_TRY(const std::vector<ClaimPtr> also_mine, claim_sources(*from, class_driver));
        CO_TRY_VOID(co_await place(std::move(from), std::move(class_driver), copy));
    }
    CO_TRY_VOID(co_await place(std::move(package), std::move(offered), copy));
    co_return outcome;
}

Task<Result<InstallOutcome>> PackageInstaller::install(std::string package, std::string driver, std::string environment, DriverCopy copy) {
    DriverPackagePtr from = package.empty() ? spooler_.packages().offering(driver, environment) : spooler_.packages().find(package);
    if (!from && !package.empty()) co_return Error(Win32::file_not_found, "no driver package " + package);
    const PackageDriver* offered = from ? find_driver(*from, driver, environment) : nullptr;
    if (offered == nullptr) {
        // Drivers of the configuration are there already: nothing is left to do.
        const auto there = spooler_.drivers().find(driver, environment);
        if (package.empty() && there && there->in_box) co_return InstallOutcome::installed;
        co_return Error(Win32::unknown_printer_driver,
                        "\"" + driver + "\" for " + environment + (from ? " is not in " + from->id : std::string()));
    }
    PackageDriver entry = *offered;
    co_return co_await install_offered(std::move(from), std::move(entry), copy);
}

// --- Removing ----------------------------------------------------------------------------------------------------------------------

// [MS-PAR] 3.1.4.2.12: a driver was installed from it, or depends on a core driver in it.
bool PackageInstaller::in_use(const DriverPackage& package) const {
    const std::string path = store_path(spooler_.server().settings().spool_directory, package.id, package.inf_name);
    for (const Driver& driver : spooler_.drivers().list({})) {
        if (base::equal_names(std::string_view(driver.inf_path), std::string_view(path))) return true;
        for (const CoreDriver& core : package.core_drivers) {
            if (!base::equal_names(std::string_view(core.environment), std::string_view(driver.environment))) continue;
            const bool needs = std::any_of(
                driver.core_dependencies.begin(), driver.core_dependencies.end(),
                [&](const std::string& needed) { return base::equal_names(std::string_view(needed), std::string_view(core.guid)); });
            if (needs) return true;
        }
    }
    return false;
}

Task<Result<void>> PackageInstaller::remove(std::string package) {
    if (DriverPackages::in_box(package)) co_return Error(Win32::access_denied, "drivers that come with Windows cannot be removed");
    CO_TRY(const ClaimPtr mine, claim(package, Use::change));
    const DriverPackagePtr found = spooler_.packages().find(package);
    if (!found) co_return Error(Win32::not_found, "no driver package " + package);
    if (in_use(*found))
        co_return Error(Win32::printer_driver_package_in_use, "drivers that were installed from it, or that need it, are still there");
    std::string id = found->id;
    CO_TRY_VOID(co_await spooler_.packages().remove(found->id));
    auto removed = co_await files_.remove(std::move(id));
    if (!removed) {
        base::log::warning("files of a removed driver package stay until the next start",
                           {{"package", found->id}, {"reason", removed.error().to_string()}});
    }
    base::log::info("driver package removed", {{"package", found->id}});
    co_return Result<void>();
}

}  // namespace spooler
