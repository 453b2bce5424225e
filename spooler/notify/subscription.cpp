#include "spooler/notify/subscription.h"

#include "base/limits.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

NotifyFilter Subscription::filter() const {
    return state_.with([](const State& state) { return state.filter; });
}

bool Subscription::closed() const {
    return state_.with([](const State& state) { return state.closed; });
}

// The event is reset under the same lock under which offer() looks at the queue, so no wake-up is missed.
Subscription::Taken Subscription::take() {
    return state_.with([this](State& state) {
        Taken taken;
        taken.closed = state.closed;
        if (state.closed) return taken;
        if (state.empty()) {
            wake_.reset();
            return taken;
        }
        taken.ready = true;
        taken.notifications.changes = state.changes;
        taken.notifications.discarded = state.discarded;
        taken.notifications.entries = std::move(state.entries);
        state.entries.clear();
        state.index.clear();
        state.changes = 0;
        return taken;
    });
}

Task<Result<Notifications>> Subscription::next(base::CancelSignal cancel) {
    const auto self = shared_from_this();
    const bool first = state_.with([](State& state) { return !std::exchange(state.waiting, true); });
    if (!first) co_return Error(Win32::busy, "somebody waits for notifications on this handle already");
    const auto hook = cancel.on_cancel([self] { self->wake_.set(); });
    Result<Notifications> result = Error(Win32::cancelled, "the wait was cancelled");
    while (!cancel.cancelled()) {
        Taken taken = take();
        if (taken.closed) {
            result = Error(Win32::operation_aborted, "the registration ended");
            break;
        }
        if (taken.ready) {
            result = std::move(taken.notifications);
            break;
        }
        // A cancel between the check above and the reset in take() would be lost: look once more before sleeping.
        if (cancel.cancelled()) break;
        co_await wake_.wait();
    }
    state_.with([](State& state) { state.waiting = false; });
    co_return result;
}

void Subscription::refresh(NotifyFilter filter) {
    state_.with([&filter](State& state) {
        filter.printer = state.filter.printer;
        state.filter = filter;
        state.changes = 0;
        state.discarded = false;
        state.entries.clear();
        state.index.clear();
    });
}

void Subscription::close() {
    state_.with([](State& state) { state.closed = true; });
    wake_.set();
}

void Subscription::merge(State& state, const Event& event, const FilterMatch& found) {
    const Key key{event.object, event.printer, event.job};
    const auto known = state.index.find(key);
    if (known == state.index.end() && state.entries.size() >= base::limits::kMaxSubscriptionEvents) {
        // The reader is too slow: drop everything and say so; it has to ask for the whole state.
        state.discarded = true;
        state.entries.clear();
        state.index.clear();
        return;
    }
    const std::size_t place = known == state.index.end() ? state.entries.size() : known->second;
    if (known == state.index.end()) {
        state.index.emplace(key, place);
        Notifications::Entry fresh;
        fresh.object = event.object;
        fresh.printer = event.printer;
        fresh.job = event.job;
        state.entries.push_back(std::move(fresh));
    }
    Notifications::Entry& entry = state.entries[place];
    entry.fields |= found.fields;
    if (event.printer_view) entry.printer_view = event.printer_view;
    if (event.job_view) entry.job_view = event.job_view;
}

void Subscription::offer(const Event& event) {
    const bool wake = state_.with([&event](State& state) {
        if (state.closed) return false;
        const FilterMatch found = match(state.filter, event);
        if (!found.any()) return false;
        state.changes |= found.changes;
        if (found.fields != 0 && !state.discarded) merge(state, event, found);
        return state.waiting;
    });
    if (wake) wake_.set();
}

}  // namespace spooler
