#include "server/winspool/levels/size_cache.h"

#include "base/limits.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace server {

void SizeCache::drop(State& state, std::deque<Entry>::iterator entry) {
    state.rows -= entry->count;
    state.entries.erase(entry);
}

void SizeCache::keep(const std::shared_ptr<GroupState>& group, std::string query, std::shared_ptr<const void> rows, std::size_t count,
                     std::uint64_t version) {
    if (count > base::limits::kMaxSizeCacheRows) return;
    const auto now = clock_.steady_now();
    Entry fresh;
    fresh.group = group;
    fresh.query = std::move(query);
    fresh.rows = std::move(rows);
    fresh.count = count;
    fresh.version = version;
    fresh.until = now + std::chrono::milliseconds(base::limits::kSizeCacheLifetimeMs);
    std::vector<Entry> dead;                                       // rows die outside the lock
    state_.with([&](State& state) {
        const auto stale = [&](const Entry& entry) {
            return entry.until <= now || (entry.query == fresh.query && entry.group.lock() == group);
        };
        for (auto it = state.entries.begin(); it != state.entries.end();) {
            if (!stale(*it)) {
                ++it;
                continue;
            }
            state.rows -= it->count;
            dead.push_back(std::move(*it));
            it = state.entries.erase(it);
        }
        while (!state.entries.empty() && (state.entries.size() >= base::limits::kMaxSizeCacheEntries ||
                                          state.rows + count > base::limits::kMaxSizeCacheRows)) {
            dead.push_back(state.entries.front());
            drop(state, state.entries.begin());
        }
        state.rows += count;
        state.entries.push_back(std::move(fresh));
    });
}

std::shared_ptr<const void> SizeCache::take(const std::shared_ptr<GroupState>& group, const std::string& query) {
    return take_if(group, query, std::nullopt);
}

std::shared_ptr<const void> SizeCache::take(const std::shared_ptr<GroupState>& group, const std::string& query, std::uint64_t version) {
    return take_if(group, query, version);
}

std::shared_ptr<const void> SizeCache::take_if(const std::shared_ptr<GroupState>& group, const std::string& query,
                                               std::optional<std::uint64_t> version) {
    const auto now = clock_.steady_now();
    return state_.with([&](State& state) -> std::shared_ptr<const void> {
        const auto found = std::find_if(state.entries.begin(), state.entries.end(), [&](const Entry& entry) {
            return entry.query == query && entry.group.lock() == group;
        });
        if (found == state.entries.end() || (version && found->version != *version)) return nullptr;
        std::shared_ptr<const void> rows = found->until > now ? found->rows : nullptr;
        drop(state, found);
        return rows;
    });
}

void SizeCache::forget(const std::shared_ptr<GroupState>& group) {
    state_.with([&](State& state) {
        for (auto it = state.entries.begin(); it != state.entries.end();) {
            if (it->group.lock() != group) {
                ++it;
                continue;
            }
            state.rows -= it->count;
            it = state.entries.erase(it);
        }
    });
}

std::size_t SizeCache::size() const {
    return state_.with([](const State& state) { return state.entries.size(); });
}

}  // namespace server
