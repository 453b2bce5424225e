// One reader of change notifications: a filter and a bounded queue that merges repeated changes of the same fields
// (semantics.md section 7). Made by Bus::subscribe; readers are the MS-PAR long poll, WaitForPrinterChange and winspoolctl watch.
#pragma once

#include "base/async_event.h"
#include "base/guarded.h"
#include "spooler/notify/filter.h"

#include <map>
#include <memory>
#include <tuple>
#include <vector>

namespace spooler {

// Everything that was queued, in order of first change of each object.
struct Notifications {
    struct Entry {
        EventObject object = EventObject::printer;
        PrinterId printer = 0;
        JobId job = 0;
        std::uint32_t fields = 0;                                  // bits of fields whose values follow from the views
        PrinterViewPtr printer_view;                               // newest; printer entries
        JobViewPtr job_view;                                       // newest; job entries
    };
    std::uint32_t changes = 0;                                     // PRINTER_CHANGE_* that fired, OR-ed
    bool discarded = false;                                        // the queue overflowed: entries are empty until refresh()
    std::vector<Entry> entries;
};

// Thread-safe.
class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
    explicit Subscription(NotifyFilter filter) : filter_(filter) {}
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    [[nodiscard]] NotifyFilter filter() const;
    // Waits until there is something and takes all of it. busy when somebody waits already; operation_aborted after close();
    // cancelled when `cancel` fires first (nothing is lost then).
    base::Task<base::Result<Notifications>> next(base::CancelSignal cancel);
    // Empties the queue, ends the discarded state and takes over a filter: the reader is about to read everything anew.
    void refresh(NotifyFilter filter);
    // Ends a waiting next() and all later ones.
    void close();
    [[nodiscard]] bool closed() const;

    // For Bus: queues what the filter lets through. Never blocks.
    void offer(const Event& event);

 private:
    using Key = std::tuple<EventObject, PrinterId, JobId>;
    struct State {
        NotifyFilter filter;
        std::uint32_t changes = 0;
        bool discarded = false;
        bool closed = false;
        bool waiting = false;
        std::vector<Notifications::Entry> entries;
        std::map<Key, std::size_t> index;                          // into entries

        [[nodiscard]] bool empty() const { return changes == 0 && entries.empty() && !discarded; }
    };
    struct Taken {
        bool closed = false;
        bool ready = false;
        Notifications notifications;
    };
    Taken take();
    static void merge(State& state, const Event& event, const FilterMatch& found);

    const NotifyFilter filter_;                                    // the first one, until refresh()
    base::Guarded<State> state_{std::in_place, State{filter_, 0, false, false, false, {}, {}}};
    base::AsyncEvent wake_;
};
using SubscriptionPtr = std::shared_ptr<Subscription>;

}  // namespace spooler
