// Façade of the spooler: owns the catalogues, loads and recovers, starts printing, stops. server/ holds exactly one.
#pragma once

#include "spooler/catalog.h"
#include "spooler/connections.h"
#include "spooler/context.h"
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
    [[nodiscard]] const Processors& processors() const;
    [[nodiscard]] ServerObject& server();
    [[nodiscard]] Connections& connections();
    [[nodiscard]] const base::Clock& clock() const;
    [[nodiscard]] EventSink& events();
    // Applies new limits (reload).
    void set_settings(const SpoolSettings& settings);

    // The queue that holds this job, whichever printer; null when unknown.
    [[nodiscard]] PrinterQueuePtr queue_of(JobId job) const;
    // Removes a port; busy while a printer or a document uses it, unknown_port.
    base::Task<base::Result<void>> remove_port(std::string name);
    // SetPort level 3: an error stops the printing on the port; shown by its printers until it is cleared. invalid_parameter, unknown_port.
    base::Task<base::Result<void>> set_port(std::string name, PortCondition condition);

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
