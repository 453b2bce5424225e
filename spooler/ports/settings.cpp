#include "spooler/ports/settings.h"

#include <algorithm>
#include <charconv>

namespace spooler {

using base::Error;
using base::Result;

namespace {

constexpr std::uint64_t kLongestMs = 7ULL * 24 * 60 * 60 * 1000;   // a week

}  // namespace

Error bad_port(const PortConfig& port, std::string_view text) {
    return Error(base::Win32::invalid_parameter, "port \"" + port.name + "\": " + std::string(text));
}

std::string setting_text(const PortConfig& port, const std::string& key) {
    const auto at = port.settings.find(key);
    return at == port.settings.end() ? std::string() : at->second;
}

Result<std::uint64_t> setting_number(const PortConfig& port, const std::string& key, std::uint64_t otherwise, std::uint64_t least,
                                     std::uint64_t most) {
    const std::string text = setting_text(port, key);
    if (text.empty()) return otherwise;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
        return bad_port(port, key + " is \"" + text + "\", must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
}

Result<std::chrono::milliseconds> setting_duration(const PortConfig& port, const std::string& key, std::uint64_t otherwise_ms,
                                                   std::uint64_t least_ms) {
    TRY(const std::uint64_t value, setting_number(port, key, otherwise_ms, least_ms, kLongestMs));
    return std::chrono::milliseconds(value);
}

Result<void> only_settings(const PortConfig& port, std::initializer_list<std::string_view> known) {
    for (const auto& setting : port.settings) {
        if (std::find(known.begin(), known.end(), setting.first) == known.end())
            return bad_port(port, "unknown setting \"" + setting.first + "\"");
    }
    return {};
}

}  // namespace spooler
