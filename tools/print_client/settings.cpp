#include "base/utf.h"
#include "server/winspool/levels/info_buffer.h"
#include "server/winspool/levels/printer_levels.h"
#include "tools/print_client/session.h"

#include <algorithm>

namespace print_client {
namespace {

namespace op = wire::winspool;

std::uint32_t number(const std::vector<server::InfoValue>& row, std::string_view name) {
    for (const auto& value : row) {
        if (value.name == name) return static_cast<std::uint32_t>(value.number);
    }
    return 0;
}

ndr::WStr text(ndr::Arena& arena, const std::vector<server::InfoValue>& row, std::string_view name) {
    for (const auto& value : row) {
        if (value.name == name && value.present) return arena.copy(base::to_utf16(value.text));
    }
    return {};
}

}  // namespace

Task<Result<void>> Session::set_comment(ContextHandle handle, std::string comment) {
    CO_TRY(const Info info, co_await get_printer(handle, 2));
    CO_TRY(const auto row, server::read_row(server::kPrinterLevels[2], info.bytes, 0, 1));
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::SetPrinter::In in;
    op::SetPrinter::Out out;
    auto* wanted = arena.alloc<op::PRINTER_INFO_2>();
    wanted->pPrinterName = text(arena, row, "PrinterName");
    wanted->pShareName = text(arena, row, "ShareName");
    wanted->pPortName = text(arena, row, "PortName");
    wanted->pDriverName = text(arena, row, "DriverName");
    wanted->pLocation = text(arena, row, "Location");
    wanted->pSepFile = text(arena, row, "SepFile");
    wanted->pPrintProcessor = text(arena, row, "PrintProcessor");
    wanted->pDatatype = text(arena, row, "Datatype");
    wanted->pParameters = text(arena, row, "Parameters");
    wanted->pComment = arena.copy(base::to_utf16(comment));
    wanted->Attributes = number(row, "Attributes");
    wanted->Priority = number(row, "Priority");
    wanted->DefaultPriority = number(row, "DefaultPriority");
    wanted->StartTime = number(row, "StartTime");
    wanted->UntilTime = number(row, "UntilTime");
    in.hPrinter = handle;
    in.pPrinterContainer.set_pPrinterInfo2(wanted);
    CO_TRY_VOID(co_await client.set_printer(in, out));
    co_return check_result(out.result, "SetPrinter");
}

Task<Result<void>> Session::set_data(ContextHandle handle, std::string key, std::string name, std::string text) {
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::SetPrinterDataEx::In in;
    op::SetPrinterDataEx::Out out;
    base::ByteBuffer data;
    base::append_utf16_le(data, base::to_utf16(text) + u'\0');
    in.hPrinter = handle;
    in.pKeyName = arena.copy(base::to_utf16(key));
    in.pValueName = arena.copy(base::to_utf16(name));
    in.Type = 1;  // REG_SZ
    in.pData = arena.copy(base::ByteView(data));
    in.cbData = in.pData.size;
    CO_TRY_VOID(co_await client.set_printer_data_ex(in, out));
    co_return check_result(out.result, "SetPrinterDataEx");
}

Task<Result<std::string>> Session::get_data(ContextHandle handle, std::string key, std::string name) {
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::GetPrinterDataEx::In in;
    op::GetPrinterDataEx::Out out;
    in.hPrinter = handle;
    in.pKeyName = arena.copy(base::to_utf16(key));
    in.pValueName = arena.copy(base::to_utf16(name));
    in.nSize = 4096;
    CO_TRY_VOID(co_await client.get_printer_data_ex(in, out));
    CO_TRY_VOID(check_result(out.result, "GetPrinterDataEx"));
    const base::ByteView data = out.pData.view().first(std::min(out.pcbNeeded, out.pData.size));
    std::u16string text = base::utf16_from_le(data);
    while (!text.empty() && text.back() == u'\0') text.pop_back();
    co_return base::to_utf8(text);
}

}  // namespace print_client
