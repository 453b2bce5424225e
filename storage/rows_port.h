// Ports in the database: PortConfig ⇄ tables port and port_setting.
#pragma once

#include "spooler/model/port.h"
#include "storage/row_codec.h"

namespace storage {

class PortRows {
 public:
    static Result<PortRows> prepare(Database& database);
    Result<void> put(const spooler::PortConfig& port);
    Result<void> remove(std::string_view name);
    static Result<std::vector<spooler::PortConfig>> load(Database& database);

 private:
    Statement put_, put_setting_, remove_settings_, remove_;
};

}  // namespace storage
