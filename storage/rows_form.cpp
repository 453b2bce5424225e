#include "storage/rows_form.h"

#include "base/utf.h"

#include <array>

namespace storage {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {"printer"sv,  "name_key"sv,   "name"sv,        "kind"sv,    "cx"sv,          "cy"sv,      "area_left"sv,   "area_top"sv,
                                 "area_right"sv, "area_bottom"sv, "keyword"sv, "string_type"sv, "mui_dll"sv, "resource_id"sv, "display_name"sv,
                                 "language_id"sv};

spooler::Form read(ReadCursor& cursor) {
    spooler::Form form;
    form.printer = cursor.u32();
    (void)cursor.text();                                           // name_key
    form.name = cursor.text();
    form.kind = static_cast<spooler::FormKind>(cursor.number<std::uint32_t>(static_cast<std::int64_t>(spooler::FormKind::printer)));
    form.cx = cursor.number<std::int32_t>();
    form.cy = cursor.number<std::int32_t>();
    form.left = cursor.number<std::int32_t>();
    form.top = cursor.number<std::int32_t>();
    form.right = cursor.number<std::int32_t>();
    form.bottom = cursor.number<std::int32_t>();
    form.keyword = cursor.text();
    form.string_type = cursor.u32();
    form.mui_dll = cursor.text();
    form.resource_id = cursor.u32();
    form.display_name = cursor.text();
    form.language_id = cursor.number<std::uint16_t>();
    return form;
}

}  // namespace

Result<FormRows> FormRows::prepare(Database& database) {
    FormRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("form", kColumns, 2)));
    TRY(rows.remove_, database.prepare("DELETE FROM form WHERE printer=? AND name_key=?"));
    return rows;
}

Result<void> FormRows::put(const spooler::Form& form) {
    BindCursor cursor(put_);
    cursor.number(form.printer).text(base::fold_utf8(form.name)).text(form.name).number(static_cast<std::uint64_t>(form.kind));
    cursor.integer(form.cx).integer(form.cy).integer(form.left).integer(form.top).integer(form.right).integer(form.bottom);
    cursor.text(form.keyword).number(form.string_type).text(form.mui_dll).number(form.resource_id).text(form.display_name);
    cursor.number(form.language_id);
    return put_.run();
}

Result<void> FormRows::remove(spooler::PrinterId printer, std::string_view name) {
    return remove_.bind(1, std::int64_t{printer}).bind(2, base::fold_utf8(name)).run();
}

Result<std::vector<spooler::Form>> FormRows::load(Database& database, SharedValues& shared) {
    std::vector<spooler::Form> forms;
    TRY(Statement select, database.prepare(select_sql("form", kColumns)));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return forms;
        ReadCursor cursor(select, shared);
        spooler::Form form = read(cursor);
        if (cursor.bad()) {
            shared.damage.add("form", form.name, form.name, cursor.bad_columns(kColumns), "the form is not served: add it again");
            continue;
        }
        forms.push_back(std::move(form));
    }
}

}  // namespace storage
