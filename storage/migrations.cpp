#include "storage/migrations.h"

#include "base/log.h"
#include "spooler/failpoint.h"

#include <array>

namespace storage {

namespace {

// PRAGMA application_id of our databases: "WSPD".
constexpr std::int64_t kApplicationId = 0x57535044;

constexpr const char* kFirstSchema =
#include "storage/schema.sql"
    ;

// Named properties of a job, encoded as spooler/model/job_property.h says; NULL = none.
constexpr const char* kJobProperties = "ALTER TABLE job ADD COLUMN properties BLOB";

constexpr const char* kPrinterData =
#include "storage/schema_printer_data.sql"
    ;

// What SetPort says of a port, and the per-machine connections.
constexpr const char* kPortStatusAndConnections =
    "ALTER TABLE port ADD COLUMN status INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE port ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE port ADD COLUMN status_text TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE connection (name_key TEXT PRIMARY KEY, name TEXT NOT NULL, server TEXT NOT NULL, provider TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

// The files that the drivers of one environment and version share. Contents are kept by their SHA-256 outside the database.
constexpr const char* kDriverFiles =
    "CREATE TABLE driver_file (environment_key TEXT NOT NULL, version INTEGER NOT NULL, name_key TEXT NOT NULL, environment TEXT NOT NULL,"
    " name TEXT NOT NULL, content TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL, generation INTEGER NOT NULL,"
    " PRIMARY KEY (environment_key, version, name_key)) STRICT, WITHOUT ROWID;";

// Driver packages. Drivers, core drivers and files are lists of named fields, see storage/rows_package.
constexpr const char* kDriverPackages =
    "CREATE TABLE driver_package (id_key TEXT PRIMARY KEY, id TEXT NOT NULL, inf_name TEXT NOT NULL, provider TEXT NOT NULL,"
    " class_guid TEXT NOT NULL, catalog_file TEXT NOT NULL, date INTEGER NOT NULL, version INTEGER NOT NULL, signature INTEGER NOT NULL,"
    " signer TEXT NOT NULL, signature_detail TEXT NOT NULL, drivers TEXT NOT NULL, core_drivers TEXT NOT NULL, files TEXT NOT NULL,"
    " notes TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

// What SetPrinter level 6 says of a printer and SetJob of a job: kept like every other setting.
constexpr const char* kShownStatus =
    "ALTER TABLE printer ADD COLUMN set_status INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE job ADD COLUMN shown_status INTEGER NOT NULL DEFAULT 0;";

// Append only: a step that has been released never changes.
constexpr std::array kMigrations = {Migration{1, kFirstSchema}, Migration{2, kJobProperties}, Migration{3, kPrinterData},
                                    Migration{4, kPortStatusAndConnections}, Migration{5, kDriverFiles}, Migration{6, kDriverPackages},
                                    Migration{7, kShownStatus}};

Result<void> check_ours(Database& database) {
    TRY(const std::int64_t application, database.query_integer("PRAGMA application_id"));
    if (application == kApplicationId) return {};
    TRY(const std::int64_t objects, database.query_integer("SELECT count(*) FROM sqlite_master"));
    TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
    if (application != 0 || objects != 0 || version != 0) return Error(base::Win32::invalid_data, "the database belongs to another program");
    return {};
}

Result<void> run_step(Database& database, const Migration& step) {
    TRY(Transaction transaction, Transaction::begin(database));
    TRY_VOID(database.execute(step.sql));
    TRY_VOID(database.execute("PRAGMA application_id=" + std::to_string(kApplicationId)));
    TRY_VOID(database.execute("PRAGMA user_version=" + std::to_string(step.version)));
    WSP_FAILPOINT("store.migrate.before");
    TRY_VOID(transaction.commit());
    WSP_FAILPOINT("store.migrate.after");
    return {};
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Database& database, std::span<const Migration> steps) {
    TRY_VOID(check_ours(database));
    TRY(const std::int64_t version, database.query_integer("PRAGMA user_version"));
    const std::int64_t newest = steps.empty() ? 0 : steps.back().version;
    if (version > newest) {
        return Error(base::Win32::not_supported, "the database has schema version " + std::to_string(version) +
                                                     ", this program knows versions up to " + std::to_string(newest) +
                                                     ": start the newer program, or restore a backup made with this one");
    }
    for (const Migration& step : steps) {
        if (step.version <= version) continue;
        TRY_VOID(run_step(database, step));
        if (version != 0) base::log::info("database schema upgraded", {{"version", std::int64_t{step.version}}});
    }
    return {};
}

}  // namespace storage
