// The worker's work on driver packages, after it has opened what it may touch: see spooler/package_reader.h for the contract.
#pragma once

#include "server/worker/catalog.h"
#include "server/worker/package_directory.h"
#include "spooler/model/driver_package.h"

#include <string>

namespace server::worker {

// Everything spooler::PackageReader::read promises.
[[nodiscard]] base::Result<spooler::DriverPackage> read_package(PackageDirectory& directory, const std::string& inf_name, const TrustStore& trust,
                                                                const SignaturePolicy& policy);

}  // namespace server::worker
