// OpenPrinter, ClosePrinter, EnumPrinters, GetPrinter, ResetPrinter: [MS-RPRN] 3.1.4.2, [MS-PAR] 3.1.4.1.
#include "base/utf.h"
#include "server/winspool/service.h"

#include <algorithm>
#include <vector>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;
using spooler::NameKind;

namespace {

// PRINTER_ENUM_* [MS-RPRN] 2.2.3.7.
constexpr std::uint32_t kEnumLocal = 0x2, kEnumName = 0x8, kEnumRemote = 0x10, kEnumShared = 0x20, kEnumNetwork = 0x40,
                        kEnumExpand = 0x4000, kEnumContainer = 0x8000, kEnumIcon1 = 0x10000;
constexpr std::uint32_t kNotSupportedLevel = 9;
constexpr std::string_view kLocalProvider = "Windows NT Local Print Providor";     // Windows' own spelling

// Jobs show the client as "\\NAME".
std::string machine_name(const dcerpc::Call& call, const std::string& told) {
    if (!told.empty()) return "\\\\" + told;
    const std::string& workstation = call.caller().workstation;
    return "\\\\" + (workstation.empty() ? call.caller().peer_address : workstation);
}

void log_refusal(const dcerpc::Call& call, const Error& error, std::string_view object, std::uint32_t access) {
    if (error.code() == Win32::not_enough_quota) {
        call.log(base::log::Level::warning, "no handle for the caller", {{"object", object}, {"reason", error.text()}});
    }
    if (error.code() != Win32::access_denied) return;
    call.log(base::log::Level::info, "refused", {{"object", object}, {"access", access}, {"peer", call.caller().peer_address}});
}

}  // namespace

