#include "spooler/queue.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/prefetch.h"
#include "base/utf.h"
#include "spooler/catalog.h"
#include "spooler/failpoint.h"
#include "spooler/job_writer_state.h"
#include "spooler/queue_impl.h"

#include <boost/asio/strand.hpp>
#include <set>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

constexpr auto kLateRemovalInterval = std::chrono::milliseconds(500);

Task<void> remove_files(std::shared_ptr<SpoolerCore> core, std::vector<Effects::Removed> removed) {
    if (!removed.empty()) WSP_FAILPOINT("job.delete.row.after");
    for (const Effects::Removed& job : removed) {
        auto gone = co_await core->deps.files.remove(job.id);
        // A file that stays is swept at the next start.
        if (!gone) base::log::warning("spool file not removed", {{"job", job.id}, {"error", gone.error().to_string()}});
        WSP_FAILPOINT("job.delete.file.after");
    }
}

// The database refuses for now, perhaps because the disk is full of just these files.
Task<void> remove_files_later(std::shared_ptr<SpoolerCore> core, Ticket ticket, std::vector<Effects::Removed> removed) {
    while (!core->stopping.load()) {
        co_await base::sleep_for(kLateRemovalInterval);
        auto stored = co_await core->deps.store.durable(ticket);
        if (!stored) continue;
        co_await remove_files(core, std::move(removed));
        break;
    }
    core->background.leave();
}

// Row first, file second: nothing is removed before the database has forgotten the job.
Task<Result<void>> finish_effects(std::shared_ptr<SpoolerCore> core, Ticket ticket, std::vector<Effects::Removed> removed) {
    if (ticket != 0) {
        auto stored = co_await core->deps.store.durable(ticket);
        if (!stored && !removed.empty()) {
            core->background.enter();
            base::spawn(core->deps.executor, "late clean-up", &remove_files_later, core, ticket, std::move(removed));
        }
        if (!stored) co_return stored;
    }
    co_await remove_files(core, std::move(removed));
    co_return Result<void>();
}

Task<void> finish_in_background(std::shared_ptr<SpoolerCore> core, Ticket ticket, std::vector<Effects::Removed> removed) {
    auto outcome = co_await finish_effects(core, ticket, std::move(removed));
    if (!outcome) base::log::warning("change not durable yet", {{"error", outcome.error().to_string()}});
    core->background.leave();
}

}  // namespace

// --- QueueUse ------------------------------------------------------------------------------------------------------------

QueueUse::QueueUse(PrinterQueuePtr queue) : queue_(std::move(queue)) {
    if (queue_) queue_->impl().add_handle();
}

QueueUse& QueueUse::operator=(QueueUse&& other) noexcept {
    std::swap(queue_, other.queue_);
    return *this;
}

QueueUse::~QueueUse() {
    if (queue_) queue_->impl().drop_handle();
}

// --- PrinterQueue --------------------------------------------------------------------------------------------------------

PrinterQueue::PrinterQueue(std::shared_ptr<SpoolerCore> core, PrinterRecordPtr record)
    : id_(record->id), impl_(std::make_unique<Impl>(std::move(core), std::move(record), *this)) {}

PrinterQueue::~PrinterQueue() = default;

void PrinterQueue::prefetch() const { base::prefetch(impl_->state); }

PrinterView PrinterQueue::view() const {
    return impl_->state.with([](const QueueState& now) { return now.view(); });
}

PrinterRecordPtr PrinterQueue::record() const {
    return impl_->state.with([](const QueueState& now) { return now.record; });
}

std::uint32_t PrinterQueue::change_id() const { return record()->change_id; }

bool PrinterQueue::pending_deletion() const { return record()->pending_deletion; }

std::vector<JobView> PrinterQueue::jobs(std::uint32_t first, std::uint32_t count) const {
    const SteadyTime at = impl_->now();
    return impl_->state.with([&](const QueueState& now) {
        std::vector<JobView> views;
        const std::size_t begin = std::min<std::size_t>(first, now.jobs.size());
        const std::size_t end = begin + std::min<std::size_t>(count, now.jobs.size() - begin);
        views.reserve(end - begin);
        for (std::size_t i = begin; i < end; ++i) views.push_back(now.view_of(*now.jobs[i], at));
        return views;
    });
}

std::optional<JobView> PrinterQueue::job(JobId id) const {
    const SteadyTime at = impl_->now();
    return impl_->state.with([&](const QueueState& now) -> std::optional<JobView> {
        const Job* job = now.find(id);
        if (job == nullptr) return std::nullopt;
        return now.view_of(*job, at);
    });
}

