#include "storage/package_store.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"
#include "spooler/driver_files.h"
#include "spooler/drivers.h"
#include "spooler/failpoint.h"
#include "storage/file_tree.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace storage {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using spooler::PackagePlace;
using spooler::StagingPtr;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kThreads = 2;
constexpr std::string_view kStaging = ".staging";
constexpr std::string_view kCabinets = "PCC";
constexpr std::string_view kCabinetSuffix = ".cab", kInfSuffix = ".inf";
// print$ is for everybody who may reach the share: the share's own rights decide.
constexpr mode_t kSharedDirectory = 0755, kSharedFile = 0644;

TreeLimits package_limits(std::uint64_t min_free_bytes = 0) {
    TreeLimits limits;
    limits.min_free_bytes = min_free_bytes;
    limits.files = base::limits::kMaxPackageFiles;
    limits.directories = base::limits::kMaxPackageFiles;
    limits.bytes = base::limits::kMaxPackageBytes;
    limits.depth = base::limits::kMaxPackageDepth;
    return limits;
}

bool has_suffix(std::string_view name, std::string_view suffix) {
    return name.size() > suffix.size() && base::fold_utf8(name).ends_with(base::fold_utf8(suffix));
}

Result<void> sync_path(const std::string& path) {
    TRY(const FileDescriptor directory, open_directory(path));
    return sync_all(directory.number(), path);
}

}  // namespace

struct PackageStore::State {
    State(Settings wanted, boost::asio::any_io_executor the_pool) : settings(std::move(wanted)), pool(std::move(the_pool)) {}

    Settings settings;
    boost::asio::any_io_executor pool;
    std::atomic<bool> closed{false};
    std::atomic<std::size_t> stagings{0};
    std::atomic<std::uint64_t> next_staging{0};

    [[nodiscard]] std::string staging_root() const { return settings.root + "/" + std::string(kStaging); }
    [[nodiscard]] std::string package(std::string_view id) const { return settings.root + "/" + std::string(id); }
    [[nodiscard]] std::string cabinets(std::string_view environment) const {
        return settings.drivers + "/" + std::string(environment) + "/" + std::string(kCabinets);
    }
    [[nodiscard]] static std::string cabinet_name(std::string_view id) { return std::string(id) + std::string(kCabinetSuffix); }

    Result<void> prepare() const;
    [[nodiscard]] std::uint64_t reserve() const { return settings.min_free_bytes ? settings.min_free_bytes() : 0; }
    Result<std::uint64_t> room() const;
    [[nodiscard]] Result<FileDescriptor> open_cabinets(std::string_view environment) const;
    [[nodiscard]] bool complete(const PackagePlace& place) const;
    Result<std::string> copy_upload(const std::string& to, const std::string& environment, const spooler::UploadPath& path) const;
    Result<std::string> copy_local(const spooler::StagingArea& staging, const std::string& path) const;
    Result<void> publish(const spooler::StagingArea& staging, const PackagePlace& place) const;
    Result<void> replace_files(const std::string& from, const PackagePlace& place) const;
    Result<void> publish_cabinet(const std::string& cabinet, const std::string& id, const std::string& environment) const;
    Result<void> remove(const std::string& id) const;
    Result<void> sweep_cabinets(const std::set<std::string>& live) const;
};

namespace {

using StatePtr = std::shared_ptr<PackageStore::State>;

class Staging final : public spooler::StagingArea {
 public:
    Staging(StatePtr state, std::string root) : state_(std::move(state)), root_(std::move(root)) {}
    ~Staging() override {
        const auto clean = [state = state_, root = root_] {
            const auto removed = remove_tree(root);
            if (!removed) base::log::warning("staging area not removed; the next start does it", {{"reason", removed.error().to_string()}});
            --state->stagings;
        };
        if (state_->closed.load())
            clean();
        else
            boost::asio::post(state_->pool, clean);
    }
    [[nodiscard]] std::string files() const override { return root_ + "/files"; }
    [[nodiscard]] std::string cabinet() const override { return root_ + "/package.cab"; }
    [[nodiscard]] std::string source() const override { return root_ + "/source.cab"; }

 private:
    StatePtr state_;
    std::string root_;
};

}  // namespace

Result<void> PackageStore::State::prepare() const {
    TRY_VOID(make_directory(settings.root));
    if (::chmod(settings.root.c_str(), 0700) != 0) return file_error(errno, "chmod " + settings.root);
    TRY_VOID(make_directory(staging_root()));
    TRY_VOID(make_directory(settings.drivers));
    return sync_path(fs::path(settings.root).parent_path().string());
}

