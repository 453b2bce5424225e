#include "spooler/model/job.h"

namespace spooler {

std::string_view name_of(JobState state) {
    switch (state) {
        case JobState::spooling: return "spooling";
        case JobState::spooling_printing: return "spooling_printing";
        case JobState::spooled: return "spooled";
        case JobState::printing: return "printing";
        case JobState::printed: return "printed";
        case JobState::failed: return "failed";
        case JobState::deleted: return "deleted";
    }
    return "unknown";
}

}  // namespace spooler
