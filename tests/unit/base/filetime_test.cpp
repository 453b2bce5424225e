#include "base/clock.h"
#include "base/filetime.h"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

constexpr std::uint64_t kUnixEpoch = 116'444'736'000'000'000;
constexpr std::uint64_t kDay = 864'000'000'000;

TEST(FileTime, KnownInstants) {
    EXPECT_EQ(filetime_from(std::chrono::system_clock::time_point()).ticks, kUnixEpoch);
    EXPECT_EQ(to_system_time(FileTime{0}), (SystemTime{1601, 1, 1, 1, 0, 0, 0, 0}));        // a Monday
    EXPECT_EQ(to_system_time(FileTime{kUnixEpoch}), (SystemTime{1970, 1, 4, 1, 0, 0, 0, 0}));  // a Thursday
    // 2024-02-29 23:59:58.987 UTC, a Thursday: Unix time 1709251198.
    const FileTime leap{kUnixEpoch + 1'709'251'198ULL * 10'000'000 + 9'870'000};
    EXPECT_EQ(to_system_time(leap), (SystemTime{2024, 2, 4, 29, 23, 59, 58, 987}));
    EXPECT_EQ(to_filetime(SystemTime{2024, 2, 0, 29, 23, 59, 58, 987}), leap);             // day of week is ignored
}

TEST(FileTime, EveryDayOfFourCenturiesRoundTrips) {
    SystemTime last = to_system_time(FileTime{0});
    for (std::uint64_t day = 1; day < 2 * 146'097 + 400; ++day) {
        const FileTime time{day * kDay};
        const SystemTime now = to_system_time(time);
        ASSERT_EQ(to_filetime(now), time) << day;
        ASSERT_EQ(now.day_of_week, (last.day_of_week + 1) % 7);
        const bool next_day = now.year == last.year && now.month == last.month && now.day == last.day + 1;
        const bool next_month = now.year == last.year && now.month == last.month + 1 && now.day == 1;
        const bool next_year = now.year == last.year + 1 && now.month == 1 && now.day == 1 && last.month == 12 && last.day == 31;
        ASSERT_TRUE(next_day || next_month || next_year) << day;
        last = now;
    }
}

TEST(FileTime, RejectsImpossibleDates) {
    const SystemTime good{2023, 2, 0, 28, 12, 30, 30, 500};
    EXPECT_NE(to_filetime(good).ticks, 0U);
    const auto with = [&good](std::uint16_t SystemTime::*field, std::uint16_t value) {
        SystemTime time = good;
        time.*field = value;
        return to_filetime(time).ticks;
    };
    EXPECT_EQ(with(&SystemTime::year, 1600), 0U);
    EXPECT_EQ(with(&SystemTime::year, 30'828), 0U);
    EXPECT_NE(with(&SystemTime::year, 30'827), 0U);
    EXPECT_EQ(with(&SystemTime::month, 0), 0U);
    EXPECT_EQ(with(&SystemTime::month, 13), 0U);
    EXPECT_EQ(with(&SystemTime::day, 0), 0U);
    EXPECT_EQ(with(&SystemTime::day, 29), 0U);
    EXPECT_EQ(with(&SystemTime::hour, 24), 0U);
    EXPECT_EQ(with(&SystemTime::minute, 60), 0U);
    EXPECT_EQ(with(&SystemTime::second, 60), 0U);
    EXPECT_EQ(with(&SystemTime::milliseconds, 1000), 0U);
    EXPECT_EQ(to_filetime(SystemTime{}).ticks, 0U);
    EXPECT_EQ(to_filetime(SystemTime{1900, 2, 0, 29, 0, 0, 0, 0}).ticks, 0U);
    EXPECT_NE(to_filetime(SystemTime{2000, 2, 0, 29, 0, 0, 0, 0}).ticks, 0U);
}

TEST(FileTime, ExtremesDoNotOverflow) {
    const FileTime latest{std::numeric_limits<std::uint64_t>::max()};
    EXPECT_EQ(to_system_time(latest).year, 60'056);
    EXPECT_GT(to_time_point(latest), std::chrono::system_clock::now());
    EXPECT_LT(to_time_point(FileTime{0}), std::chrono::system_clock::time_point());
    EXPECT_EQ(filetime_from(to_time_point(FileTime{kUnixEpoch + 1})).ticks, kUnixEpoch + 1);
    EXPECT_EQ(filetime_from(std::chrono::system_clock::time_point::min()).ticks,
              filetime_from(to_time_point(FileTime{0})).ticks);
}

TEST(Clock, SystemClockGoesOn) {
    const Clock& clock = system_clock();
    const FileTime now = clock.now();
    EXPECT_GT(to_system_time(now).year, 2023);
    const auto before = clock.steady_now();
    EXPECT_GE(clock.steady_now(), before);
}

}  // namespace
}  // namespace base
