#include "spooler/catalog.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"
#include "spooler/failpoint.h"
#include "spooler/model/names.h"
#include "spooler/queue_impl.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

struct Catalog::State {
    std::map<std::string, PrinterQueuePtr> names;                  // folded; in the order of list()
    std::unordered_map<std::string, PrinterQueuePtr> lookup;       // folded names and share names
    std::unordered_map<PrinterId, PrinterQueuePtr> by_id;          // pending deletion included
    std::shared_ptr<const List> list;                              // null: must be made again
    PrinterId next_id = 1;
    std::shared_ptr<const base::SecurityDescriptor> last_security; // of the printer added last
};

namespace {

bool within(const std::string& text, std::size_t chars) { return text.size() < chars || base::to_utf16(text).size() < chars; }

Result<void> check_texts(const std::initializer_list<const std::string*>& texts) {
    for (const std::string* text : texts) {
        if (!within(*text, base::limits::kMaxCommentChars)) return Error(Win32::invalid_parameter, "text too long");
    }
    return {};
}

Result<void> check_numbers(std::uint32_t priority, std::uint32_t default_priority, std::uint32_t start, std::uint32_t until) {
    if (priority > kMaxPriority || default_priority > kMaxPriority) return Error(Win32::invalid_priority);
    if (start > kMinutesPerDay || until > kMinutesPerDay) return Error(Win32::invalid_parameter, "time beyond a day");
    return {};
}

bool valid_share_name(std::string_view name) {
    return name.empty() || (valid_printer_name(name) && name.find('/') == std::string_view::npos);
}

template <class T>
std::uint32_t replace(const std::optional<T>& wanted, T& target, std::uint32_t field) {
    if (!wanted || *wanted == target) return 0;
    target = *wanted;
    return field_bit(field);
}

// Returns the printer fields that changed.
std::uint32_t apply(const PrinterChange& change, PrinterRecord& record) {
    std::uint32_t fields = 0;
    fields |= replace(change.name, record.name, printer_field::kPrinterName);
    fields |= replace(change.share_name, record.share_name, printer_field::kShareName);
    fields |= replace(change.ports, record.ports, printer_field::kPortName);
    fields |= replace(change.driver_name, record.driver_name, printer_field::kDriverName);
    fields |= replace(change.comment, record.comment, printer_field::kComment);
    fields |= replace(change.location, record.location, printer_field::kLocation);
    fields |= replace(change.separator_file, record.separator_file, printer_field::kSepFile);
    fields |= replace(change.processor, record.processor, printer_field::kProcessor);
    fields |= replace(change.datatype, record.datatype, printer_field::kDatatype);
    fields |= replace(change.parameters, record.parameters, printer_field::kParameters);
    fields |= replace(change.priority, record.priority, printer_field::kPriority);
    fields |= replace(change.default_priority, record.default_priority, printer_field::kDefaultPriority);
    fields |= replace(change.start_time, record.start_time, printer_field::kStartTime);
    fields |= replace(change.until_time, record.until_time, printer_field::kUntilTime);
    fields |= replace(change.average_ppm, record.average_ppm, printer_field::kAveragePpm);
    fields |= replace(change.devmode, record.devmode, printer_field::kDevMode);
    if (change.attributes) {
        constexpr std::uint32_t kSettable = printer_attribute::kSettable;
        const std::uint32_t wanted = (record.attributes & ~kSettable) | (*change.attributes & kSettable) | printer_attribute::kLocal;
        if (wanted != record.attributes) fields |= field_bit(printer_field::kAttributes);
        record.attributes = wanted;
    }
    if (change.status) {                                           // told even when nothing changes
        record.set_status = *change.status & printer_status::kSettable;
        fields |= field_bit(printer_field::kStatus);
    }
    if (change.security) {
        record.security = change.security;
        fields |= field_bit(printer_field::kSecurity);
    }
    return fields;
}

}  // namespace

