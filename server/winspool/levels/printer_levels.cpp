#include "server/winspool/levels/printer_levels.h"

#include "base/prefetch.h"

namespace server {
namespace {

constexpr std::uint32_t kPublishedAction = 1, kUnpublishedAction = 4;          // DSPRINT_PUBLISH, DSPRINT_UNPUBLISH
constexpr std::uint32_t kNotSelectedTimeoutMs = 15'000, kRetryTimeoutMs = 45'000;   // what Windows reports for every port

template <auto Member>
Text record_text(const PrinterRow& row) {
    return Text(row.record().*Member);
}
template <auto Member>
std::uint32_t record_number(const PrinterRow& row) {
    return row.record().*Member;
}
template <auto Member>
std::uint32_t view_number(const PrinterRow& row) {
    return row.view.*Member;
}
template <auto Member>
std::uint64_t machine_number(const PrinterRow& row) {
    return row.context->machine.*Member;
}

std::uint32_t total_bytes_low(const PrinterRow& row) { return static_cast<std::uint32_t>(row.view.total_bytes & 0xFFFFFFFFU); }
std::uint32_t total_bytes_high(const PrinterRow& row) { return static_cast<std::uint32_t>(row.view.total_bytes >> 32U); }
base::FileTime up_since(const PrinterRow& row) { return row.view.up_since; }
bool published(const PrinterRow& row) { return (row.record().attributes & spooler::printer_attribute::kPublished) != 0; }
std::uint32_t publish_action(const PrinterRow& row) { return published(row) ? kPublishedAction : kUnpublishedAction; }
Text object_guid(const PrinterRow& row) { return Text(row.object_guid); }

using Record = spooler::PrinterRecord;
using View = spooler::PrinterView;

constexpr Field<PrinterRow> kPrinterInfoStress[] = {               // [MS-RPRN] 2.2.2.9.1
    str<&PrinterRow::name>("PrinterName"),
    str<&PrinterRow::server>("ServerName"),
    u32<&view_number<&View::jobs>>("cJobs"),
    u32<&view_number<&View::total_jobs>>("cTotalJobs"),
    u32<&total_bytes_low>("cTotalBytes"),
    systemtime<&up_since>("stUpTime"),
    u32<&view_number<&View::max_handles>>("MaxcRef"),
    u32<&view_number<&View::total_pages>>("cTotalPagesPrinted"),
    u32<&machine_number<&MachineFacts::get_version>>("dwGetVersion"),
    u32_constant<PrinterRow, 1>("fFreeBuild"),
    u32<&view_number<&View::spooling>>("cSpooling"),
    u32<&view_number<&View::max_spooling>>("cMaxSpooling"),
    u32<&view_number<&View::handles>>("cRef"),
    u32<&view_number<&View::errors_out_of_paper>>("cErrorOutOfPaper"),
    u32<&view_number<&View::errors_not_ready>>("cErrorNotReady"),
    u32<&view_number<&View::job_errors>>("cJobError"),
    u32<&machine_number<&MachineFacts::processors>>("dwNumberOfProcessors"),
    u32<&machine_number<&MachineFacts::processor_type>>("dwProcessorType"),
    u32<&total_bytes_high>("dwHighPartTotalBytes"),
    u32<&record_number<&Record::change_id>>("cChangeID"),
    u32<&view_number<&View::last_error>>("dwLastError"),
    u32<&view_number<&View::status>>("Status"),
    u32_constant<PrinterRow, 0>("cEnumerateNetworkPrinters"),
    u32_constant<PrinterRow, 0>("cAddNetPrinters"),
    u16<&machine_number<&MachineFacts::processor_architecture>>("wProcessorArchitecture"),
    u16<&machine_number<&MachineFacts::processor_level>>("wProcessorLevel"),
    u32_constant<PrinterRow, 0>("cRefIC"),
    u32_constant<PrinterRow, 0>("dwReserved2"),
    u32_constant<PrinterRow, 0>("dwReserved3"),
};

constexpr Field<PrinterRow> kPrinterInfo1[] = {                    // 2.2.2.9.2
    u32_constant<PrinterRow, kPrinterEnumIcon8>("Flags"),
    str<&PrinterRow::description>("Description"),
    str<&PrinterRow::name>("Name"),
    str<&record_text<&Record::comment>>("Comment"),
};

constexpr Field<PrinterRow> kPrinterInfo2[] = {                    // 2.2.2.9.3
    str<&PrinterRow::server>("ServerName"),
    str<&PrinterRow::name>("PrinterName"),
    str<&record_text<&Record::share_name>>("ShareName"),
    str<&PrinterRow::ports>("PortName"),
    str<&record_text<&Record::driver_name>>("DriverName"),
    str<&record_text<&Record::comment>>("Comment"),
    str<&record_text<&Record::location>>("Location"),
    blob<&PrinterRow::devmode>("DevMode"),
    str<&record_text<&Record::separator_file>>("SepFile"),
    str<&record_text<&Record::processor>>("PrintProcessor"),
    str<&record_text<&Record::datatype>>("Datatype"),
    str<&record_text<&Record::parameters>>("Parameters"),
    blob<&PrinterRow::security_descriptor>("SecurityDescriptor"),
    u32<&record_number<&Record::attributes>>("Attributes"),
    u32<&record_number<&Record::priority>>("Priority"),
    u32<&record_number<&Record::default_priority>>("DefaultPriority"),
    u32<&record_number<&Record::start_time>>("StartTime"),
    u32<&record_number<&Record::until_time>>("UntilTime"),
    u32<&view_number<&View::status>>("Status"),
    u32<&view_number<&View::jobs>>("cJobs"),
    u32<&record_number<&Record::average_ppm>>("AveragePPM"),
};

constexpr Field<PrinterRow> kPrinterInfo3[] = {blob<&PrinterRow::security_descriptor>("SecurityDescriptor")};   // 2.2.2.9.4

constexpr Field<PrinterRow> kPrinterInfo4[] = {                    // 2.2.2.9.5
    str<&PrinterRow::name>("PrinterName"),
    str<&PrinterRow::server>("ServerName"),
    u32<&record_number<&Record::attributes>>("Attributes"),
};

constexpr Field<PrinterRow> kPrinterInfo5[] = {                    // 2.2.2.9.6
    str<&PrinterRow::name>("PrinterName"),
    str<&PrinterRow::ports>("PortName"),
    u32<&record_number<&Record::attributes>>("Attributes"),
    u32_constant<PrinterRow, kNotSelectedTimeoutMs>("DeviceNotSelectedTimeout"),
    u32_constant<PrinterRow, kRetryTimeoutMs>("TransmissionRetryTimeout"),
};

constexpr Field<PrinterRow> kPrinterInfo6[] = {u32<&view_number<&View::status>>("dwStatus")};                   // 2.2.2.9.7

constexpr Field<PrinterRow> kPrinterInfo7[] = {                    // 2.2.2.9.8
    str<&object_guid>("ObjectGUID"),
    u32<&publish_action>("dwAction"),
};

constexpr Field<PrinterRow> kPrinterInfo8[] = {blob<&PrinterRow::devmode>("DevMode")};                          // 2.2.2.9.9

template <auto Member>
Text plain_text(const PlainPrinterRow& row) {
    return Text(row.*Member);
}
constexpr Field<PlainPrinterRow> kPlainInfo1[] = {
    u32<&PlainPrinterRow::flags>("Flags"),
    str<&plain_text<&PlainPrinterRow::description>>("Description"),
    str<&plain_text<&PlainPrinterRow::name>>("Name"),
    str<&plain_text<&PlainPrinterRow::comment>>("Comment"),
};

constexpr Field<ServerSecurityRow> kServerInfo3[] = {blob<&ServerSecurityRow::security_descriptor>("SecurityDescriptor")};

}  // namespace

constinit const Level<PrinterRow> kPrinterLevels[9] = {
    {0, 124, kPrinterInfoStress}, {1, 16, kPrinterInfo1}, {2, 84, kPrinterInfo2}, {3, 4, kPrinterInfo3}, {4, 12, kPrinterInfo4},
    {5, 20, kPrinterInfo5},       {6, 4, kPrinterInfo6},  {7, 8, kPrinterInfo7},  {8, 4, kPrinterInfo8},
};
constinit const Level<PrinterRow> kEnumPrinterLevels[5] = {
    {0, 124, kPrinterInfoStress}, {1, 16, kPrinterInfo1}, {2, 84, kPrinterInfo2}, {4, 12, kPrinterInfo4}, {5, 20, kPrinterInfo5},
};
constinit const Level<PlainPrinterRow> kPlainPrinterLevels[1] = {{1, 16, kPlainInfo1}};
constinit const Level<ServerSecurityRow> kServerLevels[1] = {{3, 4, kServerInfo3}};

PrinterRow PrinterRow::make(spooler::PrinterView view, const ReplyContext& context, bool with_security) {
    std::shared_ptr<const base::ByteBuffer> security;
    if (with_security) security = std::make_shared<const base::ByteBuffer>(base::to_bytes(*view.record->security));
    return make(std::move(view), context, std::move(security));
}

PrinterRow PrinterRow::make(spooler::PrinterView view, const ReplyContext& context, std::shared_ptr<const base::ByteBuffer> security) {
    PrinterRow row;
    row.view = std::move(view);
    row.context = &context;
    const spooler::PrinterRecord& record = *row.view.record;
    if (record.ports.size() != 1) row.pooled_ports = spooler::join_ports(record.ports);
    if ((record.attributes & spooler::printer_attribute::kPublished) != 0) row.object_guid = base::to_braced_upper(record.object_guid);
    row.security = std::move(security);
    return row;
}

// "<printer>,<driver>,<location>", the printer in the form in which the client knows it.
Text PrinterRow::description() const {
    return Text::joined(context->prefix, record().name, ",", record().driver_name, ",", record().location);
}

// Records lie all over the memory; in a list of thousands waiting for them is most of the work.
void PrinterRow::prefetch() const { base::prefetch(record()); }

Text PrinterRow::ports() const { return record().ports.size() == 1 ? Text(record().ports.front()) : Text(pooled_ports); }

Blob PrinterRow::devmode() const {
    return {context->devmode(record().devmode, record().driver_name), name()};
}

}  // namespace server
