#include "server/winspool/notify_data.h"

#include "base/utf.h"
#include "spooler/notify/event.h"

#include <cstring>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using Data = op::RPC_V2_NOTIFY_INFO_DATA;
namespace pf = spooler::printer_field;
namespace jf = spooler::job_field;

namespace {

constexpr std::u16string_view kFilterFlags = u"RemoteNotifyFilter Flags", kFilterOptions = u"RemoteNotifyFilter Options",
                              kFilterNotifyOptions = u"RemoteNotifyFilter NotifyOptions", kFilterColor = u"RemoteNotifyFilter Color";
constexpr std::u16string_view kDataFlags = u"RemoteNotifyData Flags", kDataInfo = u"RemoteNotifyData Info", kDataColor = u"RemoteNotifyData Color";
constexpr std::uint16_t kTypePrinter = 0, kTypeJob = 1, kTypeServer = 2;
constexpr std::uint16_t kIsolationGroups = 0;                      // SERVER_NOTIFY_FIELD_PRINT_DRIVER_ISOLATION_GROUP
constexpr std::uint32_t kVersion = 2;                              // of RPC_V2_NOTIFY_OPTIONS and RPC_V2_NOTIFY_INFO
constexpr std::uint32_t kInfoDiscarded = 1;
constexpr std::size_t kMaxOptionTypes = 16;                        // there are three; some clients repeat them

const op::RpcPrintPropertyValue* find(const op::RpcPrintPropertiesCollection& collection, std::u16string_view name) {
    for (const op::RpcPrintNamedProperty& property : collection.propertiesCollection) {
        if (property.propertyName.present && property.propertyName.view() == name) return &property.propertyValue;
    }
    return nullptr;
}

Result<std::uint32_t> number_property(const op::RpcPrintPropertiesCollection& collection, std::u16string_view name) {
    const op::RpcPrintPropertyValue* value = find(collection, name);
    if (value == nullptr || value->propertyInt32() == nullptr) return Error(Win32::invalid_parameter, "filter without " + base::to_utf8(name));
    return static_cast<std::uint32_t>(*value->propertyInt32());
}

Result<void> read_options(const op::RPC_V2_NOTIFY_OPTIONS& options, NotifyFilter& filter) {
    if (options.Version != kVersion) return Error(Win32::invalid_parameter, "version of the notify options");
    if (options.pTypes.size > kMaxOptionTypes) return Error(Win32::invalid_parameter, "too many types in the notify options");
    for (const op::RPC_V2_NOTIFY_OPTIONS_TYPE& type : options.pTypes) {
        if (type.Type > kTypeServer) return Error(Win32::invalid_parameter, "type of notify fields");
        std::uint32_t fields = 0;
        for (const std::uint16_t field : type.pFields) {
            if (field < 32) fields |= spooler::field_bit(field);
        }
        if (type.Type == kTypePrinter) filter.printer_fields |= fields;
        if (type.Type == kTypeJob) filter.job_fields |= fields;
        if (type.Type == kTypeServer) filter.server_fields |= fields;
    }
    return {};
}

}  // namespace

Result<NotifyFilter> notify_filter_from(const op::RpcPrintPropertiesCollection& collection) {
    NotifyFilter filter;
    TRY(filter.changes, number_property(collection, kFilterFlags));
    TRY(filter.category, number_property(collection, kFilterOptions));
    TRY(filter.color, number_property(collection, kFilterColor));
    const op::RpcPrintPropertyValue* options = find(collection, kFilterNotifyOptions);
    if (options == nullptr || options->propertyOptionsContainer() == nullptr) {
        return Error(Win32::invalid_parameter, "filter without notify options");
    }
    if (const op::RPC_V2_NOTIFY_OPTIONS* given = options->propertyOptionsContainer()->pOptions) {
        TRY_VOID(read_options(*given, filter));
    }
    return filter;
}

void NotifyWriter::text(Data& data, const Text& value) {
    const std::u16string wide = base::to_utf16(value.to_string());
    op::STRING_CONTAINER container;
    // An empty string is sent as its terminator alone.
    container.pszString = arena_.array<char16_t>(static_cast<std::uint32_t>(wide.size() + 1));
    if (!container.pszString.present) return;
    std::copy(wide.begin(), wide.end(), container.pszString.data);
    container.cbBuf = 2 * container.pszString.size;
    data.Reserved = op::TABLE_STRING;
    data.Data.emplace<op::STRING_CONTAINER>(container);
}

void NotifyWriter::number(Data& data, std::uint64_t value) {
    std::array<std::uint32_t, 2> pair{};
    pair[0] = static_cast<std::uint32_t>(value & 0xFFFFFFFFU);
    pair[1] = static_cast<std::uint32_t>(value >> 32U);
    data.Reserved = op::TABLE_DWORD;
    data.Data.emplace<std::array<std::uint32_t, 2>>(pair);
}

