// Documents: [MS-RPRN] 3.1.4.9, [MS-PAR] 3.1.4.8. The handle's gate keeps calls on one document apart.
#include "base/limits.h"
#include "server/winspool/containers.h"
#include "server/winspool/service.h"

#include <algorithm>
#include <utility>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

constexpr std::string_view kPortDatatype = "RAW";                  // of documents sent to a port

// "DOMAIN\\alice" → "alice": what job lists show.
std::string account_name(const std::string& user) { return user.substr(user.rfind('\\') + 1); }

Result<std::shared_ptr<DocumentHandle>> open_document(const dcerpc::Call& call, const ndr::ContextHandle& handle) {
    TRY(std::shared_ptr<DocumentHandle> found, call.handle<DocumentHandle>(handle));
    if (!found->document) return Error(Win32::spl_no_startdoc);
    return found;
}

}  // namespace

// [MS-RPRN] 3.1.4.9.1 RpcStartDocPrinter; [MS-PAR] 3.1.4.8.1
Outcome WinspoolService::start_doc_printer(dcerpc::Call& call, const op::StartDocPrinter::In& in, op::StartDocPrinter::Out& out) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, call.handle<DocumentHandle>(in.hPrinter));
    CO_TRY_VOID(handle->require(Access::use));
    CO_TRY(spooler::NewDocument document, document_from(in.pDocInfoContainer));
    if (handle->document) co_return Error(Win32::invalid_handle, "a document is open already");
    const spooler::PrinterQueuePtr queue = handle->queue();
    if (!queue) co_return Error(Win32::unknown_port, "no printer uses this port");
    if (document.datatype.empty()) document.datatype = handle->datatype();
    if (const auto port = std::dynamic_pointer_cast<PortHandle>(handle)) {
        if (document.datatype.empty()) document.datatype = kPortDatatype;
        document.direct_port = port->port();
    }
    document.devmode = handle->devmode();
    document.user_name = account_name(call.token().user);
    document.notify_name = document.user_name;
    document.machine_name = handle->machine_name();
    document.owner = call.token().user_sid;
    auto started = co_await queue->start_document(std::move(document));
    if (!started) {
        // The user only sees a number; whoever can raise the limit or clear the queue should know why.
        if (started.error().code() == Win32::not_enough_quota || started.error().code() == Win32::no_spool_space) {
            call.log(base::log::Level::warning, "document refused", {{"printer", queue->record()->name}, {"reason", started.error().text()}});
        }
        co_return std::move(started).error();
    }
    handle->document = std::move(*started);
    handle->write_cancelled = false;
    out.pJobId = handle->document->id();
    call.log(base::log::Level::debug, "document started", {{"job", out.pJobId}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.9.2 RpcStartPagePrinter; [MS-PAR] 3.1.4.8.2
Outcome WinspoolService::start_page_printer(dcerpc::Call& call, const op::StartPagePrinter::In& in, op::StartPagePrinter::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, open_document(call, in.hPrinter));
    co_return handle->document->start_page();
}

// [MS-RPRN] 3.1.4.9.3 RpcWritePrinter; [MS-PAR] 3.1.4.8.3
Outcome WinspoolService::write_printer(dcerpc::Call& call, const op::WritePrinter::In& in, op::WritePrinter::Out& out) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, open_document(call, in.hPrinter));
    auto written = co_await handle->document->write(in.pBuf.view());
    if (!written) {
        if (written.error().code() == Win32::print_cancelled) handle->write_cancelled = true;
        co_return std::move(written).error();
    }
    out.pcWritten = *written;
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.9.4 RpcEndPagePrinter; [MS-PAR] 3.1.4.8.4
Outcome WinspoolService::end_page_printer(dcerpc::Call& call, const op::EndPagePrinter::In& in, op::EndPagePrinter::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, open_document(call, in.hPrinter));
    co_return handle->document->end_page();
}

