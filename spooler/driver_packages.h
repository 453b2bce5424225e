// The registry of driver packages: what was uploaded or imported, and the core drivers that every Windows brings along. The files are
// behind spooler/package_files.h; who takes packages in is spooler/package_installer.
#pragma once

#include "base/guarded.h"
#include "spooler/model/driver_package.h"
#include "spooler/store.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooler {

using DriverPackagePtr = std::shared_ptr<const DriverPackage>;

// A core driver with the package that it comes from.
struct CoreOffer {
    CoreDriver core;
    std::string package;  // id
    bool in_box = false;
};

// Thread-safe. Ids, names, environments and GUIDs in any case.
class DriverPackages {
 public:
    explicit DriverPackages(Store& store) : store_(store) {}
    // Before anything else. `unreadable`: ids of rows that stay on disk with their files, though nothing can be done with them.
    void load(std::vector<DriverPackage> packages, std::vector<std::string> unreadable = {});
    [[nodiscard]] const std::vector<std::string>& unreadable() const { return unreadable_; }

    [[nodiscard]] std::vector<DriverPackagePtr> list() const;        // stored ones, by id
    [[nodiscard]] DriverPackagePtr find(std::string_view id) const;  // stored; null when unknown
    // The newest package (date, then version) with this driver; null when there is none.
    [[nodiscard]] DriverPackagePtr offering(std::string_view driver, std::string_view environment) const;
    // The newest there is, stored or in-box; nothing when unknown.
    [[nodiscard]] std::optional<CoreOffer> core_driver(std::string_view guid, std::string_view environment) const;
    // Package ids that stand for what Windows itself brings along: "ntprint.inf_amd64_…" of one environment.
    [[nodiscard]] static bool in_box(std::string_view id, std::string_view environment);
    [[nodiscard]] static bool in_box(std::string_view id);  // of any environment

    // Replaces a package of the same id. not_enough_quota beyond limits::kMaxDriverPackages or kMaxDriverPackagesBytes.
    base::Task<base::Result<void>> put(DriverPackage package);
    // Whether put() would take it.
    [[nodiscard]] base::Result<void> room_for(const DriverPackage& package) const;
    base::Task<base::Result<void>> remove(std::string id);                      // not_found
    [[nodiscard]] static std::uint64_t bytes_of(const DriverPackage& package);  // its files together

 private:
    using Table = std::map<std::string, DriverPackagePtr>;  // by folded id
    static base::Result<void> check_room(const Table& table, const DriverPackage& package);

    Store& store_;
    std::vector<std::string> unreadable_;
    base::Guarded<Table> packages_;
};

// The driver's entry in the package; null when it has none.
[[nodiscard]] const PackageDriver* find_driver(const DriverPackage& package, std::string_view driver, std::string_view environment);
// Dates first, versions when they are equal.
[[nodiscard]] bool newer(base::FileTime date, std::uint64_t version, base::FileTime than_date, std::uint64_t than_version);
// Directory names ("x64") of the environments that the package has something for.
[[nodiscard]] std::vector<std::string> environment_directories(const DriverPackage& package);

}  // namespace spooler
