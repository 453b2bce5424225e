#include "spooler/spooler.h"

#include "base/log.h"
#include "base/utf.h"
#include "spooler/core.h"
#include "spooler/queue_impl.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

constexpr auto kLongestTimerWait = std::chrono::seconds(60);       // the wall clock may be set meanwhile

struct Recovered {
    std::vector<JobRecord> jobs;
    std::vector<Change> changes;                                   // what recovery must tell the database
    std::size_t restarted = 0, failed = 0, deleted = 0;
};

// Architecture §12, rules 3 and 4. `documents` are the files that exist.
Recovered recover(std::vector<JobRecord> jobs, const std::vector<StoredDocument>& documents, const std::unordered_set<PrinterId>& printers) {
    std::unordered_map<JobId, std::uint64_t> sizes;
    for (const StoredDocument& document : documents) sizes.emplace(document.id, document.size);
    Recovered result;
    for (JobRecord& job : jobs) {
        const bool orphan = is_spooling(job.state) || job.state == JobState::deleted || printers.count(job.printer) == 0 || !job.info;
        if (orphan) {
            result.changes.push_back(JobDelete{job.id});
            ++result.deleted;
            continue;
        }
        const auto file = sizes.find(job.id);
        if (file == sizes.end() || file->second != job.size) {
            if (job.state != JobState::failed) {
                job.state = JobState::failed;
                job.status_text = "The document's data was lost";
                result.changes.push_back(JobPut{job});
                ++result.failed;
            }
        } else if (job.state == JobState::printing) {
            job.state = JobState::spooled;
            job.restarted = true;
            result.changes.push_back(JobPut{job});
            ++result.restarted;
        }
        result.jobs.push_back(std::move(job));
    }
    return result;
}

std::vector<JobId> live_ids(const std::vector<JobRecord>& jobs) {
    std::vector<JobId> ids;
    ids.reserve(jobs.size());
    for (const JobRecord& job : jobs) {
        if (is_stored(job.state)) ids.push_back(job.id);
    }
    return ids;
}

std::uint64_t next_job_id(const Snapshot& snapshot) {
    std::uint64_t next = 1;
    const auto counter = snapshot.counters.find("job_id");
    if (counter != snapshot.counters.end()) return counter->second;
    for (const JobRecord& job : snapshot.jobs) next = std::max<std::uint64_t>(next, std::uint64_t{job.id} + 1);
    return next;
}

// Does what is due, at its time.
Task<void> run_timers(std::shared_ptr<SpoolerCore> core) {
    while (!core->stopping.load()) {
        core->timers.changed().reset();
        const auto now = core->deps.clock.steady_now();
        for (const Timers::Action& action : core->timers.take_due(now)) action();
        std::chrono::steady_clock::duration wait = kLongestTimerWait;
        if (const auto next = core->timers.next()) wait = std::min(wait, std::max(*next - now, std::chrono::steady_clock::duration(0)));
        co_await core->timers.changed().wait_for(wait + std::chrono::milliseconds(1));
    }
}

// What is installed comes into the share again; files whose content is gone are named, and any replacement will do for them.
void load_drivers(SpoolerCore& core, std::vector<Driver> drivers, std::vector<DriverFile> files, std::vector<Driver> in_box) {
    if (core.deps.drivers != nullptr) {
        const auto lost = core.deps.drivers->sweep(files);
        // Printing does not need driver files: the server starts without them.
        if (!lost) base::log::error("the driver store could not be checked", {{"reason", lost.error().to_string()}});
        for (const DriverFile& gone : lost ? *lost : std::vector<DriverFile>()) {
            base::log::error("a driver file is lost: add the drivers that use it again",
                             {{"file", gone.name}, {"environment", gone.environment}, {"version", gone.version}});
            for (DriverFile& file : files) {
                if (file == gone) file = DriverFile{gone.environment, gone.version, gone.name, {}, 0, {}, gone.generation};
            }
        }
    }
    core.drivers.load(std::move(drivers));
    core.drivers.load(std::move(in_box));
    core.drivers.load_files(std::move(files));
}

