// One remote procedure call as generated code and operation bodies see it: who calls, from where, with which handles.
// Lives on its connection's strand; every member is for that strand only unless it says otherwise.
#pragma once

#include "base/async_event.h"
#include "base/log.h"
#include "dcerpc/fault.h"
#include "dcerpc/ndr/arena.h"
#include "dcerpc/server/handle_table.h"

#include <map>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

namespace base {
class BufferBudget;
}

namespace dcerpc {

inline constexpr std::uint8_t kAuthLevelNone = 1, kAuthLevelConnect = 2, kAuthLevelCall = 3, kAuthLevelPacket = 4,
                              kAuthLevelIntegrity = 5, kAuthLevelPrivacy = 6;

// Who is calling. One per security context; shared by its calls.
struct Caller {
    base::TokenPtr token;                                                          // never null: anonymous token when unauthenticated
    std::uint8_t auth_type = 0;
    std::uint8_t auth_level = kAuthLevelNone;
    std::string workstation;                                                       // as the client says it; for logs only
    std::string peer_address;                                                      // "192.0.2.7" or "2001:db8::7"
    std::uint16_t peer_port = 0;
    std::string local_address;
    std::uint16_t local_port = 0;
    std::uint64_t connection_id = 0;
};

// State that services keep per association group (size cache, subscriptions): one object per type. Dies with the group. Thread-safe.
class GroupSlot {
 public:
    // The T of this group, made on first use. T must be default-constructible and thread-safe itself.
    template <class T>
    std::shared_ptr<T> get() {
        return slots_.with([](Slots& slots) {
            std::shared_ptr<void>& slot = slots[std::type_index(typeid(T))];
            if (!slot) slot = std::make_shared<T>();
            return std::static_pointer_cast<T>(slot);
        });
    }

 private:
    using Slots = std::map<std::type_index, std::shared_ptr<void>>;
    base::Guarded<Slots> slots_;
};

class Call {
 public:
    struct Setup {
        std::uint64_t id = 0;                                                      // server-wide, for logs
        const Interface* interface = nullptr;
        const Operation* operation = nullptr;
        std::uint16_t opnum = 0;
        std::shared_ptr<const Caller> caller;
        std::shared_ptr<HandleTable> handles;                                      // of the association group
        std::shared_ptr<GroupSlot> group_slot;
        base::CancelSignal cancel;
        std::shared_ptr<base::BufferBudget> budget;                                // for the arena; null: none
        std::size_t endpoint = 0;                                                  // EndpointId it came in on
    };
    explicit Call(Setup setup);
    ~Call();                                                                       // leaves the gates it holds
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    [[nodiscard]] std::uint64_t id() const { return setup_.id; }
    [[nodiscard]] const Interface& interface() const { return *setup_.interface; }
    [[nodiscard]] const Operation& operation() const { return *setup_.operation; }
    [[nodiscard]] std::size_t endpoint() const { return setup_.endpoint; }
    [[nodiscard]] std::uint16_t opnum() const { return setup_.opnum; }
    [[nodiscard]] const Caller& caller() const { return *setup_.caller; }
    [[nodiscard]] const base::Token& token() const { return *setup_.caller->token; }
    [[nodiscard]] ndr::Arena& arena() { return arena_; }
    // Set by a cancel PDU, an orphaned PDU or the loss of the connection. [waits] operations race it.
    [[nodiscard]] const base::CancelSignal& cancel() const { return setup_.cancel; }
    // For the connection: sets the signal and takes the call out of the queue of a handle gate.
    void cancel_now();
    template <class T>
    [[nodiscard]] std::shared_ptr<T> group() const { return setup_.group_slot->get<T>(); }

    // Generated code, before the handler: looks the handle up (fault context_mismatch, also for NULL) and enters its gate unless the
    // operation [waits]; fault cancel when the call is cancelled before its turn. Handles bound here are what handle<T>() finds.
    base::Task<base::Result<void>> bind_handle(ndr::ContextHandle handle);

    // The object behind a handle bound to this call; invalid_handle when it is of another kind than T.
    template <class T>
    [[nodiscard]] base::Result<std::shared_ptr<T>> handle(const ndr::ContextHandle& wanted) const {
        if (auto object = std::dynamic_pointer_cast<T>(bound_object(wanted))) return object;
        return base::Error(base::Win32::invalid_handle, "handle of another kind");
    }
    // Makes a context handle of the group for `object`.
    base::Result<ndr::ContextHandle> open_handle(std::shared_ptr<HandleObject> object);
    // Takes the handle out of the group; the caller closes the object. Afterwards the handle is unknown everywhere.
    std::shared_ptr<HandleObject> close_handle(const ndr::ContextHandle& handle);

    // One log line with connection, call, operation and user.
    void log(base::log::Level level, std::string_view message, std::initializer_list<base::log::Field> fields = {}) const;

 private:
    [[nodiscard]] std::shared_ptr<HandleObject> bound_object(const ndr::ContextHandle& handle) const;

    struct Bound {
        ndr::ContextHandle handle;
        HandleEntry entry;
        bool gated = false;
    };
    base::Result<HandleEntry> find_handle(const ndr::ContextHandle& handle) const;

    Setup setup_;
    ndr::Arena arena_;
    std::vector<Bound> bound_;
    std::shared_ptr<HandleGate> waiting_gate_;                                     // while in its queue
    std::shared_ptr<HandleGate::Ticket> waiting_ticket_;
};

}  // namespace dcerpc
