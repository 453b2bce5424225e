// Values of printers and of the server: [MS-RPRN] 3.1.4.2.7, .8, .16 to .20, .22, [MS-PAR] 3.1.4.1.6 to .9, .11, .12, .14, .15. Reading is
// never access-checked; the calls without a key mean PrinterDriverData, and the server has no keys: what is given there does not matter.
#include "server/winspool/levels/enum_values.h"
#include "server/winspool/service.h"

#include <cstring>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

// Type and size travel also when the buffer is too small: clients rely on both.
Result<void> reply_value(const spooler::DataValue& value, std::uint32_t& type, ndr::Bytes data, std::uint32_t& needed) {
    type = static_cast<std::uint32_t>(value.type);
    needed = static_cast<std::uint32_t>(value.data.size());
    if (value.data.size() > data.size) return Error(Win32::more_data);
    if (!value.data.empty()) std::memcpy(data.data, value.data.data(), value.data.size());
    return {};
}

Result<spooler::DataValue> sent_value(const ndr::WStr& name, std::uint32_t type, const ndr::Bytes& data) {
    if (data.size > base::limits::kMaxDataValueBytes)
        return Error(Win32::invalid_parameter, "value of " + std::to_string(data.size) + " bytes");
    TRY(std::string text, checked_text(name));
    const auto bytes = data.view();
    return spooler::DataValue{std::move(text), static_cast<spooler::ValueType>(type), base::ByteBuffer(bytes.begin(), bytes.end())};
}

// Windows 8.1 and later let those who may change a printer's defaults write its data, too.
Result<void> require_to_write(const PrinterHandle& handle) {
    if (handle.require(Access::manage_limited)) return {};
    return handle.require(Access::administer);
}

}  // namespace

// --- Reading -------------------------------------------------------------------------------------------------------------

// [MS-RPRN] 3.1.4.2.7 RpcGetPrinterData; [MS-PAR] 3.1.4.1.6
Outcome WinspoolService::get_printer_data(dcerpc::Call& call, const op::GetPrinterData::In& in, op::GetPrinterData::Out& out) {
    CO_TRY(const std::string name, checked_text(in.pValueName));
    if (call.handle<ServerHandle>(in.hPrinter)) {
        CO_TRY(const spooler::DataValue value, spooler_.server().value(name));
        co_return reply_value(value, out.pType, out.pData, out.pcbNeeded);
    }
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY(const spooler::DataEntryPtr entry, handle->queue()->data(spooler::kDriverDataKey, name));
    co_return reply_value(entry->value, out.pType, out.pData, out.pcbNeeded);
}

// [MS-RPRN] 3.1.4.2.19 RpcGetPrinterDataEx; [MS-PAR] 3.1.4.1.7
Outcome WinspoolService::get_printer_data_ex(dcerpc::Call& call, const op::GetPrinterDataEx::In& in, op::GetPrinterDataEx::Out& out) {
    CO_TRY(const std::string name, checked_text(in.pValueName));
    if (call.handle<ServerHandle>(in.hPrinter)) {
        CO_TRY(const spooler::DataValue value, spooler_.server().value(name));
        co_return reply_value(value, out.pType, out.pData, out.pcbNeeded);
    }
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY(const std::string key, checked_text(in.pKeyName));
    CO_TRY(const spooler::DataEntryPtr entry, handle->queue()->data(key, name));
    co_return reply_value(entry->value, out.pType, out.pData, out.pcbNeeded);
}

// [MS-RPRN] 3.1.4.2.16 RpcEnumPrinterData; [MS-PAR] 3.1.4.1.11. Both sizes zero ask for the largest name and the largest data.
Outcome WinspoolService::enum_printer_data(dcerpc::Call& call, const op::EnumPrinterData::In& in, op::EnumPrinterData::Out& out) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    const auto item = handle->queue()->driver_data_at(in.dwIndex);
    const bool sizes_only = in.cbValueName == 0 && in.cbData == 0;
    if (!item && in.dwIndex == 0 && sizes_only) co_return Result<void>();  // no values: both sizes are 0
    if (!item) co_return item.error();
    if (sizes_only) {
        out.pcbValueName = item->extent.largest_name_bytes;
        out.pcbData = item->extent.largest_data_bytes;
        co_return Result<void>();
    }
    const spooler::DataEntry& entry = *item->value;
    out.pcbValueName = entry.name_bytes();
    const bool room = out.pValueName.size > entry.wide_name.size();
    auto replied = reply_value(entry.value, out.pType, out.pData, out.pcbData);
    if (!room) co_return Error(Win32::more_data);
    std::copy(entry.wide_name.begin(), entry.wide_name.end(), out.pValueName.begin());
    out.pValueName[static_cast<std::uint32_t>(entry.wide_name.size())] = u'\0';
    co_return replied;
}

