// Forms: [MS-RPRN] 3.1.4.5, [MS-PAR] 3.1.4.6. Enumerating is never access-checked; changes need SERVER_ACCESS_ADMINISTER whatever the
// kind of the handle.
#include "base/guid.h"
#include "server/winspool/containers.h"
#include "server/winspool/levels/form_levels.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

// Whose forms a handle means: a printer's, or the server's (0).
Result<spooler::PrinterId> form_owner(const dcerpc::Call& call, const ndr::ContextHandle& handle) {
    if (call.handle<ServerHandle>(handle)) return spooler::PrinterId{0};
    TRY(const std::shared_ptr<PrinterHandle> printer, call.handle<PrinterHandle>(handle));
    return printer->queue()->id();
}

// A form of level 2 without keyword gets one of its own [MS-RPRN] 2.2.1.6.2.
void complete_keyword(spooler::Form& form, std::uint32_t level) {
    if (level == 2 && form.keyword.empty()) form.keyword = base::to_braced_upper(base::random_guid());
}

// What level 1 does not have stays as it was, and so does a keyword that is not given.
void keep_unnamed(spooler::Form& form, const spooler::Form& now, std::uint32_t level) {
    if (form.keyword.empty()) form.keyword = now.keyword;
    if (level != 1) return;
    form.string_type = now.string_type;
    form.mui_dll = now.mui_dll;
    form.resource_id = now.resource_id;
    form.display_name = now.display_name;
    form.language_id = now.language_id;
}

}  // namespace

Outcome WinspoolService::add_form(dcerpc::Call& call, const op::AddForm::In& in, op::AddForm::Out& /*out*/) {
    CO_TRY(const spooler::PrinterId owner, form_owner(call, in.hPrinter));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    CO_TRY(spooler::Form form, form_from(in.pFormInfoContainer));
    if (form.kind == spooler::FormKind::printer) form.printer = owner;
    complete_keyword(form, in.pFormInfoContainer.Level);
    const std::string name = form.name;
    // A taken name counts more than flags that could not be added either.
    if (spooler_.forms().find(owner, name)) co_return Error(Win32::file_exists, name);
    CO_TRY_VOID(co_await spooler_.forms().add(std::move(form)));
    changed(call, "form added", {{"form", name}});
    co_return Result<void>();
}

Outcome WinspoolService::delete_form(dcerpc::Call& call, const op::DeleteForm::In& in, op::DeleteForm::Out& /*out*/) {
    CO_TRY(const spooler::PrinterId owner, form_owner(call, in.hPrinter));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pFormName);
    CO_TRY_VOID(co_await spooler_.forms().remove(owner, name));
    changed(call, "form deleted", {{"form", name}});
    co_return Result<void>();
}

Outcome WinspoolService::set_form(dcerpc::Call& call, const op::SetForm::In& in, op::SetForm::Out& /*out*/) {
    CO_TRY(const spooler::PrinterId owner, form_owner(call, in.hPrinter));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pFormName);
    CO_TRY(const spooler::Form now, spooler_.forms().find(owner, name));
    CO_TRY(spooler::Form form, form_from(in.pFormInfoContainer));
    if (form.kind == spooler::FormKind::printer) form.printer = owner;
    keep_unnamed(form, now, in.pFormInfoContainer.Level);
    complete_keyword(form, in.pFormInfoContainer.Level);
    CO_TRY_VOID(co_await spooler_.forms().set(owner, name, std::move(form)));
    changed(call, "form changed", {{"form", name}});
    co_return Result<void>();
}

Outcome WinspoolService::get_form(dcerpc::Call& call, const op::GetForm::In& in, op::GetForm::Out& out) {
    const InfoReply reply = info_reply(out.pForm, in.cbBuf, out);
    CO_TRY(const spooler::PrinterId owner, form_owner(call, in.hPrinter));
    CO_TRY(const auto* level, find_level(kFormLevels, in.Level));
    const std::string name = utf8(in.pFormName);
    Rows<FormRow> rows;
    CO_TRY(FormRow form, spooler_.forms().find(owner, name));
    rows.rows.push_back(std::move(form));
    co_return answer(call, std::to_string(owner) + "\n" + name, *level, std::move(rows), reply);
}

Outcome WinspoolService::enum_forms(dcerpc::Call& call, const op::EnumForms::In& in, op::EnumForms::Out& out) {
    const InfoReply reply = info_reply(out.pForm, in.cbBuf, out);
    CO_TRY(const spooler::PrinterId owner, form_owner(call, in.hPrinter));
    CO_TRY(const auto* level, find_level(kFormLevels, in.Level));
    Rows<FormRow> rows;
    rows.rows = spooler_.forms().list(owner);
    co_return answer(call, std::to_string(owner), *level, std::move(rows), reply);
}

}  // namespace server
