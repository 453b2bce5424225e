#include "spooler/drivers.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <set>

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;

const std::vector<Environment>& environments() {
    static const std::vector<Environment> kEnvironments{
        {"Windows x64", "x64", 9},           {"Windows NT x86", "W32X86", 0},   {"Windows ARM64", "ARM64", 12},
        {"Windows ARM", "ARM", 5},           {"Windows IA64", "IA64", 6},       {"Windows 4.0", "WIN40", 0},
        {"Windows NT R4000", "W32MIPS", 1},  {"Windows NT PowerPC", "W32PPC", 3},
        {"Windows NT Alpha_AXP", "W32ALPHA", 2},
    };
    return kEnvironments;
}

const Environment* find_environment(std::string_view name) {
    for (const Environment& environment : environments()) {
        if (base::equal_names(environment.name, name)) return &environment;
    }
    return nullptr;
}

std::vector<std::string> driver_file_names(const Driver& driver) {
    std::vector<std::string> names;
    std::set<std::string> seen;
    const auto add = [&](const std::string& name) {
        if (!name.empty() && seen.insert(base::fold_utf8(name)).second) names.push_back(name);
    };
    for (const std::string* name : {&driver.driver_path, &driver.config_file, &driver.data_file, &driver.help_file}) add(*name);
    for (const std::string& name : driver.dependent_files) add(name);
    return names;
}

Drivers::Key Drivers::key_of(const Driver& driver) {
    return {base::fold_utf8(driver.name), base::fold_utf8(driver.environment), driver.version};
}

Drivers::FileKey Drivers::key_of(const DriverFile& file) {
    return {base::fold_utf8(file.environment), file.version, base::fold_utf8(file.name)};
}

Drivers::FileKey Drivers::file_key(const Driver& driver, std::string_view name) {
    return {base::fold_utf8(driver.environment), driver.version, base::fold_utf8(name)};
}

Driver Drivers::with_counters(const State& state, const Driver& driver) {
    Driver copy = driver;
    const auto replaced = [&](const std::string& name) {
        const auto at = state.files.find(file_key(driver, name));
        return at == state.files.end() ? 0U : at->second.replaced;
    };
    copy.config_file_version = replaced(driver.config_file);
    copy.driver_file_version = replaced(driver.driver_path);
    return copy;
}

void Drivers::load(std::vector<Driver> drivers) {
    state_.with([&](State& state) {
        for (Driver& driver : drivers) {
            const Key key = key_of(driver);
            if (driver.in_box) state.declared.insert_or_assign(key, driver);
            else any_installed_ = true;
            state.drivers.emplace(key, std::move(driver));
        }
    });
}

void Drivers::load_files(std::vector<DriverFile> files) {
    state_.with([&](State& state) {
        for (DriverFile& file : files) state.put_file(std::move(file), 0);
    });
}

std::vector<Driver> Drivers::list(std::string_view environment) const {
    const std::string wanted = base::fold_utf8(environment);
    return state_.with([&](const State& state) {
        std::vector<Driver> result;
        for (const auto& [key, driver] : state.drivers) {
            if (wanted.empty() || std::get<1>(key) == wanted) result.push_back(with_counters(state, driver));
        }
        return result;
    });
}

std::vector<Driver> Drivers::named(std::string_view name) const {
    const Key first{base::fold_utf8(name), std::string(), 0};
    return state_.with([&](const State& state) {
        std::vector<Driver> result;
        for (auto at = state.drivers.lower_bound(first); at != state.drivers.end() && std::get<0>(at->first) == std::get<0>(first); ++at) {
            result.push_back(with_counters(state, at->second));
        }
        return result;
    });
}

Result<Driver> Drivers::find(std::string_view name, std::string_view environment, std::uint32_t max_version) const {
    const Key last{base::fold_utf8(name), base::fold_utf8(environment), max_version};
    return state_.with([&](const State& state) -> Result<Driver> {
        auto at = state.drivers.upper_bound(last);
        if (at == state.drivers.begin()) return Error(Win32::unknown_printer_driver, "no such driver");
        --at;
        const bool matches = std::get<0>(at->first) == std::get<0>(last) && std::get<1>(at->first) == std::get<1>(last);
        if (!matches) return Error(Win32::unknown_printer_driver, "no such driver");
        return with_counters(state, at->second);
    });
}

bool Drivers::known(std::string_view name) const {
    const Key first{base::fold_utf8(name), std::string(), 0};
    return state_.with([&](const State& state) {
        const auto at = state.drivers.lower_bound(first);
        return at != state.drivers.end() && std::get<0>(at->first) == std::get<0>(first);
    });
}

bool Drivers::shareable(std::string_view name) const {
    const Key first{base::fold_utf8(name), std::string(), 0};
    return state_.with([&](const State& state) {
        for (auto at = state.drivers.lower_bound(first); at != state.drivers.end() && std::get<0>(at->first) == std::get<0>(first); ++at) {
            if ((at->second.attributes & driver_attribute::kNotShareable) != 0) return false;
        }
        return true;
    });
}

bool Drivers::owns_devmode(std::string_view name) const {
    if (!any_installed_) return false;
    const Key first{base::fold_utf8(name), std::string(), 0};
    return state_.with([&](const State& state) {
        for (auto at = state.drivers.lower_bound(first); at != state.drivers.end() && std::get<0>(at->first) == std::get<0>(first); ++at) {
            if (!at->second.in_box) return true;
        }
        return false;
    });
}