Catalog::Catalog(std::shared_ptr<SpoolerCore> core) : core_(core), state_(std::make_unique<Versioned<State>>(core->version)) {}

Catalog::~Catalog() = default;

std::shared_ptr<const Catalog::List> Catalog::list() const {
    if (std::shared_ptr<const List> known = state_->with([](const State& state) { return state.list; })) return known;
    return state_->with([](State& state) {
        if (!state.list) {
            auto list = std::make_shared<List>();
            list->reserve(state.names.size());
            for (const auto& [name, queue] : state.names) list->push_back(queue);
            state.list = std::move(list);
        }
        return state.list;
    });
}

PrinterQueuePtr Catalog::find(std::string_view name) const {
    const std::string key = base::fold_utf8(name);
    return state_->with([&](const State& state) -> PrinterQueuePtr {
        const auto at = state.lookup.find(key);
        return at == state.lookup.end() ? nullptr : at->second;
    });
}

PrinterQueuePtr Catalog::find(PrinterId id) const {
    return state_->with([&](const State& state) -> PrinterQueuePtr {
        const auto at = state.by_id.find(id);
        return at == state.by_id.end() ? nullptr : at->second;
    });
}

std::size_t Catalog::size() const {
    return state_->with([](const State& state) { return state.names.size(); });
}

bool Catalog::uses_port(std::string_view port) const {
    for (const PrinterQueuePtr& queue : all()) {
        for (const std::string& own : queue->record()->ports) {
            if (base::equal_names(std::string_view(own), port)) return true;
        }
    }
    return false;
}

// --- Checks --------------------------------------------------------------------------------------------------------------

Result<void> Catalog::check_ports(const std::vector<std::string>& ports) const {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    if (ports.empty() || ports.size() > base::limits::kMaxPoolPorts) return Error(Win32::unknown_port);
    for (const std::string& port : ports) {
        if (!core->ports.contains(port)) return Error(Win32::unknown_port, port);
    }
    return {};
}

// Gives the datatype its official spelling.
Result<void> Catalog::check_processing(const std::string& processor, std::string& datatype) const {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    std::optional<std::string> known = core->processors.datatype(processor, datatype);
    if (!known) return Error(Win32::invalid_datatype, datatype);
    datatype = std::move(*known);
    return {};
}

// Windows refuses such a setting rather than every document after it.
Result<void> Catalog::check_raw(std::uint32_t attributes, const std::string& datatype) {
    if ((attributes & printer_attribute::kNeedsRaw) == 0 || is_raw_datatype(datatype)) return {};
    return Error(Win32::invalid_datatype, "a printer that prints directly or takes RAW only has a RAW datatype");
}

Result<void> Catalog::check_new(NewPrinter& printer) const {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    if (!valid_printer_name(printer.name)) return Error(Win32::invalid_printer_name);
    if (find(printer.name)) return Error(Win32::printer_already_exists);
    TRY_VOID(check_ports(printer.ports));
    if (!core->drivers.known(printer.driver_name)) return Error(Win32::unknown_printer_driver, printer.driver_name);
    if (printer.processor.empty()) printer.processor = core->processors.default_processor();
    const ProcessorInfo* processor = core->processors.find(printer.processor);
    if (processor == nullptr) return Error(Win32::unknown_printprocessor, printer.processor);
    printer.processor = processor->name;
    if (!printer.separator_file.empty()) return Error(Win32::invalid_separator_file);
    if (printer.datatype.empty()) printer.datatype = processor->datatypes.front();
    TRY_VOID(check_processing(printer.processor, printer.datatype));
    TRY_VOID(check_raw(printer.attributes, printer.datatype));
    TRY_VOID(check_numbers(printer.priority, printer.default_priority, printer.start_time, printer.until_time));
    if (printer.security) {
        TRY_VOID(check_storable(*printer.security));
    }
    const bool shared = (printer.attributes & printer_attribute::kShared) != 0;
    if (shared && !core->drivers.shareable(printer.driver_name)) return Error(Win32::printer_not_shareable);
    if (shared && printer.share_name.empty()) printer.share_name = printer.name;
    if (!valid_share_name(printer.share_name)) return Error(Win32::invalid_parameter, "share name");
    return check_texts({&printer.comment, &printer.location, &printer.parameters});
}

