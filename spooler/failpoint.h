// Places where a test can stop the process as a power cut would. Always compiled in; a relaxed load when nothing is armed.
// WINSPOOLD_FAILPOINT=name:count in the environment (or arm()) makes the count-th pass through `name` call _exit(99).
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace spooler::failpoint {

inline constexpr int kExitCode = 99;

extern std::atomic<bool> armed;

// Called by the macro only, when something is armed.
void hit(std::string_view name);
// "name:count" (count 1 when absent); false when malformed. Empty text disarms.
bool arm(std::string_view text);
// Reads WINSPOOLD_FAILPOINT; the daemon calls it once at start.
void arm_from_environment();
// All names in the program, for the crash test: kept in failpoint.cpp, a unit test compares them with the sources.
[[nodiscard]] std::vector<std::string_view> names();

}  // namespace spooler::failpoint

#define WSP_FAILPOINT(name)                                                                                       \
    do {                                                                                                          \
        if (::spooler::failpoint::armed.load(std::memory_order_relaxed)) ::spooler::failpoint::hit(name);         \
    } while (false)