// [MS-RPRN] 3.1.4.2.14 RpcOpenPrinterEx; [MS-PAR] 3.1.4.1.1 RpcAsyncOpenPrinter
Outcome WinspoolService::open_printer(dcerpc::Call& call, const op::OpenPrinter::In& in, op::OpenPrinter::Out& out) {
    OpenRequest request;
    CO_TRY(request.machine, checked_client_info(in.pClientInfo, minimum_build(call)));
    request.name = in.pPrinterName;
    request.datatype = in.pDatatype;
    request.devmode = &in.pDevModeContainer;
    request.access = in.AccessRequired;
    CO_TRY(out.pHandle, open_object(call, request));
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.2 RpcOpenPrinter
Outcome WinspoolService::open_printer_legacy(dcerpc::Call& call, const op::OpenPrinterLegacy::In& in, op::OpenPrinterLegacy::Out& out) {
    OpenRequest request;
    request.name = in.pPrinterName;
    request.datatype = in.pDatatype;
    request.devmode = &in.pDevModeContainer;
    request.access = in.AccessRequired;
    CO_TRY(out.pHandle, open_object(call, request));
    co_return Result<void>();
}

Result<ndr::ContextHandle> WinspoolService::open_object(dcerpc::Call& call, const OpenRequest& request) {
    OpenContext open;
    if (request.name.present) {
        TRY(const std::string text, checked_text(request.name, base::limits::kMaxPrinterNameChars, Win32::invalid_printer_name));
        TRY(open.name, spooler::parse_name(text, spooler_.server().names()));
    }
    TRY(open.devmode, checked_devmode(*request.devmode));
    open.reply = reply_context(open.name.server);
    open.machine = machine_name(call, request.machine);
    open.access = request.access;
    open.datatype = request.datatype;
    const std::string object = open.name.object;
    auto made = make_object(call, std::move(open));
    if (!made) {
        log_refusal(call, made.error(), object.empty() ? "server" : std::string_view(object), request.access);
        return std::move(made).error();
    }
    return call.open_handle(std::move(*made));
}

Result<std::shared_ptr<dcerpc::HandleObject>> WinspoolService::make_object(dcerpc::Call& call, OpenContext open) {
    const auto& security = spooler_.server().security();
    if (open.name.kind == NameKind::printer) return make_printer(call, std::move(open));
    if (open.name.kind == NameKind::port) return make_port(call, std::move(open));
    // The other objects take no documents; a datatype must be a known one all the same.
    TRY_VOID(checked_datatype(open.datatype, spooler_.processors(), spooler_.processors().default_processor()));
    switch (open.name.kind) {
        case NameKind::job: return make_job(call, std::move(open));
        case NameKind::server: {
            TRY(const std::uint32_t granted, spooler::open_server_access(call.token(), *security, open.access));
            return std::shared_ptr<dcerpc::HandleObject>(std::make_shared<ServerHandle>(open.reply, granted));
        }
        default: break;                                            // Xcv
    }
    const bool port = open.name.kind == NameKind::xcv_port;
    const bool known = port ? spooler_.ports().contains(open.name.object)
                            : spooler_.ports().monitors().find(open.name.object) != nullptr;
    if (!known) return Error(Win32::invalid_printer_name, "no port or monitor " + open.name.object);
    TRY(const std::uint32_t granted, spooler::open_server_access(call.token(), *security, open.access));
    const auto target = port ? XcvHandle::Target::port : XcvHandle::Target::monitor;
    return std::shared_ptr<dcerpc::HandleObject>(std::make_shared<XcvHandle>(open.reply, granted, target, open.name.object));
}

Result<std::shared_ptr<dcerpc::HandleObject>> WinspoolService::make_printer(dcerpc::Call& call, OpenContext open) {
    const spooler::PrinterQueuePtr queue = spooler_.printers().find(open.name.object);
    if (!queue) return Error(Win32::invalid_printer_name, "no printer " + open.name.object);
    const spooler::PrinterRecordPtr record = queue->record();
    TRY(std::string datatype, checked_datatype(open.datatype, spooler_.processors(), record->processor));
    TRY(const std::uint32_t granted, spooler::open_printer_access(call.token(), *record->security, open.access));
    auto handle = std::make_shared<PrinterHandle>(open.reply, granted, open.machine, spooler::QueueUse(queue));
    TRY_VOID(handle->set_defaults(std::move(datatype), open.devmode, spooler_.metadata(), call.token().user_sid));
    return std::shared_ptr<dcerpc::HandleObject>(std::move(handle));
}

Result<std::shared_ptr<dcerpc::HandleObject>> WinspoolService::make_job(dcerpc::Call& call, OpenContext open) {
    const spooler::PrinterQueuePtr queue = spooler_.printers().find(open.name.object);
    if (!queue) return Error(Win32::invalid_printer_name, "no printer " + open.name.object);
    const std::optional<spooler::JobView> job = queue->job(open.name.job);
    if (!job) return Error(Win32::invalid_printer_name, "no job " + std::to_string(open.name.job));
    TRY(const std::uint32_t granted, spooler::open_job_access(call.token(), *job->info->security, open.access));
    return std::shared_ptr<dcerpc::HandleObject>(std::make_shared<JobHandle>(open.reply, granted, spooler::QueueUse(queue), job->id));
}

// A port has no descriptor of its own: the printer that it serves decides, and without a printer the server.
Result<std::shared_ptr<dcerpc::HandleObject>> WinspoolService::make_port(dcerpc::Call& call, OpenContext open) {
    const auto found = spooler_.ports().find(open.name.object);
    if (!found) return Error(Win32::invalid_printer_name, "no port " + open.name.object);
    const std::string& port = found->config.name;
    const auto printers = spooler_.printers().list();
    const auto uses = [&port](const spooler::PrinterQueuePtr& queue) {
        const spooler::PrinterRecordPtr record = queue->record();
        return std::any_of(record->ports.begin(), record->ports.end(), [&](const std::string& name) { return base::equal_names(name, port); });
    };
    const auto place = std::find_if(printers->begin(), printers->end(), uses);
    const spooler::PrinterQueuePtr queue = place == printers->end() ? nullptr : *place;
    const spooler::PrinterRecordPtr record = queue ? queue->record() : nullptr;
    TRY(std::string datatype,
        checked_datatype(open.datatype, spooler_.processors(), record ? record->processor : spooler_.processors().default_processor()));
    if (!queue) {
        TRY_VOID(require_server(call, Access::server_administer));
    }
    const spooler::SecurityPtr security = record ? record->security : spooler::default_printer_security({});
    TRY(const std::uint32_t granted, spooler::open_printer_access(call.token(), *security, open.access));
    auto handle = std::make_shared<PortHandle>(open.reply, granted, open.machine, port, spooler::QueueUse(queue));
    TRY_VOID(handle->set_defaults(std::move(datatype), open.devmode, spooler_.metadata(), call.token().user_sid));
    return std::shared_ptr<dcerpc::HandleObject>(std::move(handle));
}

// [MS-RPRN] 3.1.4.2.9 RpcClosePrinter; [MS-PAR] 3.1.4.1.10
Outcome WinspoolService::close_printer(dcerpc::Call& call, const op::ClosePrinter::In& in, op::ClosePrinter::Out& out) {
    CO_TRY(const std::shared_ptr<SpoolHandle> handle, call.handle<SpoolHandle>(in.phPrinter));
    call.close_handle(in.phPrinter);
    out.phPrinter = ndr::ContextHandle();
    co_return co_await handle->close();
}

// [MS-RPRN] 3.1.4.2.13 RpcResetPrinter; [MS-PAR] 3.1.4.1.25
Outcome WinspoolService::reset_printer(dcerpc::Call& call, const op::ResetPrinter::In& in, op::ResetPrinter::Out& /*out*/) {
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    const std::string processor = handle->queue()->record()->processor;
    CO_TRY(std::string datatype, checked_datatype(in.pDatatype, spooler_.processors(), processor));
    CO_TRY(spooler::DevModePtr devmode, checked_devmode(in.pDevModeContainer));
    co_return handle->set_defaults(std::move(datatype), std::move(devmode), spooler_.metadata(), call.token().user_sid);
}

// [MS-RPRN] 3.1.4.2.6 RpcGetPrinter; [MS-PAR] 3.1.4.1.5
Outcome WinspoolService::get_printer(dcerpc::Call& call, const op::GetPrinter::In& in, op::GetPrinter::Out& out) {
    const InfoReply reply = info_reply(out.pPrinter, in.cbBuf, out);
    if (const auto server = call.handle<ServerHandle>(in.hPrinter)) {
        CO_TRY(const auto* level, find_level(kServerLevels, in.Level));
        CO_TRY_VOID((*server)->require(Access::server_enumerate | base::access::kReadControl));
        ServerSecurityRow row;
        row.security = base::to_bytes(*spooler_.server().security());
        co_return write_info(*level, std::span<const ServerSecurityRow>(&row, 1), reply);
    }
    CO_TRY(const std::shared_ptr<PrinterHandle> handle, call.handle<PrinterHandle>(in.hPrinter));
    if (in.Level == kNotSupportedLevel) co_return Error(Win32::not_supported, "level 9 is local to clients");
    CO_TRY(const auto* level, find_level(kPrinterLevels, in.Level));
    CO_TRY_VOID(handle->require(Access::use));
    const bool readable = (handle->granted() & base::access::kReadControl) != 0;
    if (in.Level == 3 && !readable) co_return Error(Win32::access_denied, "the descriptor needs READ_CONTROL");
    Rows<PrinterRow> rows;
    rows.context = handle->context();
    rows.rows.push_back(PrinterRow::make(handle->queue()->view(), *rows.context, readable && (in.Level == 2 || in.Level == 3)));
    co_return answer(call, base::to_string(in.hPrinter.uuid), *level, std::move(rows), reply);
}

namespace {

// What one caller may do with printers, and their descriptors as bytes: most printers share one descriptor, so each is looked at once.
class DescriptorCache {
 public:
    struct Entry {
        std::shared_ptr<const base::SecurityDescriptor> descriptor;
        std::uint32_t granted = 0;                      // 0: nothing
        std::shared_ptr<const base::ByteBuffer> bytes;  // null: the caller may not read it, or nobody wants it
    };
    DescriptorCache(const base::Token& token, bool with_bytes) : token_(token), with_bytes_(with_bytes) {}

    // Good until the next call.
    const Entry& look(const std::shared_ptr<const base::SecurityDescriptor>& descriptor) {
        const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.descriptor == descriptor || *entry.descriptor == *descriptor;
        });
        if (known != entries_.end()) return *known;
        if (entries_.size() >= kEntries) entries_.pop_back();
        Entry entry;
        entry.descriptor = descriptor;
        if (const auto granted = spooler::open_printer_access(token_, *descriptor, base::access::kMaximumAllowed)) entry.granted = *granted;
        if (with_bytes_ && (entry.granted & base::access::kReadControl) != 0) {
            entry.bytes = std::make_shared<const base::ByteBuffer>(base::to_bytes(*descriptor));
        }
        return *entries_.insert(entries_.begin(), std::move(entry));
    }

 private:
    const base::Token& token_;
    bool with_bytes_;
    static constexpr std::size_t kEntries = 8;
    std::vector<Entry> entries_;  // the newest first
};

}  // namespace

