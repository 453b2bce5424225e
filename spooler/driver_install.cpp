#include "spooler/driver_install.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"
#include "spooler/catalog.h"
#include "spooler/core.h"
#include "spooler/driver_packages.h"
#include "spooler/failpoint.h"
#include "spooler/queue_impl.h"
#include "spooler/spooler.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

bool used_by_shared_printer(const Catalog& printers, const std::string& driver) {
    const auto list = printers.list();
    return std::any_of(list->begin(), list->end(), [&](const PrinterQueuePtr& queue) {
        const PrinterRecordPtr record = queue->record();
        return (record->attributes & printer_attribute::kShared) != 0 && base::equal_names(record->driver_name, driver);
    });
}

Result<void> check_replaceable(const Drivers& drivers, const Catalog& printers, const Driver& driver) {
    if (driver.version >= kFirstV4DriverVersion) return {};
    for (const Driver& now : drivers.named(driver.name)) {
        if (!base::equal_names(now.environment, driver.environment)) continue;
        if ((now.attributes & driver_attribute::kClass) != 0) return Error(Win32::printer_driver_blocked, "a class driver has this name");
        if (now.version < kFirstV4DriverVersion) continue;
        if (newer(now.date, now.driver_version, driver.date, driver.driver_version))
            return Error(Win32::printer_driver_blocked, "the installed driver of version 4 is newer");
        if (used_by_shared_printer(printers, driver.name))
            return Error(Win32::printer_driver_blocked, "shared printers use the version 4 driver");
    }
    return {};
}

