#include "spooler/inf/source_files.h"

#include "base/limits.h"
#include "base/utf.h"
#include "spooler/driver_files.h"

#include <algorithm>

namespace spooler::inf {
namespace {

std::string join(const std::string& directory, std::string_view rest) {
    if (directory.empty()) return std::string(rest);
    return rest.empty() ? directory : directory + "/" + std::string(rest);
}

}  // namespace

bool is_file_name(std::string_view name) {
    if (name.empty() || name.size() >= base::limits::kMaxNameChars || name == "." || name == "..") return false;
    if (name.back() == '.' || name.back() == ' ') return false;  // Windows drops them: the name would be another one
    const bool characters = std::all_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && std::string_view("\\/:*?\"<>|").find(c) == std::string_view::npos;
    });
    return characters && !is_device_name(name);
}

std::optional<std::string> package_path(std::string_view text) {
    std::string path;
    while (!text.empty()) {
        const auto end = text.find_first_of("\\/");
        const std::string_view part = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (part.empty() || part == ".") continue;
        if (!is_file_name(part)) return std::nullopt;
        path = join(path, part);
    }
    if (path.size() > base::limits::kMaxPackagePathBytes) return std::nullopt;
    return path;
}

SourceFiles::SourceFiles(const InfFile& file, const Architecture& architecture) : file_(file) {
    load("." + std::string(architecture.suffix));  // the architecture's own lines come first: they win
    load({});
}

void SourceFiles::load(const std::string& suffix) {
    for (const Line& line : file_.lines("SourceDisksNames" + suffix)) {
        disks_.try_emplace(base::fold_utf8(line.key), Disk{line.value(3)});
    }
    for (const Line& line : file_.lines("SourceDisksFiles" + suffix)) {
        if (!line.key.empty()) sources_.try_emplace(base::fold_utf8(line.key), Source{line.value(0), line.value(1), line.number});
    }
}

PackageFileRole SourceFiles::role_of(std::string_view section) const {
    std::string number = section.empty() ? std::string() : file_.value("DestinationDirs", section);
    if (number.empty()) number = file_.value("DestinationDirs", "DefaultDestDir");
    if (number.empty() || number == "66000" || number == "13") return PackageFileRole::driver;
    if (number == "66001") return PackageFileRole::print_processor;
    if (number == "66002" || number == "11") return PackageFileRole::system;
    if (number == "66003" || number == "23") return PackageFileRole::color_profile;
    if (number == "66004") return PackageFileRole::web;
    return PackageFileRole::other;
}

base::Result<CopiedFile> SourceFiles::resolve(const std::string& name, const std::string& source, PackageFileRole role,
                                              std::size_t line) const {
    if (!is_file_name(name)) return file_.error(line, "'" + name + "' is no file name");
    if (!is_file_name(source)) return file_.error(line, "'" + source + "' is no file name");
    CopiedFile result;
    result.name = name;
    result.path = source;
    result.role = role;
    const auto known = sources_.find(base::fold_utf8(source));
    if (known == sources_.end()) return result;
    result.listed = true;
    const auto disk = disks_.find(base::fold_utf8(known->second.disk));
    const auto root = package_path(disk == disks_.end() ? std::string() : disk->second.directory);
    const auto directory = package_path(known->second.directory);
    if (!root || !directory) return file_.error(known->second.line, "the directory of '" + source + "' is outside the package");
    result.path = join(join(*root, *directory), source);
    if (result.path.size() > base::limits::kMaxPackagePathBytes) return file_.error(line, "the path of '" + source + "' is too long");
    return result;
}

base::Result<std::vector<CopiedFile>> SourceFiles::copied(const std::string& value, std::size_t line) const {
    std::vector<CopiedFile> result;
    if (value.starts_with('@')) {
        const std::string name(trim(std::string_view(value).substr(1)));
        TRY(CopiedFile copied, resolve(name, name, role_of({}), line));
        result.push_back(std::move(copied));
        return result;
    }
    if (!file_.has(value)) return file_.error(line, "CopyFiles names the section [" + value + "], which is missing");
    const PackageFileRole role = role_of(value);
    for (const Line& entry : file_.lines(value)) {
        const std::string& name = entry.key.empty() ? entry.value(0) : entry.key;
        if (name.empty()) continue;
        const std::string& other = entry.key.empty() ? entry.value(1) : entry.value(0);
        TRY(CopiedFile copied, resolve(name, other.empty() ? name : other, role, entry.number));
        result.push_back(std::move(copied));
    }
    return result;
}

}  // namespace spooler::inf