void PrinterQueue::poke() { impl_->poke(); }

namespace {

// Datatype and processor of a new document [MS-RPRN] 3.1.4.9.1: document, then printer, then the processor's first.
Result<std::string> datatype_of(const Processors& processors, const PrinterRecord& printer, const std::string& wanted) {
    const std::string& name = wanted.empty() ? printer.datatype : wanted;
    if (name.empty()) return processors.find(printer.processor)->datatypes.front();
    std::optional<std::string> known = processors.datatype(printer.processor, name);
    if (!known) return Error(Win32::invalid_datatype, "unknown to " + printer.processor);
    if ((printer.attributes & printer_attribute::kRawOnly) != 0 && !is_raw_datatype(*known)) {
        return Error(Win32::invalid_datatype, "this printer takes RAW only");
    }
    return std::move(*known);
}

Result<JobInfoPtr> info_of(const SpoolerCore& core, const PrinterRecord& printer, NewDocument document) {
    if (!document.output_file.empty()) return Error(Win32::invalid_parameter, "printing to a file of the server is refused");
    if (core.processors.find(printer.processor) == nullptr) return Error(Win32::unknown_printprocessor, printer.processor);
    TRY(std::string datatype, datatype_of(core.processors, printer, document.datatype));
    auto info = std::make_shared<JobInfo>();
    info->document = document.document.empty() ? "No Document Name" : std::move(document.document);
    info->user_name = std::move(document.user_name);
    info->machine_name = std::move(document.machine_name);
    info->notify_name = document.notify_name.empty() ? info->user_name : std::move(document.notify_name);
    info->datatype = std::move(datatype);
    info->processor = printer.processor;
    info->parameters = printer.parameters;
    info->driver_name = printer.driver_name;
    info->devmode = document.devmode ? document.devmode : printer.devmode;
    info->security = job_security(*printer.security, document.owner);
    info->owner = document.owner;
    info->priority = printer.default_priority;
    info->start_time = printer.start_time;
    info->until_time = printer.until_time;
    info->submitted = core.deps.clock.now();
    return JobInfoPtr(std::move(info));
}

}  // namespace

Task<Result<JobWriterPtr>> PrinterQueue::start_document(NewDocument document) {
    const std::shared_ptr<SpoolerCore> core = impl_->core;
    if (core->stopping.load()) co_return Error(Win32::rpc_s_server_unavailable, "the server is stopping");
    const PrinterRecordPtr printer = record();
    if (printer->pending_deletion) co_return Error(Win32::printer_deleted);
    const std::string port = document.direct_port;
    CO_TRY(JobInfoPtr info, info_of(*core, *printer, std::move(document)));
    const bool direct = !port.empty() || (printer->attributes & printer_attribute::kDirect) != 0;
    if (direct) co_return start_direct(std::move(info), *printer, port);
    const SpoolSettings settings = core->settings();
    CO_TRY_VOID(co_await core->space.take(0, settings));

    auto job = std::make_unique<Job>();
    job->writer = std::make_shared<WriterControl>();
    const std::shared_ptr<WriterControl> control = job->writer;
    job->record.state = JobState::spooling;
    job->record.printer = id_;
    job->record.info = std::move(info);
    const JobId id = core->jobs.allocate(weak_from_this());
    job->record.id = id;
    auto added = impl_->state.with([&](QueueState& now) { return impl_->insert_job(now, std::move(job)); });
    if (!added) {
        core->jobs.erase(id);
        co_return std::move(added).error();
    }
    auto writer = std::make_unique<JobWriter::State>();
    writer->queue = shared_from_this();
    writer->id = id;
    writer->control = control;
    co_return std::make_shared<JobWriter>(std::move(writer));
}

Task<Result<std::unique_ptr<SpoolReader>>> PrinterQueue::open_document(JobId id) {
    if (!job(id)) co_return Error(Win32::invalid_parameter, "no such job");
    co_return co_await impl_->core->deps.files.open(id);
}

// --- Printer commands ----------------------------------------------------------------------------------------------------

