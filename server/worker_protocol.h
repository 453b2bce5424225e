// What the daemon and a package worker say to each other: one JSON document each way. Both sides are checked: the worker handles foreign
// files and may have been taken over by one.
#pragma once

#include "base/result.h"
#include "spooler/model/driver_package.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace server {

struct WorkerRequest {
    enum class Role : std::uint8_t { read, unpack, pack };
    Role role = Role::read;
    std::string directory;
    std::string inf_name;                                          // read
    std::string cabinet;                                           // unpack, pack
    std::uint64_t room_bytes = 0;                                  // unpack: the disk has no more for it
    std::vector<std::string> trust_files, trust_directories;       // read
    bool allow_sha1 = false;
    std::uint32_t timeout_ms = 0;                                  // becomes the worker's limit of processor time
    bool operator==(const WorkerRequest&) const = default;
};

struct WorkerReply {
    base::Error error;                                             // if there is no success
    bool success = false;
    std::optional<spooler::DriverPackage> package;                 // read
    std::vector<std::string> warnings;                             // about the sandbox
};

[[nodiscard]] std::string encode(const WorkerRequest& request);
[[nodiscard]] base::Result<WorkerRequest> decode_worker_request(std::string_view text);
[[nodiscard]] std::string encode(const WorkerReply& reply);
// Also checks every name, path, number and count against base/limits.h: what passes can be used as if we had read the package ourselves,
// except that it may say anything about it. invalid_data otherwise.
[[nodiscard]] base::Result<WorkerReply> decode_worker_reply(std::string_view text);

}  // namespace server
