// Driver packages as values: what an INF file and its catalogue say of themselves [MS-RPRN] 2.2.4.8 and 3.1.4.2.9 … 3.1.4.2.15.
#pragma once

#include "spooler/model/driver.h"

#include <cstdint>
#include <string>
#include <vector>

namespace spooler {

// One file of a package. The path is relative to the package's directory, parts separated by '/', never absolute and without "..".
struct PackageFile {
    std::string path;
    std::uint64_t size = 0;
    std::string sha256;                                            // lower-case hex of the content
    bool operator==(const PackageFile&) const = default;
};

// Where a driver's file is installed: the class's destination directories 66000 … 66004.
enum class PackageFileRole : std::uint8_t { driver, print_processor, system, color_profile, web, other };

// A file of the package in its role for one driver. INF files may rename while they copy, so the name is not always the path's last part.
struct PackageDriverFile {
    std::string name;                                              // as it is called once installed
    std::string path;                                              // one of DriverPackage::files
    PackageFileRole role = PackageFileRole::driver;                // only `driver` belongs into the driver's directory
    bool operator==(const PackageDriverFile&) const = default;
};

// One printer driver that the package offers for one environment. A name in `driver` (driver_path, dependent_files …) that no file with role
// `driver` has is a file of a core driver: of Windows itself (UNIDRV.DLL), or of another package with a GUID of driver.core_dependencies.
struct PackageDriver {
    Driver driver;                                                 // file names only; `inf_path` is left empty
    std::vector<PackageDriverFile> files;
    std::string required_class;                                    // name of the class driver that a derived driver needs; else empty
    bool operator==(const PackageDriver&) const = default;
};

// A core driver that the package provides, see [MS-RPRN] 2.2.1.13.1 (CORE_PRINTER_DRIVER).
struct CoreDriver {
    std::string guid;                                              // "{D20EA372-DD35-4950-9ED8-A6335AFE79F0}"
    std::string environment;
    base::FileTime date;
    std::uint64_t version = 0;                                     // major<<48 | minor<<32 | build<<16 | revision
    std::vector<PackageDriverFile> files;
    bool operator==(const CoreDriver&) const = default;
};

// What the catalogue's signature proves.
enum class PackageSignature : std::uint8_t {
    missing,                                                       // no catalogue, or one without a signature
    broken,                                                        // the signature is wrong, or a file differs from the catalogue
    untrusted,                                                     // good, but no certificate of the trust store vouches for the signer
    trusted,
};

struct DriverPackage {
    std::string id;                                                // "oemprt.inf_amd64_0123456789abcdef", the package's directory name
    std::string inf_name;                                          // "oemprt.inf"
    std::string provider, class_guid, catalog_file;
    base::FileTime date;                                           // DriverVer
    std::uint64_t version = 0;
    bool in_box = false;
    std::vector<PackageDriver> drivers;
    std::vector<CoreDriver> core_drivers;
    std::vector<PackageFile> files;                                // INF and catalogue included
    PackageSignature signature = PackageSignature::missing;
    std::string signer;                                            // subject of the certificate, for people
    std::string signature_detail;                                  // why it is not trusted: the file that differs, the verifier's reason
    std::vector<std::string> notes;                                // oddities of the INF that did not stop the reader, for people
    bool operator==(const DriverPackage&) const = default;
};

}  // namespace spooler
