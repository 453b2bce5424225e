// Jobs of a queue: documents as they are written, SetJob, removal, recovery.
#include "base/limits.h"
#include "base/utf.h"
#include "spooler/failpoint.h"
#include "spooler/queue_impl.h"

#include <algorithm>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

constexpr std::uint32_t kJobsField = field_bit(printer_field::kJobs);

Error unknown_job() { return Error(Win32::invalid_parameter, "no such job"); }

bool too_long(const std::string& text, std::size_t limit) { return text.size() > 4 * limit; }

// The parts of a change that need no look at the queue.
Result<void> check_change(const JobChange& change) {
    if (change.priority && *change.priority > kMaxPriority) return Error(Win32::invalid_priority);
    for (const auto& time : {change.start_time, change.until_time}) {
        if (time && *time > kMinutesPerDay) return Error(Win32::invalid_parameter, "time beyond a day");
    }
    for (const auto* text : {&change.document, &change.user_name, &change.notify_name, &change.parameters, &change.status_text}) {
        if (*text && too_long(**text, base::limits::kMaxDocumentNameChars)) return Error(Win32::invalid_parameter, "text too long");
    }
    return {};
}

// Processor and datatype must fit each other; empty means unchanged.
Result<void> check_datatype(const Processors& processors, JobChange& change, const JobInfo& now) {
    if (change.processor && change.processor->empty()) change.processor.reset();
    if (change.datatype && change.datatype->empty()) change.datatype.reset();
    const std::string& processor = change.processor ? *change.processor : now.processor;
    const ProcessorInfo* info = processors.find(processor);
    if (change.processor && info == nullptr) return Error(Win32::unknown_printprocessor);
    if (change.processor) change.processor = info->name;
    if (!change.datatype) return {};
    std::optional<std::string> known = processors.datatype(processor, *change.datatype);
    if (!known) return Error(Win32::invalid_datatype);
    change.datatype = std::move(known);
    return {};
}

std::uint32_t apply_info(const JobChange& change, JobInfo& info) {
    std::uint32_t fields = 0;
    const auto take = [&](const auto& wanted, auto& target, std::uint32_t field) {
        if (!wanted || *wanted == target) return;
        target = *wanted;
        fields |= field_bit(field);
    };
    take(change.document, info.document, job_field::kDocument);
    take(change.user_name, info.user_name, job_field::kUserName);
    take(change.notify_name, info.notify_name, job_field::kNotifyName);
    take(change.datatype, info.datatype, job_field::kDatatype);
    take(change.processor, info.processor, job_field::kProcessor);
    take(change.parameters, info.parameters, job_field::kParameters);
    take(change.priority, info.priority, job_field::kPriority);
    take(change.start_time, info.start_time, job_field::kStartTime);
    take(change.until_time, info.until_time, job_field::kUntilTime);
    return fields;
}

}  // namespace

// --- Inside the lock -----------------------------------------------------------------------------------------------------

Ticket PrinterQueue::Impl::store_job(const Job& job) {
    if (job.row_deleted || !is_stored(job.record.state)) return 0;
    return core->deps.store.enqueue(JobPut{job.record});
}

void PrinterQueue::Impl::drop_job(QueueState& now, Job& job, Effects& effects) {
    if (!job.row_deleted && is_stored(job.record.state)) {
        effects.ticket = core->deps.store.enqueue(JobDelete{job.record.id});
        job.row_deleted = true;
    }
    const JobId id = job.record.id;
    job.record.shown_status |= job_status::kDeleted;
    publish_job(now, job, printer_change::kDeleteJob, field_bit(job_field::kStatus));
    const std::unique_ptr<Job> taken = now.take(id);
    effects.removed.push_back({id, taken->spooled_bytes()});
    publish_printer(now, 0, kJobsField);
}