void NotifyWriter::devmode(Data& data, base::ByteView bytes, const Text& device_name) {
    op::DEVMODE_CONTAINER container;
    if (!bytes.empty()) {
        const base::ByteBuffer named = spooler::with_device_name(bytes, device_name.to_string());
        container.pDevMode = arena_.copy(base::ByteView(named));
        container.cbBuf = container.pDevMode.size;
    }
    data.Reserved = op::TABLE_DEVMODE;
    data.Data.emplace<op::DEVMODE_CONTAINER>(container);
}

void NotifyWriter::security(Data& data, const base::SecurityDescriptor& descriptor) {
    op::SECURITY_CONTAINER container;
    container.pSecurity = arena_.copy(base::ByteView(base::to_bytes(descriptor)));
    container.cbBuf = container.pSecurity.size;
    data.Reserved = op::TABLE_SECURITYDESCRIPTOR;
    data.Data.emplace<op::SECURITY_CONTAINER>(container);
}

void NotifyWriter::time(Data& data, base::FileTime value) {
    const base::SystemTime parts = base::to_system_time(value);
    op::SYSTEMTIME_CONTAINER container;
    container.pSystemTime = arena_.alloc<op::SYSTEMTIME>();
    if (container.pSystemTime == nullptr) return;
    op::SYSTEMTIME& to = *container.pSystemTime;
    to.wYear = parts.year;
    to.wMonth = parts.month;
    to.wDayOfWeek = parts.day_of_week;
    to.wDay = parts.day;
    to.wHour = parts.hour;
    to.wMinute = parts.minute;
    to.wSecond = parts.second;
    to.wMilliseconds = parts.milliseconds;
    container.cbBuf = 16;
    data.Reserved = op::TABLE_TIME;
    data.Data.emplace<op::SYSTEMTIME_CONTAINER>(container);
}

bool NotifyWriter::printer_text(Data& data, const spooler::PrinterView& printer, const ReplyContext& context) {
    const spooler::PrinterRecord& record = *printer.record;
    switch (data.Field) {
        case pf::kServerName: text(data, Text(context.server)); return true;
        case pf::kPrinterName: text(data, Text::joined(context.prefix, record.name)); return true;
        case pf::kShareName: text(data, Text(record.share_name)); return true;
        case pf::kPortName: text(data, Text(spooler::join_ports(record.ports))); return true;
        case pf::kDriverName: text(data, Text(record.driver_name)); return true;
        case pf::kComment: text(data, Text(record.comment)); return true;
        case pf::kLocation: text(data, Text(record.location)); return true;
        case pf::kSepFile: text(data, Text(record.separator_file)); return true;
        case pf::kProcessor: text(data, Text(record.processor)); return true;
        case pf::kParameters: text(data, Text(record.parameters)); return true;
        case pf::kDatatype: text(data, Text(record.datatype)); return true;
        case pf::kStatusString: text(data, Text("")); return true;
        case pf::kObjectGuid: text(data, Text(record.object_guid.is_nil() ? std::string() : base::to_braced_upper(record.object_guid))); return true;
        case pf::kFriendlyName: text(data, Text(record.name)); return true;
        default: return false;
    }
}

bool NotifyWriter::printer_value(Data& data, const spooler::PrinterView& printer, const ReplyContext& context) {
    const spooler::PrinterRecord& record = *printer.record;
    switch (data.Field) {
        case pf::kDevMode: devmode(data, context.devmode(record.devmode, record.driver_name), Text::joined(context.prefix, record.name)); return true;
        case pf::kSecurity: security(data, *record.security); return true;
        case pf::kAttributes: number(data, record.attributes); return true;
        case pf::kPriority: number(data, record.priority); return true;
        case pf::kDefaultPriority: number(data, record.default_priority); return true;
        case pf::kStartTime: number(data, record.start_time); return true;
        case pf::kUntilTime: number(data, record.until_time); return true;
        case pf::kStatus: number(data, printer.status); return true;
        case pf::kJobs: number(data, printer.jobs); return true;
        case pf::kAveragePpm: number(data, record.average_ppm); return true;
        case pf::kTotalPages: number(data, printer.total_pages); return true;
        case pf::kPagesPrinted: number(data, printer.total_pages); return true;
        case pf::kTotalBytes: number(data, printer.total_bytes); return true;
        case pf::kBytesPrinted: number(data, printer.total_bytes); return true;
        case pf::kBranchOffice: number(data, printer.branch_office ? 1 : 0); return true;
        default: return printer_text(data, printer, context);
    }
}

