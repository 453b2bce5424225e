#include "spooler/port_catalog.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>

namespace spooler {
namespace {

using base::Error;
using base::Win32;

Event port_event(std::uint32_t change, std::string name) {
    Event event;
    event.object = EventObject::port;
    event.change = change;
    event.name = std::move(name);
    return event;
}

bool valid_port_name(std::string_view name) {
    if (name.empty() || name.front() == ' ' || name.back() == ' ' || name.find(',') != std::string_view::npos) return false;
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) return false;
    return base::to_utf16(name).size() < base::limits::kMaxNameChars;
}

}  // namespace

void PortCatalog::load(std::vector<PortConfig> ports) {
    ports_.with([&](Table& table) {
        for (PortConfig& port : ports) {
            std::string key = base::fold_utf8(port.name);
            table.insert_or_assign(std::move(key), std::move(port));
        }
    });
}

std::vector<PortConfig> PortCatalog::list() const {
    std::vector<std::pair<std::string, PortConfig>> keyed = ports_.with([](const Table& table) {
        std::vector<std::pair<std::string, PortConfig>> all;
        all.reserve(table.size());
        for (const auto& [key, config] : table) all.emplace_back(key, config);
        return all;
    });
    std::sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<PortConfig> result;
    result.reserve(keyed.size());
    for (auto& [key, config] : keyed) result.push_back(std::move(config));
    return result;
}

bool PortCatalog::contains(std::string_view name) const {
    const std::string key = base::fold_utf8(name);
    return ports_.with([&](const Table& table) { return table.count(key) != 0; });
}

Result<PortCatalog::Found> PortCatalog::find(std::string_view name) const {
    const std::string key = base::fold_utf8(name);
    auto config = ports_.with([&](const Table& table) -> Result<PortConfig> {
        const auto at = table.find(key);
        if (at == table.end()) return Error(Win32::unknown_port, "no such port");
        return at->second;
    });
    if (!config) return std::move(config).error();
    PortMonitorPtr monitor = monitors_.find(config->monitor);
    if (!monitor) return Error(Win32::unknown_print_monitor, "port without monitor: " + config->monitor);
    return Found{std::move(*config), std::move(monitor)};
}

Result<Ticket> PortCatalog::put_locked(Table& table, const PortConfig& port, std::uint32_t change) {
    const std::string key = base::fold_utf8(port.name);
    const auto at = table.find(key);
    if (change == printer_change::kAddPort) {
        if (at != table.end()) return Error(Win32::already_exists, "port exists");
        if (table.size() >= base::limits::kMaxPorts) return Error(Win32::not_enough_quota, "too many ports");
        table.emplace(key, port);
        events_.publish(port_event(change, port.name));
        return store_.enqueue(PortPut{port});
    }
    if (at == table.end()) return Error(Win32::unknown_port, "no such port");
    PortCondition told = std::move(at->second.told);
    at->second = port;
    at->second.told = std::move(told);
    events_.publish(port_event(change, port.name));
    return store_.enqueue(PortPut{at->second});
}

Result<void> PortCatalog::check(const PortConfig& port) const {
    if (!valid_port_name(port.name)) return Error(Win32::invalid_name, "port name");
    const PortMonitorPtr monitor = monitors_.find(port.monitor);
    if (!monitor) return Error(Win32::unknown_print_monitor, "no such monitor: " + port.monitor);
    return monitor->validate(port);
}

