// Hands every event to the subscriptions that may want it, and to no others: they are indexed by printer. Made once by the
// composition root; spooler objects publish, notification handles and administrators subscribe.
#pragma once

#include "spooler/notify/event.h"
#include "spooler/notify/subscription.h"

#include <memory>

namespace spooler {

// Thread-safe.
class Bus final : public EventSink {
 public:
    Bus();
    ~Bus() override;

    void publish(Event event) override;
    [[nodiscard]] bool wanted(PrinterId printer) const override;

    // The subscription ends when the last pointer to it goes; it may outlive the bus.
    // invalid_parameter when the filter asks for nothing at all; not_enough_quota beyond limits::kMaxSubscriptions.
    [[nodiscard]] base::Result<SubscriptionPtr> subscribe(const EventFilter& filter);
    [[nodiscard]] std::size_t subscriptions() const;

    struct State;                                                  // implementation

 private:
    std::shared_ptr<State> state_;
};

}  // namespace spooler
