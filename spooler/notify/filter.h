// What one reader of change events wants to hear [MS-RPRN] 2.2.3.6 to 2.2.3.8, [MS-PAR] 3.1.4.9.1. Used by bus and subscription.
#pragma once

#include "spooler/notify/event.h"

#include <cstdint>

namespace spooler {

namespace notify_category {                                        // fdwOptions; none of them: 2D printers only
inline constexpr std::uint32_t kAll = 0x10000, k3d = 0x20000;
}

struct EventFilter {
    PrinterId printer = 0;                                         // 0: a server handle, which hears of all printers
    std::uint32_t changes = 0;                                     // PRINTER_CHANGE_*; bits that mean nothing for the handle are ignored
    std::uint32_t category = 0;                                    // notify_category
    std::uint32_t printer_fields = 0, job_fields = 0;              // bits by field id
};

// The part of an event that passes.
struct Passed {
    std::uint32_t changes = 0;
    std::uint32_t fields = 0;
    [[nodiscard]] bool anything() const { return changes != 0 || fields != 0; }
};
[[nodiscard]] Passed apply(const EventFilter& filter, const Event& event);

// Takes away what can never match, so that apply() needs no special cases. Every printer here is a 2D printer: a filter for 3D
// printers alone keeps nothing of printers and jobs.
[[nodiscard]] EventFilter normalize(EventFilter filter);
// Whether events of printers and jobs can pass; the others are forms, ports and the like.
[[nodiscard]] bool hears_printers(const EventFilter& normalized);

}  // namespace spooler
