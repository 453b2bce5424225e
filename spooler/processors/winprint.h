// The built-in print processor "winprint", put together from the objects that serve its datatypes.
#pragma once

#include "spooler/processors/print_processor.h"

namespace spooler {

inline constexpr std::string_view kWinprint = "winprint";

// In the order that Windows lists them: RAW, RAW [FF appended], RAW [FF auto], TEXT, XPS_PASS. No EMF: a server without GDI cannot
// play it back, and a client that does not see it renders on its own side.
[[nodiscard]] std::vector<PrintProcessorPtr> winprint_processors();

}  // namespace spooler
