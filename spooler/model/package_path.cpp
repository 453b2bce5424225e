#include "spooler/model/package_path.h"

#include "base/utf.h"
#include "spooler/driver_files.h"

#include <algorithm>
#include <optional>

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::size_t kMaxPathParts = 16;
constexpr std::string_view kPackageCabinets = "PCC";

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// What follows "<root>\" in `text`, in any case; nothing when it begins otherwise.
std::optional<std::string_view> below(std::string_view text, std::string_view root) {
    if (text.size() <= root.size() + 1 || text[root.size()] != '\\') return std::nullopt;
    if (!base::equal_names(text.substr(0, root.size()), root)) return std::nullopt;
    return text.substr(root.size() + 1);
}

// Directories that belong to the server: installed files by version, and the cabinets.
bool is_reserved(std::string_view directory) {
    const bool version = directory.find_first_not_of("0123456789") == std::string_view::npos;
    return version || base::equal_names(directory, kPackageCabinets);
}

// "C:\Windows" of "C:\Windows\system32\spool\PRINTERS".
std::string_view windows_directory(std::string_view spool_directory) {
    for (int i = 0; i < 3; ++i) spool_directory = spool_directory.substr(0, spool_directory.rfind('\\'));
    return spool_directory;
}

std::string repository(std::string_view spool_directory) {
    return std::string(windows_directory(spool_directory)) + "\\System32\\DriverStore\\FileRepository";
}

}  // namespace

bool safe_relative_path(std::string_view path) {
    const std::vector<std::string> parts = split(path, '/');
    return parts.size() <= kMaxPathParts && std::all_of(parts.begin(), parts.end(), valid_driver_file_name);
}

Result<UploadPath> parse_upload_path(std::string_view text, const Environment& environment, const UploadPlace& place) {
    const auto mapped = upload_path(text, environment, place);
    // What Windows answers when a path leads where it finds nothing, and here that is everywhere else.
    if (!mapped) return Error(Win32::file_not_found, mapped.error().text());
    UploadPath path;
    path.directories = split(*mapped, '/');
    path.directories.erase(path.directories.begin());
    if (path.directories.size() < 2) return Error(Win32::invalid_parameter, "the package must be in a directory of its own");
    path.file = std::move(path.directories.back());
    path.directories.pop_back();
    if (is_reserved(path.directories.front())) return Error(Win32::invalid_parameter, "a directory of the server's own");
    return path;
}

std::string store_path(std::string_view spool_directory, std::string_view id, std::string_view inf) {
    std::string path = repository(spool_directory) + "\\";
    path += id;
    path += '\\';
    path += inf;
    return path;
}

std::string package_of_path(std::string_view spool_directory, std::string_view text) {
    if (valid_driver_file_name(text)) return std::string(text);
    const auto rest = below(text, repository(spool_directory));
    if (!rest) return {};
    const std::vector<std::string> parts = split(*rest, '\\');
    const bool safe = parts.size() <= 2 && std::all_of(parts.begin(), parts.end(), valid_driver_file_name);
    return safe ? parts.front() : std::string();
}

}  // namespace spooler
