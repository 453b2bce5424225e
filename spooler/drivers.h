// The driver registry: in-box names declared in the configuration now, uploaded drivers later.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "spooler/model/driver.h"

#include <optional>
#include <string_view>
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

// Thread-safe. Keys are (name, environment, version), names and environments in any case.
class Drivers {
 public:
    void load(std::vector<Driver> drivers);                        // stored ones first, then the declared in-box ones
    // All of one environment, or of every environment when `environment` is empty; ordered by name, environment, version.
    [[nodiscard]] std::vector<Driver> list(std::string_view environment) const;
    // The highest version <= `max_version`; unknown_printer_driver when there is none.
    [[nodiscard]] base::Result<Driver> find(std::string_view name, std::string_view environment,
                                            std::uint32_t max_version = kAnyDriverVersion) const;
    // In any environment.
    [[nodiscard]] bool known(std::string_view name) const;
    [[nodiscard]] bool shareable(std::string_view name) const;     // false when a version carries NOT_SHAREABLE

 private:
    base::Guarded<std::vector<Driver>> drivers_;
};

}  // namespace spooler