// [MS-RPRN] 3.1.4.2.20 RpcEnumPrinterDataEx; [MS-PAR] 3.1.4.1.12
Outcome WinspoolService::enum_printer_data_ex(dcerpc::Call& call, const op::EnumPrinterDataEx::In& in, op::EnumPrinterDataEx::Out& out) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY(const std::string key, checked_text(in.pKeyName));
    const std::uint32_t room = out.pEnumValues.size;
    const auto fits = [room](const spooler::DataExtent& extent) { return enum_values_size(extent) <= room; };
    CO_TRY(const spooler::PrinterQueue::DataList list, handle->queue()->data_values(key, fits));
    out.pcbEnumValues = static_cast<std::uint32_t>(enum_values_size(list.extent));
    if (!fits(list.extent)) co_return Error(Win32::more_data);
    write_enum_values(list.values, out.pEnumValues.span());
    out.pnEnumValues = static_cast<std::uint32_t>(list.extent.count);
    co_return Result<void>();
}

// --- Writing -------------------------------------------------------------------------------------------------------------

// [MS-RPRN] 3.1.4.2.8 RpcSetPrinterData; [MS-PAR] 3.1.4.1.8
Outcome WinspoolService::set_printer_data(dcerpc::Call& call, const op::SetPrinterData::In& in, op::SetPrinterData::Out& /*out*/) {
    CO_TRY(spooler::DataValue value, sent_value(in.pValueName, in.Type, in.pData));
    co_return co_await set_value(call, in.hPrinter, std::string(spooler::kDriverDataKey), std::move(value));
}

// [MS-RPRN] 3.1.4.2.18 RpcSetPrinterDataEx; [MS-PAR] 3.1.4.1.9
Outcome WinspoolService::set_printer_data_ex(dcerpc::Call& call, const op::SetPrinterDataEx::In& in, op::SetPrinterDataEx::Out& /*out*/) {
    CO_TRY(spooler::DataValue value, sent_value(in.pValueName, in.Type, in.pData));
    std::string key;
    if (!call.handle<ServerHandle>(in.hPrinter)) {
        CO_TRY(key, checked_text(in.pKeyName));
    }
    co_return co_await set_value(call, in.hPrinter, std::move(key), std::move(value));
}

Outcome WinspoolService::set_value(dcerpc::Call& call, const ndr::ContextHandle& handle, std::string key, spooler::DataValue value) {
    const std::string name = value.name;
    if (const auto server = call.handle<ServerHandle>(handle)) {
        CO_TRY_VOID((*server)->require(Access::server_administer));
        CO_TRY_VOID(co_await spooler_.server().set_value(std::move(value)));
        changed(call, "server value set", {{"value", name}});
        co_return Result<void>();
    }
    CO_TRY(const std::shared_ptr<PrinterHandle> printer, call.handle<PrinterHandle>(handle));
    CO_TRY_VOID(require_to_write(*printer));
    const spooler::PrinterQueuePtr queue = printer->queue();
    CO_TRY_VOID(co_await queue->set_data(key, std::move(value)));
    changed(call, "printer data set", {{"printer", queue->record()->name}, {"key", key}, {"value", name}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.17 RpcDeletePrinterData; [MS-PAR] 3.1.4.1.14
Outcome WinspoolService::delete_printer_data(dcerpc::Call& call, const op::DeletePrinterData::In& in, op::DeletePrinterData::Out& /*out*/) {
    CO_TRY(std::string name, checked_text(in.pValueName));
    co_return co_await delete_value(call, in.hPrinter, std::string(spooler::kDriverDataKey), std::move(name));
}

// [MS-RPRN] 3.1.4.2.22 RpcDeletePrinterDataEx; [MS-PAR] 3.1.4.1.15
Outcome WinspoolService::delete_printer_data_ex(dcerpc::Call& call, const op::DeletePrinterDataEx::In& in,
                                                op::DeletePrinterDataEx::Out& /*out*/) {
    CO_TRY(std::string key, checked_text(in.pKeyName));
    CO_TRY(std::string name, checked_text(in.pValueName));
    co_return co_await delete_value(call, in.hPrinter, std::move(key), std::move(name));
}

Outcome WinspoolService::delete_value(dcerpc::Call& call, const ndr::ContextHandle& handle, std::string key, std::string name) {
    CO_TRY(const std::shared_ptr<PrinterHandle> printer, call.handle<PrinterHandle>(handle));
    CO_TRY_VOID(printer->require(Access::administer));
    const spooler::PrinterQueuePtr queue = printer->queue();
    CO_TRY_VOID(co_await queue->remove_data(key, name));
    changed(call, "printer data deleted", {{"printer", queue->record()->name}, {"key", key}, {"value", name}});
    co_return Result<void>();
}

}  // namespace server
