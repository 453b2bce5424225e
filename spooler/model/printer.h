// Printers as values: attribute and status bits [MS-RPRN] 2.2.3.12, the stored record and the view that queries get.
#pragma once

#include "base/filetime.h"
#include "base/guid.h"
#include "base/security_descriptor.h"
#include "spooler/model/devmode.h"
#include "spooler/model/ids.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spooler {

namespace printer_attribute {
inline constexpr std::uint32_t kQueued = 0x1, kDirect = 0x2, kDefault = 0x4, kShared = 0x8, kNetwork = 0x10, kHidden = 0x20, kLocal = 0x40,
                               kEnableDevq = 0x80, kKeepPrintedJobs = 0x100, kDoCompleteFirst = 0x200, kWorkOffline = 0x400,
                               kEnableBidi = 0x800, kRawOnly = 0x1000, kPublished = 0x2000, kFax = 0x4000, kTs = 0x8000;
// What SetPrinter and AddPrinter may change; kLocal is always set on our printers, kPublished only through level 7. What the default
// printer is, clients keep for themselves, and a fax is one by its port: neither sticks on Windows.
inline constexpr std::uint32_t kSettable =
    kQueued | kDirect | kShared | kHidden | kEnableDevq | kKeepPrintedJobs | kDoCompleteFirst | kWorkOffline | kEnableBidi | kRawOnly;
// The default datatype of such a printer must be a RAW one: nothing else could be printed.
inline constexpr std::uint32_t kNeedsRaw = kDirect | kRawOnly;
}  // namespace printer_attribute

namespace printer_status {
inline constexpr std::uint32_t kPaused = 0x1, kError = 0x2, kPendingDeletion = 0x4, kPaperJam = 0x8, kPaperOut = 0x10, kManualFeed = 0x20,
                               kPaperProblem = 0x40, kOffline = 0x80, kIoActive = 0x100, kBusy = 0x200, kPrinting = 0x400,
                               kOutputBinFull = 0x800, kNotAvailable = 0x1000, kWaiting = 0x2000, kProcessing = 0x4000,
                               kInitializing = 0x8000, kWarmingUp = 0x10000, kTonerLow = 0x20000, kNoToner = 0x40000, kPagePunt = 0x80000,
                               kUserIntervention = 0x100000, kOutOfMemory = 0x200000, kDoorOpen = 0x400000, kServerUnknown = 0x800000,
                               kPowerSave = 0x1000000, kServerOffline = 0x2000000;
// What SetPrinter level 6 may show beside the computed bits. Windows does not keep the others either: who sets back what he read while the
// printer was paused must not leave it paused for ever.
inline constexpr std::uint32_t kSettable = 0x1FFFFFF & ~(kPaused | kError | kPendingDeletion);
}  // namespace printer_status

inline constexpr std::uint32_t kMinPriority = 1, kDefaultPriority = 1, kMaxPriority = 99;
inline constexpr std::uint32_t kMinutesPerDay = 1440;

// What SetPrinter can change and the database keeps. All text is UTF-8; names compare without case.
struct PrinterRecord {
    PrinterId id = 0;
    std::string name;                                              // short form, no server part
    std::string share_name;                                        // may be empty
    std::vector<std::string> ports;                                // more than one: a pool
    std::string driver_name;
    std::string comment;
    std::string location;
    std::string separator_file;
    std::string processor;                                         // "winprint"
    std::string datatype;                                          // default datatype of documents
    std::string parameters;
    std::uint32_t attributes = 0;                                  // always with kLocal
    std::uint32_t priority = kDefaultPriority;                     // among printers that share a port
    std::uint32_t default_priority = kDefaultPriority;             // of new jobs
    std::uint32_t start_time = 0;                                  // minutes after 00:00 UTC; equal to until_time: always
    std::uint32_t until_time = 0;
    std::uint32_t average_ppm = 0;
    DevModePtr devmode;                                            // null: see default_devmode(); none where a driver owns it
    std::shared_ptr<const base::SecurityDescriptor> security;      // never null in a loaded printer
    base::Guid object_guid;                                        // nil until published
    std::uint32_t change_id = 1;                                   // INFO_STRESS.cChangeID, "ChangeID"; grows with every change
    std::uint32_t set_status = 0;                                  // SetPrinter level 6: shown with what the queue itself knows
    bool paused = false;
    bool pending_deletion = false;
    base::FileTime created;
};
using PrinterRecordPtr = std::shared_ptr<const PrinterRecord>;

// "A,B" as clients see it.
[[nodiscard]] std::string join_ports(const std::vector<std::string>& ports);
// Splits at commas, trims blanks, drops empty parts and repetitions.
[[nodiscard]] std::vector<std::string> split_ports(std::string_view text);

// One consistent look at a printer: the settings and what the queue knew at the same instant. Cheap to copy.
struct PrinterView {
    PrinterRecordPtr record;                                       // never null
    std::uint32_t status = 0;                                      // PRINTER_STATUS_*, all computed bits included
    std::uint32_t jobs = 0;                                        // cJobs
    std::uint32_t spooling = 0, max_spooling = 0;                  // documents open now, and the most there were
    std::uint32_t handles = 0, max_handles = 0;
    std::uint32_t total_jobs = 0;                                  // since start
    std::uint64_t total_bytes = 0;
    std::uint32_t total_pages = 0;                                 // printed since start
    std::uint32_t errors_out_of_paper = 0, errors_not_ready = 0, job_errors = 0;
    std::uint32_t last_error = 0;                                  // Win32 code of the last failed delivery
    bool branch_office = false;                                    // clients print directly to the port [MS-RPRN] 2.2.3.11
    base::FileTime up_since;

    [[nodiscard]] const std::string& name() const { return record->name; }
    [[nodiscard]] std::string port_names() const { return join_ports(record->ports); }
    [[nodiscard]] bool shared() const { return (record->attributes & printer_attribute::kShared) != 0; }
};
using PrinterViewPtr = std::shared_ptr<const PrinterView>;

// What AddPrinter gives. Empty `processor` and `datatype` mean "the first one there is"; a null descriptor means the default.
struct NewPrinter {
    std::string name, share_name, driver_name, comment, location, separator_file, processor, datatype, parameters;
    std::vector<std::string> ports;
    std::uint32_t attributes = 0, priority = 0, default_priority = 0, start_time = 0, until_time = 0, average_ppm = 0;   // priority 0: default
    DevModePtr devmode;
    std::shared_ptr<const base::SecurityDescriptor> security;
    std::optional<base::Sid> added_by;                             // gets full control in the default descriptor
};

// What SetPrinter changes; absent members stay.
struct PrinterChange {
    std::optional<std::string> name, share_name, driver_name, comment, location, separator_file, processor, datatype, parameters;
    std::optional<std::vector<std::string>> ports;
    std::optional<std::uint32_t> attributes, priority, default_priority, start_time, until_time, average_ppm;
    std::optional<DevModePtr> devmode;
    std::shared_ptr<const base::SecurityDescriptor> security;      // the complete new descriptor (see access.h merge_descriptor)
    std::optional<std::uint32_t> status;                           // level 6: kSettable sticks until the next such call
};

enum class PublishAction : std::uint8_t { publish, update, unpublish, republish };   // INFO_7.dwAction

}  // namespace spooler
