// The list of per-machine connections [MS-RPRN] 3.1.1: printers of other servers that every user of this machine gets. Only kept and
// listed: nothing ever connects to them.
#pragma once

#include "base/guarded.h"
#include "spooler/store.h"

#include <map>

namespace spooler {

// Thread-safe.
class Connections {
 public:
    explicit Connections(Store& store) : store_(store) {}
    void load(std::vector<Connection> connections);  // before anything else

    [[nodiscard]] std::vector<Connection> list() const;  // by name
    // printer_already_exists; not_enough_quota beyond limits::kMaxMachineConnections. The name's form is the caller's question.
    base::Task<base::Result<void>> add(Connection connection);
    base::Task<base::Result<void>> remove(std::string name);  // invalid_printer_name when there is none

 private:
    Store& store_;
    base::Guarded<std::map<std::string, Connection>> connections_;  // by folded name
};

}  // namespace spooler
