// The processor architectures of printer INF files: how sections are decorated for them, and which of several decorations fits best.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooler::inf {

struct Architecture {
    std::string_view suffix;       // "amd64", as in "NTamd64" and "SourceDisksFiles.amd64"
    std::string_view environment;  // "Windows x64"
};
inline constexpr std::array<Architecture, 4> kArchitectures{{
    {"amd64", "Windows x64"},
    {"x86", "Windows NT x86"},
    {"arm64", "Windows ARM64"},
    {"ia64", "Windows IA64"},
}};

// The decorations of one [Manufacturer] line ("NTamd64.6.1", "NT", "" for the undecorated section) that apply to `architecture`, the best
// one first: its own architecture before any, later Windows versions before earlier ones, those for every product type before others.
// Sections without an architecture are for x86 only, as Windows has it since Server 2003 SP1.
[[nodiscard]] std::vector<std::string> order_decorations(const std::vector<std::string>& decorations, const Architecture& architecture);

}  // namespace spooler::inf
