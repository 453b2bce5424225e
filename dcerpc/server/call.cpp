#include "dcerpc/server/call.h"

#include "base/buffer_budget.h"

#include <algorithm>
#include <utility>

namespace dcerpc {

Call::Call(Setup setup) : setup_(std::move(setup)), arena_(base::limits::kMaxArenaBytes, setup_.budget.get()) {}

Call::~Call() {
    for (const Bound& bound : bound_) {
        if (bound.gated) bound.entry.gate->leave();
    }
}

void Call::cancel_now() {
    if (setup_.cancel.cancelled()) return;
    setup_.cancel.cancel();
    if (waiting_gate_) waiting_gate_->abandon(waiting_ticket_);
}

base::Result<HandleEntry> Call::find_handle(const ndr::ContextHandle& handle) const {
    if (handle.is_null()) return fault_error(Fault::context_mismatch, "NULL context handle");
    const Caller& who = caller();
    return setup_.handles->find(handle, interface(), who.token->user_sid, who.auth_level);
}

base::Task<base::Result<void>> Call::bind_handle(ndr::ContextHandle handle) {
    // The same handle twice in one call: its gate is ours already.
    if (bound_object(handle)) co_return base::Result<void>();
    CO_TRY(HandleEntry entry, find_handle(handle));
    const bool gated = !operation().waits;
    if (gated) {
        std::shared_ptr<HandleGate::Ticket> ticket = entry.gate->enter_or_queue();
        if (ticket) {
            waiting_gate_ = entry.gate;
            waiting_ticket_ = ticket;
            const bool entered = co_await HandleGate::wait(ticket);
            waiting_gate_.reset();
            waiting_ticket_.reset();
            if (!entered) co_return fault_error(Fault::cancel, "cancelled while waiting for its turn on the handle");
            // The calls before us may have closed the handle.
            base::Result<HandleEntry> again = find_handle(handle);
            if (!again) {
                entry.gate->leave();
                co_return std::move(again).error();
            }
        }
    }
    Bound bound;
    bound.handle = handle;
    bound.entry = std::move(entry);
    bound.gated = gated;
    bound_.push_back(std::move(bound));
    co_return base::Result<void>();
}

std::shared_ptr<HandleObject> Call::bound_object(const ndr::ContextHandle& handle) const {
    for (const Bound& bound : bound_) {
        if (bound.handle.uuid == handle.uuid && bound.handle.attributes == handle.attributes) return bound.entry.object;
    }
    return nullptr;
}

base::Result<ndr::ContextHandle> Call::open_handle(std::shared_ptr<HandleObject> object) {
    HandleEntry entry;
    entry.object = std::move(object);
    entry.interface = setup_.interface;
    entry.user = caller().token->user_sid;
    entry.auth_level = caller().auth_level;
    auto made = setup_.handles->add(std::move(entry));
    if (!made) log(base::log::Level::warning, "no context handle for the caller", {{"reason", made.error().text()}, {"peer", caller().peer_address}});
    return made;
}

std::shared_ptr<HandleObject> Call::close_handle(const ndr::ContextHandle& handle) {
    // Only a handle that passed the checks of bind_handle can be closed; the gate stays ours until the call ends.
    if (!bound_object(handle)) return nullptr;
    return setup_.handles->remove(handle);
}

void Call::log(base::log::Level level, std::string_view message, std::initializer_list<base::log::Field> fields) const {
    if (!base::log::enabled(level)) return;
    const Caller& who = caller();
    std::string prefix = "connection=" + std::to_string(who.connection_id) + " call=" + std::to_string(id());
    prefix += " operation=" + std::string(operation().name.empty() ? std::string_view("?") : operation().name);
    // The name comes from our own account source, but it may hold spaces.
    prefix += " user=\"" + (who.token->user.empty() ? std::string("-") : who.token->user) + "\"";
    base::log::write_in(level, prefix, message, fields);
}

}  // namespace dcerpc