Result<void> Catalog::check_change(const PrinterRecord& now, PrinterChange& change) const {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    if (change.name && !valid_printer_name(*change.name)) return Error(Win32::invalid_printer_name);
    if (change.ports) {
        TRY_VOID(check_ports(*change.ports));
    }
    const std::string& driver = change.driver_name ? *change.driver_name : now.driver_name;
    if (change.driver_name && !core->drivers.known(driver)) return Error(Win32::unknown_printer_driver, driver);
    if (change.processor && change.processor->empty()) change.processor = core->processors.default_processor();
    const std::string& processor = change.processor ? *change.processor : now.processor;
    const ProcessorInfo* info = core->processors.find(processor);
    if (change.processor && info == nullptr) return Error(Win32::unknown_printprocessor, processor);
    if (change.processor) change.processor = info->name;
    if (change.separator_file && !change.separator_file->empty()) return Error(Win32::invalid_separator_file);
    if (change.processor && !change.datatype) change.datatype = now.datatype;
    if (change.datatype) {
        if (change.datatype->empty() && info != nullptr) change.datatype = info->datatypes.front();
        TRY_VOID(check_processing(processor, *change.datatype));
    }
    if (change.datatype || change.attributes) {
        TRY_VOID(check_raw(change.attributes.value_or(now.attributes), change.datatype ? *change.datatype : now.datatype));
    }
    TRY_VOID(check_numbers(change.priority.value_or(0), change.default_priority.value_or(0), change.start_time.value_or(0),
                           change.until_time.value_or(0)));
    if (change.security) {
        TRY_VOID(check_storable(*change.security));
    }
    const bool shared = (change.attributes.value_or(now.attributes) & printer_attribute::kShared) != 0;
    if (shared && !core->drivers.shareable(driver)) return Error(Win32::printer_not_shareable);
    const std::string& share = change.share_name ? *change.share_name : now.share_name;
    if (shared && share.empty()) change.share_name = change.name ? *change.name : now.name;
    if (change.share_name && !valid_share_name(*change.share_name)) return Error(Win32::invalid_parameter, "share name");
    for (const auto* text : {&change.comment, &change.location, &change.parameters}) {
        if (!*text) continue;
        TRY_VOID(check_texts({&**text}));
    }
    return {};
}

// --- Add -----------------------------------------------------------------------------------------------------------------

PrinterRecord Catalog::record_of(NewPrinter printer) const {
    PrinterRecord record;
    record.name = std::move(printer.name);
    record.share_name = std::move(printer.share_name);
    record.ports = std::move(printer.ports);
    record.driver_name = std::move(printer.driver_name);
    record.comment = std::move(printer.comment);
    record.location = std::move(printer.location);
    record.separator_file = std::move(printer.separator_file);
    record.processor = std::move(printer.processor);
    record.datatype = std::move(printer.datatype);
    record.parameters = std::move(printer.parameters);
    record.attributes = (printer.attributes & printer_attribute::kSettable) | printer_attribute::kLocal;
    record.priority = printer.priority == 0 ? kDefaultPriority : printer.priority;
    record.default_priority = printer.default_priority == 0 ? kDefaultPriority : printer.default_priority;
    record.start_time = printer.start_time;
    record.until_time = printer.until_time;
    record.average_ppm = printer.average_ppm;
    record.devmode = std::move(printer.devmode);
    record.security = printer.security ? std::move(printer.security) : default_printer_security(printer.added_by);
    record.created = core_.lock()->deps.clock.now();
    return record;
}

