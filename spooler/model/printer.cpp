#include "spooler/model/printer.h"

#include "base/utf.h"

#include <algorithm>

namespace spooler {

std::string join_ports(const std::vector<std::string>& ports) {
    std::string text;
    for (const std::string& port : ports) {
        if (!text.empty()) text += ',';
        text += port;
    }
    return text;
}

std::vector<std::string> split_ports(std::string_view text) {
    std::vector<std::string> ports;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
        if (part.empty()) continue;
        const bool known = std::any_of(ports.begin(), ports.end(), [&](const std::string& port) { return base::equal_names(port, part); });
        if (!known) ports.emplace_back(part);
    }
    return ports;
}

}  // namespace spooler
