// Ports as values: what administrators configured, and what a monitor says about the device.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace spooler {

namespace port_type {                                              // PORT_INFO_2.fPortType
inline constexpr std::uint32_t kWrite = 1, kRead = 2, kRedirected = 4, kNetAttached = 8;
}

// What SetPort level 3 says about the device behind a port: PORT_STATUS_* and PORT_STATUS_TYPE_* [MS-RPRN] 2.2.1.9.3. Kept until it is
// cleared. An error stops the printing on the port.
namespace port_status {
inline constexpr std::uint32_t kClear = 0, kOffline = 1, kPaperJam = 2, kPaperOut = 3, kPowerSave = 12;
inline constexpr std::uint32_t kTypeError = 1, kTypeWarning = 2, kTypeInfo = 3;
}  // namespace port_status
struct PortCondition {
    std::uint32_t status = 0;
    std::uint32_t severity = 0;
    std::string text;
    [[nodiscard]] bool stops_printing() const { return status != port_status::kClear && severity == port_status::kTypeError; }
    bool operator==(const PortCondition&) const = default;
};
// The PRINTER_STATUS_* bit that shows a PORT_STATUS_* value; 0 for CLEAR and for values that do not exist.
[[nodiscard]] std::uint32_t printer_status_of(std::uint32_t port_status);

// Settings are text: "host", "port_number", "directory", "connect_timeout_ms", … as the monitor documents them.
struct PortConfig {
    std::string name;                                              // "IP_192.0.2.7", "LPT1:"; no comma
    std::string monitor;                                           // "Standard TCP/IP Port"
    std::string description;
    std::map<std::string, std::string> settings;
    PortCondition told;
    bool operator==(const PortConfig&) const = default;
};

// What a device reports. `printer_status` are PRINTER_STATUS_* bits (spooler/model/printer.h).
struct PortStatus {
    std::uint32_t printer_status = 0;
    std::string text;
};

}  // namespace spooler
