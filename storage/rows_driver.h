// Drivers in the database: Driver ⇄ table driver, DriverFile ⇄ table driver_file. The replacement counters of DRIVER_INFO_5 count since start and are not kept.
#pragma once

#include "spooler/model/driver.h"
#include "storage/row_codec.h"

namespace storage {

class DriverRows {
 public:
    static Result<DriverRows> prepare(Database& database);
    Result<void> put(const spooler::Driver& driver);
    Result<void> remove(std::string_view name, std::string_view environment, std::uint32_t version);
    Result<void> put_files(const std::vector<spooler::DriverFile>& files);
    Result<void> remove_files(const std::vector<spooler::DriverFile>& files);
    static Result<std::vector<spooler::Driver>> load(Database& database, SharedValues& shared);
    static Result<std::vector<spooler::DriverFile>> load_files(Database& database, SharedValues& shared);

 private:
    Statement put_, remove_, put_file_, remove_file_;
};

}  // namespace storage
