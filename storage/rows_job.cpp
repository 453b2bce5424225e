#include "storage/rows_job.h"

#include "spooler/access.h"
#include "spooler/model/printer.h"

#include <array>

namespace storage {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {"id"sv,          "printer"sv,    "state"sv,      "sort_order"sv,  "size"sv,       "total_pages"sv, "next_job"sv,
                                 "paused"sv,      "held"sv,       "retained"sv,   "restarted"sv,   "status_text"sv, "document"sv,   "user_name"sv,
                                 "machine_name"sv, "notify_name"sv, "datatype"sv, "processor"sv,   "parameters"sv, "driver_name"sv, "devmode"sv,
                                 "security"sv,    "owner"sv,      "priority"sv,   "start_time"sv,  "until_time"sv, "submitted"sv, "properties"sv,
                                 "shown_status"sv};

// `deleted` is never stored.
constexpr std::int64_t kLastState = static_cast<std::int64_t>(spooler::JobState::failed);
constexpr std::int64_t kOrderBound = std::int64_t{1} << 62U;       // successors of an order must exist

spooler::JobRecord read(ReadCursor& cursor) {
    spooler::JobRecord record;
    record.id = cursor.number<std::uint32_t>(spooler::kMaxJobId);
    record.printer = cursor.u32();
    record.state = static_cast<spooler::JobState>(cursor.number<std::uint8_t>(kLastState, static_cast<std::uint8_t>(kLastState)));
    record.order = cursor.integer();
    if (record.order > kOrderBound || record.order < -kOrderBound) {
        cursor.fail();
        record.order = 0;
    }
    record.size = cursor.u64();
    if (record.size >> 63U != 0) {
        cursor.fail();
        record.size = 0;
    }
    record.total_pages = cursor.u32();
    record.next_job = cursor.number<std::uint32_t>(spooler::kMaxJobId);
    record.paused = cursor.boolean(true);
    record.held = cursor.boolean();
    record.retained = cursor.boolean();
    record.restarted = cursor.boolean();
    record.status_text = cursor.text();
    auto info = std::make_shared<spooler::JobInfo>();
    info->document = cursor.text();
    info->user_name = cursor.text();
    info->machine_name = cursor.text();
    info->notify_name = cursor.text();
    info->datatype = cursor.text();
    info->processor = cursor.text();
    info->parameters = cursor.text();
    info->driver_name = cursor.text();
    info->devmode = cursor.devmode();
    info->security = cursor.security(&spooler::closed_job_security);
    info->owner = cursor.sid();
    info->priority = cursor.u32(spooler::kDefaultPriority);
    info->start_time = cursor.u32();
    info->until_time = cursor.u32();
    info->submitted = cursor.time();
    record.info = std::move(info);
    Result<spooler::JobPropertiesPtr> properties = spooler::decode_properties(cursor.blob());
    if (properties) {
        record.properties = std::move(*properties);
    } else {
        cursor.fail();
    }
    record.shown_status = cursor.u32() & spooler::job_status::kSettable;
    return record;
}

}  // namespace

Result<JobRows> JobRows::prepare(Database& database) {
    JobRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("job", kColumns, 1)));
    TRY(rows.remove_, database.prepare("DELETE FROM job WHERE id=?"));
    return rows;
}

Result<void> JobRows::put(const spooler::JobRecord& record) {
    if (!record.info) return Error(base::Win32::invalid_parameter, "job " + std::to_string(record.id) + " without details");
    const spooler::JobInfo& info = *record.info;
    BindCursor cursor(put_);
    cursor.number(record.id).number(record.printer).number(static_cast<std::uint64_t>(record.state)).integer(record.order);
    cursor.number(record.size).number(record.total_pages).number(record.next_job).number(record.paused ? 1 : 0);
    cursor.number(record.held ? 1 : 0).number(record.retained ? 1 : 0).number(record.restarted ? 1 : 0).text(record.status_text);
    cursor.text(info.document).text(info.user_name).text(info.machine_name).text(info.notify_name).text(info.datatype);
    cursor.text(info.processor).text(info.parameters).text(info.driver_name).devmode(info.devmode).security(info.security);
    cursor.sid(info.owner).number(info.priority).number(info.start_time).number(info.until_time).number(info.submitted.ticks);
    if (record.properties) {
        cursor.blob(spooler::encode_properties(*record.properties));
    } else {
        cursor.null();
    }
    cursor.number(record.shown_status);
    return put_.run();
}

Result<void> JobRows::remove(spooler::JobId id) { return remove_.bind(1, std::int64_t{id}).run(); }

Result<std::vector<spooler::JobRecord>> JobRows::load(Database& database, SharedValues& shared, std::vector<spooler::JobId>& unreadable) {
    std::vector<spooler::JobRecord> records;
    TRY(const std::int64_t count, database.query_integer("SELECT count(*) FROM job"));
    records.reserve(static_cast<std::size_t>(count));
    TRY(Statement select, database.prepare(select_sql("job", kColumns)));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return records;
        ReadCursor cursor(select, shared);
        spooler::JobRecord record = read(cursor);
        if (cursor.bad() || record.id == 0 || record.printer == 0) {
            const bool usable = record.id != 0 && record.printer != 0;
            const std::string name = "job " + select.text(0) + " of printer " + select.text(1) + ": " + record.info->document;
            shared.damage.add("job", select.text(0), name, usable ? cursor.bad_columns(kColumns) : "id or printer",
                              usable ? "check the job and restart or delete it: safe values stand in, and lost permissions leave it to administrators"
                                     : "the job is not served, its document is kept: restore the database from a backup");
            if (!usable) {
                if (record.id != 0) unreadable.push_back(record.id);
                continue;
            }
        }
        records.push_back(std::move(record));
    }
}

}  // namespace storage
