// What all queues share behind the façade: catalogues, job ids, timers, disk accounting. Internal to the spooler.
#pragma once

#include "base/async_event.h"
#include "base/guarded.h"
#include "base/user_budget.h"
#include "spooler/connections.h"
#include "spooler/context.h"
#include "spooler/driver_packages.h"
#include "spooler/drivers.h"
#include "spooler/forms.h"
#include "spooler/port_catalog.h"
#include "spooler/processors.h"
#include "spooler/queue.h"
#include "spooler/server_object.h"
#include "spooler/versioned.h"

#include <functional>
#include <map>
#include <mutex>

namespace spooler {

class Catalog;

// Job ids, server-wide, and the queue that holds each job. Thread-safe.
class JobIndex {
 public:
    explicit JobIndex(Store& store) : store_(store) {}
    // `next` is the stored high-water mark; the ticket makes the first block durable.
    Ticket start(std::uint64_t next);
    // A new id that now belongs to `queue`. Reserves further blocks ahead of need, so that ids are not used again after a crash.
    JobId allocate(std::weak_ptr<PrinterQueue> queue);
    void adopt(JobId id, std::weak_ptr<PrinterQueue> queue);       // a loaded job
    void erase(JobId id);
    [[nodiscard]] PrinterQueuePtr find(JobId id) const;
    [[nodiscard]] std::size_t size() const;

 private:
    struct State {
        std::unordered_map<JobId, std::weak_ptr<PrinterQueue>> queues;
        std::uint64_t next = 1;
        std::uint64_t reserved = 1;                                // ids below this are covered by the stored mark
    };
    Ticket reserve(State& state);

    Store& store_;
    base::Guarded<State> state_;
};

// What is to happen at some time: queues that want a poke(), ports that have rested. Thread-safe.
class Timers {
 public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Action = std::function<void()>;                          // must not keep a queue or the core alive
    void schedule(TimePoint at, Action action);
    [[nodiscard]] std::vector<Action> take_due(TimePoint now);
    [[nodiscard]] std::optional<TimePoint> next() const;
    // Set whenever an earlier time than before was scheduled.
    [[nodiscard]] base::AsyncEvent& changed() { return changed_; }

 private:
    using Due = std::multimap<TimePoint, Action>;
    base::Guarded<Due> due_;
    base::AsyncEvent changed_;
};

// Quotas and the disk reserve. Thread-safe.
class SpoolSpace {
 public:
    SpoolSpace(SpoolFiles& files, const base::Clock& clock) : files_(files), clock_(clock) {}
    // Counts `bytes` as spooled if total quota and disk reserve allow; no_spool_space otherwise. 0 only asks.
    base::Task<base::Result<void>> take(std::uint64_t bytes, const SpoolSettings& settings);
    void give_back(std::uint64_t bytes);
    void adopt(std::uint64_t bytes);                               // loaded jobs
    [[nodiscard]] std::uint64_t used() const;

 private:
    struct State {
        std::uint64_t used = 0;
        std::uint64_t free = 0;                                    // estimate, counted down since it was asked for
        std::optional<std::chrono::steady_clock::time_point> asked;
    };
    base::Result<bool> try_take(State& state, std::uint64_t bytes, const SpoolSettings& settings) const;

    SpoolFiles& files_;
    const base::Clock& clock_;
    base::Guarded<State> state_;
};

// Deliveries in progress, so that stop() can wait for them. Thread-safe.
class ActiveCount {
 public:
    void enter();
    void leave();
    [[nodiscard]] std::size_t value() const;
    base::Task<bool> wait_idle(std::chrono::milliseconds timeout);

 private:
    base::Guarded<std::size_t> count_{std::in_place, 0U};
    base::AsyncEvent idle_;
};

// Lets one coroutine in at a time. Thread-safe.
class Gate {
 public:
    base::Task<void> enter();
    void leave();

 private:
    base::Guarded<bool> taken_{std::in_place, false};
    base::AsyncEvent free_;
};

struct SpoolerCore {
    SpoolerCore(Dependencies dependencies, SpoolSettings initial, ServerSettings server_settings);

    Dependencies deps;
    Version version{1};                                            // of printers, queues and the server object
    base::Guarded<SpoolSettings> settings_state;
    PortCatalog ports;
    std::mutex port_use;                                           // a port or a driver goes away, or a printer takes it: one after the other
    PortLocks locks;
    Forms forms;
    Drivers drivers;
    DriverPackages packages;
    Processors processors;
    ServerObject server;
    Connections connections;
    JobIndex jobs;
    Timers timers;
    SpoolSpace space;
    std::shared_ptr<PropertyBudget> properties = std::make_shared<PropertyBudget>();
    std::shared_ptr<base::UserBudget> metadata;                    // DEVMODEs and texts that users make us keep
    ActiveCount deliveries;
    ActiveCount background;                                        // clean-up after deleted jobs and printers; driver installations
    Gate driver_gate;                                              // drivers are installed and removed one after the other
    std::atomic<bool> stopping{false};
    std::unique_ptr<Catalog> catalog;                              // last: its queues use everything above

    [[nodiscard]] SpoolSettings settings() const {
        return settings_state.with([](const SpoolSettings& current) { return current; });
    }
};

}  // namespace spooler
