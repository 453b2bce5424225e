#include "server/winspool/levels/job_levels.h"

#include <algorithm>

namespace server {
namespace {

using Info = spooler::JobInfo;
using View = spooler::JobView;

template <auto Member>
Text info_text(const JobRow& row) {
    return Text(row.info().*Member);
}
template <auto Member>
std::uint32_t info_number(const JobRow& row) {
    return row.info().*Member;
}
template <auto Member>
std::uint32_t view_number(const JobRow& row) {
    return row.view.*Member;
}
base::FileTime submitted(const JobRow& row) { return row.info().submitted; }
// Level 2 has 32 bits only: a larger document shows the most that fits, level 4 carries the rest in SizeHigh.
std::uint32_t size_clamped(const JobRow& row) { return static_cast<std::uint32_t>(std::min<std::uint64_t>(row.view.size, 0xFFFFFFFFU)); }
std::uint32_t size_low(const JobRow& row) { return static_cast<std::uint32_t>(row.view.size & 0xFFFFFFFFU); }
std::uint32_t size_high(const JobRow& row) { return static_cast<std::uint32_t>(row.view.size >> 32U); }

constexpr Field<JobRow> kJobInfo1[] = {                            // [MS-RPRN] 2.2.2.6.1
    u32<&view_number<&View::id>>("JobId"),
    str<&JobRow::printer_name>("PrinterName"),
    str<&info_text<&Info::machine_name>>("MachineName"),
    str<&info_text<&Info::user_name>>("UserName"),
    str<&info_text<&Info::document>>("Document"),
    str<&info_text<&Info::datatype>>("Datatype"),
    str<&JobRow::status_text>("StatusText"),
    u32<&view_number<&View::status>>("Status"),
    u32<&info_number<&Info::priority>>("Priority"),
    u32<&view_number<&View::position>>("Position"),
    u32<&view_number<&View::total_pages>>("TotalPages"),
    u32<&view_number<&View::pages_printed>>("PagesPrinted"),
    systemtime<&submitted>("Submitted"),
};

// Common to levels 2 and 4, up to the size.
constexpr Field<JobRow> kJobInfo2Head[] = {
    u32<&view_number<&View::id>>("JobId"),
    str<&JobRow::printer_name>("PrinterName"),
    str<&info_text<&Info::machine_name>>("MachineName"),
    str<&info_text<&Info::user_name>>("UserName"),
    str<&info_text<&Info::document>>("Document"),
    str<&info_text<&Info::notify_name>>("NotifyName"),
    str<&info_text<&Info::datatype>>("Datatype"),
    str<&info_text<&Info::processor>>("PrintProcessor"),
    str<&info_text<&Info::parameters>>("Parameters"),
    str<&info_text<&Info::driver_name>>("DriverName"),
    blob<&JobRow::devmode>("DevMode"),
    str<&JobRow::status_text>("StatusText"),
    blob<&JobRow::security_descriptor>("SecurityDescriptor"),
    u32<&view_number<&View::status>>("Status"),
    u32<&info_number<&Info::priority>>("Priority"),
    u32<&view_number<&View::position>>("Position"),
    u32<&info_number<&Info::start_time>>("StartTime"),
    u32<&info_number<&Info::until_time>>("UntilTime"),
    u32<&view_number<&View::total_pages>>("TotalPages"),
};
constexpr Field<JobRow> kJobInfo2Tail[] = {
    u32<&size_clamped>("Size"),
    systemtime<&submitted>("Submitted"),
    u32<&view_number<&View::time_ms>>("Time"),
    u32<&view_number<&View::pages_printed>>("PagesPrinted"),
};
constexpr Field<JobRow> kJobInfo4Tail[] = {
    u32<&size_low>("Size"),
    systemtime<&submitted>("Submitted"),
    u32<&view_number<&View::time_ms>>("Time"),
    u32<&view_number<&View::pages_printed>>("PagesPrinted"),
    u32<&size_high>("SizeHigh"),
};
constexpr auto kJobInfo2 = extend(kJobInfo2Head, kJobInfo2Tail);   // 2.2.2.6.2
constexpr auto kJobInfo4 = extend(kJobInfo2Head, kJobInfo4Tail);   // 2.2.2.6.4

constexpr Field<JobRow> kJobInfo3[] = {                            // 2.2.2.6.3
    u32<&view_number<&View::id>>("JobId"),
    u32<&view_number<&View::next_job>>("NextJobId"),
    u32_constant<JobRow, 0>("Reserved"),
};

}  // namespace

constinit const Level<JobRow> kJobLevels[4] = {
    {1, 64, kJobInfo1}, {2, 104, kJobInfo2.fields}, {3, 12, kJobInfo3}, {4, 108, kJobInfo4.fields}};

JobRow JobRow::make(spooler::JobView view, const ReplyContext& context, bool with_security) {
    JobRow row;
    row.view = std::move(view);
    row.context = &context;
    if (with_security) row.security = base::to_bytes(*row.view.info->security);
    return row;
}

Blob JobRow::devmode() const {
    return {context->devmode(info().devmode, info().driver_name), printer_name()};
}

}  // namespace server
