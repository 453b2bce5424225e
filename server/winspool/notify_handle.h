// The notification handle of MS-PAR opnums 58 to 61: a subscription of the spooler's bus and what its client last said about it.
#pragma once

#include "server/winspool/handles.h"
#include "server/winspool/notify_data.h"
#include "spooler/notify/subscription.h"

#include <atomic>
#include <memory>

namespace server {

// Registrations of one association group; lives in the group's slot.
struct NotifyCount {
    std::atomic<std::size_t> registrations{0};
};

class NotifyHandle : public dcerpc::HandleObject, public HandleDependent {
 public:
    // `queue` null: registered on a server handle. `granted`: the rights of the handle it was registered on. Counts itself in `count`.
    NotifyHandle(spooler::SubscriptionPtr subscription, const NotifyFilter& filter, ReplyContextPtr context, spooler::PrinterQueuePtr queue,
                 std::uint32_t granted, std::shared_ptr<NotifyCount> count);
    ~NotifyHandle() override;

    [[nodiscard]] spooler::Subscription& subscription() const { return *subscription_; }
    [[nodiscard]] const spooler::SubscriptionPtr& subscription_ptr() const { return subscription_; }
    [[nodiscard]] const NotifyFilter& filter() const { return filter_; }
    [[nodiscard]] const ReplyContextPtr& context() const { return context_; }
    [[nodiscard]] const spooler::PrinterQueuePtr& queue() const { return queue_; }
    [[nodiscard]] std::uint32_t granted() const { return granted_; }
    // The synchronisation colour that the client gave last; echoed in every notification.
    [[nodiscard]] std::uint32_t color() const { return color_.load(); }
    void set_color(std::uint32_t color) { color_.store(color); }

    // A pending call ends with a failure, later ones too.
    void end() { subscription_->cancel(); }
    void owner_closed() override { end(); }
    base::Task<void> rundown() override;

 private:
    const spooler::SubscriptionPtr subscription_;
    const NotifyFilter filter_;
    const ReplyContextPtr context_;
    const spooler::PrinterQueuePtr queue_;
    const std::uint32_t granted_;
    const std::shared_ptr<NotifyCount> count_;
    std::atomic<std::uint32_t> color_;
};

}  // namespace server
