// What the configuration declares and the database does not have yet: ports and printers are created once, afterwards the database
// rules. Used by app.
#pragma once

#include "base/async.h"
#include "server/config.h"

#include <vector>

namespace spooler {
class Spooler;
struct Driver;
}

namespace server {

// The declared in-box drivers, one per environment.
[[nodiscard]] std::vector<spooler::Driver> declared_drivers(const Config& config);
// Creates what is missing. A seed that the spooler refuses stops the start: the error names it. Values only: runs as a spawned task.
base::Task<base::Result<void>> seed(spooler::Spooler& spooler, std::vector<PortSeed> ports, std::vector<PrinterSeed> printers);

}  // namespace server
