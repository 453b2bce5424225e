#include "spooler/core.h"

#include "base/limits.h"
#include "spooler/catalog.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;

Ticket JobIndex::reserve(State& state) {
    state.reserved = state.next + base::limits::kJobIdBlock;
    return store_.enqueue(CounterPut{"job_id", state.reserved});
}

Ticket JobIndex::start(std::uint64_t next) {
    return state_.with([&](State& state) {
        state.next = next == 0 || next > kMaxJobId ? 1 : next;
        return reserve(state);
    });
}

JobId JobIndex::allocate(std::weak_ptr<PrinterQueue> queue) {
    return state_.with([&](State& state) {
        do {
            if (state.next > kMaxJobId) state.next = state.reserved = 1;
            // Half a block ahead: long durable when the ids in it are given out.
            if (state.next + base::limits::kJobIdBlock / 2 >= state.reserved) static_cast<void>(reserve(state));
            ++state.next;
        } while (state.queues.count(static_cast<JobId>(state.next - 1)) != 0);
        const auto id = static_cast<JobId>(state.next - 1);
        state.queues.emplace(id, std::move(queue));
        return id;
    });
}

void JobIndex::adopt(JobId id, std::weak_ptr<PrinterQueue> queue) {
    state_.with([&](State& state) { state.queues.insert_or_assign(id, std::move(queue)); });
}

void JobIndex::erase(JobId id) {
    state_.with([&](State& state) { state.queues.erase(id); });
}

PrinterQueuePtr JobIndex::find(JobId id) const {
    return state_.with([&](const State& state) -> PrinterQueuePtr {
        const auto at = state.queues.find(id);
        return at == state.queues.end() ? nullptr : at->second.lock();
    });
}

std::size_t JobIndex::size() const {
    return state_.with([](const State& state) { return state.queues.size(); });
}

void Timers::schedule(TimePoint at, Action action) {
    const bool earlier = due_.with([&](Due& due) {
        const bool first = due.empty() || at < due.begin()->first;
        due.emplace(at, std::move(action));
        return first;
    });
    if (earlier) changed_.set();
}

std::vector<Timers::Action> Timers::take_due(TimePoint now) {
    return due_.with([&](Due& due) {
        std::vector<Action> actions;
        const auto end = due.upper_bound(now);
        for (auto at = due.begin(); at != end; ++at) actions.push_back(std::move(at->second));
        due.erase(due.begin(), end);
        return actions;
    });
}

std::optional<Timers::TimePoint> Timers::next() const {
    return due_.with([](const Due& due) -> std::optional<TimePoint> {
        if (due.empty()) return std::nullopt;
        return due.begin()->first;
    });
}

// False: ask the disk first.
Result<bool> SpoolSpace::try_take(State& state, std::uint64_t bytes, const SpoolSettings& settings) const {
    if (settings.spool_quota_bytes != 0 && state.used + bytes > settings.spool_quota_bytes) {
        return Error(Win32::no_spool_space, "spool quota reached");
    }
    const bool fresh = state.asked && clock_.steady_now() - *state.asked < std::chrono::seconds(1);
    if (!fresh || state.free < bytes + settings.min_free_bytes) return false;
    state.free -= bytes;
    state.used += bytes;
    return true;
}

base::Task<Result<void>> SpoolSpace::take(std::uint64_t bytes, const SpoolSettings& settings) {
    const SpoolSettings limits = settings;
    auto taken = state_.with([&](State& state) { return try_take(state, bytes, limits); });
    if (!taken) co_return std::move(taken).error();
    if (*taken) co_return Result<void>();
    CO_TRY(const std::uint64_t free, co_await files_.free_bytes());
    taken = state_.with([&](State& state) {
        state.free = free;
        state.asked = clock_.steady_now();
        return try_take(state, bytes, limits);
    });
    if (!taken) co_return std::move(taken).error();
    if (!*taken) co_return Error(Win32::no_spool_space, "the disk reserve is reached");
    co_return Result<void>();
}

void SpoolSpace::give_back(std::uint64_t bytes) {
    state_.with([&](State& state) { state.used -= std::min(bytes, state.used); });
}

void SpoolSpace::adopt(std::uint64_t bytes) {
    state_.with([&](State& state) { state.used += bytes; });
}

std::uint64_t SpoolSpace::used() const {
    return state_.with([](const State& state) { return state.used; });
}

void ActiveCount::enter() {
    count_.with([&](std::size_t& count) {
        ++count;
        idle_.reset();
    });
}

void ActiveCount::leave() {
    count_.with([&](std::size_t& count) {
        if (--count == 0) idle_.set();
    });
}

std::size_t ActiveCount::value() const {
    return count_.with([](const std::size_t& count) { return count; });
}

base::Task<bool> ActiveCount::wait_idle(std::chrono::milliseconds timeout) {
    if (value() == 0) co_return true;
    co_return co_await idle_.wait_for(timeout);
}

base::Task<void> Gate::enter() {
    for (;;) {
        const bool mine = taken_.with([&](bool& taken) {
            if (taken) free_.reset();
            return !std::exchange(taken, true);
        });
        if (mine) co_return;
        co_await free_.wait();
    }
}

void Gate::leave() {
    taken_.with([&](bool& taken) {
        taken = false;
        free_.set();
    });
}

SpoolerCore::SpoolerCore(Dependencies dependencies, SpoolSettings initial, ServerSettings server_settings)
    : deps(std::move(dependencies)),
      settings_state(std::in_place, initial),
      ports(deps.store, deps.events, deps.monitors),
      forms(deps.store, deps.events),
      drivers(deps.store, deps.events),
      packages(deps.store),
      processors(deps.processors),
      server(deps.store, deps.events, deps.clock.now(), std::move(server_settings), version),
      connections(deps.store),
      jobs(deps.store),
      space(deps.files, deps.clock),
      metadata(std::make_shared<base::UserBudget>(base::limits::kMaxJobMetadataBytesPerUser)) {}

}  // namespace spooler
