// Reads a port's textual settings with clear complaints. Used by the built-in monitors.
#pragma once

#include "base/result.h"
#include "spooler/model/port.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace spooler {

// The text of a setting; empty when absent.
[[nodiscard]] std::string setting_text(const PortConfig& port, const std::string& key);
// A decimal number within the bounds; `otherwise` when absent or empty. invalid_parameter names port, setting and bounds.
[[nodiscard]] base::Result<std::uint64_t> setting_number(const PortConfig& port, const std::string& key, std::uint64_t otherwise,
                                                         std::uint64_t least, std::uint64_t most);
// Milliseconds; zero only where `least_ms` is zero.
[[nodiscard]] base::Result<std::chrono::milliseconds> setting_duration(const PortConfig& port, const std::string& key,
                                                                       std::uint64_t otherwise_ms, std::uint64_t least_ms);
// invalid_parameter when the port has a setting that is not in the list: a misspelt deadline must not be ignored.
[[nodiscard]] base::Result<void> only_settings(const PortConfig& port, std::initializer_list<std::string_view> known);
// invalid_parameter with "port "NAME": TEXT".
[[nodiscard]] base::Error bad_port(const PortConfig& port, std::string_view text);

}  // namespace spooler
