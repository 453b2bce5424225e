#include "server/winspool/notify_wait.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace server {

base::Task<base::Result<spooler::Notification>> next_notification(spooler::SubscriptionPtr subscription, base::CancelSignal cancel,
                                                                  std::chrono::steady_clock::duration timeout) {
    const auto executor = co_await boost::asio::this_coro::executor;
    auto signal = std::make_shared<boost::asio::cancellation_signal>();
    // The signal belongs to the strand; the call is cancelled from anywhere.
    const auto emit = [signal] { signal->emit(boost::asio::cancellation_type::terminal); };
    const auto hook = cancel.on_cancel([executor, emit] { boost::asio::post(executor, emit); });
    auto token = boost::asio::bind_cancellation_slot(signal->slot(), boost::asio::use_awaitable);
    auto result = co_await boost::asio::co_spawn(executor, subscription->wait_for(timeout), token);
    co_return result;
}

}  // namespace server
