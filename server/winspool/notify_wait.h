// Waiting for a notification inside a call that can be cancelled. Used by notify_ops and rprn_notify_ops.
#pragma once

#include "base/async_event.h"
#include "spooler/notify/subscription.h"

#include <chrono>

namespace server {

// What Subscription::wait_for gives, or operation_aborted when the call is cancelled: what is queued then stays for the next call.
base::Task<base::Result<spooler::Notification>> next_notification(spooler::SubscriptionPtr subscription, base::CancelSignal cancel,
                                                                  std::chrono::steady_clock::duration timeout);

}  // namespace server