// Note 268 of [MS-RPRN]: unshared printers are listed for administrators of the server only, and only printers that the caller may use.
// That is about lists: who knows an unshared printer's name opens it with the rights that its descriptor gives.
Rows<PrinterRow> WinspoolService::visible_printers(const dcerpc::Call& call, const ReplyContextPtr& context, bool only_shared,
                                                   std::uint32_t level) const {
    Rows<PrinterRow> rows;
    rows.version = spooler_.version();
    const bool administrator =
        spooler::allows(call.token(), *spooler_.server().security(), Access::server_administer, spooler::kServerMapping);
    const auto queues = spooler_.printers().list();
    rows.context = context;
    rows.rows.reserve(queues->size());
    DescriptorCache descriptors(call.token(), level == 2);
    constexpr std::size_t kQueuesAhead = 4;
    for (std::size_t i = 0; i < queues->size(); ++i) {
        if (i + kQueuesAhead < queues->size()) (*queues)[i + kQueuesAhead]->prefetch();
        spooler::PrinterView view = (*queues)[i]->view();
        if (!view.shared() && (only_shared || !administrator)) continue;
        const DescriptorCache::Entry& descriptor = descriptors.look(view.record->security);
        if ((descriptor.granted & Access::use) == 0) continue;
        rows.rows.push_back(PrinterRow::make(std::move(view), *context, descriptor.bytes));
    }
    return rows;
}

