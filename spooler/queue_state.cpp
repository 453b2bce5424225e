#include "spooler/queue_state.h"

#include "base/log.h"
#include "base/utf.h"

#include <algorithm>

namespace spooler {
namespace {

constexpr std::int64_t kOrderGap = std::int64_t{1} << 20;

}  // namespace

bool Job::ready() const {
    if (record.paused || record.held || deleting) return false;
    if (record.state == JobState::spooled) return true;
    return record.state == JobState::spooling && available > 0;
}

Candidate Job::candidate() const {
    Candidate candidate;
    candidate.id = record.id;
    candidate.priority = record.info->priority;
    candidate.order = record.order;
    candidate.start_time = record.info->start_time;
    candidate.until_time = record.info->until_time;
    candidate.complete = record.state == JobState::spooled;
    return candidate;
}

std::uint32_t Job::status() const { return record.shown_status | own_status(); }

std::uint32_t Job::own_status() const {
    std::uint32_t bits = error_status;
    if (record.paused) bits |= job_status::kPaused;
    if (deleting) bits |= job_status::kDeleting;
    if (is_spooling(record.state)) bits |= job_status::kSpooling;
    if (is_printing(record.state)) bits |= job_status::kPrinting;
    if (record.state == JobState::printed) bits |= job_status::kPrinted | job_status::kComplete;
    if (record.state == JobState::failed) bits |= job_status::kError;
    if (record.restarted) bits |= job_status::kRestart;
    if (record.retained) bits |= job_status::kRetained;
    return bits;
}

Job* QueueState::find(JobId id) const {
    const auto at = by_id.find(id);
    return at == by_id.end() ? nullptr : at->second;
}

std::size_t QueueState::index_of(const Job& job) const {
    const auto at = std::lower_bound(jobs.begin(), jobs.end(), job.record.order,
                                     [](const std::unique_ptr<Job>& other, std::int64_t order) { return other->record.order < order; });
    return static_cast<std::size_t>(at - jobs.begin());
}

std::vector<Job*> QueueState::insert_at(std::size_t index, std::unique_ptr<Job> job) {
    const std::size_t place = std::min(index, jobs.size());
    Job& inserted = *job;
    const std::int64_t before = place == 0 ? (jobs.empty() ? 0 : jobs.front()->record.order - 2 * kOrderGap) : jobs[place - 1]->record.order;
    const std::int64_t after = place == jobs.size() ? before + 2 * kOrderGap : jobs[place]->record.order;
    inserted.record.order = before + (after - before) / 2;
    const bool crowded = after - before < 2;
    jobs.insert(jobs.begin() + static_cast<std::ptrdiff_t>(place), std::move(job));
    by_id.insert_or_assign(inserted.record.id, &inserted);
    std::vector<Job*> changed;
    if (crowded) {
        std::int64_t order = kOrderGap;
        for (const std::unique_ptr<Job>& other : jobs) {
            other->record.order = order;
            order += kOrderGap;
            if (other.get() != &inserted) changed.push_back(other.get());
        }
        for (Job* other : changed) refresh_ready(*other);
    }
    refresh_ready(inserted);
    return changed;
}

std::vector<Job*> QueueState::insert_by_priority(std::unique_ptr<Job> job) {
    std::size_t place = jobs.size();
    while (place > 0 && jobs[place - 1]->record.info->priority < job->record.info->priority) --place;
    return insert_at(place, std::move(job));
}

std::vector<Job*> QueueState::move_to(Job& job, std::size_t index) {
    const std::size_t from = index_of(job);
    if (from == index) return {};
    std::unique_ptr<Job> moved = std::move(jobs[from]);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(from));
    return insert_at(index, std::move(moved));
}

std::vector<Job*> QueueState::place_by_priority(Job& job) {
    const std::size_t from = index_of(job);
    std::unique_ptr<Job> moved = std::move(jobs[from]);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(from));
    return insert_by_priority(std::move(moved));
}

std::unique_ptr<Job> QueueState::take(JobId id) {
    Job* job = find(id);
    if (job == nullptr) return nullptr;
    ready.erase(id);
    const std::size_t index = index_of(*job);
    std::unique_ptr<Job> taken = std::move(jobs[index]);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(index));
    by_id.erase(id);
    bytes -= std::min(bytes, taken->spooled_bytes());
    if (is_spooling(taken->record.state) && spooling > 0) --spooling;
    return taken;
}

