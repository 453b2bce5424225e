// The states of a job and the legal moves between them. Everything that changes a job's state asks this table.
#pragma once

#include "spooler/model/job.h"

#include <optional>

namespace spooler {

enum class JobEvent : std::uint8_t {
    end_doc,   // the client has delivered everything
    pick,      // the scheduler chose it, delivery begins
    release,   // delivery ended without result: it will be tried again
    finish,    // the device has all of it
    fail,      // it will not be tried again by itself
    restart,   // print again from the beginning
    remove,    // cancelled, deleted, aborted, purged
};

// Nothing when the move is illegal.
[[nodiscard]] std::optional<JobState> next_state(JobState state, JobEvent event);

[[nodiscard]] constexpr bool is_spooling(JobState state) { return state == JobState::spooling || state == JobState::spooling_printing; }
[[nodiscard]] constexpr bool is_printing(JobState state) { return state == JobState::printing || state == JobState::spooling_printing; }
// Only these have a row in the database.
[[nodiscard]] constexpr bool is_stored(JobState state) { return !is_spooling(state) && state != JobState::deleted; }

}  // namespace spooler