namespace {

using CorePtr = std::shared_ptr<SpoolerCore>;

// One installation or removal on its way. It goes on when the caller is cancelled: half an installation is none.
struct DriverWork {
    Driver driver;
    std::vector<DriverFileSource> files;
    DriverCopy copy = DriverCopy::newer;
    DriverRemoval removal;
    Result<void> result = Error(Win32::gen_failure, "the installer ended early");
    base::AsyncEvent done;
};
using WorkPtr = std::shared_ptr<DriverWork>;

// --- What may be installed -------------------------------------------------------------------------------------------

bool text_fits(const std::string& text, std::size_t chars) { return base::to_utf16(text).size() < chars; }

bool plain_text(const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

Result<void> check_texts(const Driver& driver) {
    const bool named = !driver.name.empty() && text_fits(driver.name, base::limits::kMaxNameChars) && plain_text(driver.name);
    if (!named) return Error(Win32::invalid_parameter, "driver name");
    for (const std::string* text :
         {&driver.monitor_name, &driver.default_datatype, &driver.manufacturer, &driver.oem_url, &driver.hardware_id, &driver.provider,
          &driver.print_processor, &driver.vendor_setup, &driver.inf_path}) {
        if (!text_fits(*text, base::limits::kMaxDriverPathChars))
            return Error(Win32::invalid_parameter, "a text of the driver is too long");
    }
    for (const auto* list : {&driver.dependent_files, &driver.previous_names, &driver.color_profiles, &driver.core_dependencies}) {
        if (list->size() > base::limits::kMaxDriverListItems) return Error(Win32::invalid_parameter, "a list of the driver is too long");
        for (const std::string& item : *list) {
            if (item.empty() || !text_fits(item, base::limits::kMaxNameChars)) return Error(Win32::invalid_parameter, "an item of a list");
        }
    }
    return {};
}

Result<void> check_files(const Driver& driver, const std::vector<DriverFileSource>& files) {
    for (const std::string& name : driver_file_names(driver)) {
        if (!valid_driver_file_name(name)) return Error(Win32::invalid_parameter, "file name " + name);
    }
    if (files.size() > base::limits::kMaxDriverFiles) return Error(Win32::not_enough_quota, "the driver has too many files");
    std::set<std::string> seen;
    for (const DriverFileSource& file : files) {
        const bool good = valid_driver_file_name(file.name) && seen.insert(base::fold_utf8(file.name)).second;
        if (!good) return Error(Win32::invalid_parameter, "file name " + file.name);
    }
    return {};
}

// --- Which files change ----------------------------------------------------------------------------------------------

struct Change {
    std::vector<DriverFile> files;  // new ones and those that replace installed ones
    std::vector<std::string> idle;  // contents that may have no use any more
};

Result<Change> decide(const SpoolerCore& core, const DriverWork& work, const std::vector<StoredFile>& stored) {
    Change change;
    for (std::size_t i = 0; i < stored.size(); ++i) {
        const StoredFile& fresh = stored[i];
        DriverFile file{work.driver.environment, work.driver.version, work.files[i].name, fresh.content, fresh.size, fresh.modified, 1};
        change.idle.push_back(fresh.content);
        const auto now = core.drivers.file(file.environment, file.version, file.name);
        if (now) {
            const bool older = fresh.modified < now->modified;
            const bool newer = fresh.modified > now->modified;
            if (work.copy == DriverCopy::strict_upgrade && older) {
                return Error(Win32::printer_driver_already_installed, file.name + " is older than the installed one");
            }
            if (work.copy == DriverCopy::strict_downgrade && newer) {
                return Error(Win32::printer_driver_already_installed, file.name + " is newer than the installed one");
            }
            const bool skip = now->content == fresh.content || (work.copy == DriverCopy::newer && !newer);
            if (skip) continue;
            file.name = now->name;  // the share keeps one spelling
            file.generation = now->generation + 1;
            change.idle.push_back(now->content);
        }
        change.files.push_back(std::move(file));
    }
    return change;
}

Result<void> check_store_size(const SpoolerCore& core, const std::vector<DriverFile>& files) {
    std::uint64_t more = 0;
    std::set<std::string_view> seen;
    for (const DriverFile& file : files) {
        if (seen.insert(file.content).second && !core.drivers.uses_content(file.content)) more += file.size;
    }
    const bool fits = core.drivers.file_bytes() + more <= base::limits::kMaxDriverStoreBytes;
    return fits ? Result<void>() : Error(Win32::not_enough_quota, "the driver store is full");
}

Task<void> forget_idle(CorePtr core, std::vector<std::string> contents) {
    std::erase_if(contents, [&](const std::string& content) { return content.empty() || core->drivers.uses_content(content); });
    if (contents.empty()) co_return;
    auto done = co_await core->deps.drivers->forget(std::move(contents));
    if (!done) base::log::warning("driver files that nothing uses stay until the next start", {{"reason", done.error().to_string()}});
}

// Printers whose driver changes tell their listeners [MS-RPRN] 2.2.3.6.1.
void tell_printers(const SpoolerCore& core, const std::string& driver) {
    for (const PrinterQueuePtr& queue : core.catalog->all()) {
        if (!base::equal_names(queue->record()->driver_name, driver)) continue;
        PrinterQueue::Impl& impl = queue->impl();
        impl.state.with(
            [&](QueueState& now) { impl.publish_printer(now, printer_change::kSetDriver, field_bit(printer_field::kDriverName)); });
    }
}

bool is_installed(const SpoolerCore& core, const Driver& driver) {
    const std::vector<Driver> there = core.drivers.named(driver.name);
    return std::any_of(there.begin(), there.end(), [&](const Driver& now) {
        return now.version == driver.version && base::equal_names(now.environment, driver.environment);
    });
}

Task<Result<std::vector<StoredFile>>> store_sources(CorePtr core, WorkPtr work) {
    std::vector<std::string> sources;
    for (const DriverFileSource& file : work->files) sources.push_back(file.source);
    if (sources.empty()) co_return std::vector<StoredFile>();
    DriverQuota quota;
    quota.file_bytes = base::limits::kMaxDriverFileBytes;
    quota.total_bytes = base::limits::kMaxDriverBytes;
    quota.min_free_bytes = core->settings().min_free_bytes;
    co_return co_await core->deps.drivers->store(std::move(sources), quota);
}

Task<Result<void>> install(CorePtr core, WorkPtr work) {
    CO_TRY_VOID(core->deps.store.accepting());
    CO_TRY_VOID(check_texts(work->driver));
    CO_TRY_VOID(check_files(work->driver, work->files));
    CO_TRY_VOID(check_replaceable(core->drivers, *core->catalog, work->driver));
    CO_TRY(const std::vector<StoredFile> stored, co_await store_sources(core, work));
    WSP_FAILPOINT("driver.store.after");
    std::vector<std::string> unused;
    for (const StoredFile& file : stored) unused.push_back(file.content);
    auto change = decide(*core, *work, stored);
    Result<void> fits = change ? check_store_size(*core, change->files) : Result<void>(change.error());
    if (!fits) {
        co_await forget_idle(core, std::move(unused));
        co_return fits;
    }
    const bool replaces = is_installed(*core, work->driver);
    auto ticket = core->drivers.put(work->driver, change->files);
    if (!ticket) {
        co_await forget_idle(core, std::move(unused));
        co_return std::move(ticket).error();
    }
    WSP_FAILPOINT("driver.put.after");
    auto durable = co_await core->deps.store.durable(*ticket);
    // A database that cannot write now does so later (architecture §12, rule 6), so the share follows in any case.
    auto shown = co_await core->deps.drivers->publish(change->files);
    WSP_FAILPOINT("driver.publish.after");
    if (replaces) tell_printers(*core, work->driver.name);
    if (!durable) co_return durable;
    co_await forget_idle(core, std::move(change->idle));
    if (!shown) {
        base::log::error("a driver is installed, but its files are not in the share: the next start repairs that",
                         {{"driver", work->driver.name}, {"reason", shown.error().to_string()}});
    }
    co_return shown;
}

// --- Removal ---------------------------------------------------------------------------------------------------------

struct Removal {
    std::vector<Driver> drivers;
    std::vector<std::vector<DriverFile>> files;  // of each driver, to be deleted
};

// Printers use the newest version in the server's own environment; when there is none, any object of that name will do.
Result<void> check_in_use(const SpoolerCore& core, const std::vector<Driver>& selected) {
    const std::string& name = selected.front().name;
    const std::vector<PrinterQueuePtr> printers = core.catalog->all();
    const bool used = std::any_of(printers.begin(), printers.end(),
                                  [&](const PrinterQueuePtr& queue) { return base::equal_names(queue->record()->driver_name, name); });
    if (!used) return {};
    const std::string& own = core.server.settings().environment;
    const auto serving = core.drivers.find(name, own);
    const auto is_selected = [&](const Driver& driver) {
        return std::any_of(selected.begin(), selected.end(), [&](const Driver& other) {
            return other.version == driver.version && base::equal_names(other.environment, driver.environment);
        });
    };
    bool others = false;
    for (const Driver& driver : core.drivers.named(name)) others = others || !is_selected(driver);
    const bool takes_it_away = serving ? is_selected(*serving) : !others;
    return takes_it_away ? Result<void>(Error(Win32::printer_driver_in_use, "printers use " + name)) : Result<void>();
}

Result<Removal> plan_removal(const SpoolerCore& core, const DriverRemoval& wanted) {
    Removal plan;
    for (Driver& driver : core.drivers.named(wanted.name)) {
        const bool there = wanted.environment.empty() || base::equal_names(driver.environment, wanted.environment);
        const bool selected = there && (!wanted.version || *wanted.version == driver.version);
        if (selected) plan.drivers.push_back(std::move(driver));
    }
    if (plan.drivers.empty()) return Error(Win32::unknown_printer_driver, wanted.name);
    TRY_VOID(check_in_use(core, plan.drivers));
    const bool declared = std::any_of(plan.drivers.begin(), plan.drivers.end(), [](const Driver& driver) { return driver.in_box; });
    if (declared) return Error(Win32::access_denied, wanted.name + " is declared in the configuration: take it out there");
    plan.files.resize(plan.drivers.size());
    if (wanted.files == DriverRemoval::Files::keep) return plan;
    for (std::size_t i = 0; i < plan.drivers.size(); ++i) {
        const Driver& driver = plan.drivers[i];
        std::vector<DriverFile> files;
        for (const std::string& name : driver_file_names(driver)) {
            if (auto file = core.drivers.file(driver.environment, driver.version, name)) files.push_back(std::move(*file));
        }
        const std::vector<bool> shared = core.drivers.used_elsewhere(files, plan.drivers);
        for (std::size_t k = 0; k < files.size(); ++k) {
            if (!shared[k]) plan.files[i].push_back(files[k]);
            if (shared[k] && wanted.files == DriverRemoval::Files::all) {
                return Error(Win32::printer_driver_in_use, "another driver uses " + files[k].name);
            }
        }
    }
    return plan;
}

struct Removed {
    Ticket ticket = 0;
    std::vector<DriverFile> files;
};

// With printers locked out from here until the driver is gone: none can begin to use it meanwhile.
Result<Removed> take_away(SpoolerCore& core, const DriverRemoval& wanted) {
    const std::scoped_lock lock(core.port_use);
    TRY(Removal plan, plan_removal(core, wanted));
    Removed removed;
    for (std::size_t i = 0; i < plan.drivers.size(); ++i) {
        removed.files.insert(removed.files.end(), plan.files[i].begin(), plan.files[i].end());
        TRY(removed.ticket, core.drivers.remove(plan.drivers[i], std::move(plan.files[i])));
    }
    return removed;
}

Task<Result<void>> remove(CorePtr core, WorkPtr work) {
    CO_TRY_VOID(core->deps.store.accepting());
    CO_TRY(Removed removed, take_away(*core, work->removal));
    WSP_FAILPOINT("driver.delete.after");
    CO_TRY_VOID(co_await core->deps.store.durable(removed.ticket));
    if (removed.files.empty()) co_return Result<void>();
    std::vector<std::string> contents;
    for (const DriverFile& file : removed.files) contents.push_back(file.content);
    auto hidden = co_await core->deps.drivers->withdraw(std::move(removed.files));
    WSP_FAILPOINT("driver.withdraw.after");
    if (!hidden) {
        base::log::warning("files of a removed driver stay in the share until the next start",
                           {{"driver", work->removal.name}, {"reason", hidden.error().to_string()}});
        co_return Result<void>();
    }
    co_await forget_idle(core, std::move(contents));
    co_return Result<void>();
}

// --- One at a time ---------------------------------------------------------------------------------------------------

struct Leave {
    CorePtr core;
    WorkPtr work;
    ~Leave() {
        core->driver_gate.leave();
        core->background.leave();
        work->done.set();
    }
};

using Step = Task<Result<void>> (*)(CorePtr, WorkPtr);

Task<void> run_work(CorePtr core, WorkPtr work, Step step) {
    co_await core->driver_gate.enter();
    const Leave leave{core, work};
    auto result = co_await step(core, work);
    work->result = std::move(result);
}

Task<Result<void>> perform(CorePtr core, WorkPtr work, Step step) {
    if (core->deps.drivers == nullptr) co_return Error(Win32::not_supported, "this server keeps no drivers");
    if (core->stopping.load()) co_return Error(Win32::operation_aborted, "the server stops");
    core->background.enter();
    base::spawn(core->deps.executor, "driver installation", &run_work, core, work, step);
    co_await work->done.wait();
    if (!work->done.is_set()) co_return Error(Win32::operation_aborted, "the caller left; the work goes on");
    co_return std::move(work->result);
}

}  // namespace

Task<Result<void>> Spooler::install_driver(Driver driver, std::vector<DriverFileSource> files, DriverCopy copy) {
    auto work = std::make_shared<DriverWork>();
    work->driver = std::move(driver);
    work->files = std::move(files);
    work->copy = copy;
    co_return co_await perform(core_, std::move(work), &install);
}

Task<Result<void>> Spooler::remove_driver(DriverRemoval removal) {
    auto work = std::make_shared<DriverWork>();
    work->removal = std::move(removal);
    co_return co_await perform(core_, std::move(work), &remove);
}

}  // namespace spooler
