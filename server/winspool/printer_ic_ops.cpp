// Printer information contexts: [MS-RPRN] 3.1.4.2.10 to .12, [MS-PAR] 3.1.4.1.17 to .19. Clients ask which fonts they need not embed
// into their documents. This server has no fonts that could be used in documents, so it names none.
#include "server/winspool/service.h"

#include <cstring>

namespace server {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::uint32_t kFonts = 0;
constexpr std::uint32_t kCountBytes = 4, kFontBytes = 8;  // UNIVERSAL_FONT_ID

}  // namespace

// [MS-RPRN] 3.1.4.2.10 RpcCreatePrinterIC
Outcome WinspoolService::create_printer_ic(dcerpc::Call& call, const op::CreatePrinterIC::In& in, op::CreatePrinterIC::Out& out) {
    CO_TRY(const std::shared_ptr<PrinterHandle> printer, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY_VOID(checked_devmode(in.pDevModeContainer));
    auto context = std::make_shared<InformationHandle>(spooler::QueueUse(printer->queue()));
    CO_TRY(out.pHandle, call.open_handle(std::move(context)));
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.11 RpcPlayGdiScriptOnPrinterIC
Outcome WinspoolService::play_gdi_script_on_printer_ic(dcerpc::Call& call, const op::PlayGdiScriptOnPrinterIC::In& in,
                                                       op::PlayGdiScriptOnPrinterIC::Out& out) {
    CO_TRY_VOID(call.handle<InformationHandle>(in.hPrinterIC));
    const bool count_only = in.cOut == kCountBytes;
    if (in.cOut < kCountBytes || (!count_only && in.cOut < kCountBytes + kFonts * kFontBytes)) {
        co_return Error(Win32::not_enough_memory, "room for " + std::to_string(in.cOut) + " bytes");
    }
    std::memset(out.pOut.data, 0, out.pOut.size);
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.12 RpcDeletePrinterIC
Outcome WinspoolService::delete_printer_ic(dcerpc::Call& call, const op::DeletePrinterIC::In& in, op::DeletePrinterIC::Out& out) {
    CO_TRY_VOID(call.handle<InformationHandle>(in.phPrinterIC));
    call.close_handle(in.phPrinterIC);
    out.phPrinterIC = ndr::ContextHandle();
    co_return Result<void>();
}

}  // namespace server