Result<DriverFile> Drivers::file(std::string_view environment, std::uint32_t version, std::string_view name) const {
    const FileKey key{base::fold_utf8(environment), version, base::fold_utf8(name)};
    return state_.with([&](const State& state) -> Result<DriverFile> {
        const auto at = state.files.find(key);
        if (at == state.files.end()) return Error(Win32::file_not_found, "no such driver file");
        return at->second.file;
    });
}

std::vector<std::uint32_t> Drivers::generations(const Driver& driver, const std::vector<std::string>& files) const {
    return state_.with([&](const State& state) {
        std::vector<std::uint32_t> result;
        result.reserve(files.size());
        for (const std::string& name : files) {
            const auto at = state.files.find(file_key(driver, name));
            result.push_back(at == state.files.end() ? 0 : at->second.file.generation);
        }
        return result;
    });
}

std::vector<DriverFile> Drivers::files() const {
    return state_.with([](const State& state) {
        std::vector<DriverFile> result;
        result.reserve(state.files.size());
        for (const auto& [key, entry] : state.files) result.push_back(entry.file);
        return result;
    });
}

std::uint64_t Drivers::file_bytes() const {
    return state_.with([](const State& state) { return state.bytes; });
}

bool Drivers::uses_content(std::string_view content) const {
    return state_.with([&](const State& state) { return state.contents.count(std::string(content)) != 0; });
}

std::vector<bool> Drivers::used_elsewhere(const std::vector<DriverFile>& files, const std::vector<Driver>& except) const {
    std::set<FileKey> asked, used;
    std::set<Key> left_out;
    std::set<std::pair<std::string, std::uint32_t>> places;        // environments and versions that matter
    for (const DriverFile& file : files) {
        asked.insert(key_of(file));
        places.emplace(base::fold_utf8(file.environment), file.version);
    }
    for (const Driver& driver : except) left_out.insert(key_of(driver));
    state_.with([&](const State& state) {
        for (const auto& [key, driver] : state.drivers) {
            if (left_out.count(key) != 0 || places.count({std::get<1>(key), driver.version}) == 0) continue;
            for (const std::string& name : driver_file_names(driver)) {
                FileKey named{std::get<1>(key), driver.version, base::fold_utf8(name)};
                if (asked.count(named) != 0) used.insert(std::move(named));
            }
        }
    });
    std::vector<bool> result;
    result.reserve(files.size());
    for (const DriverFile& file : files) result.push_back(used.count(key_of(file)) != 0);
    return result;
}

void Drivers::State::drop_content(const DriverFile& file) {
    const auto at = contents.find(file.content);
    if (at == contents.end() || --at->second.files != 0) return;
    bytes -= at->second.size;
    contents.erase(at);
}

void Drivers::State::put_file(DriverFile file, std::uint32_t replaced) {
    FileEntry& entry = files[key_of(file)];
    drop_content(entry.file);
    // A lost content is none.
    if (!file.content.empty()) {
        Content& content = contents[file.content];
        if (content.files++ == 0) bytes += content.size = file.size;
    }
    entry.file = std::move(file);
    entry.replaced = replaced;
}

namespace {

Event driver_event(std::uint32_t change, const std::string& name) {
    Event event;
    event.object = EventObject::driver;
    event.change = change;
    event.name = name;
    return event;
}

}  // namespace

Result<Ticket> Drivers::put(const Driver& driver, std::vector<DriverFile> files) {
    return state_.with([&](State& state) -> Result<Ticket> {
        const Key key = key_of(driver);
        const bool replaces = state.drivers.count(key) != 0;
        const bool too_many = !replaces && state.drivers.size() >= base::limits::kMaxDrivers;
        if (too_many) return Error(Win32::not_enough_quota, "too many drivers");
        for (const DriverFile& file : files) {
            const auto now = state.files.find(key_of(file));
            state.put_file(file, now == state.files.end() ? 0 : now->second.replaced + 1);
        }
        state.drivers.insert_or_assign(key, driver);
        any_installed_ = true;
        events_.publish(driver_event(replaces ? printer_change::kSetDriver : printer_change::kAddDriver, driver.name));
        return store_.enqueue(DriverPut{driver, std::move(files)});
    });
}

Result<Ticket> Drivers::remove(const Driver& driver, std::vector<DriverFile> files) {
    return state_.with([&](State& state) -> Result<Ticket> {
        const Key key = key_of(driver);
        const auto at = state.drivers.find(key);
        if (at == state.drivers.end() || at->second.in_box) return Error(Win32::unknown_printer_driver, driver.name);
        for (const DriverFile& file : files) {
            const auto gone = state.files.find(key_of(file));
            if (gone == state.files.end()) continue;
            state.drop_content(gone->second.file);
            state.files.erase(gone);
        }
        DriverDelete change{at->second.name, at->second.environment, at->second.version, std::move(files)};
        state.drivers.erase(at);
        const auto declared = state.declared.find(key);
        if (declared != state.declared.end()) state.drivers.emplace(key, declared->second);
        events_.publish(driver_event(printer_change::kDeleteDriver, driver.name));
        return store_.enqueue(std::move(change));
    });
}

std::string Drivers::language_monitor(std::string_view name) const {
    const std::string folded = base::fold_utf8(name);
    return state_.with([&](const State& state) {
        for (auto at = state.drivers.lower_bound(Key{folded, {}, 0}); at != state.drivers.end() && std::get<0>(at->first) == folded; ++at) {
            if (!at->second.monitor_name.empty()) return at->second.monitor_name;
        }
        return std::string();
    });
}

}  // namespace spooler