void QueueState::refresh_ready(const Job& job) {
    if (job.ready()) {
        ready.put(job.candidate());
    } else {
        ready.erase(job.record.id);
    }
}

void QueueState::move(Job& job, JobEvent event) {
    const std::optional<JobState> next = next_state(job.record.state, event);
    WSP_CHECK(next.has_value());
    if (is_spooling(job.record.state) && !is_spooling(*next) && spooling > 0) --spooling;
    job.record.state = *next;
    refresh_ready(job);
}

JobView QueueState::view_of(const Job& job, SteadyTime now) const {
    JobView view;
    view.id = job.record.id;
    view.printer = job.record.printer;
    view.info = job.record.info;
    view.printer_name = name;
    view.state = job.record.state;
    view.status = job.status();
    view.status_text = job.record.status_text;
    view.port_name = job.port;
    view.position = static_cast<std::uint32_t>(index_of(job) + 1);
    view.size = job.record.size;
    view.bytes_printed = job.bytes_printed;
    view.total_pages = job.record.total_pages;
    view.pages_printed = job.pages_printed;
    view.time_ms = job.time_ms;
    if (job.delivery) {
        view.time_ms = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now - job.print_start).count());
    }
    view.next_job = job.record.next_job;
    return view;
}

bool QueueState::printing() const {
    return std::any_of(ports.begin(), ports.end(), [](const auto& entry) { return entry.second.state == PortUse::State::active; });
}

std::uint32_t QueueState::status() const {
    std::uint32_t bits = record->set_status;
    if (record->paused) bits |= printer_status::kPaused;
    if (record->pending_deletion) bits |= printer_status::kPendingDeletion;
    if ((record->attributes & printer_attribute::kWorkOffline) != 0) bits |= printer_status::kOffline;
    for (const auto& [port, use] : ports) {
        bits |= use.printer_status | printer_status_of(use.told.status);
        if (use.state == PortUse::State::active) bits |= printer_status::kPrinting;
    }
    return bits;
}

PrinterView QueueState::view() const {
    PrinterView result;
    result.record = record;
    result.status = status();
    result.jobs = static_cast<std::uint32_t>(jobs.size());
    result.spooling = spooling;
    result.max_spooling = max_spooling;
    result.handles = handles;
    result.max_handles = max_handles;
    result.total_jobs = total_jobs;
    result.total_bytes = total_bytes;
    result.total_pages = total_pages;
    result.errors_out_of_paper = errors_out_of_paper;
    result.errors_not_ready = errors_not_ready;
    result.job_errors = job_errors;
    result.last_error = last_error;
    result.branch_office = branch_office;
    result.up_since = up_since;
    return result;
}

// A linked job waits for the one in front of it as long as that one is going to print.
bool QueueState::blocked_by_link(JobId id) const {
    const Job* job = find(id);
    if (job == nullptr) return false;
    const std::size_t index = index_of(*job);
    if (index == 0) return false;
    const Job& front = *jobs[index - 1];
    if (front.record.next_job != id || front.record.paused || front.record.held || front.deleting) return false;
    return front.record.state != JobState::printed && front.record.state != JobState::failed;
}

Choice QueueState::pick(std::uint32_t minute) const {
    if (record->paused || retired || (record->attributes & printer_attribute::kWorkOffline) != 0) return {};
    PrinterRules rules;
    rules.start_time = record->start_time;
    rules.until_time = record->until_time;
    rules.complete_only = (record->attributes & (printer_attribute::kQueued | printer_attribute::kDirect)) != 0;
    rules.complete_first = (record->attributes & printer_attribute::kDoCompleteFirst) != 0;
    rules.linked = linked_next;
    return ready.pick(rules, minute, [this](JobId id) { return blocked_by_link(id); });
}

bool QueueState::work_left() const {
    if (spooling > 0 || printing()) return true;
    if (record->paused || (record->attributes & printer_attribute::kWorkOffline) != 0) return false;
    return !ready.empty();
}

}  // namespace spooler
