// Driver packages in the database: DriverPackage ⇄ table driver_package. One row per package; drivers, core drivers and files are lists of
// named fields in it, so that a later version may add fields without another migration.
#pragma once

#include "spooler/model/driver_package.h"
#include "storage/row_codec.h"

namespace storage {

class PackageRows {
 public:
    static Result<PackageRows> prepare(Database& database);
    Result<void> put(const spooler::DriverPackage& package);
    Result<void> remove(std::string_view id);
    // Ids of rows that cannot be read go into `unreadable`.
    static Result<std::vector<spooler::DriverPackage>> load(Database& database, SharedValues& shared, std::vector<std::string>& unreadable);

 private:
    Statement put_, remove_;
};

}  // namespace storage