Task<Result<PrinterQueuePtr>> Catalog::add(NewPrinter printer) {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    CO_TRY_VOID(core->deps.store.accepting());
    std::unique_lock port_use(core->port_use);                     // no port goes away before the printer has it
    CO_TRY_VOID(check_new(printer));
    PrinterRecord record = record_of(std::move(printer));
    record.id = state_->with([&](State& state) {
        // Printers are mostly added alike: sharing the descriptor saves memory, and lists compare pointers.
        if (state.last_security && *state.last_security == *record.security) record.security = state.last_security;
        state.last_security = record.security;
        return state.next_id++;
    });
    const std::string name = base::fold_utf8(record.name);
    const std::string share = base::fold_utf8(record.share_name);
    auto queue = std::make_shared<PrinterQueue>(core, std::make_shared<const PrinterRecord>(record));
    auto ticket = state_->with([&](State& state) -> Result<Ticket> {
        if (state.lookup.count(name) != 0) return Error(Win32::printer_already_exists);
        if (!share.empty() && state.lookup.count(share) != 0) return Error(Win32::printer_already_exists, "share name in use");
        if (state.by_id.size() >= base::limits::kMaxPrinters) return Error(Win32::not_enough_quota, "too many printers");
        state.names.emplace(name, queue);
        state.lookup.emplace(name, queue);
        if (!share.empty()) state.lookup.emplace(share, queue);
        state.by_id.emplace(record.id, queue);
        state.list.reset();
        static_cast<void>(core->deps.store.enqueue(CounterPut{"printer_id", state.next_id}));
        return core->deps.store.enqueue(PrinterPut{record});
    });
    if (!ticket) co_return std::move(ticket).error();
    port_use.unlock();
    WSP_FAILPOINT("printer.put.after");
    queue->impl().look_at_ports();
    queue->impl().state.with([&](QueueState& now) { queue->impl().publish_printer(now, printer_change::kAddPrinter, 0); });
    CO_TRY_VOID(co_await core->deps.store.durable(*ticket));
    co_return queue;
}

// --- Change --------------------------------------------------------------------------------------------------------------

// Takes the new names before the record changes, so that nobody else gets them meanwhile.
Result<void> Catalog::take_names(const PrinterQueuePtr& queue, const PrinterChange& change) {
    return state_->with([&](State& state) -> Result<void> {
        std::vector<std::string> keys;
        if (change.name) keys.push_back(base::fold_utf8(*change.name));
        if (change.share_name && !change.share_name->empty()) keys.push_back(base::fold_utf8(*change.share_name));
        for (const std::string& key : keys) {
            const auto at = state.lookup.find(key);
            if (at != state.lookup.end() && at->second != queue) return Error(Win32::printer_already_exists, "name in use");
        }
        for (const std::string& key : keys) state.lookup.emplace(key, queue);
        return {};
    });
}

void Catalog::drop_old_names(const PrinterQueuePtr& queue) {
    const PrinterRecordPtr record = queue->record();
    const std::string name = record->pending_deletion ? std::string() : base::fold_utf8(record->name);
    const std::string share = record->pending_deletion ? std::string() : base::fold_utf8(record->share_name);
    state_->with([&](State& state) {
        std::erase_if(state.lookup, [&](const auto& entry) { return entry.second == queue && entry.first != name && entry.first != share; });
        std::erase_if(state.names, [&](const auto& entry) { return entry.second == queue && entry.first != name; });
        if (!name.empty()) state.names.emplace(name, queue);
        state.list.reset();
    });
}

