// The list of ports and its storage; which port belongs to which monitor; and the locks that keep two queues off one port.
#pragma once

#include "base/guarded.h"
#include "spooler/notify/event.h"
#include "spooler/ports/port_monitor.h"
#include "spooler/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace spooler {

// Thread-safe. Names compare without case.
class PortCatalog {
 public:
    PortCatalog(Store& store, EventSink& events, const MonitorSource& monitors) : store_(store), events_(events), monitors_(monitors) {}
    void load(std::vector<PortConfig> ports);                      // before anything else

    [[nodiscard]] const MonitorSource& monitors() const { return monitors_; }
    [[nodiscard]] std::vector<PortConfig> list() const;            // by name
    [[nodiscard]] bool contains(std::string_view name) const;
    struct Found {
        PortConfig config;
        PortMonitorPtr monitor;                                    // never null
    };
    // unknown_port; unknown_print_monitor when its monitor is not there any more.
    [[nodiscard]] base::Result<Found> find(std::string_view name) const;
    // What add() would say of it, whatever ports there are.
    [[nodiscard]] base::Result<void> check(const PortConfig& port) const;
    // already_exists; unknown_print_monitor; what the monitor's validate() says; not_enough_quota beyond limits::kMaxPorts.
    base::Task<base::Result<void>> add(PortConfig port);
    base::Task<base::Result<void>> configure(PortConfig port);     // unknown_port when there is none; keeps what SetPort said
    base::Task<base::Result<void>> remove(std::string name);       // unknown_port; who uses it is the caller's question
    base::Result<Ticket> take_away(std::string_view name);         // the part of remove() before the wait for the disk

    // SetPort level 3: invalid_parameter for values that do not exist, unknown_port. The queues of the port are Spooler's affair.
    base::Task<base::Result<void>> tell(std::string name, PortCondition condition);
    [[nodiscard]] PortCondition told(std::string_view name) const; // clear when there is no such port
    // The same as PRINTER_STATUS_* bits.
    [[nodiscard]] PortStatus status(std::string_view name) const;

 private:
    using Table = std::unordered_map<std::string, PortConfig>;     // folded name
    base::Task<base::Result<void>> put(PortConfig port, std::uint32_t change);
    base::Result<Ticket> put_locked(Table& table, const PortConfig& port, std::uint32_t change);

    Store& store_;
    EventSink& events_;
    const MonitorSource& monitors_;
    base::Guarded<Table> ports_;
};

// Somebody who waits for a port: a printer queue.
class PortWaiter {
 public:
    virtual ~PortWaiter() = default;
    // The port is reserved for this waiter now; it must end up in release(). Called without any lock, from the releasing thread.
    virtual void port_granted(const std::string& port) = 0;
};

// One document per port at a time, whichever queue it comes from. Thread-safe, never blocks.
class PortLocks {
 public:
    // True: the port is the caller's until release(). False: the waiter is on the list and port_granted() comes later, the higher
    // printer priority first, then the longer wait. A waiter that is already on the list only updates its priority.
    bool acquire(std::string_view port, std::uint32_t printer_priority, std::weak_ptr<PortWaiter> waiter);
    // True: the port is the caller's until release(). False: somebody else has it, and nothing else happens.
    bool try_acquire(std::string_view port);
    // Passes the port on to the next waiter that still lives.
    void release(std::string_view port);
    // Takes a waiter off the list (its queue has nothing to print any more).
    void forget(std::string_view port, const PortWaiter* waiter);
    [[nodiscard]] bool held(std::string_view port) const;

 private:
    struct Waiting {
        std::uint32_t priority;
        std::uint64_t since;
        const PortWaiter* key;
        std::weak_ptr<PortWaiter> waiter;
    };
    struct Lock {
        bool held = false;
        std::vector<Waiting> waiting;
    };
    struct State {
        std::unordered_map<std::string, Lock> locks;               // folded name
        std::uint64_t next = 0;
    };
    base::Guarded<State> state_;
};

}  // namespace spooler
