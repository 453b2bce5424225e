// From the ready list to the port: which job starts on which port, and what follows when a delivery ends.
#include "base/log.h"
#include "base/utf.h"
#include "spooler/direct_feed.h"
#include "spooler/failpoint.h"
#include "spooler/notify/event.h"
#include "spooler/queue_impl.h"
#include "spooler/retry_policy.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::uint32_t kStatusFields = field_bit(job_field::kStatus) | field_bit(job_field::kStatusString);

Result<void> result_of(const std::exception_ptr& escaped, Result<void> result) {
    if (!escaped) return result;
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& caught) {
        base::log::error("delivery ended with an exception", {{"reason", caught.what()}});
    }
    return Error(Win32::gen_failure, "internal error");
}

Timers::Action poke_later(std::weak_ptr<PrinterQueue> queue) {
    return [queue = std::move(queue)] {
        if (const PrinterQueuePtr alive = queue.lock()) alive->poke();
    };
}

}  // namespace

std::uint32_t PrinterQueue::Impl::minute_of_day() const {
    constexpr std::uint64_t kTicksPerMinute = 60ULL * 10'000'000ULL;
    return static_cast<std::uint32_t>(core->deps.clock.now().ticks / kTicksPerMinute % kMinutesPerDay);
}

// --- Starting ------------------------------------------------------------------------------------------------------------

PrinterQueue::Impl::Plan PrinterQueue::Impl::plan(QueueState& current, SteadyTime at, std::uint32_t minute) {
    Plan result;
    result.priority = current.record->priority;
    const Choice choice = current.pick(minute);
    if (choice.id == 0) {
        if (choice.retry_minutes != 0) result.wake_at = at + std::chrono::minutes(choice.retry_minutes);
        return result;
    }
    for (const std::string& port : current.record->ports) {
        PortUse& use = current.ports[base::fold_utf8(port)];
        if (use.state != PortUse::State::idle || use.told.stops_printing()) continue;
        if (use.not_before > at) {
            result.wake_at = std::min(result.wake_at.value_or(use.not_before), use.not_before);
            continue;
        }
        use.state = PortUse::State::waiting;                       // before acquire: the grant may come at once from another thread
        result.port = port;
        break;
    }
    return result;
}

void PrinterQueue::Impl::poke() {
    while (!core->stopping.load()) {
        const SteadyTime at = now();
        const std::uint32_t minute = minute_of_day();
        const Plan next = state.with([&](QueueState& current) { return plan(current, at, minute); });
        if (next.wake_at) {
            const bool later = state.with([&](QueueState& current) {
                const bool pending = current.timer_at > at && current.timer_at <= *next.wake_at;
                if (!pending) current.timer_at = *next.wake_at;
                return !pending;
            });
            if (later) core->timers.schedule(*next.wake_at, poke_later(owner.weak_from_this()));
        }
        if (next.port.empty()) return;
        if (core->locks.acquire(next.port, next.priority, owner.weak_from_this())) start_on(next.port);
    }
}

// The port's lock is ours.
void PrinterQueue::Impl::start_on(const std::string& port) {
    const SteadyTime at = now();
    const std::uint32_t minute = minute_of_day();
    std::shared_ptr<Delivery> delivery = state.with([&](QueueState& current) { return claim(current, port, at, minute); });
    if (delivery) {
        launch(std::move(delivery));
    } else {
        core->locks.release(port);
    }
}

std::shared_ptr<Delivery> PrinterQueue::Impl::claim(QueueState& current, const std::string& port, SteadyTime at, std::uint32_t minute) {
    const std::string key = base::fold_utf8(port);
    PortUse& use = current.ports[key];
    use.state = PortUse::State::idle;
    const auto& ports = current.record->ports;
    const auto name = std::find_if(ports.begin(), ports.end(), [&](const std::string& other) { return base::fold_utf8(other) == key; });
    if (core->stopping.load() || name == ports.end() || use.not_before > at || use.told.stops_printing()) return nullptr;
    const Choice choice = current.pick(minute);
    if (choice.id == 0) return nullptr;

    current.linked_next = 0;
    return begin_delivery(current, *current.find(choice.id), *name, at);
}