void load_jobs(SpoolerCore& core, std::vector<JobRecord> jobs) {
    std::unordered_map<PrinterId, std::vector<JobRecord>> by_printer;
    for (JobRecord& job : jobs) by_printer[job.printer].push_back(std::move(job));
    for (auto& [printer, records] : by_printer) {
        const PrinterQueuePtr queue = core.catalog->find(printer);
        for (const JobRecord& record : records) core.jobs.adopt(record.id, queue);
        queue->impl().restore(std::move(records));
    }
}

void load_data(SpoolerCore& core, std::vector<PrinterKey> keys) {
    for (PrinterKey& key : keys) {
        if (const PrinterQueuePtr queue = core.catalog->find(key.printer)) queue->impl().restore_data(std::move(key));
    }
}

}  // namespace

Spooler::Spooler(Dependencies dependencies, SpoolSettings settings, ServerSettings server)
    : core_(std::make_shared<SpoolerCore>(std::move(dependencies), settings, std::move(server))) {
    core_->catalog = std::make_unique<Catalog>(core_);
}

Spooler::~Spooler() {
    core_->stopping.store(true);
    core_->timers.changed().set();
    core_->catalog->clear();
}

Task<Result<void>> Spooler::start(std::vector<Driver> in_box) {
    const std::shared_ptr<SpoolerCore> core = core_;
    CO_TRY(Snapshot snapshot, core->deps.store.load());
    std::vector<JobId> live = live_ids(snapshot.jobs);
    live.insert(live.end(), snapshot.unreadable_jobs.begin(), snapshot.unreadable_jobs.end());
    CO_TRY(const std::vector<StoredDocument> documents, core->deps.files.sweep(live));

    core->ports.load(std::move(snapshot.ports));
    core->forms.load(snapshot.forms);
    load_drivers(*core, std::move(snapshot.drivers), std::move(snapshot.driver_files), std::move(in_box));
    core->server.load(snapshot.server_values);
    core->connections.load(std::move(snapshot.connections));
    core->packages.load(std::move(snapshot.packages), std::move(snapshot.unreadable_packages));
    Ticket ticket = core->jobs.start(next_job_id(snapshot));
    const auto printer_counter = snapshot.counters.find("printer_id");
    if (printer_counter != snapshot.counters.end()) core->catalog->start_ids(static_cast<PrinterId>(printer_counter->second));
    std::unordered_set<PrinterId> printers;
    for (PrinterRecord& record : snapshot.printers) {
        printers.insert(record.id);
        if (!record.security) record.security = default_printer_security(std::nullopt);
        record.attributes |= printer_attribute::kLocal;
        static_cast<void>(core->catalog->load(std::move(record)));
    }
    load_data(*core, std::move(snapshot.printer_keys));
    Recovered recovered = recover(std::move(snapshot.jobs), documents, printers);
    for (Change& change : recovered.changes) ticket = core->deps.store.enqueue(std::move(change));
    const std::size_t jobs = recovered.jobs.size();
    load_jobs(*core, std::move(recovered.jobs));
    CO_TRY_VOID(co_await core->deps.store.durable(ticket));
    base::log::info("spooler loaded", {{"printers", static_cast<std::uint64_t>(printers.size())},
                                       {"jobs", static_cast<std::uint64_t>(jobs)},
                                       {"restarted", static_cast<std::uint64_t>(recovered.restarted)},
                                       {"failed", static_cast<std::uint64_t>(recovered.failed)},
                                       {"deleted", static_cast<std::uint64_t>(recovered.deleted)}});
    base::spawn(core->deps.executor, "spooler timers", &run_timers, core);
    for (const PrinterQueuePtr& queue : core->catalog->all()) {
        queue->impl().retire_if_done();
        queue->impl().look_at_ports();
    }
    co_return Result<void>();
}

