// Keys of printer data: [MS-RPRN] 3.1.4.2.21, .23, [MS-PAR] 3.1.4.1.13, .16.
#include "base/utf.h"
#include "server/winspool/service.h"

#include <algorithm>

namespace server {

using base::Error;
using base::Result;
using base::Win32;

// [MS-RPRN] 3.1.4.2.21 RpcEnumPrinterKey, [MS-PAR] 3.1.4.1.13: the names of the subkeys as one multisz; two NULs when there are none.
Outcome WinspoolService::enum_printer_key(dcerpc::Call& call, const op::EnumPrinterKey::In& in, op::EnumPrinterKey::Out& out) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY(const std::string key, checked_text(in.pKeyName));
    CO_TRY(const std::vector<std::string> names, handle->queue()->data_keys(key));
    std::u16string list;
    for (const std::string& name : names) {
        list += base::to_utf16(name);
        list += u'\0';
    }
    if (names.empty()) list += u'\0';
    list += u'\0';
    out.pcbSubkey = static_cast<std::uint32_t>(list.size() * sizeof(char16_t));
    if (list.size() > out.pSubkey.size) co_return Error(Win32::more_data);
    std::copy(list.begin(), list.end(), out.pSubkey.begin());
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.23 RpcDeletePrinterKey; [MS-PAR] 3.1.4.1.16
Outcome WinspoolService::delete_printer_key(dcerpc::Call& call, const op::DeletePrinterKey::In& in, op::DeletePrinterKey::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY_VOID(handle->require(spooler::Access::administer));
    CO_TRY(const std::string key, checked_text(in.pKeyName));
    const spooler::PrinterQueuePtr queue = handle->queue();
    CO_TRY_VOID(co_await queue->remove_data_key(key));
    changed(call, "printer data key deleted", {{"printer", queue->record()->name}, {"key", key}});
    co_return Result<void>();
}

}  // namespace server
