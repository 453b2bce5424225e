// How a worker process locks itself in before it touches foreign bytes. What it needs is opened before; afterwards it can read (and, for
// unpacking, create) files below one directory, use memory and time within limits, answer on its open descriptors, and nothing else: no
// other file, no network, no program, no process. Works for any user; a kernel without Landlock costs the first part, which is reported.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace server::worker {

struct SandboxOptions {
    int directory = -1;                                            // descriptor of the one directory; -1: none
    bool may_create = false;                                       // files and directories below it
    std::uint64_t memory_bytes = 0;                                // address space
    std::uint64_t file_bytes = 0;                                  // the largest file it may write
    std::uint32_t cpu_seconds = 0;
};

// Never to be undone. The texts say what this kernel could not do (for the log); an error means that the worker must not go on.
[[nodiscard]] base::Result<std::vector<std::string>> enter_sandbox(const SandboxOptions& options);

// false in builds with a sanitizer: those reserve address space by the terabyte.
[[nodiscard]] bool sandbox_limits_memory();

}  // namespace server::worker
