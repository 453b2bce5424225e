// SetPrinter, AddPrinter, DeletePrinter: [MS-RPRN] 3.1.4.2.3, .4, .5, .15, [MS-PAR] 3.1.4.1.2 to .4.
#include "server/winspool/containers.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

// Level 7 answers an update of an unpublished printer with this HRESULT in place of a Win32 code (conformance tests assert it).
constexpr auto kNotPublished = static_cast<Win32>(0x80070002U);

constexpr std::uint32_t kCommandPause = 1, kCommandResume = 2, kLastCommand = 3;   // PRINTER_CONTROL_*, the last one is PURGE

// Levels without an arm of the union fault before they get here. [MS-RPRN] 3.1.4.2.5 allows levels 0 and 2 to 7 and knows invalid_level
// only; Windows takes 8, too, and tells a command beside data apart.
Result<void> check_set_level(std::uint32_t level, std::uint32_t command) {
    if (command > kLastCommand || (command != 0 && level > 0)) return Error(Win32::invalid_printer_command);
    if (level == 9) return Error(Win32::not_supported, "level 9 is local to clients");
    if (level == 1 || level > 9) return Error(Win32::invalid_level);
    return {};
}

Result<spooler::PublishAction> publish_action(const op::PRINTER_INFO_7& info) {
    switch (info.dwAction) {
        case 1: return spooler::PublishAction::publish;
        case 2: return spooler::PublishAction::update;
        case 4: return spooler::PublishAction::unpublish;
        case 8: return spooler::PublishAction::republish;
        default: return Error(Win32::invalid_parameter, "no such publishing action");
    }
}

bool has_data(const op::PRINTER_CONTAINER& container) {
    return container.pPrinterInfoStress() || container.pPrinterInfo1() || container.pPrinterInfo2() || container.pPrinterInfo3() ||
           container.pPrinterInfo4() || container.pPrinterInfo5() || container.pPrinterInfo6() || container.pPrinterInfo7() ||
           container.pPrinterInfo8() || container.pPrinterInfo9();
}

}  // namespace

