// Jobs as values: status bits [MS-RPRN] 2.2.3.12, states, the stored record and the view that queries get.
#pragma once

#include "base/filetime.h"
#include "base/security_descriptor.h"
#include "spooler/model/devmode.h"
#include "spooler/model/ids.h"
#include "spooler/model/job_property.h"

#include <memory>
#include <optional>
#include <string>

namespace spooler {

namespace job_status {
inline constexpr std::uint32_t kPaused = 0x1, kError = 0x2, kDeleting = 0x4, kSpooling = 0x8, kPrinting = 0x10, kOffline = 0x20,
                               kPaperOut = 0x40, kPrinted = 0x80, kDeleted = 0x100, kBlockedDevq = 0x200, kUserIntervention = 0x400,
                               kRestart = 0x800, kComplete = 0x1000, kRetained = 0x2000;
// What SetJob may show in addition to the computed bits; everything else is ignored there.
inline constexpr std::uint32_t kSettable = kError | kOffline | kPaperOut | kUserIntervention;
}  // namespace job_status

// SetJob commands [MS-RPRN] 3.1.4.3.1 that a remote caller may send; the numbers are the wire's.
enum class JobControl : std::uint32_t { pause = 1, resume = 2, cancel = 3, restart = 4, remove = 5, retain = 8, release = 9 };

// The numbers are stored.
enum class JobState : std::uint8_t {
    spooling = 0,            // StartDoc … EndDoc
    spooling_printing = 1,   // the same while the device already gets the beginning
    spooled = 2,             // complete on disk, waiting
    printing = 3,            // complete on disk, on its way to the device
    printed = 4,             // kept after printing
    failed = 5,              // will not be tried again by itself
    deleted = 6,             // gone; never stored
};
[[nodiscard]] std::string_view name_of(JobState state);

// What is fixed by StartDoc or changed by SetJob. Immutable once shared; a change makes a new one.
struct JobInfo {
    std::string document, user_name, machine_name, notify_name, datatype, processor, parameters, driver_name;
    DevModePtr devmode;                                            // may be null
    std::shared_ptr<const base::SecurityDescriptor> security;      // never null
    base::Sid owner;
    std::uint32_t priority = 1;
    std::uint32_t start_time = 0, until_time = 0;                  // minutes after 00:00 UTC; equal: always
    base::FileTime submitted;
};
using JobInfoPtr = std::shared_ptr<const JobInfo>;
// Bytes of texts and DEVMODE that a job's description holds; a DEVMODE that is `shared` with the printer costs nothing.
[[nodiscard]] std::size_t metadata_bytes(const JobInfo& info, const DevModePtr& shared);

// What the database keeps of a job.
struct JobRecord {
    JobId id = 0;
    PrinterId printer = 0;
    JobState state = JobState::spooled;
    JobInfoPtr info;                                               // never null
    std::int64_t order = 0;                                        // sort key inside the queue
    std::uint64_t size = 0;                                        // spooled bytes
    std::uint32_t total_pages = 0;
    JobId next_job = 0;                                            // linked job, SetJob level 3
    bool paused = false;
    bool held = false;                                             // by the retry policy; restart or resume releases
    bool retained = false;                                         // SetJob RETAIN
    bool restarted = false;
    std::uint32_t shown_status = 0;                                // set by SetJob
    std::string status_text;
    JobPropertiesPtr properties;                                   // null: none
};

// One consistent look at a job. Cheap to copy.
struct JobView {
    JobId id = 0;
    PrinterId printer = 0;
    JobInfoPtr info;                                               // never null
    std::shared_ptr<const std::string> printer_name;               // short form, never null
    JobState state = JobState::spooling;
    std::uint32_t status = 0;                                      // JOB_STATUS_*
    std::string status_text;
    std::string port_name;                                         // where it prints now, else empty
    std::uint32_t position = 0;                                    // 1 = first
    std::uint64_t size = 0;
    std::uint64_t bytes_printed = 0;
    std::uint32_t total_pages = 0, pages_printed = 0;
    std::uint32_t time_ms = 0;                                     // since printing began
    JobId next_job = 0;
};
using JobViewPtr = std::shared_ptr<const JobView>;

// What StartDoc gives. Empty document: "No Document Name"; empty datatype: the printer's; null devmode: the printer's.
struct NewDocument {
    std::string document, datatype, user_name, machine_name, notify_name;
    std::string output_file;                                       // must be empty: print-to-file is refused
    std::string direct_port;                                       // straight to this port, whatever the printer's settings say
    DevModePtr devmode;
    base::Sid owner;
};

// What SetJob levels 1, 2 and 4 apply; absent members stay. position 0 or absent: unchanged.
struct JobChange {
    std::optional<std::string> document, user_name, notify_name, datatype, processor, parameters, status_text;
    std::optional<std::uint32_t> status, priority, start_time, until_time, position;
};

}  // namespace spooler
