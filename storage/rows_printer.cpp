#include "storage/rows_printer.h"

#include "spooler/access.h"

#include <array>

namespace storage {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {
    "id"sv,         "name"sv,     "share_name"sv,       "ports"sv,      "driver_name"sv, "comment"sv,     "location"sv,  "separator_file"sv,
    "processor"sv,  "datatype"sv, "parameters"sv,       "attributes"sv, "priority"sv,    "default_priority"sv, "start_time"sv, "until_time"sv,
    "average_ppm"sv, "devmode"sv, "security"sv,         "object_guid"sv, "change_id"sv,  "paused"sv,      "pending_deletion"sv, "created"sv,
    "set_status"sv};

ByteBuffer guid_bytes(const base::Guid& guid) {
    ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    base::write_guid(writer, guid);
    return bytes;
}

base::Guid read_guid_column(ReadCursor& cursor) {
    const ByteBuffer bytes = cursor.blob();
    if (bytes.size() != 16) {
        cursor.fail();
        return {};
    }
    base::ByteReader reader(bytes);
    return base::read_guid(reader);
}

spooler::PrinterRecord read(ReadCursor& cursor) {
    spooler::PrinterRecord record;
    record.id = cursor.u32();
    record.name = cursor.text();
    if (record.name.empty()) {
        cursor.fail();
        record.name = "damaged-printer-" + std::to_string(record.id);
    }
    record.share_name = cursor.text();
    record.ports = cursor.list();
    record.driver_name = cursor.text();
    record.comment = cursor.text();
    record.location = cursor.text();
    record.separator_file = cursor.text();
    record.processor = cursor.text();
    record.datatype = cursor.text();
    record.parameters = cursor.text();
    record.attributes = cursor.u32();
    record.priority = cursor.u32(spooler::kDefaultPriority);
    record.default_priority = cursor.u32(spooler::kDefaultPriority);
    record.start_time = cursor.u32();
    record.until_time = cursor.u32();
    record.average_ppm = cursor.u32();
    record.devmode = cursor.devmode();
    record.security = cursor.security(&spooler::closed_printer_security);
    record.object_guid = read_guid_column(cursor);
    record.change_id = cursor.u32();
    record.paused = cursor.boolean(true);
    record.pending_deletion = cursor.boolean();
    record.created = cursor.time();
    record.set_status = cursor.u32();
    return record;
}

}  // namespace

Result<PrinterRows> PrinterRows::prepare(Database& database) {
    PrinterRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("printer", kColumns, 1)));
    TRY(rows.remove_, database.prepare("DELETE FROM printer WHERE id=?"));
    TRY(rows.remove_forms_, database.prepare("DELETE FROM form WHERE printer=?"));
    return rows;
}

Result<void> PrinterRows::put(const spooler::PrinterRecord& record) {
    BindCursor cursor(put_);
    cursor.number(record.id).text(record.name).text(record.share_name).text(encode_list(record.ports)).text(record.driver_name);
    cursor.text(record.comment).text(record.location).text(record.separator_file).text(record.processor).text(record.datatype);
    cursor.text(record.parameters).number(record.attributes).number(record.priority).number(record.default_priority);
    cursor.number(record.start_time).number(record.until_time).number(record.average_ppm).devmode(record.devmode);
    cursor.security(record.security).blob(guid_bytes(record.object_guid)).number(record.change_id).number(record.paused ? 1 : 0);
    cursor.number(record.pending_deletion ? 1 : 0).number(record.created.ticks).number(record.set_status);
    return put_.run();
}

Result<void> PrinterRows::remove(spooler::PrinterId id) {
    // Jobs go by their foreign key; forms have none, because printer 0 stands for the server.
    if (id != 0) {
        TRY_VOID(remove_forms_.bind(1, std::int64_t{id}).run());
    }
    return remove_.bind(1, std::int64_t{id}).run();
}

Result<std::vector<spooler::PrinterRecord>> PrinterRows::load(Database& database, SharedValues& shared) {
    std::vector<spooler::PrinterRecord> records;
    TRY(Statement select, database.prepare(select_sql("printer", kColumns)));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return records;
        ReadCursor cursor(select, shared);
        spooler::PrinterRecord record = read(cursor);
        if (cursor.bad() || record.id == 0) {
            const bool usable = record.id != 0;
            shared.damage.add("printer", select.text(0), record.name, usable ? cursor.bad_columns(kColumns) : "id",
                              usable ? "check the printer's settings and permissions and set them again: until then safe values stand in, "
                                       "and lost permissions leave it to administrators"
                                     : "the printer and its jobs are not served: restore the database from a backup");
            if (!usable) continue;
        }
        records.push_back(std::move(record));
    }
}

}  // namespace storage