void PrinterQueue::Impl::remove_job(QueueState& now, Job& job, Effects& effects) {
    if (job.writer) job.writer->cancelled.store(true);
    if (!job.delivery) {
        drop_job(now, job, effects);
        return;
    }
    // The row goes at once: an acknowledged cancel must not print again after a crash. The job itself goes when its session is closed.
    if (!job.row_deleted && is_stored(job.record.state)) {
        effects.ticket = core->deps.store.enqueue(JobDelete{job.record.id});
        job.row_deleted = true;
    }
    job.deleting = true;
    now.refresh_ready(job);
    effects.stops.push_back({job.delivery, Delivery::Stop::cancel});
    publish_job(now, job, printer_change::kSetJob, field_bit(job_field::kStatus));
}

void PrinterQueue::Impl::restart_job(QueueState& now, Job& job, Effects& effects) {
    job.record.held = false;
    job.error_status = 0;
    job.record.status_text.clear();
    if (job.delivery) {
        effects.stops.push_back({job.delivery, Delivery::Stop::restart});
    } else if (next_state(job.record.state, JobEvent::restart)) {
        now.move(job, JobEvent::restart);
        job.record.restarted = true;
        job.bytes_printed = 0;
        job.pages_printed = 0;
    }
}

Result<void> PrinterQueue::Impl::apply_control(QueueState& now, Job& job, JobControl command, Effects& effects) {
    switch (command) {
        case JobControl::pause: job.record.paused = true; break;
        case JobControl::resume:
            job.record.paused = job.record.held = false;
            if (job.delivery) effects.wakes.push_back(job.delivery);
            break;
        case JobControl::cancel:
        case JobControl::remove: remove_job(now, job, effects); return {};
        case JobControl::restart:
            if (job.direct) return Error(Win32::invalid_parameter, "a document that is printed directly has no beginning to go back to");
            restart_job(now, job, effects);
            break;
        case JobControl::retain: job.record.retained = true; break;
        case JobControl::release:
            job.record.retained = false;
            if (job.record.state == JobState::printed) {
                remove_job(now, job, effects);
                return {};
            }
            break;
        default: return Error(Win32::invalid_parameter, "unknown job command");
    }
    now.refresh_ready(job);
    effects.ticket = store_job(job);
    effects.poke = true;
    publish_job(now, job, printer_change::kSetJob, field_bit(job_field::kStatus) | field_bit(job_field::kStatusString));
    return {};
}

// --- Documents -----------------------------------------------------------------------------------------------------------

Result<void> PrinterQueue::Impl::check_writable(JobId id) const {
    return state.with([&](const QueueState& now) -> Result<void> {
        const Job* job = now.find(id);
        if (job == nullptr || job->deleting) return Error(Win32::print_cancelled, "job cancelled");
        return {};
    });
}

Result<void> PrinterQueue::Impl::reserve(JobId id, std::uint64_t bytes, const SpoolSettings& settings) {
    return state.with([&](QueueState& now) -> Result<void> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return Error(Win32::print_cancelled, "job cancelled");
        if (job->direct) {
            job->record.size += bytes;
            return {};
        }
        if (settings.job_quota_bytes != 0 && job->record.size + bytes > settings.job_quota_bytes) {
            return Error(Win32::no_spool_space, "job quota reached");
        }
        if (settings.queue_quota_bytes != 0 && now.bytes + bytes > settings.queue_quota_bytes) {
            return Error(Win32::no_spool_space, "queue quota reached");
        }
        job->record.size += bytes;
        now.bytes += bytes;
        return {};
    });
}

void PrinterQueue::Impl::unreserve(JobId id, std::uint64_t bytes) {
    const bool there = state.with([&](QueueState& now) {
        Job* job = now.find(id);
        if (job == nullptr) return false;                          // whoever removed it gave everything back
        job->record.size -= std::min(bytes, job->record.size);
        now.bytes -= std::min(bytes, now.bytes);
        return true;
    });
    if (there) core->space.give_back(bytes);
}

