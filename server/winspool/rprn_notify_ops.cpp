// Notifications of MS-RPRN: [MS-RPRN] 3.1.4.10. WaitForPrinterChange waits inside the call. Call-backs would make the server open connections to a host that the client
// names, with the server's own identity: registration is refused at once and nothing is ever opened. Clients fall back to polling, and
// MS-PAR (notify_ops) needs no call-back.
#include "server/winspool/notify_handle.h"
#include "server/winspool/notify_wait.h"
#include "server/winspool/service.h"
#include "spooler/notify/bus.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::uint32_t kChangeTimeout = 0x80000000;               // PRINTER_CHANGE_TIMEOUT

// Ends the wait when the printer or server handle closes. Counts among the registrations of its client.
class ChangeWait final : public HandleDependent {
 public:
    ChangeWait(spooler::SubscriptionPtr subscription, std::shared_ptr<NotifyCount> count)
        : subscription_(std::move(subscription)), count_(std::move(count)) {
        ++count_->registrations;
    }
    ~ChangeWait() override { --count_->registrations; }
    ChangeWait(const ChangeWait&) = delete;
    ChangeWait& operator=(const ChangeWait&) = delete;
    void owner_closed() override { subscription_->cancel(); }

 private:
    const spooler::SubscriptionPtr subscription_;
    const std::shared_ptr<NotifyCount> count_;
};

// A printer or the server; nothing else has notifications.
Result<std::shared_ptr<SpoolHandle>> notifying_handle(const dcerpc::Call& call, const ndr::ContextHandle& handle) {
    if (auto printer = call.handle<PrinterHandle>(handle)) return std::shared_ptr<SpoolHandle>(std::move(*printer));
    TRY(std::shared_ptr<ServerHandle> server, call.handle<ServerHandle>(handle));
    return std::shared_ptr<SpoolHandle>(std::move(server));
}

Result<void> refuse(const dcerpc::Call& call, const ndr::ContextHandle& handle, const ndr::WStr& machine) {
    if (!call.handle<PrinterHandle>(handle) && !call.handle<ServerHandle>(handle)) {
        return Error(Win32::invalid_handle, "neither a printer nor the server");
    }
    call.log(base::log::Level::info, "call-back registration refused", {{"machine", utf8(machine)}, {"peer", call.caller().peer_address}});
    return Error(Win32::not_supported, "call-backs are never made");
}

}  // namespace

// [MS-RPRN] 3.1.4.10.1 RpcWaitForPrinterChange
Outcome WinspoolService::wait_for_printer_change(dcerpc::Call& call, const op::WaitForPrinterChange::In& in,
                                                 op::WaitForPrinterChange::Out& out) {
    CO_TRY(const std::shared_ptr<SpoolHandle> owner, notifying_handle(call, in.hPrinter));
    const auto printer = std::dynamic_pointer_cast<PrinterHandle>(owner);
    const auto count = call.group<NotifyCount>();
    if (count->registrations >= base::limits::kMaxSubscriptionsPerGroup) co_return Error(Win32::not_enough_quota, "too many registrations");
    spooler::EventFilter wanted;
    wanted.printer = printer ? printer->queue()->id() : 0;
    wanted.changes = in.Flags;
    CO_TRY(const spooler::SubscriptionPtr subscription, bus_.subscribe(wanted));
    const auto wait = std::make_shared<ChangeWait>(subscription, count);
    owner->add_dependent(wait);
    const auto longest = change_wait_;
    auto news = co_await next_notification(subscription, call.cancel(), longest);
    if (!news && news.error().code() == Win32::cancelled) co_return Error(Win32::invalid_handle, "closed while waiting");
    if (!news) co_return std::move(news).error();
    // Old clients look at the flags, the specification speaks of the return value.
    out.pFlags = news->discarded ? in.Flags : news->changes;
    if (out.pFlags != 0) co_return Result<void>();
    out.pFlags = kChangeTimeout;
    co_return Error(static_cast<Win32>(kChangeTimeout), "nothing happened");
}

// [MS-RPRN] 3.1.4.10.2: no handle has a call-back registration, so there is none to close.
Outcome WinspoolService::find_close_printer_change_notification(dcerpc::Call& call, const op::FindClosePrinterChangeNotification::In& in,
                                                                op::FindClosePrinterChangeNotification::Out& /*out*/) {
    CO_TRY_VOID(notifying_handle(call, in.hPrinter));
    co_return Error(Win32::invalid_handle, "not registered");
}

// [MS-RPRN] 3.1.4.10.5: likewise; only a registered client may refresh.
Outcome WinspoolService::router_refresh_printer_change_notification(dcerpc::Call& call,
                                                                    const op::RouterRefreshPrinterChangeNotification::In& in,
                                                                    op::RouterRefreshPrinterChangeNotification::Out& /*out*/) {
    CO_TRY_VOID(notifying_handle(call, in.hPrinter));
    co_return Error(Win32::invalid_handle, "not registered");
}

Outcome WinspoolService::remote_find_first_printer_change_notification(dcerpc::Call& call,
                                                                       const op::RemoteFindFirstPrinterChangeNotification::In& in,
                                                                       op::RemoteFindFirstPrinterChangeNotification::Out& /*out*/) {
    co_return refuse(call, in.hPrinter, in.pszLocalMachine);
}

Outcome WinspoolService::remote_find_first_printer_change_notification_ex(dcerpc::Call& call,
                                                                          const op::RemoteFindFirstPrinterChangeNotificationEx::In& in,
                                                                          op::RemoteFindFirstPrinterChangeNotificationEx::Out& /*out*/) {
    co_return refuse(call, in.hPrinter, in.pszLocalMachine);
}

}  // namespace server
