#include "spooler/driver_files.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <array>

namespace spooler {

bool is_device_name(std::string_view name) {
    std::string stem(name.substr(0, name.find('.')));
    while (!stem.empty() && stem.back() == ' ') stem.pop_back();
    constexpr std::array<std::string_view, 7> kDevices = {"CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"};
    const auto is = [&](std::string_view device) { return base::equal_names(std::string_view(stem), device); };
    if (std::any_of(kDevices.begin(), kDevices.end(), is)) return true;
    const std::u16string wide = base::to_utf16(stem);
    if (wide.size() != 4) return false;
    const std::string head = stem.substr(0, 3);
    const bool numbered = base::equal_names(std::string_view(head), "COM") || base::equal_names(std::string_view(head), "LPT");
    const char16_t digit = wide[3];
    const bool superscript = digit == 0xB9 || digit == 0xB2 || digit == 0xB3;
    return numbered && ((digit >= u'0' && digit <= u'9') || superscript);
}

bool valid_driver_file_name(std::string_view name) {
    constexpr std::size_t kMaxBytes = 255;  // of a name on Linux
    if (name.empty() || name.size() > kMaxBytes || name.front() == ' ' || name.front() == '.' || name.back() == ' ' || name.back() == '.')
        return false;
    if (name.find_first_of("/\\:*?\"<>|") != std::string_view::npos) return false;
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) return false;
    return base::to_utf16(name).size() < base::limits::kMaxNameChars && !is_device_name(name);
}

}  // namespace spooler
