// Cabinet files (.cab): unpacking foreign ones with libmspack, which reads MSZIP, LZX and Quantum; packing our own with libgcab.
#pragma once

#include "base/result.h"
#include "server/worker/package_directory.h"

#include <cstdint>

namespace server::worker {

// Into an empty directory. invalid_data: damaged, part of a set, absolute or climbing names, a name twice, too many files or bytes.
// disk_full: more than `room` bytes.
[[nodiscard]] base::Result<void> unpack_cabinet(int cabinet, int directory, std::uint64_t room);
// Every file of `directory`, MSZIP, names with '\'. `cabinet` is an empty file open for writing.
[[nodiscard]] base::Result<void> pack_cabinet(const PackageDirectory& directory, int cabinet);

}  // namespace server::worker
