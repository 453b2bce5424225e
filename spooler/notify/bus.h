// The notification bus: every change of the spooler goes in, each subscription gets what its filter lets through (architecture §11).
// Publishing never blocks; an event touches only the subscriptions of its printer and those of server handles.
#pragma once

#include "spooler/notify/subscription.h"

#include <functional>
#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace spooler {

// Thread-safe.
class Bus final : public EventSink {
 public:
    Bus() = default;

    // Hears from now on, for as long as the pointer (or a copy) lives and is not closed.
    [[nodiscard]] SubscriptionPtr subscribe(const NotifyFilter& filter);
    // Closes the subscription and forgets it.
    void unsubscribe(const SubscriptionPtr& subscription);

    void publish(Event event) override;
    [[nodiscard]] bool wanted(PrinterId printer) const override;
    [[nodiscard]] std::size_t size() const;

 private:
    using List = std::vector<std::weak_ptr<Subscription>>;
    using ListPtr = std::shared_ptr<const List>;                   // copied on change, so that publish() holds no lock while it delivers
    [[nodiscard]] ListPtr find(PrinterId printer) const;
    void edit(PrinterId printer, const std::function<void(List&)>& change);

    mutable std::shared_mutex mutex_;
    std::unordered_map<PrinterId, ListPtr> lists_;                 // 0: server handles
};

}  // namespace spooler
