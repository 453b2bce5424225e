#include "spooler/scheduler.h"

#include <gtest/gtest.h>

namespace {

using spooler::Candidate;
using spooler::PrinterRules;
using spooler::ReadyList;

TEST(TimeWindow, Table) {
    const struct {
        std::uint32_t start, until, minute, wait;
    } kRows[] = {
        {0, 0, 0, 0},         {0, 0, 1439, 0},      {600, 600, 5, 0},      {480, 1020, 480, 0},   {480, 1020, 1019, 0},
        {480, 1020, 1020, 900}, {480, 1020, 479, 1},  {480, 1020, 0, 480},   {1320, 360, 1320, 0},  {1320, 360, 1439, 0},
        {1320, 360, 0, 0},    {1320, 360, 359, 0},  {1320, 360, 360, 960}, {1320, 360, 1319, 1},  {0, 1440, 700, 0},
    };
    for (const auto& row : kRows) {
        EXPECT_EQ(spooler::window_open(row.start, row.until, row.minute), row.wait == 0) << row.start << '-' << row.until << " at " << row.minute;
        EXPECT_EQ(spooler::minutes_until_open(row.start, row.until, row.minute), row.wait) << row.start << '-' << row.until << " at " << row.minute;
    }
}

Candidate make(spooler::JobId id, std::uint32_t priority, std::int64_t order, bool complete = true) {
    Candidate candidate;
    candidate.id = id;
    candidate.priority = priority;
    candidate.order = order;
    candidate.complete = complete;
    return candidate;
}

TEST(Scheduler, NothingToDo) { EXPECT_EQ(ReadyList().pick(PrinterRules(), 0, {}).id, 0U); }

TEST(Scheduler, HighestPriorityThenOrder) {
    ReadyList list;
    list.put(make(1, 1, 10));
    list.put(make(2, 50, 30));
    list.put(make(3, 50, 20));
    EXPECT_EQ(list.pick(PrinterRules(), 0, {}).id, 3U);
    list.erase(3);
    EXPECT_EQ(list.pick(PrinterRules(), 0, {}).id, 2U);
    list.put(make(2, 1, 30));                                              // replaced, not added
    EXPECT_EQ(list.size(), 2U);
    EXPECT_EQ(list.pick(PrinterRules(), 0, {}).id, 1U);
}

TEST(Scheduler, WindowsOfPrinterAndJob) {
    ReadyList list;
    Candidate night = make(1, 99, 1);
    night.start_time = 1320;
    night.until_time = 360;
    list.put(night);
    list.put(make(2, 1, 2));
    EXPECT_EQ(list.pick(PrinterRules(), 720, {}).id, 2U);
    EXPECT_EQ(list.pick(PrinterRules(), 1400, {}).id, 1U);
    list.erase(2);
    EXPECT_EQ(list.pick(PrinterRules(), 720, {}).id, 0U);
    EXPECT_EQ(list.pick(PrinterRules(), 720, {}).retry_minutes, 600U);
    PrinterRules office;
    office.start_time = 480;
    office.until_time = 1020;
    EXPECT_EQ(list.pick(office, 1400, {}).id, 0U);
    EXPECT_EQ(list.pick(office, 1400, {}).retry_minutes, 520U);
}

TEST(Scheduler, IncompleteJobs) {
    ReadyList list;
    list.put(make(1, 1, 1, false));
    list.put(make(2, 1, 2));
    PrinterRules rules;
    EXPECT_EQ(list.pick(rules, 0, {}).id, 1U);
    rules.complete_first = true;
    EXPECT_EQ(list.pick(rules, 0, {}).id, 2U);
    rules.complete_first = false;
    rules.complete_only = true;
    EXPECT_EQ(list.pick(rules, 0, {}).id, 2U);
    list.erase(2);
    EXPECT_EQ(list.pick(rules, 0, {}).id, 0U);
    rules.complete_only = false;
    rules.complete_first = true;
    EXPECT_EQ(list.pick(rules, 0, {}).id, 1U);
}

TEST(Scheduler, LinkedJobComesNextWhateverItsPriority) {
    ReadyList list;
    list.put(make(1, 99, 1));
    list.put(make(2, 1, 2));
    PrinterRules rules;
    rules.linked = 2;
    EXPECT_EQ(list.pick(rules, 0, {}).id, 2U);
    rules.linked = 7;                                                      // gone meanwhile
    EXPECT_EQ(list.pick(rules, 0, {}).id, 1U);
}

TEST(Scheduler, BlockedJobsAreSkipped) {
    ReadyList list;
    list.put(make(1, 99, 1));
    list.put(make(2, 1, 2));
    EXPECT_EQ(list.pick(PrinterRules(), 0, [](spooler::JobId id) { return id == 1; }).id, 2U);
}

}  // namespace
