#include "base/events.h"
#include "base/log.h"
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace base {
namespace {

// Logging goes to a file of its own while this lives, and back to standard error afterwards.
class LogFile {
 public:
    explicit LogFile(log::Level level = log::Level::debug) {
        std::string pattern = std::filesystem::temp_directory_path() / "log_test_XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        log::configure(path(), level);
    }
    ~LogFile() {
        log::configure({}, log::Level::info);
        std::filesystem::remove_all(directory_);
    }
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    [[nodiscard]] std::string path() const { return directory_ / "server.log"; }
    [[nodiscard]] std::vector<std::string> lines() const {
        log::flush();
        std::ifstream file(path());
        std::vector<std::string> out;
        for (std::string line; std::getline(file, line);) out.push_back(line);
        return out;
    }

 private:
    std::filesystem::path directory_;
};

TEST(LogQuoting, PlainWordsStayBare) {
    for (const std::string_view text : {"a", "HP-4050", "10.0.0.1:9100", "C:/x", "{1}"}) EXPECT_EQ(log::quoted(text), text);
}

TEST(LogQuoting, EverythingElseIsQuotedAndEscaped) {
    EXPECT_EQ(log::quoted(""), "\"\"");
    EXPECT_EQ(log::quoted("two words"), "\"two words\"");
    EXPECT_EQ(log::quoted("a=b"), "\"a=b\"");
    EXPECT_EQ(log::quoted("\\\\srv\\p"), R"("\\\\srv\\p")");
    EXPECT_EQ(log::quoted("say \"hi\""), R"("say \"hi\"")");
    EXPECT_EQ(log::quoted("x\r\n\tlevel=error"), R"("x\r\n\tlevel=error")");
    EXPECT_EQ(log::quoted("\x1B[31m\x7F"), R"("\u001b[31m\u007f")");
    EXPECT_EQ(log::quoted(std::string_view("a\0b", 3)), R"("a\u0000b")");
    EXPECT_EQ(log::quoted("B\xC3\xBCro"), "\"B\xC3\xBCro\"");
    EXPECT_EQ(log::quoted("\xC2\x9B" "31m"), R"("\u009b31m")");                      // C1 control sequence introducer
    EXPECT_EQ(log::quoted("\xE2\x80\xAE" "fdp"), R"("\u202efdp")");                  // right-to-left override
    EXPECT_EQ(log::quoted("\xE2\x80\xA8"), R"("\u2028")");                            // line separator
    EXPECT_EQ(log::quoted("\xFF"), "\"\xEF\xBF\xBD\"");
    EXPECT_EQ(log::quoted("\xF0\x9F\x96\xA8"), "\"\xF0\x9F\x96\xA8\"");
}

TEST(LogQuoting, Fields) {
    EXPECT_EQ(log::format_fields({}), "");
    EXPECT_EQ(log::format_fields({{"a", "x y"}, {"b", 1}, {"c", true}, {"d", std::uint64_t{18446744073709551615ULL}}, {"e", std::int64_t{-1}},
                                  {"f", std::string("s")}, {"g", 7U}, {"h", std::string_view("v")}}),
              "a=\"x y\" b=1 c=true d=18446744073709551615 e=-1 f=s g=7 h=v");
}

TEST(Log, WritesOneLinePerMessage) {
    const LogFile file;
    log::info("printer added", {{"printer", "Laser 1"}, {"port", "lpt1"}});
    log::write_in(log::Level::warning, "connection=3 call=7", "slow\nfake", {{"ms", 12}});
    log::error("plain");
    const auto lines = file.lines();
    ASSERT_EQ(lines.size(), 3U);
    const std::regex stamp(R"(time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z .*)");
    for (const auto& line : lines) EXPECT_TRUE(std::regex_match(line, stamp)) << line;
    const auto tail = [&lines](std::size_t i) { return lines[i].substr(lines[i].find(' ') + 1); };
    EXPECT_EQ(tail(0), "level=info message=\"printer added\" printer=\"Laser 1\" port=lpt1");
    EXPECT_EQ(tail(1), R"(level=warning message="slow\nfake" connection=3 call=7 ms=12)");
    EXPECT_EQ(tail(2), "level=error message=plain");
}

TEST(Log, PrefixCannotBreakTheLine) {
    const LogFile file;
    log::write_in(log::Level::info, "user=x\nlevel=error", "m");
    ASSERT_EQ(file.lines().size(), 1U);
    EXPECT_NE(file.lines()[0].find("user=x?level=error"), std::string::npos);
}

TEST(Log, LevelDecides) {
    const LogFile file(log::Level::warning);
    EXPECT_FALSE(log::enabled(log::Level::info));
    EXPECT_TRUE(log::enabled(log::Level::warning));
    EXPECT_FALSE(log::enabled(log::Level::off));
    log::info("no");
    log::warning("yes");
    EXPECT_EQ(file.lines().size(), 1U);
    log::configure(file.path(), log::Level::off);
    log::error("no");
    EXPECT_FALSE(log::enabled(log::Level::critical));
    EXPECT_EQ(file.lines().size(), 1U);
}

TEST(Log, Levels) {
    EXPECT_EQ(log::parse_level("trace", log::Level::info), log::Level::trace);
    EXPECT_EQ(log::parse_level("off", log::Level::info), log::Level::off);
    EXPECT_EQ(log::parse_level("Trace", log::Level::info), log::Level::info);
    EXPECT_EQ(log::parse_level("", log::Level::error), log::Level::error);
    EXPECT_EQ(log::level_name(log::Level::critical), "critical");
    EXPECT_EQ(log::level_name(static_cast<log::Level>(99)), "unknown");
}

TEST(Log, ReopensAfterRotation) {
    const LogFile file;
    log::info("first");
    std::filesystem::rename(file.path(), file.path() + ".1");
    log::info("second");                                            // still into the renamed file
    log::reopen();
    log::info("third");
    const auto lines = file.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("third"), std::string::npos);
}

TEST(Log, AppendsToAnExistingFile) {
    const LogFile file;
    log::info("first");
    log::configure(file.path(), log::Level::info);
    log::info("second");
    EXPECT_EQ(file.lines().size(), 2U);
}

TEST(Log, UnopenableFileFallsBackToStandardError) {
    const LogFile file;
    testing::internal::CaptureStderr();
    log::configure(file.path() + "/impossible", log::Level::info);
    log::info("still heard");
    log::flush();
    const std::string heard = testing::internal::GetCapturedStderr();
    EXPECT_NE(heard.find("cannot open the log file"), std::string::npos);
    EXPECT_NE(heard.find("message=\"still heard\""), std::string::npos);
}

TEST(Log, ManyThreadsNeverMixLines) {
    const LogFile file;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([t] {
            for (int i = 0; i < 100; ++i) {
                log::info("threaded", {{"t", t}, {"i", i}, {"end", true}});
                if (i % 25 == 0) log::reopen();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    const auto lines = file.lines();
    EXPECT_EQ(lines.size(), 400U);
    for (const auto& line : lines) EXPECT_EQ(line.substr(line.size() - 8), "end=true") << line;
}

TEST(CheckFailed, LogsWhereAndAborts) {
    const int one = 1;
    WSP_CHECK(one == 1);
    EXPECT_DEATH(WSP_CHECK(one == 2), "level=critical message=\"internal check failed\" condition=\"one == 2\" at=.*log_test.cpp:[0-9]+");
}

TEST(Events, CatalogueIsComplete) {
    ASSERT_GE(all_events().size(), 20U);
    std::set<std::string_view> names;
    unsigned last = 0;
    for (const EventInfo& info : all_events()) {
        EXPECT_TRUE(names.insert(info.name).second) << info.name;
        EXPECT_GT(static_cast<unsigned>(info.event), last) << "numbers rise and are unique: " << info.name;
        last = static_cast<unsigned>(info.event);
        EXPECT_GE(info.severity, log::Level::info) << info.name;
        EXPECT_LE(info.severity, log::Level::critical) << info.name;
        EXPECT_FALSE(info.text.empty()) << info.name;
        EXPECT_NE(info.text.back(), '.') << info.name;
        EXPECT_EQ(info.explanation.back(), '.') << info.name;
        EXPECT_EQ(info.next_step.back(), '.') << info.name;
        EXPECT_EQ(&event_info(info.event), &info);
        EXPECT_EQ(find_event(info.name), &info);
        EXPECT_EQ(find_event(event_id(info.event)), &info);
        EXPECT_EQ(find_event(event_id(info.event).substr(3)), &info);
    }
    EXPECT_EQ(find_event("WSP1"), nullptr);
    EXPECT_EQ(find_event(""), nullptr);
}

TEST(Events, ReportNamesIdAndFields) {
    const LogFile file(log::Level::warning);
    report(Event::server_started);                                  // info: below the level
    report(Event::printer_offline, {{"printer", "Laser 1"}, {"reason", "ERROR_TIMEOUT"}});
    const auto lines = file.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("level=warning message=\"a printer does not answer\" event=WSP300 printer=\"Laser 1\" reason=ERROR_TIMEOUT"),
              std::string::npos)
        << lines[0];
}

TEST(Metrics, CountersKeepTheirIdentity) {
    Metrics metrics;
    Counter& counter = metrics.counter("calls_total{operation=\"OpenPrinter\"}");
    for (int i = 0; i < 100; ++i) metrics.counter("other_" + std::to_string(i)).add();
    counter.add(3);
    EXPECT_EQ(&metrics.counter("calls_total{operation=\"OpenPrinter\"}"), &counter);
    EXPECT_EQ(metrics.counter("calls_total{operation=\"OpenPrinter\"}").value(), 3U);
    EXPECT_EQ(metrics.snapshot().size(), 101U);
}

TEST(Metrics, HistogramBuckets) {
    Histogram histogram;
    for (const std::uint64_t value : {0ULL, 1ULL, 2ULL, 3ULL, 4ULL, 5ULL, 1ULL << 26U, (1ULL << 26U) + 1, ~0ULL >> 1U}) histogram.record_us(value);
    const auto buckets = histogram.buckets();
    EXPECT_EQ(buckets[0], 2U);                                      // up to 1 µs
    EXPECT_EQ(buckets[1], 1U);                                      // 2
    EXPECT_EQ(buckets[2], 2U);                                      // 3, 4
    EXPECT_EQ(buckets[3], 1U);                                      // 5
    EXPECT_EQ(buckets[26], 1U);
    EXPECT_EQ(buckets[27], 2U);
    EXPECT_EQ(histogram.count(), 9U);
}

TEST(Metrics, SnapshotSpellsPrometheus) {
    Metrics metrics;
    metrics.histogram("latency{op=\"x\"}").record_us(3);
    metrics.histogram("plain").record_us(1);
    std::map<std::string, std::uint64_t> values;
    for (const auto& sample : metrics.snapshot()) values[sample.name] = sample.value;
    EXPECT_EQ(values.at("latency_bucket{op=\"x\",le=\"2\"}"), 0U);
    EXPECT_EQ(values.at("latency_bucket{op=\"x\",le=\"4\"}"), 1U);
    EXPECT_EQ(values.at("latency_bucket{op=\"x\",le=\"+Inf\"}"), 1U);
    EXPECT_EQ(values.at("latency_sum{op=\"x\"}"), 3U);
    EXPECT_EQ(values.at("latency_count{op=\"x\"}"), 1U);
    EXPECT_EQ(values.at("plain_bucket{le=\"1\"}"), 1U);
    EXPECT_EQ(values.at("plain_count"), 1U);
}

TEST(Metrics, ManyThreads) {
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&metrics] {
            for (int i = 0; i < 1000; ++i) {
                metrics.counter("c").add();
                metrics.histogram("h").record_us(5);
                EXPECT_TRUE(i % 100 != 0 || !metrics.snapshot().empty());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(metrics.counter("c").value(), 4000U);
    EXPECT_EQ(metrics.histogram("h").count(), 4000U);
}

}  // namespace
}  // namespace base
