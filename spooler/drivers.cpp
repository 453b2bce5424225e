#include "spooler/drivers.h"

#include "base/utf.h"

#include <algorithm>
#include <tuple>

namespace spooler {
namespace {

bool same_key(const Driver& a, const Driver& b) {
    return a.version == b.version && base::equal_names(a.name, b.name) && base::equal_names(a.environment, b.environment);
}

}  // namespace

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

void Drivers::load(std::vector<Driver> drivers) {
    drivers_.with([&](std::vector<Driver>& known) {
        for (Driver& driver : drivers) {
            const bool there = std::any_of(known.begin(), known.end(), [&](const Driver& other) { return same_key(other, driver); });
            if (!there) known.push_back(std::move(driver));
        }
        std::sort(known.begin(), known.end(), [](const Driver& a, const Driver& b) {
            return std::tuple(base::fold_utf8(a.name), base::fold_utf8(a.environment), a.version) <
                   std::tuple(base::fold_utf8(b.name), base::fold_utf8(b.environment), b.version);
        });
    });
}

std::vector<Driver> Drivers::list(std::string_view environment) const {
    return drivers_.with([&](const std::vector<Driver>& known) {
        std::vector<Driver> result;
        for (const Driver& driver : known) {
            if (environment.empty() || base::equal_names(driver.environment, environment)) result.push_back(driver);
        }
        return result;
    });
}

base::Result<Driver> Drivers::find(std::string_view name, std::string_view environment, std::uint32_t max_version) const {
    return drivers_.with([&](const std::vector<Driver>& known) -> base::Result<Driver> {
        const Driver* best = nullptr;
        for (const Driver& driver : known) {
            const bool matches = driver.version <= max_version && base::equal_names(driver.name, name) &&
                                 base::equal_names(driver.environment, environment);
            if (matches && (best == nullptr || best->version < driver.version)) best = &driver;
        }
        if (best == nullptr) return base::Error(base::Win32::unknown_printer_driver, "no such driver");
        return *best;
    });
}

bool Drivers::known(std::string_view name) const {
    return drivers_.with([&](const std::vector<Driver>& known) {
        return std::any_of(known.begin(), known.end(), [&](const Driver& driver) { return base::equal_names(driver.name, name); });
    });
}

bool Drivers::shareable(std::string_view name) const {
    return drivers_.with([&](const std::vector<Driver>& known) {
        return std::none_of(known.begin(), known.end(), [&](const Driver& driver) {
            return base::equal_names(driver.name, name) && (driver.attributes & driver_attribute::kNotShareable) != 0;
        });
    });
}

}  // namespace spooler
