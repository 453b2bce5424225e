#include "spooler/despooler.h"

#include "spooler/direct_feed.h"
#include "spooler/failpoint.h"
#include "spooler/ports/language_monitor.h"
#include "spooler/queue_impl.h"

#include <boost/asio/post.hpp>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

Error stopped_error() { return Error(Win32::print_cancelled, "delivery stopped"); }

}  // namespace

void Delivery::interrupt(const std::shared_ptr<Delivery>& delivery, const boost::asio::any_io_executor& strand, Stop how) {
    Stop expected = Stop::none;
    if (!delivery->stop.compare_exchange_strong(expected, how) && how == Stop::cancel) delivery->stop.store(Stop::cancel);
    delivery->wake.set();
    // On the strand, so that it meets the coroutine either before an operation (which then sees `stop`) or inside one.
    boost::asio::post(strand, [delivery] { delivery->signal.emit(boost::asio::cancellation_type::terminal); });
}

namespace {

// The spool file, followed while it grows.
template <class Impl>
class SpoolSource final : public DocumentSource {
 public:
    SpoolSource(Impl& impl, Delivery& delivery, std::unique_ptr<SpoolReader> reader)
        : impl_(impl), delivery_(delivery), reader_(std::move(reader)) {}

    Task<Result<std::size_t>> read(base::MutableByteView into) override {
        while (!delivery_.stopped()) {
            delivery_.wake.reset();
            const auto progress = impl_.progress(delivery_.job);
            if (progress.gone) break;
            if (reader_->position() < progress.available) {
                CO_TRY(const std::size_t size, co_await reader_->read(into));
                if (size == 0) co_return Error(Win32::spool_file_not_found, "spool file shorter than recorded");
                co_return size;
            }
            if (progress.complete) co_return std::size_t{0};
            co_await delivery_.wake.wait();
        }
        co_return stopped_error();
    }

 private:
    Impl& impl_;
    Delivery& delivery_;
    std::unique_ptr<SpoolReader> reader_;
};

// What is being written, without a file between. Between two pieces the writer may ask what the device says.
class FeedSource final : public DocumentSource {
 public:
    FeedSource(Delivery& delivery, PortSession& session) : delivery_(delivery), session_(session) {}

    Task<Result<std::size_t>> read(base::MutableByteView into) override {
        while (!delivery_.stopped()) {
            delivery_.wake.reset();
            if (delivery_.feed->asked()) {
                // `into` is free until there is something for it.
                CO_TRY(const std::size_t said, co_await session_.read(into));
                delivery_.feed->answer(into.first(std::min(said, into.size())));
            }
            const std::optional<std::size_t> taken = delivery_.feed->take(into);
            if (taken) co_return *taken;
            co_await delivery_.wake.wait();
        }
        co_return stopped_error();
    }

 private:
    Delivery& delivery_;
    PortSession& session_;
};

// The device; holds the data back while job or printer is paused.
template <class Impl>
class DeviceSink final : public DocumentSink {
 public:
    DeviceSink(Impl& impl, Delivery& delivery, PortSession& session) : impl_(impl), delivery_(delivery), session_(session) {}

    Task<Result<void>> write(base::ByteView data) override {
        while (!data.empty()) {
            CO_TRY_VOID(co_await wait_while_paused());
            auto accepted = co_await session_.write(data);
            // A monitor that asks for the size of something that grows meanwhile; it is no error of the device (Q252663).
            if (!accepted && accepted.error().code() == Win32::insufficient_buffer && ++repeats_ <= kMostRepeats) continue;
            if (!accepted && accepted.error().code() == Win32::insufficient_buffer) co_return Error(Win32::write_fault, "the port's monitor is confused");
            if (!accepted) co_return std::move(accepted).error();
            const std::size_t taken = *accepted;
            repeats_ = 0;
            if (taken == 0 || taken > data.size()) co_return Error(Win32::write_fault, "the port accepted nothing");
            delivery_.data_sent.store(true);
            impl_.note_sent(delivery_.job, taken);
            data = data.subspan(taken);
            WSP_FAILPOINT("despool.middle");
        }
        co_return Result<void>();
    }

    void page_done() override { impl_.note_page_printed(delivery_.job); }

    Task<Result<void>> wait_while_paused() {
        while (!delivery_.stopped()) {
            delivery_.wake.reset();
            if (!impl_.paused(delivery_.job)) co_return Result<void>();
            co_await delivery_.wake.wait();
        }
        co_return stopped_error();
    }

 private:
    static constexpr int kMostRepeats = 100;

    Impl& impl_;
    Delivery& delivery_;
    PortSession& session_;
    int repeats_ = 0;
};

// The port's session, below the language monitor that the document's driver names.
template <class Impl>
Task<Result<std::unique_ptr<PortSession>>> open_session(Impl& impl, Delivery& delivery) {
    CO_TRY(PortCatalog::Found port, impl.core->ports.find(delivery.port));
    CO_TRY(std::unique_ptr<PortSession> session, co_await port.monitor->open(port.config, delivery.document));
    const std::string wanted = impl.core->drivers.language_monitor(delivery.driver);
    const LanguageMonitorPtr language = wanted.empty() ? nullptr : impl.core->deps.monitors.language_monitor(wanted);
    if (!language || delivery.stopped()) co_return std::move(session);
    co_return co_await language->start(std::move(session), delivery.document);
}

}  // namespace

Task<Result<void>> Despooler::deliver(PrinterQueuePtr queue, std::shared_ptr<Delivery> delivery) {
    // Cancellation shows as an error of the operation in progress, never as an exception.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    WSP_FAILPOINT("despool.start");
    auto& impl = queue->impl();
    if (delivery->stopped()) co_return stopped_error();
    const PrintProcessorPtr processor = impl.core->processors.object(delivery->processor, delivery->settings.datatype);
    if (!processor) co_return Error(Win32::invalid_datatype, "no processor for " + delivery->settings.datatype);
    std::unique_ptr<DocumentSource> source;
    if (!delivery->feed) {
        CO_TRY(std::unique_ptr<SpoolReader> reader, co_await impl.core->deps.files.open(delivery->job));
        source = std::make_unique<SpoolSource<PrinterQueue::Impl>>(impl, *delivery, std::move(reader));
    }
    if (delivery->stopped()) co_return stopped_error();
    CO_TRY(std::unique_ptr<PortSession> session, co_await open_session(impl, *delivery));
    if (delivery->stopped()) co_return stopped_error();
    if (delivery->feed) source = std::make_unique<FeedSource>(*delivery, *session);
    impl.note_connected(delivery->job, delivery->port);

    DeviceSink sink(impl, *delivery, *session);
    CO_TRY_VOID(co_await processor->process(delivery->settings, *source, sink));
    CO_TRY_VOID(co_await sink.wait_while_paused());
    WSP_FAILPOINT("despool.finish.before");
    CO_TRY_VOID(co_await session->finish());
    WSP_FAILPOINT("despool.finish.after");
    co_return Result<void>();
}

}  // namespace spooler
