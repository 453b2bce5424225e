// An event sink that remembers.
#pragma once

#include "base/guarded.h"
#include "spooler/notify/event.h"

#include <algorithm>
#include <vector>

namespace test_support {

class EventLog final : public spooler::EventSink {
 public:
    void publish(spooler::Event event) override {
        events_.with([&](std::vector<spooler::Event>& events) { events.push_back(std::move(event)); });
    }
    [[nodiscard]] bool wanted(spooler::PrinterId /*printer*/) const override { return true; }

    [[nodiscard]] std::vector<spooler::Event> take() {
        return events_.with([](std::vector<spooler::Event>& events) { return std::exchange(events, {}); });
    }
    // How many events with this change bit were published since the last take().
    [[nodiscard]] std::size_t count(std::uint32_t change) const {
        return events_.with([&](const std::vector<spooler::Event>& events) {
            return static_cast<std::size_t>(
                std::count_if(events.begin(), events.end(), [&](const spooler::Event& event) { return event.change == change; }));
        });
    }

 private:
    base::Guarded<std::vector<spooler::Event>> events_;
};

}  // namespace test_support
