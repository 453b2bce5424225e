// Operator events: what happened, how bad it is, what it means, what to do. One catalogue (events.def) for the log, the
// command line and the manual.
#pragma once

#include "base/log.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

enum class Event : std::uint16_t {
#define EVENT(number, name, severity, text, explanation, next_step) name = number,
#include "base/events.def"
#undef EVENT
};

struct EventInfo {
    Event event;
    std::string_view name;                                         // "printer_offline"
    log::Level severity;
    std::string_view text;                                         // one line, also the log message
    std::string_view explanation;
    std::string_view next_step;
};

// All events, by rising number.
[[nodiscard]] std::span<const EventInfo> all_events();
[[nodiscard]] const EventInfo& event_info(Event event);
// "WSP300".
[[nodiscard]] std::string event_id(Event event);
// By id ("WSP300", "300") or by name ("printer_offline"); nullptr when there is none.
[[nodiscard]] const EventInfo* find_event(std::string_view id_or_name);

// Logs the event with its severity and text, "event=WSP300" first, then `fields` (which printer, which reason).
void report(Event event, std::initializer_list<log::Field> fields = {});

}  // namespace base
