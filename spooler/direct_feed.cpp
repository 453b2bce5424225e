#include "spooler/direct_feed.h"

#include <algorithm>
#include <cstring>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

std::optional<std::size_t> DirectFeed::take(base::MutableByteView into) {
    // The copy is made under the lock: a writer that gives up takes its data away under it.
    const std::optional<std::size_t> taken = state_.with([&](State& state) -> std::optional<std::size_t> {
        if (!state.pending.empty()) {
            const std::size_t count = std::min(into.size(), state.pending.size());
            std::memcpy(into.data(), state.pending.data(), count);
            state.pending = state.pending.subspan(count);
            return count;
        }
        state.hungry = true;
        if (state.complete) return std::size_t{0};
        return std::nullopt;
    });
    if (!taken) progress_.set();
    return taken;
}

bool DirectFeed::asked() const {
    return state_.with([](const State& state) { return state.asked; });
}

void DirectFeed::answer(base::ByteView said) {
    state_.with([&](State& state) {
        state.asked = false;
        state.said.assign(said.begin(), said.end());
    });
    progress_.set();
}

void DirectFeed::conclude(Result<void> outcome) {
    state_.with([&](State& state) {
        state.pending = {};
        if (!state.outcome) state.outcome = std::move(outcome);
    });
    progress_.set();
}

void DirectFeed::offer(base::ByteView data) {
    state_.with([&](State& state) {
        state.pending = data;
        state.hungry = false;
    });
}

Task<Result<void>> DirectFeed::passed() {
    for (;;) {
        progress_.reset();
        const auto done = state_.with([](State& state) -> std::optional<Result<void>> {
            if (state.outcome) return state.outcome;
            if (state.hungry && state.pending.empty()) return Result<void>();
            return std::nullopt;
        });
        if (done) co_return *done;
        co_await progress_.wait();
        if (progress_.is_set()) continue;
        state_.with([](State& state) { state.pending = {}; });
        co_return Error(Win32::operation_aborted, "cancelled while the device takes the data");
    }
}

void DirectFeed::ask() {
    // What the last answer left comes first.
    state_.with([](State& state) { state.asked = state.said.empty(); });
}

Task<Result<std::size_t>> DirectFeed::hear(base::MutableByteView into) {
    for (;;) {
        progress_.reset();
        const auto heard = state_.with([&](State& state) -> std::optional<Result<std::size_t>> {
            if (state.said.empty() && state.outcome && !*state.outcome) return Result<std::size_t>(state.outcome->error());
            if (state.asked && !state.outcome) return std::nullopt;
            const std::size_t count = std::min(into.size(), state.said.size());
            std::copy_n(state.said.begin(), count, into.begin());
            state.said.erase(state.said.begin(), state.said.begin() + static_cast<std::ptrdiff_t>(count));
            return count;
        });
        if (heard) co_return *heard;
        co_await progress_.wait();
        if (!progress_.is_set()) co_return Error(Win32::operation_aborted, "cancelled while the device is asked");
    }
}

void DirectFeed::end() {
    state_.with([](State& state) { state.complete = true; });
}

Task<Result<void>> DirectFeed::outcome() {
    for (;;) {
        progress_.reset();
        const std::optional<Result<void>> done = ended();
        if (done) co_return *done;
        co_await progress_.wait();
        if (!progress_.is_set()) co_return Error(Win32::operation_aborted, "cancelled while the device finishes");
    }
}

std::optional<Result<void>> DirectFeed::ended() const {
    return state_.with([](const State& state) { return state.outcome; });
}

}  // namespace spooler
