// Where metadata is kept. Memory is the read model; the store is read once, at start. Implemented in storage/.
#pragma once

#include "base/async.h"
#include "spooler/model/driver_package.h"
#include "spooler/model/form.h"
#include "spooler/model/job.h"
#include "spooler/model/port.h"
#include "spooler/model/printer.h"
#include "spooler/model/property.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spooler {

// --- Changes: each is one transaction, and they become durable in the order of enqueue. Keys are the ids or folded names. ---
struct PrinterPut { PrinterRecord record; };
struct PrinterDelete { PrinterId id = 0; };                        // with everything that belongs to the printer
struct JobPut { JobRecord record; };                               // insert or replace
struct JobDelete { JobId id = 0; };
struct FormPut { Form form; };                                     // user and printer forms only; key (printer, name)
struct FormDelete { PrinterId printer = 0; std::string name; };
struct PortPut { PortConfig port; };
struct PortDelete { std::string name; };
// Key (name, environment, version); with the files that came with it, whose key is (environment, version, name).
struct DriverPut { Driver driver; std::vector<DriverFile> files = {}; };
struct DriverDelete { std::string name, environment; std::uint32_t version = 0; std::vector<DriverFile> files = {}; };
struct ServerValuePut { DataValue value; };                        // server printer data that clients may write; also "SecurityDescriptor"
struct CounterPut { std::string name; std::uint64_t value = 0; };  // "job_id", "printer_id": high-water marks

// One value of a printer's data; keys on the way are made. `change_id` is the printer's from now on.
struct PrinterDataPut { PrinterId printer = 0; std::uint32_t change_id = 0; std::string key; DataEntryPtr value; };
// One value; without a name the key with everything below it.
struct PrinterDataDelete { PrinterId printer = 0; std::uint32_t change_id = 0; std::string key; std::optional<std::string> name; };
// A connection to another server's printer that every user of this machine has [MS-RPRN] 3.1.1; key: folded name.
struct Connection {
    std::string name;                                              // "\\\\server\\printer"
    std::string server, provider;
    bool operator==(const Connection&) const = default;
};
struct ConnectionPut { Connection connection; };
struct ConnectionDelete { std::string name; };
struct DriverPackagePut { std::shared_ptr<const DriverPackage> package; };
struct DriverPackageDelete { std::string id; };                    // any case

// Families of later issues are appended at the end.
using Change = std::variant<PrinterPut, PrinterDelete, JobPut, JobDelete, FormPut, FormDelete, PortPut, PortDelete, DriverPut, DriverDelete,
                            ServerValuePut, CounterPut, PrinterDataPut, PrinterDataDelete, ConnectionPut, ConnectionDelete,
                            DriverPackagePut, DriverPackageDelete>;

// A key of a printer's data with its values; `path` from the root, parts separated by backslashes.
struct PrinterKey {
    PrinterId printer = 0;
    std::string path;
    std::vector<DataValue> values;
};

// Everything there is, unordered; but a printer's keys come before the keys below them.
struct Snapshot {
    std::vector<PrinterRecord> printers;
    std::vector<JobRecord> jobs;
    std::vector<Form> forms;
    std::vector<PortConfig> ports;
    std::vector<Driver> drivers;
    std::vector<DriverFile> driver_files;
    std::vector<DataValue> server_values;
    std::vector<PrinterKey> printer_keys;
    std::map<std::string, std::uint64_t> counters;
    std::vector<Connection> connections;
    std::vector<DriverPackage> packages;
    std::vector<std::string> unreadable_packages;                  // not in `packages`, but their rows and files stay on disk
    std::vector<JobId> unreadable_jobs;                            // not in `jobs`, but their rows and documents stay on disk
};

// Place of a change in the order of changes; 0 = nothing to wait for.
using Ticket = std::uint64_t;

class Store {
 public:
    virtual ~Store() = default;
    // Blocking; called once, before anything else. A row with values that are not legal there does not fail it: safe ones stand in (never
    // more rights than before), or the row is left out when it cannot be told apart from others; the log says which.
    virtual base::Result<Snapshot> load() = 0;
    // Never blocks, never fails, callable inside Guarded::with. While the store refuses changes (see accepting) the change still
    // keeps its place in the order and is retried; its ticket fails.
    virtual Ticket enqueue(Change change) = 0;
    // Completes when the change of `ticket` and all before it are on stable storage, or could not be written (disk_full, write_fault).
    virtual base::Task<base::Result<void>> durable(Ticket ticket) = 0;
    // Asked before a change is made. disk_full or write_fault while earlier changes could not be committed (architecture §12, rule 6),
    // busy while more than limits::kMaxQueuedChanges wait. Never blocks.
    [[nodiscard]] virtual base::Result<void> accepting() const = 0;
    // Everything enqueued so far; used by stop().
    virtual base::Task<base::Result<void>> flush() = 0;
};

}  // namespace spooler
