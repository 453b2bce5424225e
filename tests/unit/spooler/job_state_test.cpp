#include "spooler/job_state.h"

#include <gtest/gtest.h>

namespace {

using spooler::JobEvent;
using spooler::JobState;
using spooler::next_state;

constexpr JobState kStates[] = {JobState::spooling, JobState::spooling_printing, JobState::spooled, JobState::printing,
                                JobState::printed,  JobState::failed,            JobState::deleted};
constexpr JobEvent kEvents[] = {JobEvent::end_doc, JobEvent::pick, JobEvent::release, JobEvent::finish,
                                JobEvent::fail,    JobEvent::restart, JobEvent::remove};
constexpr auto kNo = static_cast<JobState>(99);

// Rows: states in the order above. Columns: events in the order above.
constexpr JobState kExpected[7][7] = {
    {JobState::spooled, JobState::spooling_printing, kNo, kNo, kNo, kNo, JobState::deleted},
    {JobState::printing, kNo, JobState::spooling, kNo, kNo, kNo, JobState::deleted},
    {kNo, JobState::printing, kNo, kNo, JobState::failed, JobState::spooled, JobState::deleted},
    {kNo, kNo, JobState::spooled, JobState::printed, JobState::failed, kNo, JobState::deleted},
    {kNo, kNo, kNo, kNo, JobState::failed, JobState::spooled, JobState::deleted},
    {kNo, kNo, kNo, kNo, kNo, JobState::spooled, JobState::deleted},
    {kNo, kNo, kNo, kNo, kNo, kNo, kNo},
};

TEST(JobState, EveryPairOfStateAndEvent) {
    for (std::size_t s = 0; s < std::size(kStates); ++s) {
        for (std::size_t e = 0; e < std::size(kEvents); ++e) {
            const auto next = next_state(kStates[s], kEvents[e]);
            if (kExpected[s][e] == kNo) {
                EXPECT_FALSE(next) << name_of(kStates[s]) << " event " << e;
            } else {
                ASSERT_TRUE(next) << name_of(kStates[s]) << " event " << e;
                EXPECT_EQ(*next, kExpected[s][e]) << name_of(kStates[s]) << " event " << e;
            }
        }
    }
}

TEST(JobState, OnlyCompleteJobsAreStored) {
    for (const JobState state : kStates) {
        const bool stored = state != JobState::spooling && state != JobState::spooling_printing && state != JobState::deleted;
        EXPECT_EQ(spooler::is_stored(state), stored) << name_of(state);
    }
}

}  // namespace