Task<Result<void>> Catalog::change(PrinterQueuePtr queue, PrinterChange change) {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    CO_TRY_VOID(core->deps.store.accepting());
    const PrinterRecordPtr before = queue->record();
    std::unique_lock port_use(core->port_use);                     // no port goes away before the printer has it
    CO_TRY_VOID(check_change(*before, change));
    if (before->pending_deletion) {
        change.name.reset();                                       // it has none any more
        change.share_name.reset();
    }
    const bool renames = (change.name && *change.name != before->name) || (change.share_name && *change.share_name != before->share_name);
    if (renames) {
        CO_TRY_VOID(take_names(queue, change));
    }

    PrinterQueue::Impl& impl = queue->impl();
    Effects effects = impl.state.with([&](QueueState& now) {
        Effects made;
        PrinterRecord record = *now.record;
        const std::uint32_t fields = apply(change, record);
        const PrinterRecordPtr old = now.record;
        impl.replace_record(now, std::move(record), made);
        impl.refresh_mirrors(now, old, made);
        for (const auto& job : now.jobs) {
            if (job->delivery) made.wakes.push_back(job->delivery);
        }
        made.poke = true;
        impl.publish_printer(now, printer_change::kSetPrinter, fields);
        if ((fields & field_bit(printer_field::kDriverName)) != 0) {
            impl.publish_printer(now, printer_change::kSetDriver, field_bit(printer_field::kDriverName));
        }
        return made;
    });
    port_use.unlock();
    WSP_FAILPOINT("printer.put.after");
    if (change.ports) impl.look_at_ports();
    if (renames) drop_old_names(queue);
    co_return co_await impl.settle(std::move(effects));
}

// --- Remove --------------------------------------------------------------------------------------------------------------

Task<Result<void>> Catalog::remove(PrinterQueuePtr queue) {
    const std::shared_ptr<SpoolerCore> core = core_.lock();
    CO_TRY_VOID(core->deps.store.accepting());
    PrinterQueue::Impl& impl = queue->impl();
    Effects effects = impl.state.with([&](QueueState& now) {
        Effects made;
        if (now.record->pending_deletion) return made;
        PrinterRecord record = *now.record;
        record.pending_deletion = true;
        record.attributes &= ~printer_attribute::kPublished;
        impl.replace_record(now, std::move(record), made);
        impl.publish_printer(now, printer_change::kDeletePrinter, field_bit(printer_field::kStatus));
        return made;
    });
    drop_old_names(queue);
    const Ticket ticket = effects.ticket;
    impl.act(effects);
    impl.retire_if_done();
    co_return co_await core->deps.store.durable(ticket);
}

// --- For the spooler -----------------------------------------------------------------------------------------------------

PrinterQueuePtr Catalog::load(PrinterRecord record) {
    const bool listed = !record.pending_deletion;
    const std::string name = base::fold_utf8(record.name);
    const std::string share = base::fold_utf8(record.share_name);
    const PrinterId id = record.id;
    auto queue = std::make_shared<PrinterQueue>(core_.lock(), std::make_shared<const PrinterRecord>(std::move(record)));
    state_->with([&](State& state) {
        state.by_id.emplace(id, queue);
        state.next_id = std::max(state.next_id, id + 1);
        if (!listed) return;
        state.names.emplace(name, queue);
        state.lookup.emplace(name, queue);
        if (!share.empty()) state.lookup.emplace(share, queue);
    });
    return queue;
}

void Catalog::start_ids(PrinterId next) {
    state_->with([&](State& state) { state.next_id = std::max(state.next_id, next); });
}

void Catalog::forget(PrinterId id) {
    state_->with([&](State& state) {
        const auto at = state.by_id.find(id);
        if (at == state.by_id.end()) return;
        const PrinterQueuePtr queue = at->second;
        std::erase_if(state.lookup, [&](const auto& entry) { return entry.second == queue; });
        std::erase_if(state.names, [&](const auto& entry) { return entry.second == queue; });
        state.by_id.erase(at);
        state.list.reset();
    });
}

std::vector<PrinterQueuePtr> Catalog::all() const {
    return state_->with([](const State& state) {
        std::vector<PrinterQueuePtr> queues;
        queues.reserve(state.by_id.size());
        for (const auto& [id, queue] : state.by_id) queues.push_back(queue);
        return queues;
    });
}

void Catalog::clear() {
    // Moved out first: destroying queues must not happen under the lock.
    State dropped = state_->with([](State& state) { return std::exchange(state, State()); });
    static_cast<void>(dropped);
}

}  // namespace spooler