std::shared_ptr<Delivery> PrinterQueue::Impl::begin_delivery(QueueState& current, Job& job, const std::string& port, SteadyTime at) {
    current.move(job, JobEvent::pick);
    current.ports[base::fold_utf8(port)].state = PortUse::State::active;
    job.port = port;
    job.print_start = at;
    job.bytes_printed = 0;
    job.pages_printed = 0;
    ++job.attempts;
    auto delivery = std::make_shared<Delivery>();
    delivery->job = job.record.id;
    delivery->port = port;
    delivery->driver = job.record.info->driver_name;
    delivery->processor = job.record.info->processor;
    delivery->settings.datatype = job.record.info->datatype;
    delivery->settings.parameters = job.record.info->parameters;
    delivery->settings.devmode = job.record.info->devmode;
    if (job.record.info->devmode) {
        const std::int16_t copies = read_devmode(*job.record.info->devmode).copies.value_or(1);
        delivery->settings.copies = static_cast<std::uint32_t>(std::max<std::int16_t>(copies, 1));
    }
    delivery->document = {job.record.id,         job.record.info->document, job.record.info->user_name, current.record->name,
                          job.record.info->datatype, job.attempts};
    job.delivery = delivery;
    static_cast<void>(store_job(job));
    publish_job(current, job, printer_change::kSetJob, kStatusFields | field_bit(job_field::kPortName));
    publish_printer(current, 0, field_bit(printer_field::kStatus));
    return delivery;
}

void PrinterQueue::Impl::launch(std::shared_ptr<Delivery> delivery) {
    core->deliveries.enter();
    PrinterQueuePtr self = owner.shared_from_this();
    const boost::asio::cancellation_slot slot = delivery->signal.slot();
    auto ended = [self, delivery](const std::exception_ptr& escaped, Result<void> result) {
        self->impl().conclude(delivery, result_of(escaped, std::move(result)));
    };
    boost::asio::co_spawn(strand, Despooler::deliver(self, delivery), boost::asio::bind_cancellation_slot(slot, std::move(ended)));
}

void PrinterQueue::port_granted(const std::string& port) {
    PrinterQueuePtr self = shared_from_this();
    boost::asio::post(impl().strand, [self, port] {
        self->impl().start_on(port);
        self->impl().poke();
    });
}

// --- Ending --------------------------------------------------------------------------------------------------------------

void PrinterQueue::Impl::conclude(const std::shared_ptr<Delivery>& delivery, const Result<void>& result) {
    Effects effects = state.with([&](QueueState& current) {
        Effects made;
        current.ports[base::fold_utf8(delivery->port)].state = PortUse::State::idle;
        if (Job* job = current.find(delivery->job)) conclude_locked(current, *job, *delivery, result, made);
        publish_printer(current, 0, field_bit(printer_field::kStatus));
        return made;
    });
    if (!result && delivery->stop.load() == Delivery::Stop::none) {
        base::log::warning("document not delivered", {{"job", delivery->job},
                                                      {"printer", delivery->document.printer_name},
                                                      {"port", delivery->port},
                                                      {"attempt", delivery->document.attempt},
                                                      {"error", result.error().to_string()}});
    }
    core->locks.release(delivery->port);
    if (delivery->feed) delivery->feed->conclude(direct_outcome(*delivery, result));
    effects.poke = true;
    settle_in_background(std::move(effects));
    retire_if_done();
    core->deliveries.leave();
}

void PrinterQueue::Impl::conclude_locked(QueueState& current, Job& job, const Delivery& delivery, const Result<void>& result,
                                         Effects& effects) {
    job.delivery.reset();
    job.port.clear();
    job.time_ms = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now() - job.print_start).count());
    if (job.deleting) {
        drop_job(current, job, effects);
        return;
    }
    const Delivery::Stop stop = delivery.stop.load();
    if (result) {
        finish_job(current, job, delivery.port, effects);
    } else if (job.direct) {
        fail_direct(current, job, delivery, result.error(), effects);
    } else if (stop == Delivery::Stop::none) {
        fail_delivery(current, job, delivery, result.error(), effects);
    } else {
        current.move(job, JobEvent::release);
        job.bytes_printed = 0;
        if (stop == Delivery::Stop::restart) job.record.restarted = true;
        // Interrupted by shutdown: the row keeps saying `printing`, which the next start reads as "print again".
        if (stop != Delivery::Stop::shutdown) effects.ticket = store_job(job);
        publish_job(current, job, printer_change::kSetJob, kStatusFields);
    }
}

void PrinterQueue::Impl::finish_job(QueueState& current, Job& job, const std::string& port, Effects& effects) {
    PortUse& use = current.ports[base::fold_utf8(port)];
    use.failures = 0;
    current.move(job, JobEvent::finish);
    current.linked_next = job.record.next_job;
    current.total_bytes += job.record.size;
    current.total_pages += job.record.total_pages;
    job.pages_printed = job.record.total_pages;
    job.error_status = 0;
    job.record.status_text.clear();
    job.record.restarted = false;
    publish_job(current, job, printer_change::kSetJob, kStatusFields | field_bit(job_field::kPagesPrinted));
    const bool keep = job.record.retained || (current.record->attributes & printer_attribute::kKeepPrintedJobs) != 0;
    if (keep && !job.direct && !current.record->pending_deletion) {
        effects.ticket = store_job(job);
    } else {
        remove_job(current, job, effects);
    }
}

