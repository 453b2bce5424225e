#include "dcerpc/server/handle_table.h"

#include "base/async_event.h"
#include "base/limits.h"
#include "dcerpc/fault.h"

#include <algorithm>

namespace dcerpc {

struct HandleGate::Ticket {
    base::AsyncEvent turn;
    bool granted = false;                                                          // under the gate's lock until `turn` is set
};

std::shared_ptr<HandleGate::Ticket> HandleGate::enter_or_queue() {
    return state_.with([](State& state) -> std::shared_ptr<Ticket> {
        if (!state.busy) {
            state.busy = true;
            return nullptr;
        }
        return state.waiting.emplace_back(std::make_shared<Ticket>());
    });
}

base::Task<bool> HandleGate::wait(std::shared_ptr<Ticket> ticket) {
    co_await ticket->turn.wait();
    co_return ticket->granted;
}

void HandleGate::abandon(const std::shared_ptr<Ticket>& ticket) {
    const bool waited = state_.with([&ticket](State& state) {
        const auto place = std::find(state.waiting.begin(), state.waiting.end(), ticket);
        if (place == state.waiting.end()) return false;
        state.waiting.erase(place);
        return true;
    });
    if (waited) ticket->turn.set();
}

void HandleGate::leave() {
    const std::shared_ptr<Ticket> next = state_.with([](State& state) -> std::shared_ptr<Ticket> {
        if (state.waiting.empty()) {
            state.busy = false;
            return nullptr;
        }
        // The gate passes from hand to hand: `busy` stays set, nobody can slip in between.
        std::shared_ptr<Ticket> first = std::move(state.waiting.front());
        state.waiting.pop_front();
        first->granted = true;
        return first;
    });
    if (next) next->turn.set();
}

base::Result<ndr::ContextHandle> HandleTable::add(HandleEntry entry) {
    if (!entry.gate) entry.gate = std::make_shared<HandleGate>();
    Row row;
    const bool counted = users_ != nullptr && entry.user != base::Sid() && entry.user != base::well_known::anonymous();
    if (counted) {
        auto share = users_->take(entry.user, 1);
        if (!share) return base::Error(base::Win32::not_enough_quota, "too many context handles of the user");
        row.share = std::move(*share);
    }
    row.entry = std::move(entry);
    return state_.with([&row](State& state) -> base::Result<ndr::ContextHandle> {
        if (state.closed) return base::Error(base::Win32::invalid_handle, "the association is gone");
        if (state.rows.size() >= base::limits::kMaxHandlesPerGroup) {
            return base::Error(base::Win32::not_enough_quota, "too many context handles in the association");
        }
        ndr::ContextHandle handle{};
        handle.uuid = base::random_guid();
        state.rows.insert_or_assign(handle.uuid, std::move(row));
        return handle;
    });
}

base::Result<HandleEntry> HandleTable::find(const ndr::ContextHandle& handle, const Interface& interface, const base::Sid& user,
                                            std::uint8_t auth_level) const {
    return state_.with([&](const State& state) -> base::Result<HandleEntry> {
        // The attributes word of a context handle is 0 in all we hand out; anything else was not made here.
        const auto found = handle.attributes == 0 ? state.rows.find(handle.uuid) : state.rows.end();
        if (found == state.rows.end()) return fault_error(Fault::context_mismatch, "unknown context handle");
        const HandleEntry& entry = found->second.entry;
        if (entry.interface != &interface) return fault_error(Fault::context_mismatch, "context handle of another interface");
        if (entry.user != user) return fault_error(Fault::context_mismatch, "context handle of another user");
        if (auth_level < entry.auth_level) {
            return fault_error(Fault::context_mismatch, "context handle used with a weaker authentication level");
        }
        return entry;
    });
}

std::shared_ptr<HandleObject> HandleTable::remove(const ndr::ContextHandle& handle) {
    return state_.with([&handle](State& state) -> std::shared_ptr<HandleObject> {
        const auto found = state.rows.find(handle.uuid);
        if (found == state.rows.end()) return nullptr;
        std::shared_ptr<HandleObject> object = std::move(found->second.entry.object);
        state.rows.erase(found);
        return object;
    });
}

std::vector<std::shared_ptr<HandleObject>> HandleTable::take_all() {
    return state_.with([](State& state) {
        state.closed = true;
        std::vector<std::shared_ptr<HandleObject>> objects;
        objects.reserve(state.rows.size());
        for (auto& [id, row] : state.rows) objects.push_back(std::move(row.entry.object));
        state.rows.clear();
        return objects;
    });
}

std::size_t HandleTable::size() const {
    return state_.with([](const State& state) { return state.rows.size(); });
}

}  // namespace dcerpc
