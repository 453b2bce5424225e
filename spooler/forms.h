// The forms: a built-in table (never stored, never changed) and forms that users added.
#pragma once

#include "base/guarded.h"
#include "spooler/model/form.h"
#include "spooler/notify/event.h"
#include "spooler/store.h"

#include <optional>
#include <span>

namespace spooler {

// Name and size of the 118 built-in forms; index + 1 is the DMPAPER id.
struct BuiltinForm {
    const char* name;
    std::int32_t cx, cy;
};
[[nodiscard]] std::span<const BuiltinForm> builtin_forms();

// Thread-safe. `printer` 0 means the server: its list has no printer forms.
class Forms {
 public:
    Forms(Store& store, EventSink& events) : store_(store), events_(events) {}
    void load(const std::vector<Form>& forms);                     // before anything else

    // Built-in forms in table order, then the others in order of addition.
    [[nodiscard]] std::vector<Form> list(PrinterId printer) const;
    // invalid_form_name when unknown.
    [[nodiscard]] base::Result<Form> find(PrinterId printer, std::string_view name) const;
    // file_exists when the name is taken whatever its kind; invalid_form_name when empty; invalid_parameter for a bad kind or string
    // type, a size that is not positive, an area that is not inside, and the kind builtin. not_enough_quota beyond limits::kMaxForms.
    base::Task<base::Result<void>> add(Form form);
    // invalid_form_name when unknown; invalid_parameter for a built-in form. The new value may have another name (rename).
    base::Task<base::Result<void>> set(PrinterId printer, std::string name, Form form);
    base::Task<base::Result<void>> remove(PrinterId printer, std::string name);
    // Forgets the forms of a deleted printer (their rows go with the printer).
    void forget_printer(PrinterId printer);

 private:
    struct Entry {
        std::string key;                                           // folded name
        Form form;
    };
    Store& store_;
    EventSink& events_;
    base::Guarded<std::vector<Entry>> added_;
};

}  // namespace spooler
