// One reader of change events: a bounded queue that merges what happens to the same object until somebody takes it.
// Made by Bus::subscribe; held by a notification handle or a watching administrator.
#pragma once

#include "base/async_event.h"
#include "spooler/notify/filter.h"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace spooler {

// One printer or job with the fields that changed; the view is the newest there was when it was queued.
struct NotifyItem {
    EventObject object = EventObject::printer;
    PrinterId printer = 0;
    JobId job = 0;                                                 // job items only
    std::uint32_t fields = 0;                                      // bits by field id
    PrinterViewPtr printer_view;                                   // printer items
    JobViewPtr job_view;                                           // job items
};

struct Notification {
    std::uint32_t changes = 0;                                     // PRINTER_CHANGE_* bits, OR-ed
    std::vector<NotifyItem> items;                                 // in the order in which the objects first changed
    bool discarded = false;                                        // the queue overflowed: no items; nothing more comes before refresh()
};

// Thread-safe.
class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
    // `limit`: most values that may wait, one value being one field of one object.
    Subscription(const EventFilter& filter, std::size_t limit) : filter_(filter), limit_(limit) {}
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    virtual ~Subscription() = default;

    [[nodiscard]] const EventFilter& filter() const { return filter_; }

    // Everything queued, as soon as there is something. busy when somebody waits already; cancelled after cancel();
    // operation_aborted when the waiting coroutine was cancelled.
    base::Task<base::Result<Notification>> wait();
    // The same; an empty notification when nothing came in time.
    base::Task<base::Result<Notification>> wait_for(std::chrono::steady_clock::duration timeout);
    // Forgets everything queued, the discarded mark too. Call it before reading the objects: what happens meanwhile is queued again.
    void refresh();
    // Ends a pending wait; every later one fails. Events are not queued any more.
    void cancel();

    // How long after an answer the next one waits, so that what happens meanwhile is merged; zero unless the bus is busy. Any thread.
    [[nodiscard]] virtual std::chrono::steady_clock::duration pause_after_answer(std::chrono::steady_clock::time_point /*now*/) { return {}; }

    // For the bus only. Never blocks on anything but the short mutex of this object.
    void offer(const Event& event);

 private:
    struct Key {
        EventObject object;
        PrinterId printer;
        JobId job;
        auto operator<=>(const Key&) const = default;
    };
    [[nodiscard]] bool something_locked() const { return changes_ != 0 || !items_.empty() || discarded_; }
    void add_locked(const Event& event, std::uint32_t fields);
    // Takes the right to wait; false when somebody has it.
    bool enter();
    void leave();
    // True when `into` holds the outcome; otherwise the event is armed.
    bool take(base::Result<Notification>& into);
    // Until the pause after the last answer is over; false when the coroutine was cancelled meanwhile.
    base::Task<bool> wait_for_turn(std::chrono::steady_clock::duration timeout);

    const EventFilter filter_;
    const std::size_t limit_;
    base::AsyncEvent event_;
    base::AsyncEvent ended_;                                       // cancel(): nobody pauses any more
    std::mutex mutex_;                                             // everything below
    std::uint32_t changes_ = 0;
    std::vector<NotifyItem> items_;
    std::map<Key, std::size_t> index_;                             // into items_
    std::size_t values_ = 0;
    bool discarded_ = false;                                       // to be told
    bool stopped_ = false;                                         // overflowed and not refreshed
    bool cancelled_ = false;
    bool waiting_ = false;
    std::chrono::steady_clock::time_point next_answer_{};          // only whoever has the right to wait looks at it
};
using SubscriptionPtr = std::shared_ptr<Subscription>;

}  // namespace spooler