Result<std::uint64_t> PackageStore::State::room() const {
    TRY(const FileDescriptor root, open_directory(settings.root));
    TRY(const std::uint64_t free, free_bytes(root.number()));
    const std::uint64_t kept = reserve();
    if (free <= kept) return Error(Win32::disk_full, "only the disk's reserve is left");
    return free - kept;
}

// By descriptors, as everything in print$: who may write there may have put links.
Result<FileDescriptor> PackageStore::State::open_cabinets(std::string_view environment) const {
    TRY(const FileDescriptor drivers, open_directory(settings.drivers));
    return open_below(drivers.number(), {std::string(environment), std::string(kCabinets)});
}

bool PackageStore::State::complete(const PackagePlace& place) const {
    const auto is_file = [](int directory, const std::string& path) {
        struct stat info {};
        return ::fstatat(directory, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
    };
    const std::string where = package(place.id) + "/";
    const bool files =
        std::all_of(place.files.begin(), place.files.end(), [&](const std::string& file) { return is_file(AT_FDCWD, where + file); });
    return files && std::all_of(place.cabinet_directories.begin(), place.cabinet_directories.end(), [&](const std::string& environment) {
               const auto directory = open_cabinets(environment);
               return directory && is_file(directory->number(), cabinet_name(place.id));
           });
}

Result<std::string> PackageStore::State::copy_upload(const std::string& to, const std::string& environment,
                                                     const spooler::UploadPath& path) const {
    TRY_VOID(room());
    TRY(const FileDescriptor drivers, open_directory(settings.drivers));
    std::vector<std::string> parts = path.directories;
    parts.insert(parts.begin(), environment);
    TRY(const FileDescriptor from, open_below(drivers.number(), parts));
    TRY(std::string name, find_entry(from.number(), path.file));
    TRY(const FileDescriptor target, open_directory(to));
    TRY_VOID(copy_tree(from.number(), target.number(), package_limits(reserve())));
    return name;
}

// The administrator of this machine may name links and shared files; devices and limits are as for clients.
Result<std::string> PackageStore::State::copy_local(const spooler::StagingArea& staging, const std::string& path) const {
    TRY_VOID(room());
    if (path.empty() || path.front() != '/') return Error(Win32::invalid_parameter, "not an absolute path: " + path);
    TreeLimits limits = package_limits(reserve());
    limits.one_name_only = false;
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error) return Error(Win32::file_not_found, path + ": " + error.message());
    const bool directory = fs::is_directory(real, error);
    if (!directory && !fs::is_regular_file(real, error))
        return Error(Win32::invalid_parameter, path + " is neither a file nor a directory");
    const std::string name = directory ? std::string() : real.filename().string();
    // Before a whole directory is copied for nothing.
    if (!directory && !has_suffix(name, kCabinetSuffix) && !has_suffix(name, kInfSuffix))
        return Error(Win32::invalid_parameter, path + " is neither an INF file nor a cabinet (" + std::string(kCabinetSuffix) + ")");
    TRY(const FileDescriptor from, open_directory(directory ? real.string() : real.parent_path().string()));
    if (has_suffix(name, kCabinetSuffix)) {
        TRY(const FileDescriptor target, open_directory(fs::path(staging.source()).parent_path().string()));
        TRY_VOID(copy_file(from.number(), name, target.number(), fs::path(staging.source()).filename().string(), limits));
        return name;
    }
    TRY(const FileDescriptor target, open_directory(staging.files()));
    auto copied = copy_tree(from.number(), target.number(), limits);
    if (!copied) return Error(copied.error().code(), "the package's directory cannot be taken: " + copied.error().text());
    return name;
}

// Damaged or lost files of a package that is there already.
Result<void> PackageStore::State::replace_files(const std::string& from, const PackagePlace& place) const {
    const std::string to = package(place.id);
    std::error_code error;
    for (const std::string& file : place.files) {
        fs::create_directories(fs::path(to + "/" + file).parent_path(), error);
        if (error) return file_error(error.value(), "mkdir for " + file);
        TRY_VOID(rename_file(from + "/" + file, to + "/" + file));
    }
    return sync_tree(to);
}

