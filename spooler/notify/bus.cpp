#include "spooler/notify/bus.h"

#include <algorithm>
#include <mutex>

namespace spooler {

Bus::ListPtr Bus::find(PrinterId printer) const {
    const std::shared_lock lock(mutex_);
    const auto found = lists_.find(printer);
    return found == lists_.end() ? nullptr : found->second;
}

void Bus::edit(PrinterId printer, const std::function<void(List&)>& change) {
    const std::unique_lock lock(mutex_);
    ListPtr& slot = lists_[printer];
    auto fresh = slot ? std::make_shared<List>(*slot) : std::make_shared<List>();
    // Readers that went away without a word are swept out with the next change.
    fresh->erase(std::remove_if(fresh->begin(), fresh->end(), [](const auto& entry) { return entry.expired(); }), fresh->end());
    change(*fresh);
    if (fresh->empty()) lists_.erase(printer);
    else slot = std::move(fresh);
}

SubscriptionPtr Bus::subscribe(const NotifyFilter& filter) {
    auto subscription = std::make_shared<Subscription>(filter);
    edit(filter.printer, [&subscription](List& list) { list.push_back(subscription); });
    return subscription;
}

void Bus::unsubscribe(const SubscriptionPtr& subscription) {
    if (!subscription) return;
    subscription->close();
    const auto same = [&subscription](const std::weak_ptr<Subscription>& entry) { return entry.lock() == subscription; };
    edit(subscription->filter().printer, [&same](List& list) { list.erase(std::remove_if(list.begin(), list.end(), same), list.end()); });
}

void Bus::publish(Event event) {
    const auto deliver = [&event](const ListPtr& list) {
        if (!list) return;
        for (const auto& entry : *list) {
            if (const SubscriptionPtr subscription = entry.lock()) subscription->offer(event);
        }
    };
    if (event.printer != 0) deliver(find(event.printer));
    deliver(find(0));
}

bool Bus::wanted(PrinterId printer) const {
    const std::shared_lock lock(mutex_);
    return lists_.contains(0) || (printer != 0 && lists_.contains(printer));
}

std::size_t Bus::size() const {
    const std::shared_lock lock(mutex_);
    std::size_t count = 0;
    for (const auto& [printer, list] : lists_) {
        count += static_cast<std::size_t>(std::count_if(list->begin(), list->end(), [](const auto& entry) { return !entry.expired(); }));
    }
    return count;
}

}  // namespace spooler
