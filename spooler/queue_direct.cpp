// Direct printing: a document takes its port at StartDoc and goes to the device as it is written. No spool file, no row in the
// database, no second try: what goes wrong is the application's to know.
#include "base/utf.h"
#include "spooler/direct_feed.h"
#include "spooler/job_writer_state.h"
#include "spooler/queue_impl.h"
#include "spooler/retry_policy.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

// --- StartDoc ------------------------------------------------------------------------------------------------------------

namespace {

// The first port that no document of any printer holds and that SetPort has not stopped.
Result<std::string> reserve_port(SpoolerCore& core, const std::vector<std::string>& ports) {
    for (const std::string& port : ports) {
        if (!core.ports.told(port).stops_printing() && core.locks.try_acquire(port)) return port;
    }
    return Error(Win32::busy, "the port prints another document");
}

}  // namespace

Result<JobWriterPtr> PrinterQueue::start_direct(JobInfoPtr info, const PrinterRecord& printer, const std::string& wanted) {
    const std::shared_ptr<SpoolerCore> core = impl_->core;
    const bool offline = (printer.attributes & printer_attribute::kWorkOffline) != 0;
    if (printer.paused || offline) return Error(Win32::invalid_printer_state, "paused or offline, and nothing is spooled");
    const std::vector<std::string> one = {wanted};
    TRY(const std::string port, reserve_port(*core, wanted.empty() ? printer.ports : one));

    auto job = std::make_unique<Job>();
    job->direct = true;
    job->row_deleted = true;  // never stored
    job->writer = std::make_shared<WriterControl>();
    auto writer = std::make_unique<JobWriter::State>();
    writer->queue = shared_from_this();
    writer->control = job->writer;
    writer->feed = std::make_shared<DirectFeed>();
    job->record.state = JobState::spooling;
    job->record.printer = id_;
    job->record.info = std::move(info);
    writer->id = job->record.id = core->jobs.allocate(weak_from_this());
    const SteadyTime at = impl_->now();
    auto delivery = impl_->state.with([&](QueueState& now) -> Result<std::shared_ptr<Delivery>> {
        TRY(Job* const inserted, impl_->insert_job(now, std::move(job)));
        auto made = impl_->begin_delivery(now, *inserted, port, at);
        made->feed = writer->feed;
        return made;
    });
    if (!delivery) {
        core->jobs.erase(writer->id);
        core->locks.release(port);
        return std::move(delivery).error();
    }
    writer->delivery = *delivery;
    impl_->launch(std::move(*delivery));
    return std::make_shared<JobWriter>(std::move(writer));
}

// --- WritePrinter, EndDoc, Abort -------------------------------------------------------------------------------------------

Task<Result<std::uint32_t>> JobWriter::write_direct(base::ByteView data) {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    if (const auto over = state.feed->ended(); over && !*over) co_return over->error();
    const auto total = static_cast<std::uint32_t>(data.size());
    CO_TRY_VOID(impl.reserve(state.id, total, SpoolSettings()));
    if (total == 0) co_return total;
    state.feed->offer(data);
    state.delivery->wake.set();
    CO_TRY_VOID(co_await state.feed->passed());
    state.in_file += total;
    impl.note_written(state.id, state.in_file);
    co_return total;
}

Task<Result<void>> JobWriter::end_direct() {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    state.closed = true;
    if (state.pages_started > state.pages_ended) static_cast<void>(impl.note_pages(state.id, state.pages_started));
    auto completed = impl.complete(state.id);
    if (completed) {
        state.feed->end();
        Effects effects = std::move(*completed);
        impl.act(effects);
        state.delivery->wake.set();
    }
    co_return co_await state.feed->outcome();
}

Task<Result<void>> JobWriter::abort_direct() {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    state.closed = true;
    Effects effects = impl.abort_document(state.id);
    impl.act(effects);
    // Until the device is closed the port is not free.
    [[maybe_unused]] const Result<void> outcome = co_await state.feed->outcome();
    co_return Result<void>();
}

Task<Result<std::size_t>> JobWriter::read_back(base::MutableByteView into) {
    State& state = *state_;
    if (state.closed || state.control->cancelled.load()) co_return Error(Win32::print_cancelled, "job cancelled");
    if (!state.feed) co_return Error(Win32::invalid_handle, "a spooled document has no device yet");
    std::size_t done = 0;
    while (done < into.size()) {
        state.feed->ask();
        state.delivery->wake.set();
        auto heard = co_await state.feed->hear(into.subspan(done));
        // What was heard before an error is told; the error comes with the next call.
        if (!heard && done == 0) co_return std::move(heard).error();
        if (!heard || *heard == 0) break;
        done += *heard;
    }
    co_return done;
}

Task<void> JobWriter::left_port() {
    if (!state_->feed) co_return;
    [[maybe_unused]] const Result<void> outcome = co_await state_->feed->outcome();
}

// --- The end of the delivery -----------------------------------------------------------------------------------------------

void PrinterQueue::Impl::fail_direct(QueueState& current, Job& job, const Delivery& delivery, const Error& error, Effects& effects) {
    if (delivery.stop.load() == Delivery::Stop::none) {
        const DeliveryFailure failure{error, 1, delivery.data_sent.load()};
        const RetryDecision decision = decide(failure, core->settings());
        current.ports[base::fold_utf8(delivery.port)].printer_status = decision.printer_status;
        note_failure(current, decision, error);
        job.error_status = decision.job_status;
    }
    drop_job(current, job, effects);
}

Result<void> PrinterQueue::Impl::direct_outcome(const Delivery& delivery, const Result<void>& result) {
    switch (delivery.stop.load()) {
        case Delivery::Stop::none:
            // No application knows what to do with that (Q252663).
            if (!result && result.error().code() == Win32::insufficient_buffer)
                return Error(Win32::write_fault, "the port's monitor is confused");
            return result;
        case Delivery::Stop::shutdown:
            return Error(Win32::rpc_s_server_unavailable, "the server is stopping");
        default:
            return Error(Win32::print_cancelled, "job cancelled");
    }
}

}  // namespace spooler
