// Language monitors: the layer between print processor and port monitor that speaks a device's job language (architecture §10). The driver
// of a document chooses the language monitor, its port the port monitor. The despooler uses them, for spooled and for direct documents.
#pragma once

#include "spooler/ports/port_monitor.h"

namespace spooler {

// Thread-safe and without state per document.
class LanguageMonitor {
 public:
    virtual ~LanguageMonitor() = default;
    virtual std::string_view name() const = 0;  // as drivers name it, DRIVER_INFO_2 … 8.pMonitorName
    // Takes the port's session, just opened, and gives the one that the document is written to. That one owns the other: it may send
    // something first, send something before it lets the inner one finish, and keep parts of the back-channel to itself. Errors are those
    // of the device; the document is aborted then.
    virtual Task<Result<std::unique_ptr<PortSession>>> start(std::unique_ptr<PortSession> session, const DocumentInfo& document) = 0;
};

}  // namespace spooler
