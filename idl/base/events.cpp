#include "base/events.h"

#include "base/log.h"

namespace base {
namespace {

constexpr std::string_view kIdPrefix = "WSP";

constexpr EventInfo kEvents[] = {
#define EVENT(number, name, severity, text, explanation, next_step) \
    EventInfo{Event::name, #name, log::Level::severity, text, explanation, next_step},
#include "base/events.def"
#undef EVENT
};

}  // namespace

std::span<const EventInfo> all_events() { return kEvents; }

const EventInfo& event_info(Event event) {
    const EventInfo* found = nullptr;
    for (const EventInfo& info : kEvents) {
        if (info.event == event) found = &info;
    }
    WSP_CHECK(found != nullptr);
    return *found;
}

std::string event_id(Event event) { return std::string(kIdPrefix) + std::to_string(static_cast<unsigned>(event)); }

const EventInfo* find_event(std::string_view id_or_name) {
    for (const EventInfo& info : kEvents) {
        const std::string id = event_id(info.event);
        if (id_or_name == info.name || id_or_name == id || id_or_name == std::string_view(id).substr(kIdPrefix.size())) return &info;
    }
    return nullptr;
}

void report(Event event, std::initializer_list<log::Field> fields) {
    const EventInfo& info = event_info(event);
    if (!log::enabled(info.severity)) return;
    std::string prefix = log::format_fields({{"event", event_id(event)}});
    if (fields.size() != 0) prefix += " " + log::format_fields(fields);
    log::write_in(info.severity, prefix, info.text);
}

}  // namespace base