Task<void> Spooler::stop() {
    const std::shared_ptr<SpoolerCore> core = core_;
    core->stopping.store(true);
    core->timers.changed().set();
    const auto patience = std::chrono::milliseconds(core->settings().stop_timeout_ms);
    const bool idle = co_await core->deliveries.wait_idle(patience);
    if (!idle) {
        for (const PrinterQueuePtr& queue : core->catalog->all()) queue->impl().interrupt_all(Delivery::Stop::shutdown);
        const bool interrupted = co_await core->deliveries.wait_idle(std::chrono::seconds(2));
        if (!interrupted) {
            base::log::warning("documents did not stop in time", {{"count", static_cast<std::uint64_t>(core->deliveries.value())}});
        }
    }
    const bool cleaned = co_await core->background.wait_idle(std::chrono::seconds(2));
    if (!cleaned) base::log::info("clean-up goes on at the next start");
    auto flushed = co_await core->deps.store.flush();
    if (!flushed) base::log::error("not everything could be stored", {{"error", flushed.error().to_string()}});
}

Catalog& Spooler::printers() { return *core_->catalog; }
PortCatalog& Spooler::ports() { return core_->ports; }
Forms& Spooler::forms() { return core_->forms; }
Drivers& Spooler::drivers() { return core_->drivers; }
DriverPackages& Spooler::packages() { return core_->packages; }
const Processors& Spooler::processors() const { return core_->processors; }
ServerObject& Spooler::server() { return core_->server; }
Connections& Spooler::connections() { return core_->connections; }
const base::Clock& Spooler::clock() const { return core_->deps.clock; }
EventSink& Spooler::events() { return core_->deps.events; }
std::uint64_t Spooler::version() const { return core_->version.load(); }
base::UserBudget& Spooler::metadata() { return *core_->metadata; }

void Spooler::set_settings(const SpoolSettings& settings) {
    core_->settings_state.with([&](SpoolSettings& current) { current = settings; });
}

PrinterQueuePtr Spooler::queue_of(JobId job) const { return core_->jobs.find(job); }

Task<Result<void>> Spooler::remove_port(std::string name) {
    const std::shared_ptr<SpoolerCore> core = core_;
    if (!core->ports.contains(name)) co_return Error(Win32::unknown_port, name);
    // With the table of printers locked out from here until the port is gone; the wait for the disk comes after.
    auto removal = [&] {
        const std::scoped_lock lock(core->port_use);
        return core->catalog->uses_port(name) || core->locks.held(name) ? Result<Ticket>(Error(Win32::busy, "the port is in use"))
                                                                       : core->ports.take_away(name);
    }();
    if (!removal) co_return std::move(removal).error();
    co_return co_await core->deps.store.durable(*removal);
}

Task<Result<void>> Spooler::set_port(std::string name, PortCondition condition) {
    const std::shared_ptr<SpoolerCore> core = core_;
    CO_TRY_VOID(co_await core->ports.tell(name, std::move(condition)));
    for (const PrinterQueuePtr& queue : core->catalog->all()) {
        const PrinterRecordPtr record = queue->record();
        const auto is_it = [&](const std::string& port) { return base::equal_names(std::string_view(port), std::string_view(name)); };
        if (std::any_of(record->ports.begin(), record->ports.end(), is_it)) queue->impl().look_at_ports();
    }
    co_return Result<void>();
}

std::string Spooler::driver_share() const { return core_->deps.drivers == nullptr ? std::string() : core_->deps.drivers->share(); }

Spooler::Totals Spooler::totals() const {
    return Totals{core_->catalog->size(), core_->jobs.size(), core_->space.used()};
}

void Spooler::tick() {
    for (const Timers::Action& action : core_->timers.take_due(core_->deps.clock.steady_now())) action();
}

}  // namespace spooler
