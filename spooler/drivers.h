// The driver registry: drivers that were installed, those that the configuration declares, and the files that they share.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "spooler/model/driver.h"
#include "spooler/notify/event.h"
#include "spooler/store.h"

#include <atomic>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace spooler {

// The environments this server knows, with their directory names.
struct Environment {
    std::string_view name, directory;
    std::uint16_t processor_architecture;                          // PROCESSOR_ARCHITECTURE_*
};
[[nodiscard]] const std::vector<Environment>& environments();
[[nodiscard]] const Environment* find_environment(std::string_view name);          // any case; null when unknown

inline constexpr std::uint32_t kAnyDriverVersion = 0xFFFFFFFF;

// The names of a driver's files, each once, in the order driver, configuration, data, help, dependents.
[[nodiscard]] std::vector<std::string> driver_file_names(const Driver& driver);

// Thread-safe. Keys are (name, environment, version), names and environments in any case; of files (environment, version, name).
class Drivers {
 public:
    Drivers(Store& store, EventSink& events) : store_(store), events_(events) {}
    // At start. The stored drivers first, then the declared ones (in_box), which a stored one with the same key hides.
    void load(std::vector<Driver> drivers);
    void load_files(std::vector<DriverFile> files);

    // All of one environment, or of every environment when `environment` is empty; ordered by name, environment, version.
    [[nodiscard]] std::vector<Driver> list(std::string_view environment) const;
    // All environments and versions of one name.
    [[nodiscard]] std::vector<Driver> named(std::string_view name) const;
    // The highest version <= `max_version`; unknown_printer_driver when there is none.
    [[nodiscard]] base::Result<Driver> find(std::string_view name, std::string_view environment,
                                            std::uint32_t max_version = kAnyDriverVersion) const;
    // In any environment.
    [[nodiscard]] bool known(std::string_view name) const;
    [[nodiscard]] bool shareable(std::string_view name) const;     // false when a version carries NOT_SHAREABLE
    // Whether an installed driver has this name, whose own code knows what its DEVMODE looks like; in-box names have none.
    [[nodiscard]] bool owns_devmode(std::string_view name) const;
    // What the driver's versions name, the first one that names any; empty: none.
    [[nodiscard]] std::string language_monitor(std::string_view name) const;

    // An installed file; file_not_found. Drivers of one environment and version share their files by name.
    [[nodiscard]] base::Result<DriverFile> file(std::string_view environment, std::uint32_t version, std::string_view name) const;
    // How often each of these files has been replaced; 0 for one that is not installed.
    [[nodiscard]] std::vector<std::uint32_t> generations(const Driver& driver, const std::vector<std::string>& files) const;
    [[nodiscard]] std::vector<DriverFile> files() const;
    // Bytes of all installed files, each content once.
    [[nodiscard]] std::uint64_t file_bytes() const;
    // Is the content part of an installed file?
    [[nodiscard]] bool uses_content(std::string_view content) const;
    // For each file, whether a driver that is not among `except` names it.
    [[nodiscard]] std::vector<bool> used_elsewhere(const std::vector<DriverFile>& files, const std::vector<Driver>& except) const;

    // --- For the installer, whose callers hold its gate ------------------------------------------------------------------
    // Adds or replaces a driver and the files that came with it, and tells the listeners. not_enough_quota beyond limits::kMaxDrivers.
    base::Result<Ticket> put(const Driver& driver, std::vector<DriverFile> files);
    // Takes one installed driver away, with these rows of files. What the configuration declares shows again.
    base::Result<Ticket> remove(const Driver& driver, std::vector<DriverFile> files);

 private:
    using Key = std::tuple<std::string, std::string, std::uint32_t>;          // folded name, folded environment, version
    using FileKey = std::tuple<std::string, std::uint32_t, std::string>;      // folded environment, version, folded name
    struct FileEntry {
        DriverFile file;
        std::uint32_t replaced = 0;                                // since start, for DRIVER_INFO_5
    };
    struct Content {
        std::size_t files = 0;                                     // that have it
        std::uint64_t size = 0;
    };
    struct State {
        std::map<Key, Driver> drivers, declared;
        std::map<FileKey, FileEntry> files;
        std::unordered_map<std::string, Content> contents;
        std::uint64_t bytes = 0;                                   // of all contents
        void put_file(DriverFile file, std::uint32_t replaced);
        void drop_content(const DriverFile& file);
    };
    static Key key_of(const Driver& driver);
    static FileKey key_of(const DriverFile& file);
    static FileKey file_key(const Driver& driver, std::string_view name);
    static Driver with_counters(const State& state, const Driver& driver);

    Store& store_;
    EventSink& events_;
    base::Guarded<State> state_;
    std::atomic<bool> any_installed_{false};                       // beside in-box names, ever: most lists need no look at each name
};

}  // namespace spooler
