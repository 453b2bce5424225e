// Per-machine connections in the database: Connection ⇄ table connection.
#pragma once

#include "spooler/store.h"
#include "storage/row_codec.h"

namespace storage {

class ConnectionRows {
 public:
    static Result<ConnectionRows> prepare(Database& database);
    Result<void> put(const spooler::Connection& connection);
    Result<void> remove(std::string_view name);
    static Result<std::vector<spooler::Connection>> load(Database& database);

 private:
    Statement put_, remove_;
};

}  // namespace storage
