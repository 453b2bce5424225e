// The rows of size queries, kept briefly: when nothing has changed between "how much?" and "give me", the second call need not make them
// again; and when a list has grown, it gets the list that the first one measured instead of another "too small". One per service, bounded
// in count, rows and time.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace server {

// One per association group; its identity is the key. Lives in the group's slot (dcerpc::GroupSlot).
struct GroupState {};

// Thread-safe.
class SizeCache {
 public:
    explicit SizeCache(const base::Clock& clock) : clock_(clock) {}

    // `query` names operation, level and arguments, so that equal queries have equal row types. Replaces an older equal entry.
    // `version`: what the rows are true for, 0 if that is not known.
    void keep(const std::shared_ptr<GroupState>& group, std::string query, std::shared_ptr<const void> rows, std::size_t count,
              std::uint64_t version = 0);
    // Gives the rows back once; null when there are none or they are too old.
    [[nodiscard]] std::shared_ptr<const void> take(const std::shared_ptr<GroupState>& group, const std::string& query);
    // The same for rows of this version only; others stay.
    [[nodiscard]] std::shared_ptr<const void> take(const std::shared_ptr<GroupState>& group, const std::string& query, std::uint64_t version);
    // The group changed something itself: it must see its own change.
    void forget(const std::shared_ptr<GroupState>& group);
    [[nodiscard]] std::size_t size() const;

 private:
    struct Entry {
        std::weak_ptr<GroupState> group;
        std::string query;
        std::shared_ptr<const void> rows;
        std::size_t count = 0;
        std::uint64_t version = 0;
        std::chrono::steady_clock::time_point until;
    };
    struct State {
        std::deque<Entry> entries;                                 // oldest first
        std::size_t rows = 0;
    };
    static void drop(State& state, std::deque<Entry>::iterator entry);
    std::shared_ptr<const void> take_if(const std::shared_ptr<GroupState>& group, const std::string& query, std::optional<std::uint64_t> version);

    const base::Clock& clock_;
    base::Guarded<State> state_;
};

}  // namespace server
