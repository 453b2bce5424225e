// Printer INF files: what drivers a package offers for which environments, and which files they need. Version 3 drivers are described by
// the INF file alone, version 4 drivers by a manifest as well. Used by the package worker; feeds the DRIVER_INFO levels [MS-RPRN] 2.2.1.5.
#pragma once

#include "spooler/inf/inf_file.h"
#include "spooler/inf/source_files.h"
#include "spooler/model/driver_package.h"

#include <functional>
#include <string>
#include <vector>

namespace spooler::inf {

struct InfDriver {
    Driver driver;                  // inf_path is empty
    std::vector<CopiedFile> files;  // each path once
    std::string required_class;     // the class driver that a derived driver needs; else empty
};

struct InfCoreDriver {
    CoreDriver core;
    std::vector<CopiedFile> files;
};

struct PrinterInf {
    std::string provider, class_guid;
    std::vector<std::string> catalog_files;  // file names, each once; beside the INF file
    base::FileTime date;
    std::uint64_t version = 0;
    std::vector<InfDriver> drivers;  // names are unique within an environment
    std::vector<InfCoreDriver> core_drivers;
    std::vector<std::string> notes;  // oddities that did not stop us, "file:line: what"
};

// The content of one file of the package, for manifests; file_not_found when it is not there.
using ReadPackageFile = std::function<base::Result<base::ByteBuffer>(const std::string& path)>;

// invalid_printer_driver_manifest, with file and line, for an INF that is no printer INF, does not follow the rules or exceeds a limit.
[[nodiscard]] base::Result<PrinterInf> read_printer_inf(const InfFile& file, const ReadPackageFile& read);

}  // namespace spooler::inf