// [MS-RPRN] 3.1.4.9.7 RpcEndDocPrinter; [MS-PAR] 3.1.4.8.5. Whatever the outcome, the handle is free for the next document.
Outcome WinspoolService::end_doc_printer(dcerpc::Call& call, const op::EndDocPrinter::In& in, op::EndDocPrinter::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, open_document(call, in.hPrinter));
    const spooler::JobWriterPtr document = std::exchange(handle->document, nullptr);
    CO_TRY_VOID(co_await document->end());
    call.log(base::log::Level::debug, "document ended", {{"job", document->id()}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.9.5 RpcAbortPrinter; [MS-PAR] 3.1.4.8.6
Outcome WinspoolService::abort_printer(dcerpc::Call& call, const op::AbortPrinter::In& in, op::AbortPrinter::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, open_document(call, in.hPrinter));
    const spooler::JobWriterPtr document = std::exchange(handle->document, nullptr);
    co_return co_await document->abort();
}

// What the device has sent back to the document that this handle prints. Without one nothing of the port is open, so there is nothing to
// read: what is said to somebody else's document is his.
Outcome WinspoolService::read_port(std::shared_ptr<PortHandle> handle, op::ReadPrinter::Out& out) {
    CO_TRY(const spooler::PortCatalog::Found port, spooler_.ports().find(handle->port()));
    if ((port.monitor->port_type() & spooler::port_type::kRead) == 0) co_return Error(Win32::invalid_handle, "the port cannot be read");
    if (!handle->document) co_return Result<void>();
    CO_TRY(const std::size_t count, co_await handle->document->read_back(out.pBuf.span()));
    out.pcNoBytesRead = static_cast<std::uint32_t>(count);
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.9.6 RpcReadPrinter; [MS-PAR] 3.1.4.8.7: of a job handle the spool file, in order, from the handle's own position.
Outcome WinspoolService::read_printer(dcerpc::Call& call, const op::ReadPrinter::In& in, op::ReadPrinter::Out& out) {
    if (const auto port = call.handle<PortHandle>(in.hPrinter)) co_return co_await read_port(*port, out);
    CO_TRY(const std::shared_ptr<JobHandle> handle, call.handle<JobHandle>(in.hPrinter));
    CO_TRY_VOID(handle->require(Access::job_read));
    const std::optional<spooler::JobView> job = handle->queue()->job(handle->job());
    if (!job || (job->status & (spooler::job_status::kDeleting | spooler::job_status::kDeleted)) != 0) {
        co_return Error(Win32::print_cancelled, "the job is gone");
    }
    if (!handle->reader) {
        CO_TRY(handle->reader, co_await handle->queue()->open_document(handle->job()));
    }
    const base::MutableByteView into = out.pBuf.span();
    std::size_t done = 0;
    while (done < into.size()) {
        const base::MutableByteView rest = into.subspan(done);
        CO_TRY(const std::size_t count, co_await handle->reader->read(rest));
        if (count == 0) break;
        done += count;
    }
    out.pcNoBytesRead = static_cast<std::uint32_t>(done);
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.9.8 RpcFlushPrinter: lets a driver bring its device back into order after its document was cancelled in the middle.
Outcome WinspoolService::flush_printer(dcerpc::Call& call, const op::FlushPrinter::In& in, op::FlushPrinter::Out& out) {
    CO_TRY(const std::shared_ptr<PortHandle> handle, call.handle<PortHandle>(in.hPrinter));
    if (!handle->write_cancelled) co_return Error(Win32::invalid_handle, "no WritePrinter on this port met a cancelled job");
    if (handle->document) co_await handle->document->left_port();
    const std::chrono::milliseconds rest(std::min(in.cSleep, base::limits::kMaxFlushDelayMs));
    CO_TRY(out.pcWritten, co_await spooler_.flush_port(handle->port(), in.pBuf.view(), rest));
    call.log(base::log::Level::debug, "port flushed", {{"port", handle->port()}, {"bytes", out.pcWritten}, {"rest_ms", in.cSleep}});
    co_return Result<void>();
}

}  // namespace server