void PrinterQueue::Impl::note_written(JobId id, std::uint64_t available) {
    Effects effects = state.with([&](QueueState& now) {
        Effects made;
        Job* job = now.find(id);
        if (job == nullptr) return made;
        const bool more = available > job->available;
        job->available = available;
        if (more) {
            now.refresh_ready(*job);
            made.poke = job->ready();
            if (job->delivery) made.wakes.push_back(job->delivery);
        }
        publish_job(now, *job, printer_change::kWriteJob, field_bit(job_field::kTotalBytes));
        return made;
    });
    act(effects);
}

Result<void> PrinterQueue::Impl::note_pages(JobId id, std::uint32_t total) {
    return state.with([&](QueueState& now) -> Result<void> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return Error(Win32::print_cancelled, "job cancelled");
        if (job->record.total_pages == total) return {};
        job->record.total_pages = total;
        publish_job(now, *job, printer_change::kSetJob, field_bit(job_field::kTotalPages));
        return {};
    });
}

Result<Effects> PrinterQueue::Impl::complete(JobId id) {
    return state.with([&](QueueState& now) -> Result<Effects> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return Error(Win32::print_cancelled, "job cancelled");
        Effects made;
        job->available = job->record.size;
        job->writer.reset();
        now.move(*job, JobEvent::end_doc);
        if (job->delivery) made.wakes.push_back(job->delivery);
        made.ticket = store_job(*job);
        made.poke = true;
        publish_job(now, *job, printer_change::kSetJob, field_bit(job_field::kStatus) | field_bit(job_field::kTotalBytes));
        return made;
    });
}

Effects PrinterQueue::Impl::abort_document(JobId id) {
    return state.with([&](QueueState& now) {
        Effects made;
        Job* job = now.find(id);
        if (job != nullptr && !job->deleting) remove_job(now, *job, made);
        return made;
    });
}

// --- SetJob --------------------------------------------------------------------------------------------------------------

Task<Result<void>> PrinterQueue::control_job(JobId id, JobControl command) {
    CO_TRY_VOID(impl_->core->deps.store.accepting());
    auto effects = impl_->state.with([&](QueueState& now) -> Result<Effects> {
        Job* job = now.find(id);
        if (job == nullptr) return unknown_job();
        Effects made;
        if (job->deleting) return made;                            // on its way out already
        TRY_VOID(impl_->apply_control(now, *job, command, made));
        return made;
    });
    if (!effects) co_return std::move(effects).error();
    Effects todo = std::move(*effects);
    co_return co_await impl_->settle(std::move(todo));
}

Task<Result<void>> PrinterQueue::change_job(JobId id, JobChange change) {
    CO_TRY_VOID(impl_->core->deps.store.accepting());
    CO_TRY_VOID(check_change(change));
    auto effects = impl_->state.with([&](QueueState& now) -> Result<Effects> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return unknown_job();
        TRY_VOID(check_datatype(impl_->core->processors, change, *job->record.info));
        if (change.datatype && (now.record->attributes & printer_attribute::kRawOnly) != 0 && !is_raw_datatype(*change.datatype)) {
            return Error(Win32::invalid_datatype, "this printer takes RAW only");
        }
        Effects made;
        auto info = std::make_shared<JobInfo>(*job->record.info);
        const bool new_priority = change.priority && *change.priority != info->priority;
        std::uint32_t fields = apply_info(change, *info);
        TRY_VOID(impl_->charge_metadata(now, *job, *info, change.status_text ? *change.status_text : job->record.status_text));
        job->record.info = std::move(info);
        if (change.status_text) job->record.status_text = *change.status_text;
        // Clients set back what they read: what this server shows by itself would stay after the trouble is over.
        if (change.status) job->record.shown_status = *change.status & job_status::kSettable & ~job->own_status();
        if (change.status_text) fields |= field_bit(job_field::kStatusString);
        if (change.status) fields |= field_bit(job_field::kStatus);
        std::vector<Job*> moved;
        if (new_priority) moved = now.place_by_priority(*job);
        if (change.position && *change.position != 0) {
            std::vector<Job*> more = now.move_to(*job, std::min<std::size_t>(*change.position, now.jobs.size()) - 1);
            moved.insert(moved.end(), more.begin(), more.end());
            fields |= field_bit(job_field::kPosition);
        }
        now.refresh_ready(*job);
        for (const Job* other : moved) made.ticket = impl_->store_job(*other);
        if (const Ticket ticket = impl_->store_job(*job); ticket != 0) made.ticket = ticket;
        made.poke = true;
        impl_->publish_job(now, *job, printer_change::kSetJob, fields);
        return made;
    });
    if (!effects) co_return std::move(effects).error();
    Effects todo = std::move(*effects);
    co_return co_await impl_->settle(std::move(todo));
}