// By descriptors: who may write to print$ may not send the cabinet elsewhere with a link.
Result<void> PackageStore::State::publish_cabinet(const std::string& cabinet, const std::string& id, const std::string& environment) const {
    TRY(const FileDescriptor drivers, open_directory(settings.drivers));
    TRY(const FileDescriptor area, make_and_open(drivers.number(), environment, kSharedDirectory));
    TRY(const FileDescriptor directory, make_and_open(area.number(), std::string(kCabinets), kSharedDirectory));
    const std::string target = cabinet_name(id);
    const std::string temporary = target + ".tmp";
    ::unlinkat(directory.number(), temporary.c_str(), 0);
    // One copy on disk for all environments of the package.
    if (::linkat(AT_FDCWD, cabinet.c_str(), directory.number(), temporary.c_str(), 0) != 0) return file_error(errno, "link " + temporary);
    if (::renameat(directory.number(), temporary.c_str(), directory.number(), target.c_str()) != 0)
        return file_error(errno, "rename " + temporary);
    TRY_VOID(sync_all(directory.number(), cabinets(environment)));
    TRY_VOID(sync_all(area.number(), settings.drivers + "/" + environment));
    return sync_all(drivers.number(), settings.drivers);
}

Result<void> PackageStore::State::publish(const spooler::StagingArea& staging, const PackagePlace& place) const {
    TRY_VOID(room());
    TRY_VOID(sync_tree(staging.files()));
    {
        TRY(const FileDescriptor cabinet, open_file(staging.cabinet(), O_RDONLY | O_NOFOLLOW));
        if (::fchmod(cabinet.number(), kSharedFile) != 0) return file_error(errno, "chmod " + staging.cabinet());
        TRY_VOID(sync_all(cabinet.number(), staging.cabinet()));
    }
    WSP_FAILPOINT("package.publish.before");
    struct stat info {};
    if (::lstat(package(place.id).c_str(), &info) == 0) {
        TRY_VOID(replace_files(staging.files(), place));
    } else {
        TRY_VOID(rename_file(staging.files(), package(place.id)));
    }
    TRY_VOID(sync_path(settings.root));
    WSP_FAILPOINT("package.publish.cabinet");
    for (const std::string& environment : place.cabinet_directories) {
        TRY_VOID(publish_cabinet(staging.cabinet(), place.id, environment));
    }
    WSP_FAILPOINT("package.publish.after");
    return {};
}

Result<void> PackageStore::State::remove(const std::string& id) const {
    for (const spooler::Environment& environment : spooler::environments()) {
        const auto directory = open_cabinets(environment.directory);
        if (!directory) continue;  // never had a cabinet
        if (::unlinkat(directory->number(), cabinet_name(id).c_str(), 0) == 0) {
            TRY_VOID(sync_all(directory->number(), cabinets(environment.directory)));
        } else if (errno != ENOENT) {
            return file_error(errno, "remove " + cabinet_name(id));
        }
    }
    WSP_FAILPOINT("package.remove.files");
    TRY_VOID(remove_tree(package(id)));
    return sync_path(settings.root);
}

// Only what has the form of a cabinet of ours goes; anything else in print$ is none of our business.
Result<void> PackageStore::State::sweep_cabinets(const std::set<std::string>& live) const {
    for (const spooler::Environment& environment : spooler::environments()) {
        const auto directory = open_cabinets(environment.directory);
        if (!directory) continue;  // never had a cabinet, or is a link
        TRY(const std::vector<std::string> names, entries_of(directory->number()));
        for (const std::string& name : names) {
            const bool ours = name.ends_with(kCabinetSuffix) || name.ends_with(std::string(kCabinetSuffix) + ".tmp");
            if (!ours || live.count(std::string(environment.directory) + "/" + name) != 0) continue;
            if (::unlinkat(directory->number(), name.c_str(), 0) != 0) continue;  // a directory: not ours
            base::log::info("cabinet without a package removed", {{"file", cabinets(environment.directory) + "/" + name}});
        }
    }
    return {};
}

PackageStore::PackageStore(std::shared_ptr<State> state, std::unique_ptr<boost::asio::thread_pool> threads)
    : state_(std::move(state)), threads_(std::move(threads)) {}

PackageStore::~PackageStore() {
    state_->closed.store(true);
    threads_->join();
}

Result<std::unique_ptr<PackageStore>> PackageStore::open(Settings settings) {
    auto pool = std::make_unique<boost::asio::thread_pool>(kThreads);
    auto state = std::make_shared<State>(std::move(settings), pool->get_executor());
    TRY_VOID(state->prepare());
    return std::unique_ptr<PackageStore>(new PackageStore(std::move(state), std::move(pool)));
}

Task<Result<StagingPtr>> PackageStore::stage() {
    const StatePtr state = state_;
    if (++state->stagings > base::limits::kMaxPackageStagings) {
        --state->stagings;
        co_return Error(Win32::busy, "other driver packages are being taken in; try again");
    }
    const std::string root = state->staging_root() + "/" + std::to_string(++state->next_staging);
    StagingPtr staging = std::make_shared<Staging>(state, root);
    std::function<Result<void>()> work = [state, root, files = staging->files()]() -> Result<void> {
        TRY_VOID(state->room());
        TRY_VOID(make_directory(root));
        return make_directory(files);
    };
    CO_TRY_VOID(co_await base::run_blocking<void>(state->pool, std::move(work)));
    co_return staging;
}