Task<Result<void>> PortCatalog::put(PortConfig port, std::uint32_t change) {
    CO_TRY_VOID(store_.accepting());
    CO_TRY_VOID(check(port));
    auto ticket = ports_.with([&](Table& table) { return put_locked(table, port, change); });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

Task<Result<void>> PortCatalog::add(PortConfig port) { return put(std::move(port), printer_change::kAddPort); }

Task<Result<void>> PortCatalog::configure(PortConfig port) { return put(std::move(port), printer_change::kConfigurePort); }

Result<Ticket> PortCatalog::take_away(std::string_view name) {
    TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(name);
    return ports_.with([&](Table& table) -> Result<Ticket> {
        const auto at = table.find(key);
        if (at == table.end()) return Error(Win32::unknown_port, "no such port");
        const PortDelete change{at->second.name};
        table.erase(at);
        events_.publish(port_event(printer_change::kDeletePort, change.name));
        return store_.enqueue(change);
    });
}

Task<Result<void>> PortCatalog::remove(std::string name) {
    CO_TRY(const Ticket ticket, take_away(name));
    co_return co_await store_.durable(ticket);
}

Task<Result<void>> PortCatalog::tell(std::string name, PortCondition condition) {
    const bool clear = condition.status == port_status::kClear;
    if (condition.status > port_status::kPowerSave || condition.severity > port_status::kTypeInfo || (!clear && condition.severity == 0)) {
        co_return Error(Win32::invalid_parameter, "port status or severity");
    }
    CO_TRY_VOID(store_.accepting());
    if (clear) condition = PortCondition();
    const std::string key = base::fold_utf8(name);
    auto ticket = ports_.with([&](Table& table) -> Result<Ticket> {
        const auto at = table.find(key);
        if (at == table.end()) return Error(Win32::unknown_port, "no such port");
        if (at->second.told == condition) return Ticket{0};
        at->second.told = condition;
        return store_.enqueue(PortPut{at->second});
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

PortCondition PortCatalog::told(std::string_view name) const {
    const std::string key = base::fold_utf8(name);
    return ports_.with([&](const Table& table) {
        const auto at = table.find(key);
        return at == table.end() ? PortCondition{} : at->second.told;
    });
}

PortStatus PortCatalog::status(std::string_view name) const {
    PortCondition condition = told(name);
    return PortStatus{printer_status_of(condition.status), std::move(condition.text)};
}

bool PortLocks::acquire(std::string_view port, std::uint32_t printer_priority, std::weak_ptr<PortWaiter> waiter) {
    const std::string key = base::fold_utf8(port);
    const std::shared_ptr<PortWaiter> self = waiter.lock();
    if (!self) return false;
    return state_.with([&](State& state) {
        Lock& lock = state.locks[key];
        if (!lock.held) {
            lock.held = true;
            return true;
        }
        const auto at = std::find_if(lock.waiting.begin(), lock.waiting.end(), [&](const Waiting& w) { return w.key == self.get(); });
        if (at != lock.waiting.end()) {
            at->priority = printer_priority;
        } else {
            lock.waiting.push_back({printer_priority, state.next++, self.get(), waiter});
        }
        return false;
    });
}

bool PortLocks::try_acquire(std::string_view port) {
    const std::string key = base::fold_utf8(port);
    return state_.with([&](State& state) { return !std::exchange(state.locks[key].held, true); });
}

void PortLocks::release(std::string_view port) {
    const std::string key = base::fold_utf8(port);
    // Chosen under the lock, told after it: the port stays held for the chosen one.
    std::shared_ptr<PortWaiter> next = state_.with([&](State& state) -> std::shared_ptr<PortWaiter> {
        const auto entry = state.locks.find(key);
        if (entry == state.locks.end()) return nullptr;
        std::vector<Waiting>& waiting = entry->second.waiting;
        while (!waiting.empty()) {
            const auto best = std::min_element(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) {
                return a.priority != b.priority ? a.priority > b.priority : a.since < b.since;
            });
            std::shared_ptr<PortWaiter> chosen = best->waiter.lock();
            waiting.erase(best);
            if (chosen) return chosen;
        }
        state.locks.erase(entry);
        return nullptr;
    });
    if (next) next->port_granted(key);
}

void PortLocks::forget(std::string_view port, const PortWaiter* waiter) {
    const std::string key = base::fold_utf8(port);
    state_.with([&](State& state) {
        const auto entry = state.locks.find(key);
        if (entry == state.locks.end()) return;
        std::vector<Waiting>& waiting = entry->second.waiting;
        waiting.erase(std::remove_if(waiting.begin(), waiting.end(), [&](const Waiting& w) { return w.key == waiter; }), waiting.end());
    });
}

bool PortLocks::held(std::string_view port) const {
    const std::string key = base::fold_utf8(port);
    return state_.with([&](const State& state) {
        const auto entry = state.locks.find(key);
        return entry != state.locks.end() && entry->second.held;
    });
}

}  // namespace spooler