void PrinterQueue::Impl::note_failure(QueueState& current, const RetryDecision& decision, const Error& error) {
    current.last_error = static_cast<std::uint32_t>(error.code());
    if ((decision.printer_status & printer_status::kPaperOut) != 0) ++current.errors_out_of_paper;
    if ((decision.printer_status & printer_status::kOffline) != 0) ++current.errors_not_ready;
    ++current.job_errors;
}

void PrinterQueue::Impl::fail_delivery(QueueState& current, Job& job, const Delivery& delivery, const Error& error, Effects& effects) {
    PortUse& use = current.ports[base::fold_utf8(delivery.port)];
    DeliveryFailure failure{error, ++use.failures, delivery.data_sent.load()};
    const RetryDecision decision = decide(failure, core->settings());
    const bool growing = is_spooling(job.record.state);
    use.printer_status = decision.printer_status;
    note_failure(current, decision, error);
    job.error_status = decision.job_status;
    job.record.status_text = decision.text;
    job.bytes_printed = 0;
    if (decision.action == RetryAction::fail_job && !growing) {
        current.move(job, JobEvent::fail);
    } else {
        job.record.held = decision.action == RetryAction::hold_job || decision.action == RetryAction::fail_job;
        current.move(job, JobEvent::release);
    }
    if (decision.action == RetryAction::retry) use.not_before = now() + decision.delay;
    effects.ticket = store_job(job);
    publish_job(current, job, printer_change::kSetJob, kStatusFields);
    if (decision.action == RetryAction::pause_queue) {
        PrinterRecord record = *current.record;
        record.paused = true;
        replace_record(current, std::move(record), effects);
        publish_printer(current, printer_change::kSetPrinter, field_bit(printer_field::kStatus));
    }
}

void PrinterQueue::Impl::interrupt_all(Delivery::Stop how) {
    const auto running = state.with([](QueueState& current) {
        std::vector<std::shared_ptr<Delivery>> all;
        for (const auto& job : current.jobs) {
            if (job->delivery) all.push_back(job->delivery);
        }
        return all;
    });
    for (const auto& delivery : running) Delivery::interrupt(delivery, strand, how);
}

// --- For the despooler ---------------------------------------------------------------------------------------------------

PrinterQueue::Impl::Progress PrinterQueue::Impl::progress(JobId id) const {
    return state.with([&](const QueueState& current) {
        Progress result;
        const Job* job = current.find(id);
        if (job == nullptr || job->deleting) {
            result.gone = true;
        } else {
            result.available = job->available;
            result.complete = !is_spooling(job->record.state);
        }
        return result;
    });
}

bool PrinterQueue::Impl::paused(JobId id) const {
    return state.with([&](const QueueState& current) {
        const Job* job = current.find(id);
        return current.record->paused || (job != nullptr && job->record.paused);
    });
}

void PrinterQueue::Impl::note_sent(JobId id, std::uint64_t bytes) {
    state.with([&](QueueState& current) {
        Job* job = current.find(id);
        if (job == nullptr) return;
        job->bytes_printed += bytes;
        const bool known = !is_spooling(job->record.state) && job->record.size != 0;
        if (known) {
            const std::uint64_t done = std::min(job->bytes_printed, job->record.size);
            job->pages_printed = static_cast<std::uint32_t>(std::uint64_t{job->record.total_pages} * done / job->record.size);
        }
        publish_job(current, *job, printer_change::kSetJob, field_bit(job_field::kBytesPrinted) | field_bit(job_field::kPagesPrinted));
    });
}

void PrinterQueue::Impl::note_page_printed(JobId id) {
    state.with([&](QueueState& current) {
        if (Job* job = current.find(id)) ++job->pages_printed;
    });
}

// The device answers: what the last failure showed is over.
void PrinterQueue::Impl::note_connected(JobId id, const std::string& port) {
    state.with([&](QueueState& current) {
        PortUse& use = current.ports[base::fold_utf8(port)];
        if (use.printer_status != 0) {
            use.printer_status = 0;
            publish_printer(current, 0, field_bit(printer_field::kStatus));
        }
        Job* job = current.find(id);
        if (job == nullptr || (job->error_status == 0 && job->record.status_text.empty())) return;
        job->error_status = 0;
        job->record.status_text.clear();
        publish_job(current, *job, printer_change::kSetJob, kStatusFields);
    });
}

}  // namespace spooler
