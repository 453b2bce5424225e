// The hashes under which a catalogue may list a file: of its bytes, and for programs (PE images) of the image without its checksum and its
// own signature, which is what Windows calls the Authenticode hash.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace server::worker {

struct FileHashes {
    std::uint64_t size = 0;
    std::string sha256;                                            // of the bytes, lower-case hex
    std::vector<std::string> listed_as;                            // any of these in a catalogue vouches for the file
};

// Reads an open file once, from its start. disk errors as Win32 codes; invalid_data when it is larger than `max_bytes`.
[[nodiscard]] base::Result<FileHashes> hash_file(int descriptor, std::uint64_t max_bytes, bool with_sha1);

}  // namespace server::worker