Task<Result<std::string>> PackageStore::copy_upload(StagingPtr staging, std::string environment, spooler::UploadPath path) {
    const StatePtr state = state_;
    std::function<Result<std::string>()> work = [state, staging, environment, path] {
        return state->copy_upload(staging->files(), environment, path);
    };
    co_return co_await base::run_blocking<std::string>(state->pool, std::move(work));
}

Task<Result<std::string>> PackageStore::copy_local(StagingPtr staging, std::string path) {
    const StatePtr state = state_;
    std::function<Result<std::string>()> work = [state, staging, path] { return state->copy_local(*staging, path); };
    co_return co_await base::run_blocking<std::string>(state->pool, std::move(work));
}

Task<Result<std::vector<std::string>>> PackageStore::list(StagingPtr staging) {
    const StatePtr state = state_;
    std::function<Result<std::vector<std::string>>()> work = [staging] { return list_tree(staging->files(), package_limits()); };
    co_return co_await base::run_blocking<std::vector<std::string>>(state->pool, std::move(work));
}

Task<Result<std::uint64_t>> PackageStore::room() {
    const StatePtr state = state_;
    std::function<Result<std::uint64_t>()> work = [state] { return state->room(); };
    co_return co_await base::run_blocking<std::uint64_t>(state->pool, std::move(work));
}

Task<Result<bool>> PackageStore::complete(PackagePlace place) {
    const StatePtr state = state_;
    if (!spooler::valid_driver_file_name(place.id)) co_return Error(Win32::invalid_data, "the package's id is no file name");
    std::function<Result<bool>()> work = [state, place = std::move(place)]() -> Result<bool> { return state->complete(place); };
    co_return co_await base::run_blocking<bool>(state->pool, std::move(work));
}

Task<Result<void>> PackageStore::keep_only(StagingPtr staging, std::vector<std::string> files) {
    const StatePtr state = state_;
    std::function<Result<void>()> work = [staging, files = std::move(files)]() -> Result<void> {
        const std::set<std::string> kept(files.begin(), files.end());
        TRY(const std::vector<std::string> present, list_tree(staging->files(), package_limits()));
        for (const std::string& file : present) {
            if (kept.count(file) != 0) continue;
            const std::string path = staging->files() + "/" + file;
            if (::unlink(path.c_str()) != 0) return file_error(errno, "remove " + path);
        }
        return {};
    };
    co_return co_await base::run_blocking<void>(state->pool, std::move(work));
}

Task<Result<void>> PackageStore::publish(StagingPtr staging, PackagePlace place) {
    const StatePtr state = state_;
    if (!spooler::valid_driver_file_name(place.id)) co_return Error(Win32::invalid_data, "the package's id is no file name");
    std::function<Result<void>()> work = [state, staging, place = std::move(place)] { return state->publish(*staging, place); };
    co_return co_await base::run_blocking<void>(state->pool, std::move(work));
}

Task<Result<void>> PackageStore::remove(std::string id) {
    const StatePtr state = state_;
    if (!spooler::valid_driver_file_name(id)) co_return Error(Win32::invalid_data, "the package's id is no file name");
    std::function<Result<void>()> work = [state, id = std::move(id)] { return state->remove(id); };
    co_return co_await base::run_blocking<void>(state->pool, std::move(work));
}

std::string PackageStore::path_of(std::string_view id, std::string_view file) const {
    std::string path = state_->package(id);
    if (!file.empty()) path += "/" + std::string(file);
    return path;
}

Result<std::vector<std::string>> PackageStore::sweep(std::span<const PackagePlace> live) {
    std::set<std::string> ids, cabinets;
    std::vector<std::string> incomplete;
    std::error_code error;
    for (const PackagePlace& place : live) {
        ids.insert(place.id);
        for (const std::string& directory : place.cabinet_directories) cabinets.insert(directory + "/" + State::cabinet_name(place.id));
        if (!state_->complete(place)) incomplete.push_back(place.id);
    }
    TRY_VOID(remove_tree(state_->staging_root()));
    TRY_VOID(make_directory(state_->staging_root()));
    for (const auto& entry : fs::directory_iterator(state_->settings.root, error)) {
        const std::string name = entry.path().filename().string();
        if (name == kStaging || ids.count(name) != 0) continue;
        base::log::info("driver package without a row removed", {{"package", name}});
        TRY_VOID(remove_tree(entry.path().string()));
    }
    TRY_VOID(state_->sweep_cabinets(cabinets));
    return incomplete;
}

}  // namespace storage
