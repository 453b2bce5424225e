// Identities of spooler objects, used by every other header here.
#pragma once

#include <cstdint>

namespace spooler {

// Printers: assigned once, survives renames, never shown to clients. 0 = none.
using PrinterId = std::uint32_t;
// Jobs: server-wide unique, 1..2147483647, shown to clients, not reused after a restart. 0 = none.
using JobId = std::uint32_t;

inline constexpr JobId kMaxJobId = 0x7FFFFFFF;

}  // namespace spooler
