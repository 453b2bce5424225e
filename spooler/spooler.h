// Façade of the spooler: owns the catalogues, loads and recovers, starts printing, stops. server/ holds exactly one.
#pragma once

#include "base/user_budget.h"
#include "spooler/catalog.h"
#include "spooler/connections.h"
#include "spooler/context.h"
#include "spooler/driver_install.h"
#include "spooler/driver_packages.h"
#include "spooler/drivers.h"
#include "spooler/forms.h"
#include "spooler/port_catalog.h"
#include "spooler/printer_data.h"
#include "spooler/processors.h"
#include "spooler/queue.h"
#include "spooler/server_object.h"

#include <optional>

namespace spooler {

class Spooler {
 public:
    Spooler(Dependencies dependencies, SpoolSettings settings, ServerSettings server);
    ~Spooler();
    Spooler(const Spooler&) = delete;
    Spooler& operator=(const Spooler&) = delete;

    // Loads the store, recovers (architecture §12: `printing` goes back to `spooled` and is marked restarted, `spooling` is deleted,
    // rows without files become failed jobs, files without rows are removed) and begins to print. `in_box` are the declared drivers.
    base::Task<base::Result<void>> start(std::vector<Driver> in_box = {});
    // No new documents, running ones get `settings.stop_timeout_ms`, then they are interrupted and print again after the next start;
    // flushes the store. Completes within the bound plus the time of one flush.
    base::Task<void> stop();

    [[nodiscard]] Catalog& printers();
    [[nodiscard]] PortCatalog& ports();
    [[nodiscard]] Forms& forms();
    [[nodiscard]] Drivers& drivers();
    [[nodiscard]] DriverPackages& packages();
    [[nodiscard]] const Processors& processors() const;
    [[nodiscard]] ServerObject& server();
    [[nodiscard]] Connections& connections();
    [[nodiscard]] const base::Clock& clock() const;
    [[nodiscard]] EventSink& events();
    // Grows with every change of printers, their queues and the server object; never 0. What was read after a look at it still holds as long
    // as it has not grown.
    [[nodiscard]] std::uint64_t version() const;
    // For the DEVMODEs that handles keep; those of jobs count by themselves. limits::kMaxJobMetadataBytesPerUser.
    [[nodiscard]] base::UserBudget& metadata();
    // Applies new limits (reload).
    void set_settings(const SpoolSettings& settings);

    // The queue that holds this job, whichever printer; null when unknown.
    [[nodiscard]] PrinterQueuePtr queue_of(JobId job) const;
    // Removes a port; busy while a printer or a document uses it, unknown_port.
    base::Task<base::Result<void>> remove_port(std::string name);
    // FlushPrinter: `data`, to the device behind the port, as a document of its own; then nobody gets the port for `rest`. Bytes that the
    // device has: all, or less when `data` exceeds limits::kMaxWriteBytes. unknown_port; busy while a document holds the port or SetPort
    // stopped it; errors of the device. `data` must stay valid until completion.
    base::Task<base::Result<std::uint32_t>> flush_port(std::string name, base::ByteView data, std::chrono::milliseconds rest);
    // SetPort level 3: an error stops the printing on the port; shown by its printers until it is cleared. invalid_parameter, unknown_port.
    base::Task<base::Result<void>> set_port(std::string name, PortCondition condition);

    // Adds a driver or replaces the one with its name, environment and version, with the files that come with it; durable and in the share
    // when it returns. Of the driver's files only names are kept; a file that it names without bringing it stays as it is installed, or
    // missing. Goes on when the caller is cancelled. invalid_parameter (names, lists), printer_driver_blocked,
    // printer_driver_already_installed (the strict copy rules), not_enough_quota, what DriverFiles::store says, not_supported.
    base::Task<base::Result<void>> install_driver(Driver driver, std::vector<DriverFileSource> files, DriverCopy copy);
    // Removes drivers; durable when it returns. unknown_printer_driver; printer_driver_in_use by a printer, or by another driver when all
    // files shall go; access_denied for a driver that the configuration declares.
    base::Task<base::Result<void>> remove_driver(DriverRemoval removal);
    // The directory that a share print$ exports; empty when no driver can be installed.
    [[nodiscard]] std::string driver_share() const;

    struct Totals {
        std::uint64_t printers = 0, jobs = 0, spooled_bytes = 0;
    };
    [[nodiscard]] Totals totals() const;

    // Everything due by the clock: retries, opening time windows. The daemon's timer calls it; tests call it after moving the clock.
    void tick();

 private:
    std::shared_ptr<SpoolerCore> core_;
};

}  // namespace spooler
