// Notifications over MS-PAR: [MS-PAR] 3.1.4.9. The client keeps one GetRemoteNotifications pending; nobody calls back.
#include "base/utf.h"
#include "server/winspool/notify_handle.h"
#include "server/winspool/notify_wait.h"
#include "server/winspool/service.h"
#include "spooler/access.h"
#include "spooler/notify/bus.h"

namespace server {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using spooler::Access;

namespace {

constexpr auto kForever = std::chrono::steady_clock::duration::max();

// Descriptors need READ_CONTROL, as in GetPrinter level 3: of the handle for its printer, of the caller for everything else. Without it
// the field is left out.
std::uint32_t readable_fields(const NotifyHandle& handle, const base::Token& token, const spooler::PrinterView& printer, std::uint32_t fields) {
    constexpr std::uint32_t kField = spooler::field_bit(spooler::printer_field::kSecurity);
    if ((fields & kField) == 0) return fields;
    const bool readable = handle.queue() ? (handle.granted() & base::access::kReadControl) != 0
                                         : spooler::allows(token, *printer.record->security, base::access::kReadControl, spooler::kPrinterMapping);
    return readable ? fields : fields & ~kField;
}

std::uint32_t readable_fields(const base::Token& token, const spooler::JobView& job, std::uint32_t fields) {
    constexpr std::uint32_t kField = spooler::field_bit(spooler::job_field::kSecurity);
    if ((fields & kField) == 0) return fields;
    return spooler::allows(token, *job.info->security, base::access::kReadControl, spooler::kJobMapping) ? fields : fields & ~kField;
}

// What a registration on the server asked of the server's own fields, as of now.
void add_server_fields(const spooler::ServerObject& server, const NotifyHandle& handle, const NotifyFilter& filter, NotifyWriter& writer) {
    if (handle.queue() || filter.server_fields == 0) return;
    const auto value = server.value("PrintDriverIsolationGroups");
    std::u16string groups = value ? base::utf16_from_le(value->data) : std::u16string();
    while (!groups.empty() && groups.back() == u'\0') groups.pop_back();
    writer.add_isolation_groups(Text(base::to_utf8(groups)));
}

}  // namespace

NotifyHandle::NotifyHandle(spooler::SubscriptionPtr subscription, const NotifyFilter& filter, ReplyContextPtr context,
                           spooler::PrinterQueuePtr queue, std::uint32_t granted, std::shared_ptr<NotifyCount> count)
    : subscription_(std::move(subscription)),
      filter_(filter),
      context_(std::move(context)),
      queue_(std::move(queue)),
      granted_(granted),
      count_(std::move(count)),
      color_(filter.color) {
    ++count_->registrations;
}

NotifyHandle::~NotifyHandle() { --count_->registrations; }

Task<void> NotifyHandle::rundown() {
    end();
    co_return;
}

// [MS-PAR] 3.1.4.9.1 RpcSyncRegisterForRemoteNotifications
Outcome WinspoolService::register_for_remote_notifications(dcerpc::Call& call, const op::RegisterForRemoteNotifications::In& in,
                                                           op::RegisterForRemoteNotifications::Out& out) {
    CO_TRY(const std::shared_ptr<SpoolHandle> owner, call.handle<SpoolHandle>(in.hPrinter));
    spooler::PrinterQueuePtr queue;
    if (const auto printer = std::dynamic_pointer_cast<PrinterHandle>(owner)) {
        CO_TRY_VOID(printer->require(Access::use));
        queue = printer->queue();
    } else if (!std::dynamic_pointer_cast<ServerHandle>(owner)) {
        co_return Error(Win32::invalid_handle, "neither a printer nor the server");
    }
    CO_TRY(const NotifyFilter filter, notify_filter_from(in.pNotifyFilter));
    if (filter.changes == 0 && !filter.has_fields()) co_return Error(Win32::invalid_parameter, "the filter asks for nothing");
    const bool of_server_only = filter.changes == 0 && filter.printer_fields == 0 && filter.job_fields == 0;
    if (queue && of_server_only) co_return Error(Win32::invalid_parameter, "a printer has no server fields");
    const auto count = call.group<NotifyCount>();
    if (count->registrations >= base::limits::kMaxSubscriptionsPerGroup) co_return Error(Win32::not_enough_quota, "too many registrations");
    spooler::EventFilter wanted;
    wanted.printer = queue ? queue->id() : 0;
    wanted.changes = filter.changes;
    if (filter.server_fields != 0) wanted.changes |= spooler::printer_change::kServer;
    wanted.category = filter.category;
    wanted.printer_fields = filter.printer_fields;
    wanted.job_fields = filter.job_fields;
    CO_TRY(spooler::SubscriptionPtr subscription, bus_.subscribe(wanted));
    auto handle = std::make_shared<NotifyHandle>(std::move(subscription), filter, owner->context(), std::move(queue), owner->granted(), count);
    CO_TRY(out.phRpcHandle, call.open_handle(handle));
    owner->add_dependent(handle);
    co_return Result<void>();
}

// [MS-PAR] 3.1.4.9.2 RpcSyncUnRegisterForRemoteNotifications
Outcome WinspoolService::un_register_for_remote_notifications(dcerpc::Call& call, const op::UnRegisterForRemoteNotifications::In& in,
                                                              op::UnRegisterForRemoteNotifications::Out& out) {
    CO_TRY(const std::shared_ptr<NotifyHandle> handle, call.handle<NotifyHandle>(in.phRpcHandle));
    call.close_handle(in.phRpcHandle);
    handle->end();
    out.phRpcHandle = ndr::ContextHandle();
    co_return Result<void>();
}

bool WinspoolService::may_watch(const dcerpc::Call& call, spooler::PrinterId printer) const {
    const spooler::PrinterQueuePtr queue = spooler_.printers().find(printer);
    if (!queue) return false;
    const spooler::PrinterRecordPtr record = queue->record();
    const bool shared = (record->attributes & spooler::printer_attribute::kShared) != 0;
    if (!shared && !spooler::allows(call.token(), *spooler_.server().security(), Access::server_administer, spooler::kServerMapping)) return false;
    return spooler::allows(call.token(), *record->security, Access::use, spooler::kPrinterMapping);
}

void WinspoolService::add_current(const dcerpc::Call& call, const NotifyHandle& handle, const NotifyFilter& filter, NotifyWriter& writer) const {
    spooler::Catalog::List queues;
    if (handle.queue()) {
        queues.push_back(handle.queue());
    } else {
        queues = *spooler_.printers().list();
        std::erase_if(queues, [&](const spooler::PrinterQueuePtr& queue) { return !may_watch(call, queue->id()); });
    }
    for (const spooler::PrinterQueuePtr& queue : queues) {
        const spooler::PrinterView view = queue->view();
        writer.add_printer(view, readable_fields(handle, call.token(), view, filter.printer_fields), *handle.context());
        if (filter.job_fields == 0) continue;
        for (const spooler::JobView& job : queue->jobs()) {
            writer.add_job(job, readable_fields(call.token(), job, filter.job_fields), *handle.context());
        }
    }
}

// [MS-PAR] 3.1.4.9.3 RpcSyncRefreshRemoteNotifications. The filter may name other fields than the registration (section 4.5), and then
// this reply has those; one without any stands for the registration's: "refresh" alone is all that an application can say to its client.
Outcome WinspoolService::refresh_remote_notifications(dcerpc::Call& call, const op::RefreshRemoteNotifications::In& in,
                                                      op::RefreshRemoteNotifications::Out& out) {
    CO_TRY(const std::shared_ptr<NotifyHandle> handle, call.handle<NotifyHandle>(in.hRpcHandle));
    CO_TRY(NotifyFilter filter, notify_filter_from(in.pNotifyFilter));
    const std::uint32_t color = filter.color;
    if (!filter.has_fields()) filter = handle->filter();
    // First forget, then read: a change in between is queued and told again rather than lost.
    handle->subscription().refresh();
    handle->set_color(color);
    NotifyWriter writer(call.arena());
    add_server_fields(spooler_.server(), *handle, filter, writer);
    add_current(call, *handle, filter, writer);
    CO_TRY(out.ppNotifyData, writer.finish(0, color));
    co_return Result<void>();
}

// [MS-PAR] 3.1.4.9.4 RpcAsyncGetRemoteNotifications: stays pending until there is something to tell.
Outcome WinspoolService::get_remote_notifications(dcerpc::Call& call, const op::GetRemoteNotifications::In& in,
                                                  op::GetRemoteNotifications::Out& out) {
    CO_TRY(const std::shared_ptr<NotifyHandle> handle, call.handle<NotifyHandle>(in.hRpcHandle));
    CO_TRY(const spooler::Notification news, co_await next_notification(handle->subscription_ptr(), call.cancel(), kForever));
    NotifyWriter writer(call.arena());
    if (news.discarded) writer.set_discarded();
    // Any change of the server's values may have been one of the field; a client that asked for nothing but the field is not told of more.
    if ((news.changes & spooler::printer_change::kServer) != 0) add_server_fields(spooler_.server(), *handle, handle->filter(), writer);
    const std::uint32_t changes = handle->filter().server_fields == 0 ? news.changes : news.changes & handle->filter().changes;
    for (const spooler::NotifyItem& item : news.items) {
        if (!handle->queue() && !may_watch(call, item.printer)) continue;
        if (item.printer_view) {
            writer.add_printer(*item.printer_view, readable_fields(*handle, call.token(), *item.printer_view, item.fields), *handle->context());
        }
        if (item.job_view) writer.add_job(*item.job_view, readable_fields(call.token(), *item.job_view, item.fields), *handle->context());
    }
    CO_TRY(out.ppNotifyData, writer.finish(changes, handle->color()));
    co_return Result<void>();
}

}  // namespace server
