// What happened: published by the spooler, read by subscriptions (architecture §11). Values are snapshots taken at that moment.
#pragma once

#include "spooler/model/job.h"
#include "spooler/model/printer.h"

#include <cstdint>
#include <string>

namespace spooler {

namespace printer_change {                                         // PRINTER_CHANGE_* [MS-RPRN] 2.2.3.6
inline constexpr std::uint32_t kAddPrinter = 0x1, kSetPrinter = 0x2, kDeletePrinter = 0x4, kFailedConnection = 0x8, kAddJob = 0x100,
                               kSetJob = 0x200, kDeleteJob = 0x400, kWriteJob = 0x800, kAddForm = 0x10000, kSetForm = 0x20000,
                               kDeleteForm = 0x40000, kAddPort = 0x100000, kConfigurePort = 0x200000, kDeletePort = 0x400000,
                               kAddProcessor = 0x1000000, kDeleteProcessor = 0x4000000, kServer = 0x8000000, kAddDriver = 0x10000000,
                               kSetDriver = 0x20000000, kDeleteDriver = 0x40000000;
}

// Field ids [MS-RPRN] 2.2.3.7, 2.2.3.8: bit n of Event::fields stands for id n.
namespace printer_field {
inline constexpr std::uint32_t kServerName = 0, kPrinterName = 1, kShareName = 2, kPortName = 3, kDriverName = 4, kComment = 5, kLocation = 6,
                               kDevMode = 7, kSepFile = 8, kProcessor = 9, kParameters = 10, kDatatype = 11, kSecurity = 12,
                               kAttributes = 13, kPriority = 14, kDefaultPriority = 15, kStartTime = 16, kUntilTime = 17, kStatus = 18,
                               kStatusString = 19, kJobs = 20, kAveragePpm = 21, kTotalPages = 22, kPagesPrinted = 23, kTotalBytes = 24,
                               kBytesPrinted = 25, kObjectGuid = 26, kFriendlyName = 27, kBranchOffice = 28;
}
namespace job_field {
inline constexpr std::uint32_t kPrinterName = 0, kMachineName = 1, kPortName = 2, kUserName = 3, kNotifyName = 4, kDatatype = 5,
                               kProcessor = 6, kParameters = 7, kDriverName = 8, kDevMode = 9, kStatus = 10, kStatusString = 11,
                               kSecurity = 12, kDocument = 13, kPriority = 14, kPosition = 15, kSubmitted = 16, kStartTime = 17,
                               kUntilTime = 18, kTime = 19, kTotalPages = 20, kPagesPrinted = 21, kTotalBytes = 22, kBytesPrinted = 23;
inline constexpr std::uint32_t kAll = 0x00FFFFFF;                  // every job field as bits
}
[[nodiscard]] constexpr std::uint32_t field_bit(std::uint32_t field) { return 1U << field; }

enum class EventObject : std::uint8_t { printer, job, form, port, processor, driver, server };

struct Event {
    EventObject object = EventObject::printer;
    std::uint32_t change = 0;                                      // one printer_change bit, or 0: only fields changed
    std::uint32_t fields = 0;                                      // bits of changed printer fields (printer) or job fields (job)
    PrinterId printer = 0;                                         // of printer and job events
    JobId job = 0;
    std::uint64_t number = 0;                                      // grows with every event of a printer
    PrinterViewPtr printer_view;                                   // printer events only
    JobViewPtr job_view;                                           // job events only
    std::string name;                                              // form, port, processor, driver; printer name of printer events
};

// Where the spooler sends events; notify/bus implements it. Never blocks; callable inside Guarded::with.
class EventSink {
 public:
    virtual ~EventSink() = default;
    virtual void publish(Event event) = 0;
    // False when nobody listens to this printer (0: to anything): then the spooler does not build the event. May be called often.
    [[nodiscard]] virtual bool wanted(PrinterId printer) const = 0;
};

}  // namespace spooler
