// Call-back notifications of MS-RPRN: [MS-RPRN] 3.1.4.10.3, .4. They would make the server open connections to a host that the client
// names, with the server's own identity: registration is refused at once and nothing is ever opened. Clients fall back to polling, and
// MS-PAR (notify_ops) needs no call-back.
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;

namespace {

Result<void> refuse(const dcerpc::Call& call, const ndr::ContextHandle& handle, const ndr::WStr& machine) {
    if (!call.handle<PrinterHandle>(handle) && !call.handle<ServerHandle>(handle)) {
        return Error(Win32::invalid_handle, "neither a printer nor the server");
    }
    call.log(base::log::Level::info, "call-back registration refused", {{"machine", utf8(machine)}, {"peer", call.caller().peer_address}});
    return Error(Win32::not_supported, "call-backs are never made");
}

}  // namespace

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
