#include "server/worker/package_role.h"

#include "base/limits.h"
#include "base/utf.h"
#include "server/worker/file_hash.h"
#include "spooler/inf/printer_inf.h"
#include "storage/digest.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>

namespace server::worker {
namespace {

namespace limits = base::limits;
using spooler::DriverPackage;
using spooler::PackageSignature;

base::Result<base::ByteBuffer> read_file(PackageDirectory& directory, const std::string& path, std::size_t most) {
    TRY(const storage::FileDescriptor file, directory.open_file(path));
    struct stat status {};
    if (fstat(file.number(), &status) != 0) return storage::file_error(errno, path);
    if (static_cast<std::uint64_t>(status.st_size) > most) return base::Error(base::Win32::invalid_data, "'" + path + "' is too large");
    base::ByteBuffer bytes(static_cast<std::size_t>(status.st_size));
    TRY(const std::size_t got, storage::read_at(file.number(), bytes, 0));
    bytes.resize(got);
    return bytes;
}

class PackageBuilder {
 public:
    PackageBuilder(PackageDirectory& directory, const TrustStore& trust, const SignaturePolicy& policy)
        : directory_(directory), trust_(trust), policy_(policy) {}

    base::Result<DriverPackage> run(const std::string& inf_name) {
        if (!spooler::inf::is_file_name(inf_name)) return base::Error(base::Win32::invalid_data, "'" + inf_name + "' is no file name");
        TRY(inf_path_, directory_.find(inf_name));
        TRY(const base::ByteBuffer bytes, read_file(directory_, inf_path_, limits::kMaxInfBytes));
        TRY(const auto file, spooler::inf::InfFile::parse(bytes, inf_path_));
        const auto read = [this](const std::string& path) -> base::Result<base::ByteBuffer> {
            TRY(const std::string found, directory_.find(path));
            return read_file(directory_, found, limits::kMaxInfBytes);
        };
        TRY(auto inf, spooler::inf::read_printer_inf(file, read));
        package_.inf_name = inf_path_;
        package_.provider = inf.provider;
        package_.class_guid = inf.class_guid;
        package_.date = inf.date;
        package_.version = inf.version;
        package_.notes = std::move(inf.notes);
        TRY_VOID(add_file(inf_path_));
        for (auto& driver : inf.drivers) {
            spooler::PackageDriver entry;
            entry.driver = std::move(driver.driver);
            entry.required_class = std::move(driver.required_class);
            TRY(entry.files, add_files(driver.files));
            package_.drivers.push_back(std::move(entry));
        }
        for (auto& core : inf.core_drivers) {
            TRY(core.core.files, add_files(core.files));
            package_.core_drivers.push_back(std::move(core.core));
        }
        TRY_VOID(check_catalogs(inf.catalog_files));
        TRY_VOID(set_id());
        std::sort(package_.files.begin(), package_.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
        return std::move(package_);
    }

 private:
    base::Result<void> add_file(const std::string& path) {
        if (hashes_.contains(path)) return {};
        TRY(const storage::FileDescriptor file, directory_.open_file(path));
        auto hashed = hash_file(file.number(), limits::kMaxPackageBytes - bytes_, policy_.allow_sha1);
        if (!hashed) return base::Error(hashed.error().code(), "'" + path + "': " + hashed.error().text());
        bytes_ += hashed->size;
        package_.files.push_back({path, hashed->size, hashed->sha256});
        hashes_.emplace(path, std::move(hashed->listed_as));
        if (hashes_.size() > limits::kMaxPackageFiles) return base::Error(base::Win32::invalid_data, "the package has too many files");
        return {};
    }

    // The path on disk for one that an INF file names.
    base::Result<std::string> locate(const std::string& path) {
        if (const auto known = located_.find(path); known != located_.end()) return known->second;
        auto found = directory_.find(path);
        if (!found) {
            std::string compressed = path;
            compressed.back() = '_';
            if (found.error().code() == base::Win32::file_not_found && directory_.find(compressed)) {
                return base::Error(base::Win32::file_not_found, "'" + path + "' is there only compressed, as '" + compressed +
                                                                    "': expand it first (expand on Windows, msexpand or cabextract here)");
            }
            return std::move(found).error();
        }
        TRY_VOID(add_file(*found));
        located_.emplace(path, *found);
        return *found;
    }

    base::Result<std::vector<spooler::PackageDriverFile>> add_files(const std::vector<spooler::inf::CopiedFile>& files) {
        std::vector<spooler::PackageDriverFile> result;
        for (const spooler::PackageDriverFile& file : files) {
            result.push_back(file);
            TRY(result.back().path, locate(file.path));
        }
        return result;
    }

    void lower(PackageSignature signature, const std::string& detail) {
        if (signature >= package_.signature) return;
        package_.signature = signature;
        package_.signature_detail = detail;
    }

    // The package is worth as much as its worst catalogue, and every other file must be listed in one that counts.
    base::Result<void> check_catalogs(const std::vector<std::string>& names) {
        package_.signature = PackageSignature::trusted;
        std::unordered_set<std::string> members;
        std::unordered_set<std::string> catalogs;
        for (const std::string& name : names) {
            const auto path = directory_.find(name);
            if (!path) {
                lower(PackageSignature::missing, "the catalogue '" + name + "' is missing");
                continue;
            }
            if (package_.catalog_file.empty()) package_.catalog_file = *path;
            catalogs.insert(*path);
            TRY_VOID(add_file(*path));
            TRY(const base::ByteBuffer bytes, read_file(directory_, *path, limits::kMaxCatalogBytes));
            Catalog catalog = check_catalog(bytes, trust_, policy_);
            if (!catalog.signer.empty()) package_.signer = catalog.signer;
            lower(catalog.signature, *path + ": " + catalog.detail);
            if (package_.signature == PackageSignature::trusted && !catalog.detail.empty())
                package_.signature_detail = *path + ": " + catalog.detail;
            members.merge(catalog.members);
        }
        if (names.empty()) lower(PackageSignature::missing, "the INF file names no catalogue");
        if (package_.signature < PackageSignature::untrusted) return {};
        for (const auto& file : package_.files) {
            if (catalogs.contains(file.path)) continue;
            const auto& listed_as = hashes_.at(file.path);
            const bool listed =
                std::any_of(listed_as.begin(), listed_as.end(), [&](const std::string& hash) { return members.contains(hash); });
            if (listed) continue;
            const std::string more = package_.signature_detail.empty() ? std::string() : "; " + package_.signature_detail;
            lower(PackageSignature::broken, "'" + file.path + "' is not what the catalogue lists: it was changed or added" + more);
            break;
        }
        return {};
    }

    // As Windows names its store directories: INF file, architecture, something of the content.
    base::Result<void> set_id() {
        constexpr std::pair<std::string_view, std::string_view> kSuffixes[] = {
            {"Windows x64", "amd64"}, {"Windows NT x86", "x86"}, {"Windows ARM64", "arm64"}, {"Windows IA64", "ia64"}};
        std::string_view architecture = "neutral";
        for (const auto& [environment, suffix] : kSuffixes) {
            const auto is_for = [&, wanted = environment](const auto& item) { return item == wanted; };
            const bool drivers =
                std::any_of(package_.drivers.begin(), package_.drivers.end(), [&](const auto& d) { return is_for(d.driver.environment); });
            const bool cores = std::any_of(package_.core_drivers.begin(), package_.core_drivers.end(),
                                           [&](const auto& c) { return is_for(c.environment); });
            if (drivers || cores) {
                architecture = suffix;
                break;
            }
        }
        std::map<std::string, std::string> content;
        for (const auto& file : package_.files) content[file.path] = file.sha256;
        storage::Sha256 digest;
        for (const auto& [path, hash] : content) {
            const std::string line = path + "\n" + hash + "\n";
            digest.add(std::as_bytes(std::span(line)));
        }
        TRY(const std::string digits, digest.finish());
        std::string name = package_.inf_name.substr(0, 200);
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        package_.id = name + "_" + std::string(architecture) + "_" + digits.substr(0, 16);
        return {};
    }

    PackageDirectory& directory_;
    const TrustStore& trust_;
    const SignaturePolicy& policy_;
    DriverPackage package_;
    std::string inf_path_;
    std::uint64_t bytes_ = 0;
    std::unordered_map<std::string, std::vector<std::string>> hashes_;  // by path on disk
    std::unordered_map<std::string, std::string> located_;              // path in the INF file → on disk
};

}  // namespace

base::Result<DriverPackage> read_package(PackageDirectory& directory, const std::string& inf_name, const TrustStore& trust,
                                         const SignaturePolicy& policy) {
    return PackageBuilder(directory, trust, policy).run(inf_name);
}

}  // namespace server::worker