// [MS-RPRN] 3.1.4.2.5 RpcSetPrinter; [MS-PAR] 3.1.4.1.4
Outcome WinspoolService::set_printer(dcerpc::Call& call, const op::SetPrinter::In& in, op::SetPrinter::Out& /*out*/) {
    CO_TRY_VOID(check_set_level(in.pPrinterContainer.Level, in.Command));
    if (const auto server = call.handle<ServerHandle>(in.hPrinter)) {
        co_return co_await set_server_security(call, *server, in);
    }
    SetRequest request;
    CO_TRY(request.handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY_VOID(request.handle->require(Access::administer));
    const spooler::PrinterQueuePtr queue = request.handle->queue();
    const std::uint32_t level = in.pPrinterContainer.Level;
    if (level == 0) co_return co_await control_printer(call, request.handle, in);
    if (level == 7) co_return co_await publish_printer(call, request.handle, in);
    if (!has_data(in.pPrinterContainer)) co_return Error(Win32::invalid_parameter, "no printer information");
    request.in = &in;
    CO_TRY(request.devmode, checked_devmode(in.pDevModeContainer));
    CO_TRY(request.security, checked_security(in.pSecurityContainer));
    CO_TRY(spooler::PrinterChange change, printer_change(request));
    CO_TRY_VOID(co_await spooler_.printers().change(queue, std::move(change)));
    changed(call, "printer changed", {{"printer", queue->record()->name}, {"level", level}});
    co_return Result<void>();
}

// Level 0: a command, or nothing at all.
Outcome WinspoolService::control_printer(dcerpc::Call& call, std::shared_ptr<PrinterHandle> handle, const op::SetPrinter::In& in) {
    // Without a command it is accepted and without effect, as long as there is a structure.
    if (in.Command == 0 && in.pPrinterContainer.pPrinterInfoStress() == nullptr) co_return Error(Win32::invalid_parameter);
    if (in.Command == 0) co_return Result<void>();
    const spooler::PrinterQueuePtr queue = handle->queue();
    changed(call, "printer controlled", {{"printer", queue->record()->name}, {"command", in.Command}});
    if (in.Command == kCommandPause) co_return co_await queue->pause();
    if (in.Command == kCommandResume) co_return co_await queue->resume();
    co_return co_await queue->purge();
}

// Level 7.
Outcome WinspoolService::publish_printer(dcerpc::Call& call, std::shared_ptr<PrinterHandle> handle, const op::SetPrinter::In& in) {
    const op::PRINTER_INFO_7* info = in.pPrinterContainer.pPrinterInfo7();
    if (info == nullptr) co_return Error(Win32::invalid_parameter, "no publishing information");
    CO_TRY(const spooler::PublishAction action, publish_action(*info));
    const spooler::PrinterQueuePtr queue = handle->queue();
    auto done = co_await queue->publish(action);
    if (!done && done.error().code() == Win32::file_not_found) co_return Error(kNotPublished, "not published");
    if (done) changed(call, "printer publishing changed", {{"printer", queue->record()->name}, {"action", info->dwAction}});
    co_return done;
}

// Of a server handle only the descriptor of level 3 counts.
Outcome WinspoolService::set_server_security(dcerpc::Call& call, std::shared_ptr<ServerHandle> handle, const op::SetPrinter::In& in) {
    if (in.pPrinterContainer.Level != 3) co_return Error(Win32::invalid_level, "a server handle has level 3 only");
    CO_TRY_VOID(handle->require(Access::server_administer));
    CO_TRY(const std::optional<base::ParsedDescriptor> change, checked_security(in.pSecurityContainer));
    if (!change) co_return Error(Win32::invalid_parameter, "no security descriptor");
    CO_TRY_VOID(handle->require(spooler::rights_to_set(*change)));
    const spooler::SecurityPtr merged = spooler::merge_security(*spooler_.server().security(), *change);
    CO_TRY_VOID(co_await spooler_.server().set_security(merged));
    changed(call, "server security changed", {});
    co_return Result<void>();
}

Result<spooler::PrinterChange> WinspoolService::printer_change(const SetRequest& request) const {
    const op::PRINTER_CONTAINER& container = request.in->pPrinterContainer;
    const spooler::ServerNames& names = spooler_.server().names();
    spooler::PrinterChange change;
    switch (container.Level) {
        case 2: {
            TRY(change, change_from(*container.pPrinterInfo2(), names));
            if (request.devmode) change.devmode = request.devmode;
            break;
        }
        case 3:
            if (!request.security) return Error(Win32::invalid_parameter, "no security descriptor");
            break;
        case 4: {
            TRY(change, change_from(*container.pPrinterInfo4(), names));
            break;
        }
        case 5: {
            TRY(change, change_from(*container.pPrinterInfo5(), names));
            break;
        }
        case 6: change.status = container.pPrinterInfo6()->dwStatus; break;
        case 8:
            if (request.devmode) change.devmode = request.devmode;
            break;
        default: return Error(Win32::invalid_level);
    }
    if (request.security && (container.Level == 2 || container.Level == 3)) {
        TRY_VOID(request.handle->require(spooler::rights_to_set(*request.security)));
        change.security = spooler::merge_security(*request.handle->queue()->record()->security, *request.security);
    }
    return change;
}

// [MS-RPRN] 3.1.4.2.15 RpcAddPrinterEx; [MS-PAR] 3.1.4.1.2
Outcome WinspoolService::add_printer(dcerpc::Call& call, const op::AddPrinter::In& in, op::AddPrinter::Out& out) {
    AddRequest request;
    // Unlike OpenPrinterEx, Windows takes an AddPrinterEx without client information (T).
    if (in.pClientInfo.pClientInfo1() != nullptr) {
        CO_TRY(request.machine, checked_client_info(in.pClientInfo, minimum_build(call)));
    }
    request.server = in.pName;
    request.printer = &in.pPrinterContainer;
    request.devmode = &in.pDevModeContainer;
    request.security = &in.pSecurityContainer;
    co_return co_await add_printer_object(call, std::move(request), out.pHandle);
}

// [MS-RPRN] 3.1.4.2.3 RpcAddPrinter
Outcome WinspoolService::add_printer_legacy(dcerpc::Call& call, const op::AddPrinterLegacy::In& in, op::AddPrinterLegacy::Out& out) {
    AddRequest request;
    request.server = in.pName;
    request.printer = &in.pPrinterContainer;
    request.devmode = &in.pDevModeContainer;
    request.security = &in.pSecurityContainer;
    co_return co_await add_printer_object(call, std::move(request), out.pHandle);
}

Outcome WinspoolService::add_printer_object(dcerpc::Call& call, AddRequest request, ndr::ContextHandle& handle) {
    const std::uint32_t level = request.printer->Level;
    if (level != 1 && level != 2) co_return Error(Win32::invalid_level);
    CO_TRY(const ReplyContextPtr context, server_context(request.server));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    if (level == 1) {
        const op::PRINTER_INFO_1* info = request.printer->pPrinterInfo1();
        if (info == nullptr) co_return Error(Win32::invalid_parameter, "no printer information");
        PlainPrinterRow row;
        row.flags = kPrinterEnumIcon8;
        CO_TRY(row.name, checked_text(info->pName, base::limits::kMaxPrinterNameChars, Win32::invalid_printer_name));
        CO_TRY(row.description, checked_text(info->pDescription, base::limits::kMaxCommentChars));
        CO_TRY(row.comment, checked_text(info->pComment, base::limits::kMaxCommentChars));
        if (row.name.empty()) co_return Error(Win32::invalid_printer_name, "known printer without name");
        const bool shared = (info->Flags & spooler::printer_attribute::kShared) != 0;
        if (!shared) known_printers_.withdraw(row.name);
        if (shared) {
            CO_TRY_VOID(known_printers_.announce(std::move(row)));
        }
        // Always this code, also when it worked: that is how the announcing server knows that it was heard.
        co_return Error(Win32::printer_already_exists, "known printer noted");
    }
    CO_TRY(spooler::NewPrinter printer, new_printer(call, request));
    CO_TRY(const spooler::PrinterQueuePtr queue, co_await spooler_.printers().add(std::move(printer)));
    const std::string machine = "\\\\" + (request.machine.empty() ? call.caller().peer_address : request.machine);
    auto object = std::make_shared<PrinterHandle>(context, Access::printer_all, machine, spooler::QueueUse(queue));
    CO_TRY(handle, call.open_handle(std::move(object)));
    changed(call, "printer added", {{"printer", queue->record()->name}});
    co_return Result<void>();
}

Result<spooler::NewPrinter> WinspoolService::new_printer(const dcerpc::Call& call, const AddRequest& request) const {
    const op::PRINTER_INFO_2* info = request.printer->pPrinterInfo2();
    if (info == nullptr) return Error(Win32::invalid_parameter, "no printer information");
    TRY(spooler::NewPrinter printer, new_printer_from(*info, spooler_.server().names()));
    TRY(printer.devmode, checked_devmode(*request.devmode));
    TRY(const std::optional<base::ParsedDescriptor> security, checked_security(*request.security));
    printer.added_by = call.token().user_sid;
    if (security) printer.security = spooler::merge_security(*spooler::default_printer_security(printer.added_by), *security);
    return printer;
}

// [MS-RPRN] 3.1.4.2.4 RpcDeletePrinter; [MS-PAR] 3.1.4.1.3
Outcome WinspoolService::delete_printer(dcerpc::Call& call, const op::DeletePrinter::In& in, op::DeletePrinter::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    CO_TRY_VOID(handle->require(base::access::kDelete));
    const spooler::PrinterQueuePtr queue = handle->queue();
    const spooler::PrinterRecordPtr record = queue->record();
    if (!spooler::allows(call.token(), *record->security, Access::administer, spooler::kPrinterMapping)) {
        co_return Error(Win32::access_denied, "no right to administer the printer any more");
    }
    CO_TRY_VOID(co_await spooler_.printers().remove(queue));
    changed(call, "printer deleted", {{"printer", record->name}});
    co_return Result<void>();
}

}  // namespace server
