// Ports as values: what administrators configured, and what a monitor says about the device.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace spooler {

namespace port_type {                                              // PORT_INFO_2.fPortType
inline constexpr std::uint32_t kWrite = 1, kRead = 2, kRedirected = 4, kNetAttached = 8;
}

// Settings are text: "host", "port_number", "directory", "connect_timeout_ms", … as the monitor documents them.
struct PortConfig {
    std::string name;                                              // "IP_192.0.2.7", "LPT1:"; no comma
    std::string monitor;                                           // "Standard TCP/IP Port"
    std::string description;
    std::map<std::string, std::string> settings;
    bool operator==(const PortConfig&) const = default;
};

// What a device reports. `printer_status` are PRINTER_STATUS_* bits (spooler/model/printer.h).
struct PortStatus {
    std::uint32_t printer_status = 0;
    std::string text;
};

}  // namespace spooler
