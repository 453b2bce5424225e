#include "server/seeding.h"

#include "base/log.h"
#include "spooler/spooler.h"

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
    for (const PortSeed& wanted : ports) {
        if (spooler.ports().contains(wanted.name)) continue;
        auto added = co_await spooler.ports().add(port_from(wanted));
        if (!added) co_return about("port", wanted.name, added.error());
    }
    for (PrinterSeed& wanted : printers) {
        if (spooler.printers().find(wanted.name)) continue;
        const std::string name = wanted.name;
        auto added = co_await spooler.printers().add(printer_from(std::move(wanted)));
        // A share name that an administrator gave to another queue since is no reason to refuse service.
        if (!added && added.error().code() == base::Win32::printer_already_exists) {
            base::log::warning("printer of the configuration not created: its name or share name is taken", {{"printer", name}});
            continue;
        }
        if (!added) co_return about("printer", name, added.error());
    }
    co_return base::Result<void>();
}

}  // namespace server