namespace {

// Does the chain of links that starts at `from` come by `wanted`?
bool leads_to(const QueueState& now, JobId from, JobId wanted) {
    std::size_t steps = 0;
    for (const Job* job = now.find(from); job != nullptr && steps <= now.jobs.size(); ++steps) {
        if (job->record.id == wanted) return true;
        job = now.find(job->record.next_job);
    }
    return false;
}

}  // namespace

Task<Result<void>> PrinterQueue::link_job(JobId id, JobId next) {
    CO_TRY_VOID(impl_->core->deps.store.accepting());
    auto effects = impl_->state.with([&](QueueState& now) -> Result<Effects> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return unknown_job();
        Job* follower = next == 0 ? nullptr : now.find(next);
        if (next != 0 && (follower == nullptr || follower->deleting || leads_to(now, next, id))) return unknown_job();
        Effects made;
        std::vector<Job*> changed;
        if (follower != nullptr) {
            for (const auto& other : now.jobs) {                   // a job follows one job only
                if (other->record.next_job != next || other.get() == job) continue;
                other->record.next_job = 0;
                changed.push_back(other.get());
            }
            const std::size_t place = now.index_of(*job);
            const bool in_front = now.index_of(*follower) < place;
            const std::vector<Job*> moved = now.move_to(*follower, in_front ? place : place + 1);
            changed.insert(changed.end(), moved.begin(), moved.end());
            changed.push_back(follower);
        }
        job->record.next_job = next;
        for (const Job* other : changed) made.ticket = impl_->store_job(*other);
        if (const Ticket ticket = impl_->store_job(*job); ticket != 0) made.ticket = ticket;
        made.poke = true;
        impl_->publish_job(now, *job, printer_change::kSetJob, field_bit(job_field::kPosition));
        return made;
    });
    if (!effects) co_return std::move(effects).error();
    Effects todo = std::move(*effects);
    co_return co_await impl_->settle(std::move(todo));
}

// --- Start ---------------------------------------------------------------------------------------------------------------

void PrinterQueue::Impl::restore(std::vector<JobRecord> records) {
    std::sort(records.begin(), records.end(), [](const JobRecord& a, const JobRecord& b) {
        return a.order != b.order ? a.order < b.order : a.id < b.id;
    });
    std::uint64_t bytes = 0;
    state.with([&](QueueState& now) {
        now.jobs.reserve(records.size());
        for (JobRecord& record : records) {
            auto job = std::make_unique<Job>();
            job->record = std::move(record);
            job->available = job->record.size;
            const std::size_t property_bytes = size_of(job->record.properties);
            core->properties->adopt(property_bytes);
            job->property_charge = PropertyCharge(core->properties, property_bytes);
            const JobInfo& info = *job->record.info;
            job->metadata = core->metadata->adopt(info.owner, metadata_bytes(info, now.record->devmode) + job->record.status_text.size());
            if (!now.jobs.empty() && job->record.order <= now.jobs.back()->record.order) {
                job->record.order = now.jobs.back()->record.order + 1;
            }
            now.bytes += job->record.size;
            now.by_id.emplace(job->record.id, job.get());
            now.refresh_ready(*job);
            now.jobs.push_back(std::move(job));
        }
        bytes = now.bytes;
    });
    core->space.adopt(bytes);
}

}  // namespace spooler
