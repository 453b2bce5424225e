#include "base/filetime.h"

#include <limits>

namespace base {
namespace {

constexpr std::uint64_t kTicksPerMillisecond = 10'000;
constexpr std::uint64_t kTicksPerSecond = 10'000'000;
constexpr std::uint64_t kTicksPerDay = 86'400 * kTicksPerSecond;
constexpr std::int64_t kUnixEpochTicks = 116'444'736'000'000'000;  // 1601-01-01 to 1970-01-01
constexpr std::int64_t kNanosecondsPerTick = 100;
constexpr std::uint64_t kDaysPer400Years = 146'097;
constexpr std::uint64_t kDaysPer100Years = 36'524;
constexpr std::uint64_t kDaysPer4Years = 1'461;
constexpr unsigned kFirstYear = 1601;
constexpr unsigned kLastYear = 30'827;                             // [MS-DTYP] 2.3.13

constexpr unsigned kDaysBeforeMonth[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

bool is_leap(std::uint64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

std::uint64_t days_before_year(std::uint64_t year) {
    const std::uint64_t n = year - kFirstYear;                     // 1601 starts a 400-year cycle
    return n * 365 + n / 4 - n / 100 + n / 400;
}

// Days from the start of `year` to the start of `month` (1 … 13).
unsigned days_before_month(std::uint64_t year, unsigned month) {
    const unsigned leap_day = month > 2 && is_leap(year) ? 1 : 0;
    return kDaysBeforeMonth[month - 1] + leap_day;
}

std::uint64_t year_of_day(std::uint64_t& day) {
    std::uint64_t year = kFirstYear + 400 * (day / kDaysPer400Years);
    day %= kDaysPer400Years;
    const std::uint64_t centuries = day / kDaysPer100Years < 4 ? day / kDaysPer100Years : 3;
    day -= centuries * kDaysPer100Years;
    const std::uint64_t cycles = day / kDaysPer4Years;
    day -= cycles * kDaysPer4Years;
    const std::uint64_t years = day / 365 < 4 ? day / 365 : 3;
    day -= years * 365;
    year += centuries * 100 + cycles * 4 + years;
    return year;
}

}  // namespace

FileTime filetime_from(std::chrono::system_clock::time_point time) {
    const auto since_epoch = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    const std::int64_t ticks = since_epoch / kNanosecondsPerTick + kUnixEpochTicks;
    return {ticks < 0 ? 0 : static_cast<std::uint64_t>(ticks)};
}

std::chrono::system_clock::time_point to_time_point(FileTime time) {
    // system_clock counts nanoseconds in 64 bits and ends in 2262; a FILETIME does not.
    constexpr auto kLatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / kNanosecondsPerTick + kUnixEpochTicks);
    constexpr auto kEarliest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::min() / kNanosecondsPerTick + kUnixEpochTicks);
    const std::uint64_t ticks = time.ticks > kLatest ? kLatest : time.ticks < kEarliest ? kEarliest : time.ticks;
    const std::chrono::nanoseconds since_epoch((static_cast<std::int64_t>(ticks) - kUnixEpochTicks) * kNanosecondsPerTick);
    return std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch));
}

SystemTime to_system_time(FileTime time) {
    std::uint64_t day = time.ticks / kTicksPerDay;
    const std::uint64_t within = time.ticks % kTicksPerDay;
    SystemTime out;
    out.day_of_week = static_cast<std::uint16_t>((day + 1) % 7);   // 1601-01-01 was a Monday; Sunday is 0
    const std::uint64_t year = year_of_day(day);
    unsigned month = 1;
    while (month < 12 && day >= days_before_month(year, month + 1)) ++month;
    out.year = static_cast<std::uint16_t>(year);
    out.month = static_cast<std::uint16_t>(month);
    out.day = static_cast<std::uint16_t>(day - days_before_month(year, month) + 1);
    const std::uint64_t seconds = within / kTicksPerSecond;
    out.hour = static_cast<std::uint16_t>(seconds / 3600);
    out.minute = static_cast<std::uint16_t>(seconds / 60 % 60);
    out.second = static_cast<std::uint16_t>(seconds % 60);
    out.milliseconds = static_cast<std::uint16_t>(within / kTicksPerMillisecond % 1000);
    return out;
}

FileTime to_filetime(const SystemTime& time) {
    if (time.year < kFirstYear || time.year > kLastYear || time.month < 1 || time.month > 12 || time.day < 1) return {};
    const unsigned days_in_month = days_before_month(time.year, time.month + 1U) - days_before_month(time.year, time.month);
    if (time.day > days_in_month || time.hour > 23 || time.minute > 59 || time.second > 59 || time.milliseconds > 999) return {};
    const std::uint64_t days = days_before_year(time.year) + days_before_month(time.year, time.month) + time.day - 1U;
    const std::uint64_t seconds = time.hour * 3600ULL + time.minute * 60ULL + time.second;
    return {days * kTicksPerDay + seconds * kTicksPerSecond + time.milliseconds * kTicksPerMillisecond};
}

}  // namespace base
