#include "base/log_limiter.h"

#include "base/log.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>

namespace base {
namespace {

using namespace std::chrono_literals;

class LogLimiterTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = std::filesystem::temp_directory_path() / "log_limiter_XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        log::configure(directory_ / "log", log::Level::info);
    }
    void TearDown() override {
        log::configure({}, log::Level::info);
        std::filesystem::remove_all(directory_);
    }
    // What was logged since the last call.
    std::string logged() {
        log::flush();
        std::stringstream text;
        text << std::ifstream(directory_ / "log").rdbuf();
        const std::string all = text.str();
        std::string fresh = all.substr(seen_);
        seen_ = all.size();
        return fresh;
    }
    static std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }
    static std::size_t admitted(LogLimiter& limiter, std::string_view kind, std::string_view peer, int times) {
        std::size_t count = 0;
        for (int i = 0; i < times; ++i) count += limiter.admit(kind, peer) ? 1 : 0;
        return count;
    }

    test_support::ManualClock clock_;
    std::filesystem::path directory_;
    std::size_t seen_ = 0;
};

TEST_F(LogLimiterTest, TheFirstLinesOfAMinuteAreWrittenTheRestIsOneLine) {
    LogLimiter limiter(clock_, {3, 100, 100});
    EXPECT_EQ(admitted(limiter, "logon failed", "192.0.2.1", 3), 3U);
    EXPECT_EQ(admitted(limiter, "logon failed", "192.0.2.1", 500), 0U);
    EXPECT_EQ(admitted(limiter, "protocol error", "192.0.2.1", 3), 3U) << "another kind";
    EXPECT_EQ(admitted(limiter, "logon failed", "192.0.2.2", 3), 3U) << "another peer";
    clock_.advance(59'999ms);
    limiter.tick();
    EXPECT_EQ(logged(), "") << "the minute is not over";
    clock_.advance(1ms);
    limiter.tick();
    const std::string text = logged();
    EXPECT_EQ(lines(text), 1U) << text;
    EXPECT_NE(text.find("event=\"logon failed\" peer=192.0.2.1 suppressed=500"), std::string::npos) << text;
    EXPECT_EQ(admitted(limiter, "logon failed", "192.0.2.1", 5), 3U) << "a new minute";
}

TEST_F(LogLimiterTest, TheNextLineTellsOfTheMinuteBefore) {
    LogLimiter limiter(clock_, {1, 100, 100});
    EXPECT_EQ(admitted(limiter, "a", "192.0.2.1", 3), 1U);
    clock_.advance(10min);
    EXPECT_TRUE(limiter.admit("b", "192.0.2.9"));
    EXPECT_NE(logged().find("suppressed=2"), std::string::npos);
    clock_.advance(10min);
    limiter.tick();
    EXPECT_EQ(logged(), "") << "nothing was suppressed since";
}

TEST_F(LogLimiterTest, TheTableAndTheSumAreBounded) {
    LogLimiter limiter(clock_, {2, 50, 10});
    std::size_t written = 0;
    for (int i = 0; i < 1'000; ++i) written += admitted(limiter, "logon failed", "192.0.2." + std::to_string(i), 1);
    EXPECT_EQ(limiter.entries(), 10U);
    EXPECT_EQ(written, 9U + 2U) << "nine peers, and two lines for all others";
    clock_.advance(1min);
    limiter.tick();
    const std::string text = logged();
    EXPECT_EQ(lines(text), 1U) << text;
    EXPECT_NE(text.find("event=others peer=others suppressed=989"), std::string::npos) << text;
    EXPECT_EQ(limiter.entries(), 0U);

    LogLimiter many(clock_, {20, 50, 100});
    written = 0;
    for (int i = 0; i < 90; ++i) written += admitted(many, "logon failed", "192.0.2." + std::to_string(i), 20);
    EXPECT_EQ(written, 50U) << "in total";
}

TEST_F(LogLimiterTest, OneHostHasAWholeIpv6Network) {
    LogLimiter limiter(clock_, {2, 100, 100});
    std::size_t written = 0;
    for (int i = 1; i < 100; ++i) written += admitted(limiter, "logon failed", "2001:db8::" + std::to_string(i), 1);
    EXPECT_EQ(written, 2U);
    EXPECT_EQ(limiter.entries(), 1U);
    EXPECT_TRUE(limiter.admit("logon failed", "2001:db8:0:1::1"));
}

TEST_F(LogLimiterTest, TheLastSummaryComesOutAtTheEnd) {
    {
        LogLimiter limiter(clock_, {1, 100, 100});
        EXPECT_EQ(admitted(limiter, "logon failed", "192.0.2.1", 5), 1U);
    }
    EXPECT_NE(logged().find("suppressed=4"), std::string::npos);
}

// What the server runs with.
TEST_F(LogLimiterTest, TheDefaultsAtTheirEdges) {
    LogLimiter limiter(clock_);
    constexpr int kPerMinute = static_cast<int>(limits::kLogLinesPerMinute);
    EXPECT_EQ(admitted(limiter, "logon failed", "192.0.2.1", kPerMinute + 1), limits::kLogLinesPerMinute);
    std::size_t written = limits::kLogLinesPerMinute;
    for (int peer = 0; limiter.entries() < limits::kMaxLogPeers - 1; ++peer) written += admitted(limiter, "a", "peer" + std::to_string(peer), 1);
    EXPECT_EQ(written, limits::kLogLinesPerMinuteInTotal) << "the last of them were only counted";
    EXPECT_FALSE(limiter.admit("a", "one more in total"));
    EXPECT_EQ(limiter.entries(), limits::kMaxLogPeers);
    EXPECT_FALSE(limiter.admit("a", "one more peer"));
    EXPECT_EQ(limiter.entries(), limits::kMaxLogPeers) << "further peers share one entry";
    clock_.advance(1min);
    EXPECT_TRUE(limiter.admit("a", "one more peer"));
}

}  // namespace
}  // namespace base
