// Port monitors and their sessions (architecture §10). Built-in monitors implement these; the despooler uses them.
#pragma once

#include "base/async.h"
#include "base/bytes.h"
#include "spooler/model/ids.h"
#include "spooler/model/port.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spooler {

using base::ByteView;
using base::Result;
using base::Task;

// What a monitor may know about the document it sends.
struct DocumentInfo {
    JobId job = 0;
    std::string document, user_name, printer_name, datatype;
    std::uint32_t attempt = 1;                                     // 2 and up: sent again from the beginning
};

// Every operation must honour Asio cancellation (terminal) and then complete soon with operation_aborted or cancelled: that is how
// cancelling a job gets a session off a slow device. Not thread-safe; used on one strand.
class PortSession {                                                // one document on one open device
 public:
    virtual ~PortSession() = default;                              // closing without finish() aborts the document
    virtual Task<Result<std::size_t>> write(ByteView data) = 0;                    // bytes accepted, > 0
    virtual Task<Result<std::size_t>> read(std::span<std::byte> into) = 0;         // back-channel, may be 0
    virtual Task<Result<void>> finish() = 0;                                       // device has all of it
};

struct XcvRequest {
    std::string command;                                           // "AddPort", "MonitorUI"
    base::ByteBuffer input;
    std::size_t output_limit = 0;                                  // bytes
};
struct XcvReply {
    base::Win32 status = base::Win32::success;                     // *pdwStatus
    base::ByteBuffer output;
    std::size_t needed = 0;                                        // bytes
};

// One value of the bidirectional schema, as the device behind a port has it [MS-RPRN] 3.1.4.2.27.
struct BidiValue {
    enum class Kind : std::uint8_t { text, enumeration };
    std::string schema;                                            // "\\Printer.Status.Summary:State"
    Kind kind = Kind::text;
    std::string value;
};

// Thread-safe and without state per document. Error codes are Win32; retry_policy.h says what each leads to.
class PortMonitor {
 public:
    virtual ~PortMonitor() = default;
    virtual std::string_view name() const = 0;                                     // "Standard TCP/IP Port"
    virtual std::string_view description() const { return name(); }                // PORT_INFO_2.pDescription
    virtual std::uint32_t port_type() const { return port_type::kWrite; }          // PORT_INFO_2.fPortType
    virtual Result<void> validate(const PortConfig& port) const = 0;
    // The port that AddPort makes of nothing but a name [MS-RPRN] 3.1.4.6.3. invalid_parameter for monitors whose ports need more,
    // invalid_name, not_supported when such ports are switched off. Nobody looked yet whether the name is free.
    virtual Result<PortConfig> named(std::string_view /*port*/) const {
        return base::Error(base::Win32::invalid_parameter, "a port of this monitor needs more than a name");
    }
    virtual Task<Result<std::unique_ptr<PortSession>>> open(const PortConfig& port, const DocumentInfo& document) = 0;
    virtual Task<Result<PortStatus>> status(const PortConfig& port) = 0;
    // Everything that is known of the device; not_supported for ports that cannot answer. `status` are the PRINTER_STATUS_* bits that the
    // spooler has of the port.
    virtual Task<Result<std::vector<BidiValue>>> bidi(const PortConfig& /*port*/, std::uint32_t /*status*/) {
        co_return base::Error(base::Win32::not_supported, "a port without back-channel");
    }
    virtual Task<Result<XcvReply>> xcv(PortConfig* port, const XcvRequest& request) = 0;   // null: monitor
};
using PortMonitorPtr = std::shared_ptr<PortMonitor>;
class LanguageMonitor;                                             // spooler/ports/language_monitor.h
using LanguageMonitorPtr = std::shared_ptr<LanguageMonitor>;

// Monitor name → monitor; ports/registry implements it. The list of ports and their storage is spooler/port_catalog.h.
class MonitorSource {
 public:
    virtual ~MonitorSource() = default;
    [[nodiscard]] virtual PortMonitorPtr find(std::string_view monitor) const = 0;  // any case; null when unknown
    [[nodiscard]] virtual std::vector<PortMonitorPtr> monitors() const = 0;         // in EnumMonitors order
    // Null for all that the server does not have, Windows' own among them: the document goes to its port as it is.
    [[nodiscard]] virtual LanguageMonitorPtr language_monitor(std::string_view /*name*/) const { return nullptr; }
};

}  // namespace spooler
