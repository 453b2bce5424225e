// Where driver packages lie: a private store with one directory per package, the cabinets in print$ that clients fetch, and staging areas
// in which a package is looked at before anything else happens with it. Blocking work happens behind these calls. Implemented in storage/.
#pragma once

#include "base/async.h"
#include "spooler/model/package_path.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spooler {

// A private directory for one package on its way in. Nobody but the server can change what lies there. It goes, with everything in it,
// when the last reference goes.
class StagingArea {
 public:
    virtual ~StagingArea() = default;
    [[nodiscard]] virtual std::string files() const = 0;    // the package's files, exists; absolute, as the others
    [[nodiscard]] virtual std::string cabinet() const = 0;  // where the finished cabinet is put, does not exist
    [[nodiscard]] virtual std::string source() const = 0;   // a cabinet to unpack, see copy_local
};
using StagingPtr = std::shared_ptr<StagingArea>;

struct PackagePlace {
    std::string id;
    std::vector<std::string> files;                // relative paths, all there is
    std::vector<std::string> cabinet_directories;  // of the environments whose clients shall find the cabinet: "x64"
};

// Thread-safe. Errors besides those named: disk_full (also when only the reserve is left), access_denied, write_fault.
class PackageFiles {
 public:
    virtual ~PackageFiles() = default;
    // busy when limits::kMaxPackageStagings are in use.
    virtual base::Task<base::Result<StagingPtr>> stage() = 0;
    // Copies what lies in the directory of `path` in the upload area of `environment` (directory name). Never follows a link; links,
    // devices and files with further names are refused (access_denied). file_not_found when the directory or the file is missing;
    // not_enough_quota past limits::kMaxPackageFiles, kMaxPackageBytes or kMaxPackageDepth. Gives `path.file` as it is spelled there.
    virtual base::Task<base::Result<std::string>> copy_upload(StagingPtr staging, std::string environment, UploadPath path) = 0;
    // The same for a path of this machine that its administrator names: a directory, an INF file in one, or a cabinet (becomes source());
    // invalid_parameter for anything else. Gives the file's name, empty for a directory.
    virtual base::Task<base::Result<std::string>> copy_local(StagingPtr staging, std::string path) = 0;
    // All files below files(), relative, in order.
    virtual base::Task<base::Result<std::vector<std::string>>> list(StagingPtr staging) = 0;
    // What may still be written before only the disk's reserve is left, in bytes; disk_full when nothing may.
    virtual base::Task<base::Result<std::uint64_t>> room() = 0;
    // Whether every file and cabinet of a published package is there.
    virtual base::Task<base::Result<bool>> complete(PackagePlace place) = 0;
    // Removes everything below files() that is not named.
    virtual base::Task<base::Result<void>> keep_only(StagingPtr staging, std::vector<std::string> files) = 0;
    // The staged files become the package, the cabinet goes to print$; everything is on stable storage when this completes. What lay there
    // under the same id is replaced file by file: the content is the same unless it was damaged.
    virtual base::Task<base::Result<void>> publish(StagingPtr staging, PackagePlace place) = 0;
    virtual base::Task<base::Result<void>> remove(std::string id) = 0;  // with its cabinets; success when there is nothing
    [[nodiscard]] virtual std::string path_of(std::string_view id, std::string_view file) const = 0;
    // Blocking, at start only: removes staging areas, packages and cabinets that are not in `live`; gives the live ones whose directory or
    // a file of which is missing.
    virtual base::Result<std::vector<std::string>> sweep(std::span<const PackagePlace> live) = 0;
};

}  // namespace spooler
