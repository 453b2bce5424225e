#include "spooler/notify/subscription.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

void Subscription::offer(const Event& event) {
    const Passed passed = apply(filter_, event);
    if (!passed.anything()) return;
    {
        const std::scoped_lock lock(mutex_);
        if (stopped_ || cancelled_) return;
        changes_ |= passed.changes;
        if (passed.fields != 0) add_locked(event, passed.fields);
    }
    event_.set();
}

void Subscription::add_locked(const Event& event, std::uint32_t fields) {
    const Key key{event.object, event.printer, event.job};
    const auto [at, is_new] = index_.try_emplace(key, items_.size());
    if (is_new) {
        NotifyItem item;
        item.object = event.object;
        item.printer = event.printer;
        item.job = event.job;
        items_.push_back(std::move(item));
    }
    NotifyItem& item = items_[at->second];
    values_ += static_cast<std::size_t>(std::popcount(fields & ~item.fields));
    item.fields |= fields;
    // A field that did not change since has the same value in the newest view, so one view serves all of them.
    if (event.printer_view) item.printer_view = event.printer_view;
    if (event.job_view) item.job_view = event.job_view;
    if (values_ <= limit_) return;
    items_.clear();
    index_.clear();
    values_ = 0;
    discarded_ = true;
    stopped_ = true;
}

bool Subscription::enter() {
    const std::scoped_lock lock(mutex_);
    return !std::exchange(waiting_, true);
}

void Subscription::leave() {
    const std::scoped_lock lock(mutex_);
    waiting_ = false;
}

bool Subscription::take(Result<Notification>& into) {
    const std::scoped_lock lock(mutex_);
    if (cancelled_) {
        into = Error(Win32::cancelled, "the registration has ended");
        return true;
    }
    if (!something_locked()) {
        event_.reset();
        return false;
    }
    Notification notification;
    notification.changes = std::exchange(changes_, 0);
    notification.items = std::exchange(items_, {});
    notification.discarded = std::exchange(discarded_, false);
    index_.clear();
    values_ = 0;
    into = std::move(notification);
    return true;
}

Task<bool> Subscription::wait_for_turn(std::chrono::steady_clock::duration timeout) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_answer_) co_return true;
    const auto rest = std::min<std::chrono::steady_clock::duration>(next_answer_ - now, timeout);
    const bool ended = co_await ended_.wait_for(rest);
    co_return ended || std::chrono::steady_clock::now() - now >= rest;
}

Task<Result<Notification>> Subscription::wait() { return wait_for(std::chrono::steady_clock::duration::max()); }

Task<Result<Notification>> Subscription::wait_for(std::chrono::steady_clock::duration timeout) {
    const SubscriptionPtr self = shared_from_this();  // the owner may drop the subscription while we wait
    if (!enter()) co_return Error(Win32::busy, "another call waits on this registration");
    // Also when a cancelled coroutine leaves by exception: the right to wait must not stay behind.
    struct Leaving {
        Subscription& owner;
        ~Leaving() { owner.leave(); }
    };
    const Leaving leaving{*this};
    const auto start = std::chrono::steady_clock::now();
    const bool turn = co_await wait_for_turn(timeout);
    if (!turn) co_return Error(Win32::operation_aborted, "cancelled while waiting for changes");
    Result<Notification> outcome;
    while (!take(outcome)) {
        const auto passed = std::chrono::steady_clock::now() - start;
        if (passed >= timeout) {
            outcome = Notification();
            break;
        }
        const bool woken = co_await event_.wait_for(timeout - passed);
        // Not woken, and time left: the coroutine was cancelled. What is queued stays for the next call.
        if (!woken && std::chrono::steady_clock::now() - start < timeout) {
            outcome = Error(Win32::operation_aborted, "cancelled while waiting for changes");
            break;
        }
    }
    const auto now = std::chrono::steady_clock::now();
    next_answer_ = now + pause_after_answer(now);
    co_return outcome;
}

void Subscription::refresh() {
    const std::scoped_lock lock(mutex_);
    changes_ = 0;
    items_.clear();
    index_.clear();
    values_ = 0;
    discarded_ = false;
    stopped_ = false;
}

void Subscription::cancel() {
    {
        const std::scoped_lock lock(mutex_);
        cancelled_ = true;
        items_.clear();
        index_.clear();
    }
    event_.set();
    ended_.set();
}

}  // namespace spooler
