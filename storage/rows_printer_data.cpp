#include "storage/rows_printer_data.h"

#include "base/utf.h"
#include "spooler/printer_data.h"

namespace storage {

namespace {

// Without a name when the row cannot be one of ours.
spooler::DataValue read_value(const Statement& select) {
    spooler::DataValue value;
    const std::int64_t type = select.integer(4);
    if (type < 0 || type > std::numeric_limits<std::uint32_t>::max()) return value;
    value.name = select.text(3);
    value.type = static_cast<spooler::ValueType>(static_cast<std::uint32_t>(type));
    value.data = select.blob(5);
    return value;
}

}  // namespace

Result<PrinterDataRows> PrinterDataRows::prepare(Database& database) {
    PrinterDataRows rows;
    TRY(rows.put_key_, database.prepare("INSERT INTO printer_key(printer,path_key,path) VALUES(?,?,?) ON CONFLICT DO NOTHING"));
    // The spelling of a name is that of its first use.
    TRY(rows.put_value_, database.prepare("INSERT INTO printer_value(printer,path_key,name_key,name,type,data) VALUES(?,?,?,?,?,?) "
                                          "ON CONFLICT DO UPDATE SET type=excluded.type,data=excluded.data"));
    TRY(rows.remove_value_, database.prepare("DELETE FROM printer_value WHERE printer=? AND path_key=? AND name_key=?"));
    // "a\…" are the paths from "a\" up to, but without, "a]".
    TRY(rows.remove_keys_,
        database.prepare("DELETE FROM printer_key WHERE printer=?1 AND (path_key=?2 OR (path_key>?2||'\\' AND path_key<?2||']'))"));
    TRY(rows.change_id_, database.prepare("UPDATE printer SET change_id=?2 WHERE id=?1"));
    return rows;
}

Result<void> PrinterDataRows::set_change_id(spooler::PrinterId printer, std::uint32_t change_id) {
    return change_id_.bind(1, std::int64_t{printer}).bind(2, std::int64_t{change_id}).run();
}

Result<void> PrinterDataRows::put(const spooler::PrinterDataPut& change) {
    const spooler::DataValue& value = change.value->value;
    for (std::size_t end = change.key.find('\\');; end = change.key.find('\\', end + 1)) {
        const std::string path = change.key.substr(0, end);
        TRY_VOID(put_key_.bind(1, std::int64_t{change.printer}).bind(2, base::fold_utf8(path)).bind(3, path).run());
        if (end == std::string::npos) break;
    }
    put_value_.bind(1, std::int64_t{change.printer}).bind(2, base::fold_utf8(change.key)).bind(3, change.value->key).bind(4, value.name);
    put_value_.bind(5, static_cast<std::int64_t>(value.type)).bind(6, ByteView(value.data));
    TRY_VOID(put_value_.run());
    return set_change_id(change.printer, change.change_id);
}

Result<void> PrinterDataRows::remove(const spooler::PrinterDataDelete& change) {
    const std::string key = base::fold_utf8(change.key);
    if (change.name) {
        TRY_VOID(remove_value_.bind(1, std::int64_t{change.printer}).bind(2, key).bind(3, base::fold_utf8(*change.name)).run());
    } else {
        TRY_VOID(remove_keys_.bind(1, std::int64_t{change.printer}).bind(2, key).run());
    }
    return set_change_id(change.printer, change.change_id);
}

Result<std::vector<spooler::PrinterKey>> PrinterDataRows::load(Database& database, SharedValues& shared) {
    std::vector<spooler::PrinterKey> keys;
    TRY(Statement select,
        database.prepare("SELECT k.printer,k.path_key,k.path,v.name,v.type,v.data FROM printer_key k LEFT JOIN printer_value v "
                         "ON v.printer=k.printer AND v.path_key=k.path_key ORDER BY k.printer,k.path_key,v.name_key"));
    std::string current;
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return keys;
        const auto printer = static_cast<spooler::PrinterId>(select.integer(0));
        std::string path_key = select.text(1);
        const auto parsed = spooler::parse_key_path(path_key);
        if (!parsed || parsed->parts.empty()) {
            shared.damage.add("printer_key", std::to_string(printer) + " " + path_key, select.text(2), "path", "the key is not served");
            continue;
        }
        if (keys.empty() || keys.back().printer != printer || path_key != current) {
            keys.push_back({printer, select.text(2), {}});
            current = std::move(path_key);
        }
        if (select.is_null(3)) continue;
        spooler::DataValue value = read_value(select);
        if (value.name.empty() || !spooler::check_data_value(value)) {
            shared.damage.add("printer_value", std::to_string(printer) + " " + current, value.name, "name, type or data",
                              "the value is not served: set it again");
            continue;
        }
        keys.back().values.push_back(std::move(value));
    }
}

}  // namespace storage
