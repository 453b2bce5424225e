// Where the files of printer drivers are kept: opaque to us, never loaded, never executed. The database says what is installed; the share
// is made after it. Blocking work happens behind these calls. Implemented in storage/; used by driver_install.
#pragma once

#include "base/async.h"
#include "spooler/model/driver.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace spooler {

// What store() may take.
struct DriverQuota {
    std::uint64_t file_bytes = 0;      // of one file
    std::uint64_t total_bytes = 0;     // of all files of the call
    std::uint64_t min_free_bytes = 0;  // must stay free on the disk
};

// One file as store() has kept it.
struct StoredFile {
    std::string content;  // SHA-256 in lower-case hex: names the bytes
    std::uint64_t size = 0;
    base::FileTime modified;  // of the source
    bool operator==(const StoredFile&) const = default;
};

class DriverFiles {
 public:
    virtual ~DriverFiles() = default;
    // The directory that a share "print$" exports, absolute, no slash at its end. Below it one directory per environment
    // (Environment::directory), which is also the area that administrators upload to; below that, by version, the installed files.
    [[nodiscard]] virtual const std::string& share() const = 0;
    // Copies files into the store, one result for each, durable. A source is an absolute path below the server's state directory; no link
    // is followed and nothing but plain files is read; parts that do not exist are looked for in another case. Errors: file_not_found;
    // access_denied for links, devices and paths elsewhere; not_enough_quota; disk_full. On failure nothing needs to be cleaned up.
    virtual base::Task<base::Result<std::vector<StoredFile>>> store(std::vector<std::string> sources, DriverQuota quota) = 0;
    // Shows installed files in the share, each at once and whole, in place of older ones. disk_full, write_fault, file_not_found.
    virtual base::Task<base::Result<void>> publish(std::vector<DriverFile> files) = 0;
    // Takes files out of the share; success when they are not there.
    virtual base::Task<base::Result<void>> withdraw(std::vector<DriverFile> files) = 0;
    // Removes contents that nothing names any more.
    virtual base::Task<base::Result<void>> forget(std::vector<std::string> contents) = 0;
    // Blocking, at start only: makes the directories, makes the share show exactly `files`, removes contents that none of them names.
    // Returns the files whose content is lost.
    virtual base::Result<std::vector<DriverFile>> sweep(std::span<const DriverFile> files) = 0;
};

// What Windows takes for a device, in any case and whatever follows the first dot: "NUL", "com1.txt".
[[nodiscard]] bool is_device_name(std::string_view name);

// A plain file name that Windows and Linux take: no separators, streams ("a:b"), wildcards, control characters, device names ("NUL",
// "com1.txt"), no dot or blank at either end; at most limits::kMaxNameChars with its NUL.
[[nodiscard]] bool valid_driver_file_name(std::string_view name);

}  // namespace spooler