bool NotifyWriter::job_text(Data& data, const spooler::JobView& job, const ReplyContext& context) {
    const spooler::JobInfo& info = *job.info;
    switch (data.Field) {
        case jf::kPrinterName: text(data, Text::joined(context.prefix, *job.printer_name)); return true;
        case jf::kMachineName: text(data, Text(info.machine_name)); return true;
        case jf::kPortName: text(data, Text(job.port_name)); return true;
        case jf::kUserName: text(data, Text(info.user_name)); return true;
        case jf::kNotifyName: text(data, Text(info.notify_name)); return true;
        case jf::kDatatype: text(data, Text(info.datatype)); return true;
        case jf::kProcessor: text(data, Text(info.processor)); return true;
        case jf::kParameters: text(data, Text(info.parameters)); return true;
        case jf::kDriverName: text(data, Text(info.driver_name)); return true;
        case jf::kStatusString: text(data, Text(job.status_text)); return true;
        case jf::kDocument: text(data, Text(info.document)); return true;
        default: return false;
    }
}

bool NotifyWriter::job_value(Data& data, const spooler::JobView& job, const ReplyContext& context) {
    const spooler::JobInfo& info = *job.info;
    switch (data.Field) {
        case jf::kDevMode: devmode(data, context.devmode(info.devmode, info.driver_name), Text::joined(context.prefix, *job.printer_name)); return true;
        case jf::kStatus: number(data, job.status); return true;
        case jf::kSecurity: security(data, *info.security); return true;
        case jf::kPriority: number(data, info.priority); return true;
        case jf::kPosition: number(data, job.position); return true;
        case jf::kSubmitted: time(data, info.submitted); return true;
        case jf::kStartTime: number(data, info.start_time); return true;
        case jf::kUntilTime: number(data, info.until_time); return true;
        case jf::kTime: number(data, job.time_ms); return true;
        case jf::kTotalPages: number(data, job.total_pages); return true;
        case jf::kPagesPrinted: number(data, job.pages_printed); return true;
        case jf::kTotalBytes: number(data, job.size); return true;
        case jf::kBytesPrinted: number(data, job.bytes_printed); return true;
        default: return job_text(data, job, context);
    }
}

void NotifyWriter::add_printer(const spooler::PrinterView& printer, std::uint32_t fields, const ReplyContext& context) {
    for (std::uint16_t field = 0; field < 32 && !arena_.failed(); ++field) {
        if ((fields & spooler::field_bit(field)) == 0) continue;
        Data data;
        data.Type = kTypePrinter;
        data.Field = field;
        if (printer_value(data, printer, context)) entries_.push_back(data);
    }
}

void NotifyWriter::add_job(const spooler::JobView& job, std::uint32_t fields, const ReplyContext& context) {
    for (std::uint16_t field = 0; field < 32 && !arena_.failed(); ++field) {
        if ((fields & spooler::field_bit(field)) == 0) continue;
        Data data;
        data.Type = kTypeJob;
        data.Field = field;
        data.Id = job.id;
        if (job_value(data, job, context)) entries_.push_back(data);
    }
}

void NotifyWriter::add_isolation_groups(const Text& groups) {
    Data data;
    data.Type = kTypeServer;
    data.Field = kIsolationGroups;
    text(data, groups);
    entries_.push_back(data);
}

Result<op::RpcPrintPropertiesCollection*> NotifyWriter::finish(std::uint32_t changes, std::uint32_t color) {
    if (discarded_) entries_.clear();
    // [MS-PAR] 3.1.4.9.3 looks for the mark in this property, [MS-RPRN] 2.2.1.13.3 in the structure: it is in both.
    if (discarded_) changes |= kInfoDiscarded;
    auto* info = arena_.alloc<op::RPC_V2_NOTIFY_INFO>();
    auto* collection = arena_.alloc<op::RpcPrintPropertiesCollection>();
    const auto properties = arena_.array<op::RpcPrintNamedProperty>(3);
    const auto entries = arena_.array<Data>(static_cast<std::uint32_t>(entries_.size()));
    if (info == nullptr || collection == nullptr || !properties.present || !entries.present || arena_.failed()) {
        return Error(Win32::not_enough_memory, "notification of " + std::to_string(entries_.size()) + " values");
    }
    std::copy(entries_.begin(), entries_.end(), entries.data);
    info->Version = kVersion;
    info->Flags = discarded_ ? kInfoDiscarded : 0;
    info->Count = entries.size;
    info->aData = entries;
    properties[0].propertyName = kDataFlags;
    properties[0].propertyValue.set_propertyInt32(static_cast<std::int32_t>(changes));
    op::NOTIFY_REPLY_CONTAINER reply;
    reply.pInfo = info;
    properties[1].propertyName = kDataInfo;
    properties[1].propertyValue.set_propertyReplyContainer(reply);
    properties[2].propertyName = kDataColor;
    properties[2].propertyValue.set_propertyInt32(static_cast<std::int32_t>(color));
    collection->numberOfProperties = properties.size;
    collection->propertiesCollection = properties;
    return collection;
}

}  // namespace server
