// What a reader of change notifications wants to hear: change flags and fields, of one printer or (server handles) of all.
#pragma once

#include "spooler/notify/event.h"

#include <cstdint>

namespace spooler {

struct NotifyFilter {
    PrinterId printer = 0;                                         // 0: a server handle, everything on the server
    std::uint32_t changes = 0;                                     // PRINTER_CHANGE_*; bits that no event has are ignored
    std::uint32_t printer_fields = 0;                              // bits, see event.h
    std::uint32_t job_fields = 0;
};

// The part of `event` that the filter lets through. Both zero: the event is not for this reader.
struct FilterMatch {
    std::uint32_t changes = 0;
    std::uint32_t fields = 0;
    [[nodiscard]] bool any() const { return changes != 0 || fields != 0; }
};
[[nodiscard]] FilterMatch match(const NotifyFilter& filter, const Event& event);

}  // namespace spooler
