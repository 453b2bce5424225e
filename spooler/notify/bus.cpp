#include "spooler/notify/bus.h"

#include "base/limits.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

namespace spooler {

using base::Error;
using base::Result;

namespace {

// Lists are replaced, never changed: publishers copy the pointer and walk the list without the mutex. An entry outlives its
// subscription by moments only, because the subscription takes it out when it dies.
using List = std::vector<std::weak_ptr<Subscription>>;
using ListPtr = std::shared_ptr<const List>;

// Counts the answers of all subscriptions in windows of time. A thousand clients that watch a busy queue would otherwise each be told
// about each event, and the queue's own calls would wait behind all these answers.
class Pace {
 public:
    using Time = std::chrono::steady_clock::time_point;
    // One more answer; true when this window has had more than its share.
    bool crowded(Time now) {
        const std::int64_t window = now.time_since_epoch() / kWindow;
        if (window_.exchange(window, std::memory_order_relaxed) != window) answers_.store(0, std::memory_order_relaxed);
        return answers_.fetch_add(1, std::memory_order_relaxed) >= base::limits::kMaxPromptNotifications;
    }
    static constexpr std::chrono::milliseconds kWindow{base::limits::kNotificationPauseMs};

 private:
    std::atomic<std::int64_t> window_{0};
    std::atomic<std::size_t> answers_{0};
};

}  // namespace

struct Bus::State {
    mutable std::mutex mutex;
    std::unordered_map<PrinterId, ListPtr> by_printer;  // 0: server handles
    std::size_t hearing_all_printers = 0;               // server handles that want events of printers
    std::atomic<std::size_t> count{0};
    Pace pace;

    void add(PrinterId printer, const SubscriptionPtr& subscription) {
        const std::scoped_lock lock(mutex);
        ListPtr& list = by_printer[printer];
        auto changed = std::make_shared<List>();
        if (list) {
            changed->reserve(list->size() + 1);
            *changed = *list;
        }
        changed->push_back(subscription);
        list = std::move(changed);
        if (printer == 0 && hears_printers(subscription->filter())) ++hearing_all_printers;
        count.fetch_add(1, std::memory_order_relaxed);
    }
    // After the subscription's last pointer has gone: its entry is the one that has expired.
    void remove(const EventFilter& filter) {
        const std::scoped_lock lock(mutex);
        count.fetch_sub(1, std::memory_order_relaxed);
        if (filter.printer == 0 && hears_printers(filter)) --hearing_all_printers;
        const auto at = by_printer.find(filter.printer);
        if (at == by_printer.end()) return;
        auto changed = std::make_shared<List>();
        changed->reserve(at->second->size());
        std::copy_if(at->second->begin(), at->second->end(), std::back_inserter(*changed),
                     [](const auto& entry) { return !entry.expired(); });
        if (changed->empty()) {
            by_printer.erase(at);
        } else {
            at->second = std::move(changed);
        }
    }
    [[nodiscard]] ListPtr list_of(PrinterId printer) const {
        const std::scoped_lock lock(mutex);
        const auto at = by_printer.find(printer);
        return at == by_printer.end() ? nullptr : at->second;
    }
};

namespace {

class BusSubscription final : public Subscription {
 public:
    BusSubscription(const EventFilter& filter, std::shared_ptr<Bus::State> bus)
        : Subscription(filter, base::limits::kMaxSubscriptionEvents), bus_(std::move(bus)) {}
    ~BusSubscription() override { bus_->remove(filter()); }
    std::chrono::steady_clock::duration pause_after_answer(std::chrono::steady_clock::time_point now) override {
        return bus_->pace.crowded(now) ? Pace::kWindow : std::chrono::milliseconds(0);
    }

 private:
    std::shared_ptr<Bus::State> bus_;
};

void offer_to(const ListPtr& list, const Event& event) {
    if (!list) return;
    for (const auto& entry : *list) {
        if (const SubscriptionPtr subscription = entry.lock()) subscription->offer(event);
    }
}

}  // namespace

Bus::Bus() : state_(std::make_shared<State>()) {}

Bus::~Bus() = default;

void Bus::publish(Event event) {
    if (state_->count.load(std::memory_order_relaxed) == 0) return;
    if (event.printer != 0) offer_to(state_->list_of(event.printer), event);
    offer_to(state_->list_of(0), event);
}

bool Bus::wanted(PrinterId printer) const {
    if (state_->count.load(std::memory_order_relaxed) == 0) return false;
    if (printer == 0) return true;
    const std::scoped_lock lock(state_->mutex);
    return state_->hearing_all_printers != 0 || state_->by_printer.contains(printer);
}

Result<SubscriptionPtr> Bus::subscribe(const EventFilter& filter) {
    if (filter.changes == 0 && filter.printer_fields == 0 && filter.job_fields == 0)
        return Error(base::Win32::invalid_parameter, "the filter asks for nothing");
    if (subscriptions() >= base::limits::kMaxSubscriptions) return Error(base::Win32::not_enough_quota, "too many subscriptions");
    const SubscriptionPtr subscription = std::make_shared<BusSubscription>(normalize(filter), state_);
    state_->add(filter.printer, subscription);
    return subscription;
}

std::size_t Bus::subscriptions() const { return state_->count.load(std::memory_order_relaxed); }

}  // namespace spooler
