#include "spooler/job_writer.h"

#include "base/limits.h"
#include "base/log.h"
#include "spooler/failpoint.h"
#include "spooler/job_writer_state.h"
#include "spooler/queue_impl.h"

#include <algorithm>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

// Most that one step writes, so that a cancelled job stops soon.
constexpr std::size_t kAppendBytes = 16 * base::limits::kSpoolChunkBytes;

Error cancelled_error() { return Error(Win32::print_cancelled, "job cancelled"); }

}  // namespace

JobWriter::JobWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

JobWriter::~JobWriter() {
    if (!state_ || state_->closed) return;
    PrinterQueue::Impl& impl = state_->queue->impl();
    if (impl.core->stopping.load()) return;                        // the next start deletes unfinished documents
    impl.settle_in_background(impl.abort_document(state_->id));
}

JobId JobWriter::id() const { return state_->id; }

Result<void> JobWriter::start_page() {
    ++state_->pages_started;
    return state_->queue->impl().note_pages(state_->id, std::max(state_->pages_started - 1, state_->pages_ended));
}

Result<void> JobWriter::end_page() {
    ++state_->pages_ended;
    return state_->queue->impl().note_pages(state_->id, std::max(state_->pages_ended, state_->pages_started > 0 ? state_->pages_started - 1 : 0));
}

Task<Result<void>> JobWriter::append(base::ByteView data) {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    if (!state.file) {
        CO_TRY(state.file, co_await impl.core->deps.files.create(state.id));
    }
    WSP_FAILPOINT("spool.append.before");
    CO_TRY_VOID(co_await state.file->append(data));
    WSP_FAILPOINT("spool.append.after");
    state.in_file += data.size();
    co_return Result<void>();
}

Task<Result<void>> JobWriter::flush_chunk() {
    State& state = *state_;
    if (state.buffer.empty()) co_return Result<void>();
    CO_TRY_VOID(co_await append(state.buffer));
    state.buffer.clear();
    co_return Result<void>();
}

// Takes what it can of `data` into the file or the buffer; nothing of a failed step.
Task<Result<std::size_t>> JobWriter::take(base::ByteView data) {
    State& state = *state_;
    constexpr std::size_t kChunk = base::limits::kSpoolChunkBytes;
    if (state.buffer.empty() && data.size() >= kChunk) {
        // Whole chunks need not pass through the buffer.
        const base::ByteView whole = data.first(std::min(data.size() - data.size() % kChunk, kAppendBytes));
        CO_TRY_VOID(co_await append(whole));
        co_return whole.size();
    }
    const std::size_t part = std::min(kChunk - state.buffer.size(), data.size());
    base::append(state.buffer, data.first(part));
    if (state.buffer.size() < kChunk) co_return part;
    auto flushed = co_await flush_chunk();
    if (flushed) co_return part;
    state.buffer.resize(state.buffer.size() - part);
    co_return std::move(flushed).error();
}

Task<Result<std::uint32_t>> JobWriter::write(base::ByteView data) {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    if (state.closed || state.control->cancelled.load()) co_return cancelled_error();
    data = data.first(std::min(data.size(), base::limits::kMaxWriteBytes));
    if (state.feed) co_return co_await write_direct(data);
    const auto total = static_cast<std::uint32_t>(data.size());
    const SpoolSettings settings = impl.core->settings();
    CO_TRY_VOID(co_await impl.core->space.take(total, settings));
    auto reserved = impl.reserve(state.id, total, settings);
    if (!reserved) {
        impl.core->space.give_back(total);
        co_return std::move(reserved).error();
    }
    std::uint32_t taken = 0;
    Result<void> outcome;
    while (taken < total && outcome) {
        auto step = co_await take(data.subspan(taken));
        if (state.control->cancelled.load()) co_return cancelled_error();
        if (step) taken += static_cast<std::uint32_t>(*step);
        else outcome = std::move(step).error();
    }
    if (taken < total) impl.unreserve(state.id, total - taken);
    if (!outcome && taken == 0) co_return std::move(outcome).error();
    impl.note_written(state.id, state.in_file);
    co_return taken;
}

Task<Result<void>> JobWriter::publish_file() {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    WSP_FAILPOINT("job.publish.before");
    if (!state.file) {
        CO_TRY_VOID(co_await impl.core->deps.files.write_whole(state.id, state.buffer));
    } else {
        CO_TRY_VOID(co_await flush_chunk());
        CO_TRY_VOID(co_await state.file->publish());
    }
    WSP_FAILPOINT("job.publish.after");
    co_return Result<void>();
}

Task<Result<void>> JobWriter::end() {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    if (state.closed) co_return Error(Win32::spl_no_startdoc);
    if (state.control->cancelled.load()) {
        CO_TRY_VOID(co_await abort());
        co_return cancelled_error();
    }
    if (state.feed) co_return co_await end_direct();
    CO_TRY_VOID(impl.core->deps.store.accepting());
    if (state.pages_started > state.pages_ended) static_cast<void>(impl.note_pages(state.id, state.pages_started));
    auto published = co_await publish_file();
    if (!published) {
        auto aborted = co_await abort();
        if (!aborted) base::log::warning("document not removed", {{"job", state.id}, {"error", aborted.error().to_string()}});
        co_return std::move(published).error();
    }
    state.closed = true;
    auto completed = impl.complete(state.id);
    if (!completed) {
        // Cancelled while the file was being published.
        state.file.reset();
        CO_TRY_VOID(co_await impl.core->deps.files.remove(state.id));
        co_return std::move(completed).error();
    }
    WSP_FAILPOINT("job.enqueue.after");
    Effects effects = std::move(*completed);
    const Ticket ticket = effects.ticket;
    impl.act(effects);
    state.file.reset();
    state.buffer = base::ByteBuffer();
    CO_TRY_VOID(co_await impl.core->deps.store.durable(ticket));
    WSP_FAILPOINT("job.durable.after");
    co_return Result<void>();
}

Task<Result<void>> JobWriter::abort() {
    State& state = *state_;
    PrinterQueue::Impl& impl = state.queue->impl();
    if (state.closed) co_return Error(Win32::spl_no_startdoc);
    if (state.feed) co_return co_await abort_direct();
    state.closed = true;
    if (state.file) {
        co_await state.file->discard();
        state.file.reset();
    }
    Effects effects = impl.abort_document(state.id);
    co_return co_await impl.settle(std::move(effects));
}

}  // namespace spooler
