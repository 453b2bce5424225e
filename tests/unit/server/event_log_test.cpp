// The event log's files: order, rotation, size, what a crash leaves.
#include "server/event_log.h"

#include "base/limits.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using server::EventLog;

class EventLogTest : public testing::Test {
 protected:
    void open(std::size_t file_bytes = 1000, std::size_t files = 2) {
        log_.reset();
        auto opened = EventLog::open(directory_.path(""), EventLog::Limits{file_bytes, files});
        ASSERT_TRUE(opened) << opened.error().to_string();
        log_ = std::move(*opened);
    }
    void append(const std::vector<std::string>& lines) { ASSERT_TRUE(threads_.run(log_->append(lines))); }
    std::vector<std::string> last(std::size_t count) {
        auto lines = threads_.run(log_->last(count));
        EXPECT_TRUE(lines);
        return lines ? *lines : std::vector<std::string>();
    }
    using Lines = std::vector<std::string>;

    storage::TemporaryDirectory directory_;
    test_support::Threads threads_{2};
    std::unique_ptr<EventLog> log_;
};

TEST_F(EventLogTest, KeepsLinesInOrderAcrossOpens) {
    open();
    EXPECT_TRUE(last(10).empty());
    append({"one", "two"});
    open();
    append({"three"});
    EXPECT_EQ(last(10), (Lines{"one", "two", "three"}));
    EXPECT_EQ(last(2), (Lines{"two", "three"}));
    EXPECT_TRUE(last(0).empty());
}

TEST_F(EventLogTest, RotatesAndForgetsTheOldest) {
    open(10, 2);
    append({"aaaa", "bbbb"});                                      // fills the file exactly
    EXPECT_FALSE(std::filesystem::exists(directory_.path("events.1.jsonl")));
    append({"cccc", "dddd", "eeee", "ffff"});
    EXPECT_EQ(last(10), (Lines{"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"}));
    append({"gggg"});
    EXPECT_EQ(last(10), (Lines{"cccc", "dddd", "eeee", "ffff", "gggg"}));
    EXPECT_EQ(last(3), (Lines{"eeee", "ffff", "gggg"}));
    for (const char* name : {"events.jsonl", "events.1.jsonl", "events.2.jsonl"}) {
        EXPECT_LE(std::filesystem::file_size(directory_.path(name)), 10U) << name;
    }
    EXPECT_FALSE(std::filesystem::exists(directory_.path("events.3.jsonl")));
}

TEST_F(EventLogTest, ALineThatACrashCutOffIsRemoved) {
    std::ofstream(directory_.path("events.jsonl")) << "whole\nha";
    open();
    append({"next"});
    EXPECT_EQ(last(10), (Lines{"whole", "next"}));
    log_.reset();
    std::ofstream(directory_.path("events.jsonl"), std::ios::trunc) << std::string(9000, 'x');
    open();
    EXPECT_TRUE(last(10).empty());
}

TEST_F(EventLogTest, WhatIsNoFileIsRefused) {
    open();
    append({"kept"});
    std::filesystem::remove(directory_.path("events.jsonl"));
    std::filesystem::create_directory(directory_.path("events.jsonl"));
    auto opened = EventLog::open(directory_.path(""), EventLog::Limits{10, 1});
    EXPECT_FALSE(opened);
}

// Unless a test says otherwise: the files that base/limits.h promises, and no more.
TEST_F(EventLogTest, TheDefaultSizeAndNumberOfFiles) {
    auto opened = EventLog::open(directory_.path(""));
    ASSERT_TRUE(opened);
    log_ = std::move(*opened);
    constexpr std::size_t kLines = 4;
    const std::string quarter(base::limits::kMaxEventLogFileBytes / kLines - 1, 'x');
    append(Lines(kLines, quarter));
    EXPECT_EQ(std::filesystem::file_size(directory_.path("events.jsonl")), base::limits::kMaxEventLogFileBytes) << "exactly full";
    EXPECT_FALSE(std::filesystem::exists(directory_.path("events.1.jsonl")));
    for (std::size_t file = 0; file <= base::limits::kMaxEventLogFiles; ++file) append(Lines(kLines, quarter));
    const std::string oldest = "events." + std::to_string(base::limits::kMaxEventLogFiles);
    EXPECT_EQ(std::filesystem::file_size(directory_.path(oldest + ".jsonl")), base::limits::kMaxEventLogFileBytes);
    EXPECT_FALSE(std::filesystem::exists(directory_.path("events." + std::to_string(base::limits::kMaxEventLogFiles + 1) + ".jsonl")));
    EXPECT_EQ(last(1000).size(), kLines * (base::limits::kMaxEventLogFiles + 1));
}

}  // namespace
