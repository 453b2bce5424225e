#include "spooler/driver_paths.h"

#include "base/limits.h"
#include "base/utf.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::string_view kShare = "print$";

Error refused(std::string_view why) { return Error(Win32::invalid_parameter, std::string(why)); }

// Cuts the part before the next backslash off; all of it when there is none.
std::string_view next_part(std::string_view& rest) {
    const std::size_t end = rest.find('\\');
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

// An address means us only when the client called us by it: the address of another host does not lead here.
bool is_ours(std::string_view server, const UploadPlace& place) {
    const std::string_view called = place.called.substr(std::min<std::size_t>(2, place.called.size()));
    return place.names.is_name(server) || (!called.empty() && base::equal_names(called, server) && place.names.is_own(server));
}

}  // namespace

std::string local_driver_directory(const ServerSettings& settings) {
    const std::string& spool = settings.spool_directory;
    return spool.substr(0, spool.rfind('\\') + 1) + "DRIVERS";
}

Result<std::string> upload_path(std::string_view path, const Environment& environment, const UploadPlace& place) {
    const bool too_long =
        path.size() > 4 * base::limits::kMaxDriverPathChars || base::to_utf16(path).size() >= base::limits::kMaxDriverPathChars;
    if (path.empty() || too_long) return refused("the path is empty or too long");
    const std::string directory(environment.directory);
    if (path.find('\\') == std::string_view::npos) {
        if (!valid_driver_file_name(path)) return refused("this is no file name");
        return directory + "/" + std::string(path);
    }
    std::string_view rest = path;
    if (path.substr(0, 2) == "\\\\") {
        rest.remove_prefix(2);
        if (!is_ours(next_part(rest), place)) return refused("the path leads to another host");
        if (!base::equal_names(next_part(rest), kShare)) return refused("the path leads to another share than print$");
    } else {
        const bool local = path.size() > place.local.size() && path[place.local.size()] == '\\' &&
                           base::equal_names(path.substr(0, place.local.size()), place.local);
        if (!local) return refused("the path does not lead to the driver directory");
        rest.remove_prefix(place.local.size() + 1);
    }
    if (!base::equal_names(next_part(rest), environment.directory)) return refused("the path does not lead to the environment's directory");
    std::string result = directory;
    std::size_t parts = 0;
    do {
        const std::string_view part = next_part(rest);
        if (!valid_driver_file_name(part) || ++parts > base::limits::kMaxDriverPathParts)
            return refused("a part of the path is no file name");
        result += '/';
        result += part;
    } while (!rest.empty());
    // A backslash at the end would name a directory.
    if (path.back() == '\\') return refused("the path names a directory");
    return result;
}

}  // namespace spooler
