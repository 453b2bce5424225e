#include "base/async_event.h"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

namespace base {

namespace asio = boost::asio;

namespace {

// One waiting coroutine. Its timer's pending wait owns it: if the io_context goes away, the coroutine's frame goes with it. The
// event's list only observes it, so that event and frame never own each other in a circle.
class Waiter {
 public:
    Waiter() = default;
    virtual ~Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Both run under the mutex of the event, which also orders the accesses to the timer from several threads.
    virtual void stop_timer() = 0;
    virtual void post_result(std::shared_ptr<Waiter> self, bool result) = 0;

    bool done = false;                                             // guarded by the event's mutex: the first outcome wins
};

using WaiterPtr = std::shared_ptr<Waiter>;

}  // namespace

struct AsyncEvent::State {
    std::mutex mutex;
    bool set = false;
    bool abandoned = false;                                        // the event is gone: nobody can set it any more
    std::vector<std::weak_ptr<Waiter>> waiters;

    // Ends one wait; later calls for the same waiter change nothing.
    void finish(const WaiterPtr& waiter, bool result) {
        const std::scoped_lock lock(mutex);
        finish_locked(waiter, result);
        std::erase_if(waiters, [&waiter](const std::weak_ptr<Waiter>& other) { return other.expired() || other.lock() == waiter; });
    }

    void finish_all_locked(bool result) {
        for (const auto& weak : std::exchange(waiters, {})) {
            const WaiterPtr waiter = weak.lock();
            if (waiter) finish_locked(waiter, result);
        }
    }

 private:
    static void finish_locked(const WaiterPtr& waiter, bool result) {
        if (waiter->done) return;
        waiter->done = true;
        waiter->stop_timer();
        waiter->post_result(waiter, result);
    }
};

namespace {

using StatePtr = std::shared_ptr<AsyncEvent::State>;
using TimePoint = std::chrono::steady_clock::time_point;

template <class Handler>
class HandlerWaiter final : public Waiter {
 public:
    explicit HandlerWaiter(Handler handler)
        : slot_(asio::get_associated_cancellation_slot(handler)),
          executor_(asio::get_associated_executor(handler)),
          handler_(std::move(handler)),
          timer_(executor_) {}

    // Called once, on the waiter's own executor, before anyone else can know the waiter.
    void start(const StatePtr& state, const std::shared_ptr<HandlerWaiter>& self, TimePoint deadline) {
        if (slot_.is_connected()) {
            slot_.assign([state, weak = std::weak_ptr<Waiter>(self)](asio::cancellation_type /*type*/) {
                const WaiterPtr waiter = weak.lock();
                if (waiter) state->finish(waiter, false);
            });
        }
        timer_.expires_at(deadline);
        timer_.async_wait([state, self](const boost::system::error_code& code) {
            if (!code) state->finish(self, false);
        });
    }

    void stop_timer() override { timer_.cancel(); }

    void post_result(std::shared_ptr<Waiter> self, bool result) override {
        auto own = std::static_pointer_cast<HandlerWaiter>(std::move(self));
        asio::post(executor_, [own = std::move(own), result] { own->complete(result); });
    }

 private:
    void complete(bool result) {
        // Asio's rule: a handler that has run leaves no cancellation handler behind.
        if (slot_.is_connected()) slot_.clear();
        Handler handler = std::move(*handler_);
        handler_.reset();
        std::move(handler)(result);
    }

    asio::cancellation_slot slot_;
    asio::any_io_executor executor_;
    std::optional<Handler> handler_;
    asio::steady_timer timer_;
};

struct StartWait {
    template <class Handler>
    void operator()(Handler&& handler, const StatePtr& state, TimePoint deadline) const {
        auto waiter = std::make_shared<HandlerWaiter<std::decay_t<Handler>>>(std::forward<Handler>(handler));
        // Under the mutex, so that a set() from another thread comes either before (and is seen) or after the waiter is complete.
        const std::scoped_lock lock(state->mutex);
        if (state->set || state->abandoned) {
            waiter->post_result(waiter, state->set);
            return;
        }
        waiter->start(state, waiter, deadline);
        state->waiters.push_back(waiter);
    }
};

bool is_set_now(const StatePtr& state) {
    const std::scoped_lock lock(state->mutex);
    return state->set;
}

// A plain function: the initiation object never lives in a statement that awaits.
Task<bool> start_wait(const StatePtr& state, TimePoint deadline) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(StartWait(), asio::use_awaitable, state, deadline);
}

Task<bool> wait_on(StatePtr state, TimePoint deadline) {
    if (is_set_now(state)) co_return true;
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    // A cancel that came before the waiter exists would not reach it.
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return false;
    co_return co_await start_wait(state, deadline);
}

Task<void> wait_on_forever(StatePtr state) { co_await wait_on(std::move(state), TimePoint::max()); }

// now + timeout without overflow.
TimePoint deadline_after(std::chrono::steady_clock::duration timeout) {
    const TimePoint now = std::chrono::steady_clock::now();
    return timeout >= TimePoint::max() - now ? TimePoint::max() : now + timeout;
}

}  // namespace

AsyncEvent::AsyncEvent() : state_(std::make_shared<State>()) {}

AsyncEvent::~AsyncEvent() {
    const std::scoped_lock lock(state_->mutex);
    state_->abandoned = true;
    state_->finish_all_locked(false);
}

void AsyncEvent::set() {
    const std::scoped_lock lock(state_->mutex);
    state_->set = true;
    state_->finish_all_locked(true);
}

void AsyncEvent::reset() {
    const std::scoped_lock lock(state_->mutex);
    state_->set = false;
}

bool AsyncEvent::is_set() const { return is_set_now(state_); }

Task<bool> AsyncEvent::wait_for(std::chrono::steady_clock::duration timeout) { return wait_on(state_, deadline_after(timeout)); }

Task<void> AsyncEvent::wait() { return wait_on_forever(state_); }

}  // namespace base
