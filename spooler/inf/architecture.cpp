#include "spooler/inf/architecture.h"

#include "base/utf.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <tuple>

namespace spooler::inf {
namespace {

struct Decoration {
    std::string text;
    bool own_architecture = false, any_product = true;
    std::uint32_t major = 0, minor = 0, build = 0;
    [[nodiscard]] auto rank() const { return std::tuple(own_architecture, any_product, major, minor, build); }
};

std::vector<std::string> split_dots(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto dot = text.find('.');
        parts.emplace_back(text.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        text.remove_prefix(dot + 1);
    }
}

std::uint32_t number(const std::vector<std::string>& parts, std::size_t index) {
    return index < parts.size() ? static_cast<std::uint32_t>(std::strtoul(parts[index].c_str(), nullptr, 0)) : 0;
}

// NT[architecture][.[major][.[minor][.[product type][.[suite mask][.[build]]]]]]; nothing when it is for something else.
std::optional<Decoration> parse(const std::string& text, const Architecture& architecture) {
    Decoration result;
    result.text = text;
    const bool is_x86 = architecture.suffix == "x86";
    if (text.empty()) return is_x86 ? std::optional(result) : std::nullopt;
    const auto parts = split_dots(text);
    if (base::equal_names(parts[0], "NT" + std::string(architecture.suffix))) {
        result.own_architecture = true;
    } else if (!base::equal_names(parts[0], "NT") || !is_x86) {
        return std::nullopt;
    }
    result.major = number(parts, 1);
    result.minor = number(parts, 2);
    result.any_product = parts.size() < 4 || parts[3].empty();
    result.build = number(parts, 5);
    return result;
}

}  // namespace

std::vector<std::string> order_decorations(const std::vector<std::string>& decorations, const Architecture& architecture) {
    std::vector<Decoration> fitting;
    for (const std::string& text : decorations) {
        if (auto decoration = parse(text, architecture)) fitting.push_back(*std::move(decoration));
    }
    std::stable_sort(fitting.begin(), fitting.end(), [](const Decoration& a, const Decoration& b) { return a.rank() > b.rank(); });
    std::vector<std::string> result;
    for (Decoration& decoration : fitting) result.push_back(std::move(decoration.text));
    return result;
}

}  // namespace spooler::inf
