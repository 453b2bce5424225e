#include "spooler/job_state.h"

namespace spooler {
namespace {

struct Move {
    JobState from;
    JobEvent event;
    JobState to;
};

constexpr Move kMoves[] = {
    {JobState::spooling, JobEvent::end_doc, JobState::spooled},
    {JobState::spooling, JobEvent::pick, JobState::spooling_printing},
    {JobState::spooling, JobEvent::remove, JobState::deleted},
    {JobState::spooling_printing, JobEvent::end_doc, JobState::printing},
    {JobState::spooling_printing, JobEvent::release, JobState::spooling},
    {JobState::spooling_printing, JobEvent::remove, JobState::deleted},
    {JobState::spooled, JobEvent::pick, JobState::printing},
    {JobState::spooled, JobEvent::fail, JobState::failed},
    {JobState::spooled, JobEvent::restart, JobState::spooled},
    {JobState::spooled, JobEvent::remove, JobState::deleted},
    {JobState::printing, JobEvent::release, JobState::spooled},
    {JobState::printing, JobEvent::finish, JobState::printed},
    {JobState::printing, JobEvent::fail, JobState::failed},
    {JobState::printing, JobEvent::remove, JobState::deleted},
    {JobState::printed, JobEvent::restart, JobState::spooled},
    {JobState::printed, JobEvent::fail, JobState::failed},         // its file is gone
    {JobState::printed, JobEvent::remove, JobState::deleted},
    {JobState::failed, JobEvent::restart, JobState::spooled},
    {JobState::failed, JobEvent::remove, JobState::deleted},
};

}  // namespace

std::optional<JobState> next_state(JobState state, JobEvent event) {
    for (const Move& move : kMoves) {
        if (move.from == state && move.event == event) return move.to;
    }
    return std::nullopt;
}

}  // namespace spooler
