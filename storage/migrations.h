// Numbered steps of the database's schema, forward only. Used by sqlite_store when it opens a database.
#pragma once

#include "storage/sqlite.h"

#include <span>

namespace storage {

// Step n brings a database from version n - 1 to version n; the list starts with 1.
struct Migration {
    int version;
    const char* sql;
};

// All steps that this program knows.
[[nodiscard]] std::span<const Migration> migrations();

// Brings the database to the newest version, each step in a transaction of its own. Fails without touching anything with
// not_supported when the database is newer than the program and with invalid_data when it is a database of something else.
[[nodiscard]] Result<void> migrate(Database& database, std::span<const Migration> steps = migrations());

}  // namespace storage
