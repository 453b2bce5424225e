#include "storage/memory_driver_files.h"

#include "base/utf.h"
#include "spooler/drivers.h"
#include "storage/digest.h"

#include <limits>
#include <set>

namespace storage {

using base::Error;
using base::Guarded;
using base::Result;
using base::Task;
using base::Win32;
using spooler::DriverFile;
using spooler::StoredFile;

struct MemoryDriverFiles::State {
    struct Upload {
        std::string content;
        std::uint64_t modified = 0;
    };
    std::map<std::string, Upload> uploads;        // folded path below the share
    std::map<std::string, std::string> contents;  // SHA-256 → bytes
    std::map<std::string, std::string> shown;     // folded path below the share → SHA-256
    std::optional<Error> publish_failure;
    std::size_t reads = 0;
    spooler::DriverQuota quota;
    std::uint64_t free = std::numeric_limits<std::uint64_t>::max();
};

namespace {

std::string shown_key(const DriverFile& file) {
    const spooler::Environment* environment = spooler::find_environment(file.environment);
    const std::string directory = environment == nullptr ? "?" : std::string(environment->directory);
    return base::fold_utf8(directory + "/" + std::to_string(file.version) + "/" + file.name);
}

Result<StoredFile> store_one(MemoryDriverFiles::State& state, const std::string& path, const spooler::DriverQuota& quota,
                             std::uint64_t& total) {
    ++state.reads;
    const auto at = state.uploads.find(path);
    const auto installed = state.shown.find(path);
    if (at == state.uploads.end() && installed == state.shown.end()) return Error(Win32::file_not_found, path);
    const std::string bytes = at != state.uploads.end() ? at->second.content : state.contents[installed->second];
    if (bytes.size() > quota.file_bytes || bytes.size() > quota.total_bytes - total) return Error(Win32::not_enough_quota, path);
    if (state.free < quota.min_free_bytes || state.free - quota.min_free_bytes < bytes.size()) return Error(Win32::disk_full, path);
    total += bytes.size();
    StoredFile file;
    Sha256 digest;
    digest.add(base::as_bytes(bytes));
    TRY(file.content, digest.finish());
    file.size = bytes.size();
    file.modified.ticks = at != state.uploads.end() ? at->second.modified : 1;
    state.contents[file.content] = bytes;
    return file;
}

}  // namespace

MemoryDriverFiles::MemoryDriverFiles() : state_(std::make_unique<Guarded<State>>()) {}

MemoryDriverFiles::~MemoryDriverFiles() = default;

Task<Result<std::vector<StoredFile>>> MemoryDriverFiles::store(std::vector<std::string> sources, spooler::DriverQuota quota) {
    co_return state_->with([&](State& state) -> Result<std::vector<StoredFile>> {
        std::vector<StoredFile> stored;
        std::uint64_t total = 0;
        state.quota = quota;
        for (const std::string& path : sources) {
            const std::string inside = share_ + "/";
            if (path.compare(0, inside.size(), inside) != 0) return Error(Win32::access_denied, path);
            TRY(StoredFile file, store_one(state, base::fold_utf8(path.substr(inside.size())), quota, total));
            stored.push_back(std::move(file));
        }
        return stored;
    });
}

Task<Result<void>> MemoryDriverFiles::publish(std::vector<DriverFile> files) {
    co_return state_->with([&](State& state) -> Result<void> {
        if (state.publish_failure) {
            const Error error = *state.publish_failure;
            state.publish_failure.reset();
            return error;
        }
        for (const DriverFile& file : files) {
            if (state.contents.count(file.content) == 0) return Error(Win32::file_not_found, file.name);
            state.shown[shown_key(file)] = file.content;
        }
        return {};
    });
}

Task<Result<void>> MemoryDriverFiles::withdraw(std::vector<DriverFile> files) {
    co_return state_->with([&](State& state) -> Result<void> {
        for (const DriverFile& file : files) state.shown.erase(shown_key(file));
        return {};
    });
}

Task<Result<void>> MemoryDriverFiles::forget(std::vector<std::string> contents) {
    co_return state_->with([&](State& state) -> Result<void> {
        for (const std::string& content : contents) state.contents.erase(content);
        return {};
    });
}

Result<std::vector<DriverFile>> MemoryDriverFiles::sweep(std::span<const DriverFile> files) {
    return state_->with([&](State& state) -> Result<std::vector<DriverFile>> {
        std::vector<DriverFile> lost;
        std::set<std::string> used;
        state.shown.clear();
        for (const DriverFile& file : files) {
            used.insert(file.content);
            if (state.contents.count(file.content) == 0)
                lost.push_back(file);
            else
                state.shown[shown_key(file)] = file.content;
        }
        std::erase_if(state.contents, [&](const auto& entry) { return used.count(entry.first) == 0; });
        return lost;
    });
}

void MemoryDriverFiles::upload(const std::string& path, const std::string& content, std::uint64_t modified) {
    state_->with([&](State& state) { state.uploads[base::fold_utf8(path)] = State::Upload{content, modified}; });
}

std::optional<std::string> MemoryDriverFiles::shown(const std::string& path) const {
    return state_->with([&](const State& state) -> std::optional<std::string> {
        const auto at = state.shown.find(base::fold_utf8(path));
        if (at == state.shown.end()) return std::nullopt;
        const auto content = state.contents.find(at->second);
        return content == state.contents.end() ? std::nullopt : std::optional<std::string>(content->second);
    });
}

std::size_t MemoryDriverFiles::contents() const {
    return state_->with([](const State& state) { return state.contents.size(); });
}

std::size_t MemoryDriverFiles::reads() const {
    return state_->with([](const State& state) { return state.reads; });
}

spooler::DriverQuota MemoryDriverFiles::last_quota() const {
    return state_->with([](const State& state) { return state.quota; });
}

void MemoryDriverFiles::fail_next_publish(Error error) {
    state_->with([&](State& state) { state.publish_failure = std::move(error); });
}

void MemoryDriverFiles::lose(const std::string& path) {
    state_->with([&](State& state) { state.contents.erase(state.shown[base::fold_utf8(path)]); });
}

void MemoryDriverFiles::set_free_bytes(std::uint64_t bytes) {
    state_->with([&](State& state) { state.free = bytes; });
}

}  // namespace storage
