#include "base/utf.h"
#include "server/winspool/levels/info_buffer.h"
#include "server/winspool/levels/printer_levels.h"
#include "tools/print_client/session.h"

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

}  // namespace print_client
