#include "spooler/inf/driver_version.h"

#include "spooler/inf/inf_file.h"

#include <array>
#include <charconv>

namespace spooler::inf {
namespace {

std::optional<std::uint16_t> take_number(std::string_view& text) {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

}  // namespace

std::optional<base::FileTime> parse_driver_date(std::string_view text) {
    text = trim(text);
    std::array<std::uint16_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            if (text.empty() || (text.front() != '/' && text.front() != '-')) return std::nullopt;
            text.remove_prefix(1);
        }
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        parts.at(i) = *number;
    }
    base::SystemTime time;
    time.month = parts[0];
    time.day = parts[1];
    time.year = parts[2];
    const base::FileTime date = base::to_filetime(time);
    if (!text.empty() || date.ticks == 0) return std::nullopt;
    return date;
}

std::optional<std::uint64_t> parse_driver_version(std::string_view text) {
    text = trim(text);
    std::uint64_t version = 0;
    std::size_t count = 0;
    while (true) {
        const auto number = take_number(text);
        if (!number || ++count > 4) return std::nullopt;
        version = (version << 16U) | *number;
        if (text.empty()) break;
        if (text.front() != '.') return std::nullopt;
        text.remove_prefix(1);
    }
    return version << (16U * (4U - count));
}

}  // namespace spooler::inf