// What is no list of our printers: providers, the network, connections.
Result<void> WinspoolService::enum_known_printers(const dcerpc::Call& call, const op::EnumPrinters::In& in, const InfoReply& reply) {
    Rows<PlainPrinterRow> rows;
    if ((in.Flags & kEnumNetwork) != 0) {
        TRY(rows.rows, known_printers_.list());
    } else if ((in.Flags & kEnumName) != 0) {
        PlainPrinterRow provider;
        provider.flags = kEnumExpand | kEnumContainer | kEnumIcon1;
        provider.name = kLocalProvider;
        provider.description = kLocalProvider;
        rows.rows.push_back(std::move(provider));
    }
    return answer(call, std::to_string(in.Flags), kPlainPrinterLevels[0], std::move(rows), reply);
}

// [MS-RPRN] 3.1.4.2.1 RpcEnumPrinters; [MS-PAR] 3.1.4.1.21
Outcome WinspoolService::enum_printers(dcerpc::Call& call, const op::EnumPrinters::In& in, op::EnumPrinters::Out& out) {
    const InfoReply reply = info_reply(out.pPrinterEnum, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kEnumPrinterLevels, in.Level));
    const bool beyond = (in.Flags & (kEnumRemote | kEnumNetwork)) != 0;
    if (beyond && in.Level != 1) co_return Error(Win32::invalid_level, "REMOTE and NETWORK have level 1 only");
    // The provider's name is a legal one for level 1: it stands for the machine itself.
    const bool provider = (in.Flags & kEnumName) != 0 && in.Level == 1 && base::equal_names(utf8(in.Name), kLocalProvider);
    const bool by_name = (in.Flags & kEnumName) != 0;
    ReplyContextPtr context = reply_context({});
    if (!provider) {
        // Without the flag NAME the name is ignored [MS-RPRN] 3.1.4.2.1, but one that is ours is echoed all the same: Windows does (T).
        auto named = server_context(in.Name);
        if (!named && by_name) co_return std::move(named).error();
        if (named) context = std::move(*named);
    }
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
    const bool providers = by_name && in.Level == 1 && in.Name.empty() && (in.Flags & kEnumLocal) == 0;
    const bool ours = (in.Flags & (kEnumLocal | kEnumName)) != 0;
    if (beyond || providers || !ours) {
        // Per-machine connections (0x4) and the other flags have nothing to show here: success with no element.
        co_return enum_known_printers(call, in, reply);
    }
    const std::string arguments = std::to_string(in.Flags) + "\n" + context->server;
    if (answer_unchanged(call, arguments, *level, reply)) co_return base::Result<void>();
    Rows<PrinterRow> rows = visible_printers(call, context, (in.Flags & kEnumShared) != 0, in.Level);
    co_return answer(call, arguments, *level, std::move(rows), reply);
}

}  // namespace server
