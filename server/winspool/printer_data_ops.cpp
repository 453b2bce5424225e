// GetPrinterData, GetPrinterDataEx: [MS-RPRN] 3.1.4.2.7, .19, [MS-PAR] 3.1.4.1.6, .7. Never access-checked. The other operations on
// printer data answer from the generated base for now.
#include "server/winspool/service.h"

#include <cstring>

namespace server {

using base::Error;
using base::Result;
using base::Win32;

// Type and size travel also when the buffer is too small: clients rely on both.
Result<void> WinspoolService::reply_value(const Result<spooler::DataValue>& value, std::uint32_t& type, ndr::Bytes data, std::uint32_t& needed) {
    if (!value) return value.error();
    type = static_cast<std::uint32_t>(value->type);
    needed = static_cast<std::uint32_t>(value->data.size());
    if (value->data.size() > data.size) return Error(Win32::more_data);
    if (!value->data.empty()) std::memcpy(data.data, value->data.data(), value->data.size());
    return {};
}

// [MS-RPRN] 3.1.4.2.7 RpcGetPrinterData; [MS-PAR] 3.1.4.1.6
Outcome WinspoolService::get_printer_data(dcerpc::Call& call, const op::GetPrinterData::In& in, op::GetPrinterData::Out& out) {
    CO_TRY(const std::string name, checked_text(in.pValueName));
    if (call.handle<ServerHandle>(in.hPrinter)) {
        co_return reply_value(spooler_.server().value(name), out.pType, out.pData, out.pcbNeeded);
    }
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    const spooler::PrinterView view = handle->queue()->view();
    co_return reply_value(spooler::printer_value(view, {}, name), out.pType, out.pData, out.pcbNeeded);
}

// [MS-RPRN] 3.1.4.2.19 RpcGetPrinterDataEx; [MS-PAR] 3.1.4.1.7
Outcome WinspoolService::get_printer_data_ex(dcerpc::Call& call, const op::GetPrinterDataEx::In& in, op::GetPrinterDataEx::Out& out) {
    CO_TRY(const std::string name, checked_text(in.pValueName));
    // The server has no keys: whatever is given there does not matter.
    if (call.handle<ServerHandle>(in.hPrinter)) {
        co_return reply_value(spooler_.server().value(name), out.pType, out.pData, out.pcbNeeded);
    }
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY(const std::string key, checked_text(in.pKeyName));
    if (key.empty()) co_return Error(Win32::invalid_parameter, "empty key");
    const spooler::PrinterView view = handle->queue()->view();
    co_return reply_value(spooler::printer_value(view, key, name), out.pType, out.pData, out.pcbNeeded);
}

}  // namespace server
