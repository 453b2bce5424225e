#include "server/seeding.h"

#include "base/async_event.h"
#include "base/guarded.h"
#include "base/log.h"
#include "spooler/spooler.h"

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace server {
namespace {

spooler::PortConfig port_from(const PortSeed& seed) {
    spooler::PortConfig port;
    port.name = seed.name;
    port.monitor = seed.monitor;
    port.description = seed.description;
    if (seed.monitor == "Standard TCP/IP Port") {
        port.settings["host"] = seed.host;
        port.settings["port_number"] = std::to_string(seed.port_number);
        port.settings["connect_timeout_ms"] = std::to_string(seed.connect_timeout_ms);
        port.settings["idle_timeout_ms"] = std::to_string(seed.idle_timeout_ms);
        port.settings["total_timeout_ms"] = std::to_string(seed.total_timeout_ms);
        port.settings["linger_timeout_ms"] = std::to_string(seed.linger_timeout_ms);
    }
    if (!seed.directory.empty()) port.settings["directory"] = seed.directory;
    return port;
}

spooler::NewPrinter printer_from(PrinterSeed seed) {
    namespace attribute = spooler::printer_attribute;
    spooler::NewPrinter printer;
    printer.name = std::move(seed.name);
    printer.share_name = std::move(seed.share_name);
    printer.ports = spooler::split_ports(seed.port);
    printer.driver_name = std::move(seed.driver);
    printer.comment = std::move(seed.comment);
    printer.location = std::move(seed.location);
    printer.processor = std::move(seed.processor);
    printer.datatype = std::move(seed.datatype);
    printer.priority = seed.priority;
    printer.start_time = seed.start_time_minutes;
    printer.until_time = seed.until_time_minutes;
    if (seed.shared) printer.attributes |= attribute::kShared;
    if (seed.after_last_page) printer.attributes |= attribute::kQueued;
    if (seed.keep_printed_jobs) printer.attributes |= attribute::kKeepPrintedJobs;
    if (seed.complete_first) printer.attributes |= attribute::kDoCompleteFirst;
    if (seed.raw_only) printer.attributes |= attribute::kRawOnly;
    if (seed.security) printer.security = std::make_shared<const base::SecurityDescriptor>(std::move(*seed.security));
    return printer;
}

base::Error about(const char* kind, const std::string& name, const base::Error& error) {
    return {error.code(), std::string(kind) + " \"" + name + "\" of the configuration: " + error.to_string()};
}

// Each addition waits for the disk; so many at once share its commits.
constexpr std::size_t kAtOnce = 64;

struct Progress {
    std::size_t next = 0, working = 0;
    std::optional<base::Error> failed;
};

struct Seeding {
    Seeding(spooler::Spooler& owner, std::vector<PortSeed> port_seeds, std::vector<PrinterSeed> printer_seeds)
        : spooler(owner), ports(std::move(port_seeds)), printers(std::move(printer_seeds)) {}
    spooler::Spooler& spooler;
    std::vector<PortSeed> ports;
    std::vector<PrinterSeed> printers;
    base::Guarded<Progress> progress;
    base::AsyncEvent done;
};
using SeedingPtr = std::shared_ptr<Seeding>;
using Step = base::Task<base::Result<void>> (*)(SeedingPtr, std::size_t);

base::Task<base::Result<void>> add_port(SeedingPtr seeding, std::size_t index) {
    const PortSeed& wanted = seeding->ports[index];
    if (seeding->spooler.ports().contains(wanted.name)) co_return base::Result<void>();
    auto added = co_await seeding->spooler.ports().add(port_from(wanted));
    if (!added) co_return about("port", wanted.name, added.error());
    co_return base::Result<void>();
}

base::Task<base::Result<void>> add_printer(SeedingPtr seeding, std::size_t index) {
    PrinterSeed& wanted = seeding->printers[index];
    if (seeding->spooler.printers().find(wanted.name)) co_return base::Result<void>();
    const std::string name = wanted.name;
    auto added = co_await seeding->spooler.printers().add(printer_from(std::move(wanted)));
    // A share name that an administrator gave to another queue since is no reason to refuse service.
    if (!added && added.error().code() == base::Win32::printer_already_exists) {
        base::log::warning("printer of the configuration not created: its name or share name is taken", {{"printer", name}});
        co_return base::Result<void>();
    }
    if (!added) co_return about("printer", name, added.error());
    co_return base::Result<void>();
}

// The last of these that ends, however it ends, tells.
class Worker {
 public:
    explicit Worker(SeedingPtr seeding) : seeding_(std::move(seeding)) {}
    Worker(Worker&& other) = default;
    Worker& operator=(Worker&&) = delete;
    ~Worker() {
        if (seeding_ && seeding_->progress.with([](Progress& now) { return --now.working; }) == 0) seeding_->done.set();
    }
    [[nodiscard]] const SeedingPtr& seeding() const { return seeding_; }

 private:
    SeedingPtr seeding_;
};

base::Task<void> work(Worker worker, Step step, std::size_t count) {
    for (;;) {
        const std::size_t index = worker.seeding()->progress.with([count](Progress& now) { return now.failed ? count : now.next++; });
        if (index >= count) co_return;
        const auto added = co_await step(worker.seeding(), index);
        if (!added) worker.seeding()->progress.with([&added](Progress& now) { now.failed = added.error(); });
    }
}

base::Task<base::Result<void>> for_each(SeedingPtr seeding, Step step, std::size_t count) {
    const std::size_t workers = std::min(count, kAtOnce);
    if (workers == 0) co_return base::Result<void>();
    seeding->done.reset();
    seeding->progress.with([workers](Progress& now) { now = Progress{0, workers, std::nullopt}; });
    // On one strand, so that printers are numbered in the order of the file.
    const auto caller = co_await boost::asio::this_coro::executor;
    const boost::asio::any_io_executor strand = boost::asio::make_strand(caller);
    for (std::size_t i = 0; i < workers; ++i) base::spawn(strand, "seed", work, Worker(seeding), step, count);
    co_await seeding->done.wait();
    auto failed = seeding->progress.with([](Progress& now) { return std::move(now.failed); });
    if (failed) co_return std::move(*failed);
    co_return base::Result<void>();
}

}  // namespace

std::vector<spooler::Driver> declared_drivers(const Config& config) {
    std::vector<spooler::Driver> drivers;
    for (const DriverSeed& seed : config.drivers) {
        for (const std::string& environment : seed.environments) {
            spooler::Driver driver;
            driver.name = seed.name;
            driver.environment = environment;
            driver.version = seed.version;
            driver.attributes = seed.attributes;
            driver.in_box = true;
            drivers.push_back(std::move(driver));
        }
    }
    return drivers;
}

base::Task<base::Result<void>> seed(spooler::Spooler& spooler, std::vector<PortSeed> ports, std::vector<PrinterSeed> printers) {
    auto seeding = std::make_shared<Seeding>(spooler, std::move(ports), std::move(printers));
    CO_TRY_VOID(co_await for_each(seeding, add_port, seeding->ports.size()));
    CO_TRY_VOID(co_await for_each(seeding, add_printer, seeding->printers.size()));
    co_return base::Result<void>();
}

}  // namespace server
