// The List of Known Printers [MS-RPRN] 3.1.1: what other print servers announce with AddPrinter level 1 and EnumPrinters NETWORK shows.
// Never stored; entries expire after 70 minutes.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "server/winspool/levels/printer_levels.h"

#include <map>
#include <optional>
#include <vector>

namespace server {

// Thread-safe.
class KnownPrinters {
 public:
    explicit KnownPrinters(const base::Clock& clock) : clock_(clock) {}

    // Adds or renews; outofmemory beyond limits::kMaxKnownPrinters.
    base::Result<void> announce(PlainPrinterRow printer);
    void withdraw(std::string_view name);
    // By name. can_not_complete while there is no entry or the list is younger than 60 minutes, so that nobody sees half of the network.
    [[nodiscard]] base::Result<std::vector<PlainPrinterRow>> list();

 private:
    struct Entry {
        PlainPrinterRow row;
        std::chrono::steady_clock::time_point seen;
    };
    struct State {
        std::map<std::string, Entry> entries;                      // folded name
        std::optional<std::chrono::steady_clock::time_point> first;
    };
    void expire(State& state) const;

    const base::Clock& clock_;
    base::Guarded<State> state_;
};

}  // namespace server
