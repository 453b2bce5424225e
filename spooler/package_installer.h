// Takes driver packages in, installs drivers from them, removes them: what UploadPrinterDriverPackage, InstallPrinterDriverFromPackage and
// DeletePrinterDriverPackage [MS-PAR] 3.1.4.2.7, .8, .12 and `winspoolctl driver` do once the caller's right to it is settled.
#pragma once

#include "spooler/driver_install.h"
#include "spooler/driver_packages.h"
#include "spooler/package_files.h"
#include "spooler/package_reader.h"

#include <map>
#include <memory>

namespace spooler {

class Spooler;

struct PackagePolicy {
    bool require_signed = true;  // a trusted signature over every file, or the package stays out
};

enum class InstallOutcome : std::uint8_t {
    installed,
    kept,  // S_FALSE: the installed one stays, [MS-PAR] 3.1.4.2.7
};

// A driver of a package and what installing it does or would do.
struct DriverPlan {
    PackageDriver offered;
    std::vector<CoreOffer> core;           // its core drivers, as far as they are known
    base::Result<InstallOutcome> outcome;  // an error says why it cannot be installed
};

struct PackagePlan {
    DriverPackage package;
    bool present = false;         // is in the driver store already
    base::Result<void> accepted;  // by the policy
    std::vector<DriverPlan> drivers;
};

// Thread-safe. Errors that clients see are the ones of [MS-PAR]; texts are for administrators.
class PackageInstaller {
 public:
    // All outlive the installer.
    PackageInstaller(Spooler& spooler, PackageFiles& files, PackageReader& reader, PackagePolicy policy);

    // Blocking, once, after the spooler's start: removes what has no row, logs what has lost its files.
    base::Result<void> recover();

    enum class Upload : std::uint8_t { if_absent, always, check_only };
    // Copies, checks and stores the package that lies in the upload area of `environment`; gives the stored package. check_only: nothing is
    // stored, not_found when it is not there. file_not_found, invalid_printer_driver_manifest, the codes of check_signature, disk_full,
    // busy, not_enough_quota, access_denied for links and devices.
    base::Task<base::Result<DriverPackagePtr>> upload(UploadPath path, std::string environment, Upload how);

    // Installs the driver from the package; from the newest that has it, or as it came with the configuration, when `package` is empty.
    // file_not_found: no such package; the codes of check_signature; unknown_printer_driver: it has no such driver, or its class driver is
    // missing; not_supported; printer_driver_blocked; core_driver_package_not_found; and those of Spooler::install_driver.
    base::Task<base::Result<InstallOutcome>> install(std::string package, std::string driver, std::string environment, DriverCopy copy);

    struct Import {
        std::string path;    // absolute: a directory, INF file or cabinet of this machine
        std::string driver;  // install this one only; empty: all of the package
        bool dry_run = false;
    };
    // The package is stored and its drivers are installed, unless it is a dry run: then the plan says what would happen. A refusal by the
    // policy is in the plan of a dry run and the error otherwise. unknown_printer_driver: the package has no such driver.
    base::Task<base::Result<PackagePlan>> import(Import wanted);

    // not_found; access_denied for those that Windows itself has; printer_driver_package_in_use.
    base::Task<base::Result<void>> remove(std::string package);

    [[nodiscard]] const PackagePolicy& policy() const { return policy_; }

 private:
    struct Staged {
        StagingPtr staging;
        DriverPackage package;
    };
    base::Task<base::Result<Staged>> read_staged(StagingPtr staging, std::string inf);
    base::Task<base::Result<std::string>> find_inf(StagingPtr staging, std::string named);
    base::Task<base::Result<DriverPackagePtr>> store(Staged staged);
    base::Task<base::Result<void>> publish(Staged staged, PackagePlace place);
    base::Task<base::Result<bool>> is_whole(DriverPackagePtr package);
    base::Task<base::Result<InstallOutcome>> install_offered(DriverPackagePtr package, PackageDriver offered, DriverCopy copy);
    base::Task<base::Result<void>> place(DriverPackagePtr package, PackageDriver offered, DriverCopy copy);
    [[nodiscard]] DriverPackagePtr class_package(const DriverPackage& package, const PackageDriver& offered) const;
    [[nodiscard]] DriverPlan plan(const DriverPackage& package, const PackageDriver& offered) const;
    [[nodiscard]] base::Result<void> check_dependencies(const DriverPackage& package, const PackageDriver& offered,
                                                        std::vector<CoreOffer>* core) const;
    [[nodiscard]] std::vector<DriverFileSource> sources(const DriverPackage& package, const PackageDriver& offered) const;
    [[nodiscard]] base::Result<InstallOutcome> may_replace(const Driver& fresh) const;
    [[nodiscard]] bool in_use(const DriverPackage& package) const;
    [[nodiscard]] base::Result<void> check_signature(const DriverPackage& package) const;

    // Who changes a package keeps everybody else off it meanwhile; those who only install from it share it. busy.
    enum class Use : std::uint8_t { install, change };
    class Claim;
    using ClaimPtr = std::shared_ptr<Claim>;
    base::Result<ClaimPtr> claim(const std::string& id, Use use);
    // The package and those with the core drivers that one of its drivers needs, for installing it.
    base::Result<std::vector<ClaimPtr>> claim_sources(const DriverPackage& package, const PackageDriver& offered);

    Spooler& spooler_;
    PackageFiles& files_;
    PackageReader& reader_;
    PackagePolicy policy_;
    // By folded id: how many install from it, or kChanging.
    using Claimed = base::Guarded<std::map<std::string, int>>;
    std::shared_ptr<Claimed> claimed_ = std::make_shared<Claimed>();
};

// "trusted", "untrusted", "broken", "missing".
[[nodiscard]] std::string_view signature_name(PackageSignature signature);

}  // namespace spooler