namespace {

// Counts as a change of the printer unless nothing changes.
template <class Change>
Task<Result<void>> change_record(PrinterQueue::Impl& impl, std::uint32_t fields, Change change) {
    CO_TRY_VOID(impl.core->deps.store.accepting());
    Effects effects = impl.state.with([&](QueueState& now) {
        Effects made;
        PrinterRecord record = *now.record;
        if (change(record)) impl.replace_record(now, std::move(record), made);
        for (const auto& job : now.jobs) {
            if (job->delivery) made.wakes.push_back(job->delivery);
        }
        made.poke = true;
        impl.publish_printer(now, printer_change::kSetPrinter, fields);
        return made;
    });
    co_return co_await impl.settle(std::move(effects));
}

bool make_paused(PrinterRecord& record) { return !std::exchange(record.paused, true); }
bool make_running(PrinterRecord& record) { return std::exchange(record.paused, false); }

}  // namespace

Task<Result<void>> PrinterQueue::pause() { return change_record(*impl_, field_bit(printer_field::kStatus), &make_paused); }

Task<Result<void>> PrinterQueue::resume() {
    impl_->state.with([](QueueState& now) {                        // a resumed printer tries its ports at once
        for (auto& [port, use] : now.ports) use.not_before = {};
    });
    return change_record(*impl_, field_bit(printer_field::kStatus), &make_running);
}

Task<Result<void>> PrinterQueue::purge() {
    CO_TRY_VOID(impl_->core->deps.store.accepting());
    Effects effects = impl_->state.with([&](QueueState& now) {
        Effects made;
        std::vector<Job*> all;
        for (const auto& job : now.jobs) all.push_back(job.get());
        // From the end: taking a job out of a long list stays cheap.
        for (auto job = all.rbegin(); job != all.rend(); ++job) {
            if (!(*job)->deleting) impl_->remove_job(now, **job, made);
        }
        impl_->publish_printer(now, printer_change::kSetPrinter, field_bit(printer_field::kJobs));
        return made;
    });
    co_return co_await impl_->settle(std::move(effects));
}

Task<Result<void>> PrinterQueue::publish(PublishAction action) {
    const bool published = (record()->attributes & printer_attribute::kPublished) != 0;
    if (action == PublishAction::update && !published) co_return Error(Win32::file_not_found, "not published");
    const base::Guid fresh = base::random_guid();
    const auto change = [action, fresh](PrinterRecord& record) {
        if (action == PublishAction::unpublish) {
            record.attributes &= ~printer_attribute::kPublished;
        } else {
            record.attributes |= printer_attribute::kPublished;
            if (action == PublishAction::republish || record.object_guid.is_nil()) record.object_guid = fresh;
        }
        return true;
    };
    const std::uint32_t fields = field_bit(printer_field::kAttributes) | field_bit(printer_field::kObjectGuid);
    co_return co_await change_record(*impl_, fields, change);
}

// --- Impl ----------------------------------------------------------------------------------------------------------------

PrinterQueue::Impl::Impl(std::shared_ptr<SpoolerCore> shared, PrinterRecordPtr record, PrinterQueue& queue)
    : core(std::move(shared)), owner(queue), strand(boost::asio::make_strand(core->deps.executor)), state(core->version) {
    state.with([&](QueueState& now) {
        now.name = std::make_shared<const std::string>(record->name);
        now.record = std::move(record);
        now.up_since = core->deps.clock.now();
    });
}

void PrinterQueue::Impl::publish_job(QueueState& now, const Job& job, std::uint32_t change, std::uint32_t fields) {
    if (!core->deps.events.wanted(owner.id())) return;
    Event event;
    event.object = EventObject::job;
    event.change = change;
    event.fields = fields;
    event.printer = owner.id();
    event.job = job.record.id;
    event.number = ++now.event_number;
    event.job_view = std::make_shared<const JobView>(now.view_of(job, core->deps.clock.steady_now()));
    core->deps.events.publish(std::move(event));
}

Result<void> PrinterQueue::Impl::charge_metadata(const QueueState& now, Job& job, const JobInfo& info, std::string_view status_text) {
    const std::size_t bytes = metadata_bytes(info, now.record->devmode) + status_text.size();
    auto share = core->metadata->take(info.owner, bytes, &job.metadata);
    if (!share) return Error(Win32::not_enough_quota, "DEVMODEs and texts of the owner's jobs too large");
    job.metadata = std::move(*share);
    return {};
}

