// Context handles of one association group (architecture section 8, [MS-RPCE] 3.3.1.1.1). Strict: an unknown id, another
// interface, another user or a weaker authentication level is a context mismatch.
#pragma once

#include "base/access_check.h"
#include "base/async.h"
#include "base/guarded.h"
#include "base/user_budget.h"
#include "dcerpc/ndr/types.h"
#include "dcerpc/server/interface.h"

#include <deque>
#include <memory>
#include <unordered_map>

namespace dcerpc {

// What stands behind a context handle. Derive one class per kind of handle.
class HandleObject {
 public:
    virtual ~HandleObject() = default;
    // The client is gone without closing: abort what is open, unregister what is registered. Called once, never after a close.
    virtual base::Task<void> rundown() = 0;
};

// FIFO gate of one handle: at most one gated call inside. Thread-safe.
class HandleGate {
 public:
    struct Ticket;                                                                 // a place in the queue

    // Enters at once (null), or takes a place in the queue: then wait for it.
    [[nodiscard]] std::shared_ptr<Ticket> enter_or_queue();
    // Completes in the order of enter_or_queue; true: inside now. False: the place was given up meanwhile.
    static base::Task<bool> wait(std::shared_ptr<Ticket> ticket);
    // Gives up a place; its waiter wakes. Nothing happens when it is inside already.
    void abandon(const std::shared_ptr<Ticket>& ticket);
    // Lets the next one in.
    void leave();

 private:
    struct State {
        bool busy = false;
        std::deque<std::shared_ptr<Ticket>> waiting;
    };
    base::Guarded<State> state_;
};

struct HandleEntry {
    std::shared_ptr<HandleObject> object;
    const Interface* interface = nullptr;
    base::Sid user;                                                                // nil SID: unauthenticated
    std::uint8_t auth_level = 0;
    std::shared_ptr<HandleGate> gate;                                              // made by HandleTable::add
};

class HandleTable {
 public:
    // `users` counts the handles of each user over all groups; null: nobody does. Those of callers without a logon are not counted: their
    // connections and groups are few enough, and they must not use up one another's share.
    explicit HandleTable(std::shared_ptr<base::UserBudget> users = nullptr) : users_(std::move(users)) {}
    // not_enough_quota when the group holds limits::kMaxHandlesPerGroup already, or the user as many as `users` allows; invalid_handle after
    // take_all: the client is gone.
    base::Result<ndr::ContextHandle> add(HandleEntry entry);
    // Context-mismatch fault when not found or not this interface, user or level.
    [[nodiscard]] base::Result<HandleEntry> find(const ndr::ContextHandle& handle, const Interface& interface, const base::Sid& user,
                                                 std::uint8_t auth_level) const;
    // Removes and returns the object; nothing if unknown.
    std::shared_ptr<HandleObject> remove(const ndr::ContextHandle& handle);
    // Empties the table for rundown and closes it for good.
    std::vector<std::shared_ptr<HandleObject>> take_all();
    [[nodiscard]] std::size_t size() const;

 private:
    struct Row {
        HandleEntry entry;
        base::UserBudget::Share share;
    };
    struct State {
        std::unordered_map<base::Guid, Row, base::GuidHash> rows;
        bool closed = false;
    };
    const std::shared_ptr<base::UserBudget> users_;
    base::Guarded<State> state_;
};

}  // namespace dcerpc
