#include "tools/print_client/session.h"

#include "base/utf.h"
#include "wire/winspool/dispatch.h"

namespace print_client {
namespace {

namespace op = wire::winspool;

constexpr base::Guid kParObject{0x9940ca8e, 0x512f, 0x4c58, {0x88, 0xa9, 0x61, 0x09, 0x8d, 0x68, 0x96, 0xbd}};
constexpr std::uint32_t kInsufficientBuffer = 122;

ndr::WStr text(ndr::Arena& arena, std::string_view utf8) { return arena.copy(base::to_utf16(utf8)); }

void fill_client_info(ndr::Arena& arena, op::SPLCLIENT_CONTAINER& container) {
    auto* info = arena.alloc<op::SPLCLIENT_INFO_1>();
    info->dwSize = 28;
    info->pMachineName = text(arena, "\\\\probe");
    info->pUserName = text(arena, "probe");
    info->dwBuildNum = 22621;
    info->dwMajorVersion = 10;
    info->wProcessorArchitecture = 9;
    container.set_pClientInfo1(info);
}

// One call: an arena, a client over it, inputs and outputs. Kept alive by the coroutine that uses it.
template <class Operation>
struct Exchange {
    Exchange(dcerpc::ClientContext& context, op::Via interface) : client(context, arena, interface) {}
    ndr::Arena arena;
    op::Client client;
    typename Operation::In in;
    typename Operation::Out out;
};

}  // namespace

Result<void> check_result(std::uint32_t code, std::string_view operation) {
    if (code == 0) return {};
    const bool hresult = (code & 0xFFFF0000U) == 0x80070000U;
    return base::Error(static_cast<base::Win32>(hresult ? code & 0xFFFFU : code), std::string(operation));
}

dcerpc::SyntaxId interface_id(op::Via interface) { return interface == op::Via::par ? op::par_interface().id : op::rprn_interface().id; }

Task<Result<std::shared_ptr<Session>>> Session::open(SessionOptions options) {
    dcerpc::Binding binding;
    binding.host = options.host;
    binding.port = options.rpc_port;
    binding.auth_type = options.auth_level > 1 ? options.auth_type : std::uint8_t{0};
    binding.auth_level = options.auth_level;
    binding.syntaxes = options.syntaxes;
    binding.order = options.order;
    if (options.interface == op::Via::par) binding.object = kParObject;
    dcerpc::OpenOptions open;
    open.credentials = dcerpc::make_credentials("", options.user, options.password);
    open.mapper_port = options.epm_port;
    open.group_id = options.group_id;
    open.max_fragment_bytes = options.fragment_bytes;
    const dcerpc::SyntaxId wanted = interface_id(options.interface);
    CO_TRY(auto context, co_await dcerpc::open_context(std::move(binding), wanted, std::move(open)));
    co_return std::shared_ptr<Session>(new Session(std::move(options), std::move(context)));
}

Task<Result<ContextHandle>> Session::open_printer(std::string name, std::uint32_t access) {
    if (!name.starts_with("\\\\")) name = "\\\\" + options_.host + (name.empty() ? "" : "\\" + name);
    Exchange<op::OpenPrinter> call(*context_, options_.interface);
    call.in.pPrinterName = text(call.arena, name);
    call.in.AccessRequired = access;
    fill_client_info(call.arena, call.in.pClientInfo);
    CO_TRY_VOID(co_await call.client.open_printer(call.in, call.out));
    CO_TRY_VOID(check_result(call.out.result, "OpenPrinter"));
    co_return call.out.pHandle;
}

Task<Result<void>> Session::close(ContextHandle handle) {
    Exchange<op::ClosePrinter> call(*context_, options_.interface);
    call.in.phPrinter = handle;
    CO_TRY_VOID(co_await call.client.close_printer(call.in, call.out));
    co_return check_result(call.out.result, "ClosePrinter");
}

Task<Result<std::uint32_t>> Session::start_doc(ContextHandle handle, std::string document, std::string datatype) {
    Exchange<op::StartDocPrinter> call(*context_, options_.interface);
    auto* info = call.arena.alloc<op::DOC_INFO_1>();
    info->pDocName = text(call.arena, document);
    if (!datatype.empty()) info->pDatatype = text(call.arena, datatype);
    call.in.hPrinter = handle;
    call.in.pDocInfoContainer.set_pDocInfo1(info);
    CO_TRY_VOID(co_await call.client.start_doc_printer(call.in, call.out));
    CO_TRY_VOID(check_result(call.out.result, "StartDocPrinter"));
    co_return call.out.pJobId;
}

Task<Result<void>> Session::start_page(ContextHandle handle) {
    Exchange<op::StartPagePrinter> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    CO_TRY_VOID(co_await call.client.start_page_printer(call.in, call.out));
    co_return check_result(call.out.result, "StartPagePrinter");
}

Task<Result<std::uint32_t>> Session::write(ContextHandle handle, base::ByteView data) {
    Exchange<op::WritePrinter> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    // Encoding only reads the bytes.
    call.in.pBuf = ndr::Bytes(std::span(const_cast<std::byte*>(data.data()), data.size()));
    call.in.cbBuf = static_cast<std::uint32_t>(data.size());
    CO_TRY_VOID(co_await call.client.write_printer(call.in, call.out));
    CO_TRY_VOID(check_result(call.out.result, "WritePrinter"));
    co_return call.out.pcWritten;
}

Task<Result<void>> Session::end_page(ContextHandle handle) {
    Exchange<op::EndPagePrinter> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    CO_TRY_VOID(co_await call.client.end_page_printer(call.in, call.out));
    co_return check_result(call.out.result, "EndPagePrinter");
}

Task<Result<void>> Session::end_doc(ContextHandle handle) {
    Exchange<op::EndDocPrinter> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    CO_TRY_VOID(co_await call.client.end_doc_printer(call.in, call.out));
    co_return check_result(call.out.result, "EndDocPrinter");
}

Task<Result<void>> Session::abort(ContextHandle handle) {
    Exchange<op::AbortPrinter> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    CO_TRY_VOID(co_await call.client.abort_printer(call.in, call.out));
    co_return check_result(call.out.result, "AbortPrinter");
}

Task<Result<Session::Info>> Session::enum_printers(std::uint32_t flags, std::uint32_t level) {
    std::uint32_t size = 0;
    while (true) {
        Exchange<op::EnumPrinters> call(*context_, options_.interface);
        call.in.Flags = flags;
        call.in.Name = text(call.arena, "\\\\" + options_.host);
        call.in.Level = level;
        call.in.cbBuf = size;
        if (size > 0) call.in.pPrinterEnum = call.arena.zeroed(size);
        CO_TRY_VOID(co_await call.client.enum_printers(call.in, call.out));
        if (call.out.result == kInsufficientBuffer && call.out.pcbNeeded > size) {
            size = call.out.pcbNeeded;
            continue;
        }
        CO_TRY_VOID(check_result(call.out.result, "EnumPrinters"));
        Info info;
        info.count = call.out.pcReturned;
        base::append(info.bytes, call.out.pPrinterEnum.view());
        co_return info;
    }
}

Task<Result<Session::Info>> Session::get_printer(ContextHandle handle, std::uint32_t level) {
    std::uint32_t size = 0;
    while (true) {
        Exchange<op::GetPrinter> call(*context_, options_.interface);
        call.in.hPrinter = handle;
        call.in.Level = level;
        call.in.cbBuf = size;
        if (size > 0) call.in.pPrinter = call.arena.zeroed(size);
        CO_TRY_VOID(co_await call.client.get_printer(call.in, call.out));
        if (call.out.result == kInsufficientBuffer && call.out.pcbNeeded > size) {
            size = call.out.pcbNeeded;
            continue;
        }
        CO_TRY_VOID(check_result(call.out.result, "GetPrinter"));
        Info info;
        info.count = 1;
        base::append(info.bytes, call.out.pPrinter.view());
        co_return info;
    }
}

Task<Result<Session::Info>> Session::enum_jobs(ContextHandle handle, std::uint32_t level) {
    std::uint32_t size = 0;
    while (true) {
        Exchange<op::EnumJobs> call(*context_, options_.interface);
        call.in.hPrinter = handle;
        call.in.NoJobs = 0xFFFFFFFF;
        call.in.Level = level;
        call.in.cbBuf = size;
        if (size > 0) call.in.pJob = call.arena.zeroed(size);
        CO_TRY_VOID(co_await call.client.enum_jobs(call.in, call.out));
        if (call.out.result == kInsufficientBuffer && call.out.pcbNeeded > size) {
            size = call.out.pcbNeeded;
            continue;
        }
        CO_TRY_VOID(check_result(call.out.result, "EnumJobs"));
        Info info;
        info.count = call.out.pcReturned;
        base::append(info.bytes, call.out.pJob.view());
        co_return info;
    }
}

Task<Result<void>> Session::control_printer(ContextHandle handle, std::uint32_t command) {
    Exchange<op::SetPrinter> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    call.in.Command = command;
    call.in.pPrinterContainer.set_pPrinterInfoStress(nullptr);
    CO_TRY_VOID(co_await call.client.set_printer(call.in, call.out));
    co_return check_result(call.out.result, "SetPrinter");
}

Task<Result<void>> Session::control_job(ContextHandle handle, std::uint32_t job, std::uint32_t command) {
    Exchange<op::SetJob> call(*context_, options_.interface);
    call.in.hPrinter = handle;
    call.in.JobId = job;
    call.in.Command = command;
    CO_TRY_VOID(co_await call.client.set_job(call.in, call.out));
    co_return check_result(call.out.result, "SetJob");
}

Task<Result<std::uint32_t>> Session::print(std::string printer, std::string document, base::ByteView data, std::size_t chunk_bytes,
                                           std::string datatype) {
    constexpr std::uint32_t kPrinterAccessUse = 0x8;
    CO_TRY(const ContextHandle handle, co_await open_printer(std::move(printer), kPrinterAccessUse));
    CO_TRY(const std::uint32_t job, co_await start_doc(handle, std::move(document), std::move(datatype)));
    CO_TRY_VOID(co_await start_page(handle));
    std::size_t sent = 0;
    while (sent < data.size()) {
        const base::ByteView chunk = data.subspan(sent, std::min(chunk_bytes, data.size() - sent));
        CO_TRY(const std::uint32_t taken, co_await write(handle, chunk));
        if (taken == 0 || taken > chunk.size()) co_return base::Error(base::Win32::write_fault, "WritePrinter took nothing");
        sent += taken;
    }
    CO_TRY_VOID(co_await end_page(handle));
    CO_TRY_VOID(co_await end_doc(handle));
    CO_TRY_VOID(co_await close(handle));
    co_return job;
}

}  // namespace print_client