Result<Job*> PrinterQueue::Impl::insert_job(QueueState& now, std::unique_ptr<Job> job) {
    if (now.record->pending_deletion) return Error(Win32::printer_deleted);
    if (now.jobs.size() >= base::limits::kMaxJobsPerQueue) return Error(Win32::not_enough_quota, "queue full");
    TRY_VOID(charge_metadata(now, *job, *job->record.info, {}));
    Job& inserted = *job;
    for (Job* moved : now.insert_by_priority(std::move(job))) static_cast<void>(store_job(*moved));
    ++now.total_jobs;
    now.max_spooling = std::max(now.max_spooling, ++now.spooling);
    publish_job(now, inserted, printer_change::kAddJob, job_field::kAll);
    publish_printer(now, 0, field_bit(printer_field::kJobs));
    return &inserted;
}

void PrinterQueue::Impl::publish_printer(QueueState& now, std::uint32_t change, std::uint32_t fields) {
    if (!core->deps.events.wanted(owner.id())) return;
    Event event;
    event.object = EventObject::printer;
    event.change = change;
    event.fields = fields;
    event.printer = owner.id();
    event.number = ++now.event_number;
    event.printer_view = std::make_shared<const PrinterView>(now.view());
    event.name = now.record->name;
    core->deps.events.publish(std::move(event));
}

void PrinterQueue::Impl::look_at_ports() {
    const PrinterRecordPtr record = owner.record();
    std::set<std::string> own;
    for (const std::string& port : record->ports) own.insert(base::fold_utf8(port));
    state.with([&](QueueState& now) {
        for (auto& [key, use] : now.ports) {
            if (own.count(key) == 0) use.told = PortCondition();
        }
    });
    for (const std::string& port : record->ports) {
        const std::string key = base::fold_utf8(port);
        // Somebody may say something else meanwhile: then it is looked at again.
        for (PortCondition told = core->ports.told(port);; told = core->ports.told(port)) {
            const bool same = state.with([&](QueueState& now) {
                if (now.ports[key].told == told) return true;
                now.ports[key].told = told;
                publish_printer(now, printer_change::kSetPrinter, field_bit(printer_field::kStatus));
                return false;
            });
            if (same) break;
        }
    }
    poke();
}

void PrinterQueue::Impl::replace_record(QueueState& now, PrinterRecord record, Effects& effects) {
    ++record.change_id;
    if (record.name != *now.name) now.name = std::make_shared<const std::string>(record.name);
    now.record = std::make_shared<const PrinterRecord>(record);
    effects.ticket = core->deps.store.enqueue(PrinterPut{std::move(record)});
}

void PrinterQueue::Impl::act(Effects& effects) {
    for (const Effects::Stopped& stop : effects.stops) Delivery::interrupt(stop.delivery, strand, stop.how);
    for (const auto& delivery : effects.wakes) delivery->wake.set();
    for (const Effects::Removed& job : effects.removed) {
        core->jobs.erase(job.id);
        core->space.give_back(job.size);
    }
    if (effects.poke || !effects.removed.empty()) poke();
}

Task<Result<void>> PrinterQueue::Impl::settle(Effects effects) {
    act(effects);
    if (!effects.removed.empty()) retire_if_done();
    co_return co_await finish_effects(core, effects.ticket, std::move(effects.removed));
}

void PrinterQueue::Impl::settle_in_background(Effects effects) {
    act(effects);
    if (effects.removed.empty()) return;
    core->background.enter();
    base::spawn(strand, "job clean-up", &finish_in_background, core, effects.ticket, std::move(effects.removed));
}

void PrinterQueue::Impl::add_handle() {
    state.with([](QueueState& now) { now.max_handles = std::max(now.max_handles, ++now.handles); });
}

void PrinterQueue::Impl::drop_handle() {
    state.with([](QueueState& now) {
        if (now.handles > 0) --now.handles;
    });
    retire_if_done();
}

void PrinterQueue::Impl::retire_if_done() {
    if (core->stopping.load()) return;                             // the next start goes on with it
    Effects effects;
    const bool retired = state.with([&](QueueState& now) {
        if (!now.record->pending_deletion || now.retired || now.handles != 0 || now.work_left()) return false;
        now.retired = true;
        for (const auto& job : now.jobs) effects.removed.push_back({job->record.id, job->record.size});
        now.jobs.clear();
        now.by_id.clear();
        now.ready = ReadyList();
        effects.ticket = core->deps.store.enqueue(PrinterDelete{owner.id()});
        return true;
    });
    if (!retired) return;
    WSP_FAILPOINT("printer.delete.after");
    core->catalog->forget(owner.id());
    core->forms.forget_printer(owner.id());
    settle_in_background(std::move(effects));
}

}  // namespace spooler
