#include "spooler/forms.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <unordered_map>

namespace spooler {
namespace {

using base::Error;
using base::Result;
using base::Win32;

Form form_of(const BuiltinForm& builtin) {
    Form form;
    form.kind = FormKind::builtin;
    form.name = builtin.name;
    form.cx = form.right = builtin.cx;
    form.cy = form.bottom = builtin.cy;
    return form;
}

const BuiltinForm* find_builtin(std::string_view name) {
    for (const BuiltinForm& form : builtin_forms()) {
        if (base::equal_names(std::string_view(form.name), name)) return &form;
    }
    return nullptr;
}

Result<void> check(const Form& form) {
    if (form.name.empty() || base::to_utf16(form.name).size() >= base::limits::kMaxNameChars) return Error(Win32::invalid_form_name);
    if (form.kind != FormKind::user && form.kind != FormKind::printer) return Error(Win32::invalid_parameter, "form flags");
    // Windows takes a form of kind printer through a server handle, too; every printer lists it then.
    if (form.kind == FormKind::user && form.printer != 0) return Error(Win32::invalid_parameter, "user form of one printer");
    const bool inside = form.left >= 0 && form.top >= 0 && form.left < form.right && form.top < form.bottom && form.right <= form.cx &&
                        form.bottom <= form.cy;
    if (form.cx <= 0 || form.cy <= 0 || !inside) return Error(Win32::invalid_parameter, "form size");
    const bool string_type_known = form.string_type == form_string::kNone || form.string_type == form_string::kMuiDll ||
                                   form.string_type == form_string::kLanguagePair;
    if (!string_type_known) return Error(Win32::invalid_parameter, "StringType");
    return {};
}

Event form_event(std::uint32_t change, std::string name) {
    Event event;
    event.object = EventObject::form;
    event.change = change;
    event.name = std::move(name);
    return event;
}

}  // namespace

void Forms::load(const std::vector<Form>& forms) {
    added_.with([&](std::vector<Entry>& added) {
        for (const Form& form : forms) added.push_back({base::fold_utf8(form.name), form});
    });
}

std::vector<Form> Forms::list(PrinterId printer) const {
    std::vector<Form> result;
    for (const BuiltinForm& builtin : builtin_forms()) result.push_back(form_of(builtin));
    added_.with([&](const std::vector<Entry>& added) {
        for (const Entry& entry : added) {
            if (entry.form.printer == 0 || entry.form.printer == printer) result.push_back(entry.form);
        }
    });
    return result;
}

Result<Form> Forms::find(PrinterId printer, std::string_view name) const {
    if (const BuiltinForm* builtin = find_builtin(name)) return form_of(*builtin);
    const std::string key = base::fold_utf8(name);
    return added_.with([&](const std::vector<Entry>& added) -> Result<Form> {
        for (const Entry& entry : added) {
            if (entry.key == key && (entry.form.printer == 0 || entry.form.printer == printer)) return entry.form;
        }
        return Error(Win32::invalid_form_name, "no such form");
    });
}

base::Task<Result<void>> Forms::add(Form form) {
    if (find_builtin(form.name) != nullptr) co_return Error(Win32::file_exists, "a built-in form has this name");
    CO_TRY_VOID(check(form));
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(form.name);
    auto ticket = added_.with([&](std::vector<Entry>& added) -> Result<Ticket> {
        const bool taken = std::any_of(added.begin(), added.end(), [&](const Entry& entry) {
            return entry.key == key && (entry.form.printer == form.printer || entry.form.printer == 0 || form.printer == 0);
        });
        if (taken) return Error(Win32::file_exists, "form exists");
        if (added.size() >= base::limits::kMaxForms) return Error(Win32::not_enough_quota, "too many forms");
        added.push_back({key, form});
        events_.publish(form_event(printer_change::kAddForm, form.name));
        return store_.enqueue(FormPut{form});
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

base::Task<Result<void>> Forms::set(PrinterId printer, std::string name, Form form) {
    if (find_builtin(name) != nullptr) co_return Error(Win32::invalid_parameter, "built-in forms do not change");
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(name);
    const std::string new_key = base::fold_utf8(form.name);
    if (new_key != key && find_builtin(form.name) != nullptr) co_return Error(Win32::file_exists, "a built-in form has this name");
    auto ticket = added_.with([&](std::vector<Entry>& added) -> Result<Ticket> {
        const auto matches = [&](const Entry& entry) { return entry.key == key && (entry.form.printer == 0 || entry.form.printer == printer); };
        const auto at = std::find_if(added.begin(), added.end(), matches);
        if (at == added.end()) return Error(Win32::invalid_form_name, "no such form");
        form.kind = at->form.kind;                                 // a form keeps its kind and its printer
        form.printer = at->form.printer;
        TRY_VOID(check(form));
        const auto clashes = [&](const Entry& entry) { return &entry != &*at && entry.key == new_key && entry.form.printer == form.printer; };
        if (std::any_of(added.begin(), added.end(), clashes)) return Error(Win32::file_exists, "form exists");
        if (new_key != key) static_cast<void>(store_.enqueue(FormDelete{at->form.printer, at->form.name}));
        *at = Entry{new_key, form};
        events_.publish(form_event(printer_change::kSetForm, form.name));
        return store_.enqueue(FormPut{form});
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

base::Task<Result<void>> Forms::remove(PrinterId printer, std::string name) {
    if (find_builtin(name) != nullptr) co_return Error(Win32::invalid_parameter, "built-in forms stay");
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(name);
    auto ticket = added_.with([&](std::vector<Entry>& added) -> Result<Ticket> {
        const auto matches = [&](const Entry& entry) { return entry.key == key && (entry.form.printer == 0 || entry.form.printer == printer); };
        const auto at = std::find_if(added.begin(), added.end(), matches);
        if (at == added.end()) return Error(Win32::invalid_form_name, "no such form");
        const FormDelete change{at->form.printer, at->form.name};
        events_.publish(form_event(printer_change::kDeleteForm, at->form.name));
        added.erase(at);
        return store_.enqueue(change);
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

void Forms::forget_printer(PrinterId printer) {
    if (printer == 0) return;
    added_.with([&](std::vector<Entry>& added) {
        added.erase(std::remove_if(added.begin(), added.end(), [&](const Entry& entry) { return entry.form.printer == printer; }),
                    added.end());
    });
}

}  // namespace spooler
