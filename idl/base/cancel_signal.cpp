#include "base/async_event.h"

#include <vector>

namespace base {

void CancelSignal::cancel() const {
    state_->event.set();
    // Copies run outside the lock: a hook may drop its own registration.
    const auto hooks = state_->hooks.with(
        [](std::list<std::function<void()>>& list) { return std::vector<std::function<void()>>(list.begin(), list.end()); });
    for (const auto& hook : hooks) {
        if (hook) hook();
    }
}

CancelSignal::Hook CancelSignal::on_cancel(std::function<void()> function) const {
    Hook hook;
    hook.state_ = state_;
    hook.place_ = state_->hooks.with([&](std::list<std::function<void()>>& list) { return list.insert(list.end(), function); });
    if (cancelled()) function();
    return hook;
}

CancelSignal::Hook::~Hook() {
    if (!state_) return;
    state_->hooks.with([this](std::list<std::function<void()>>& list) { list.erase(place_); });
}

}  // namespace base
