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

std::size_t metadata_bytes(const JobInfo& info, const DevModePtr& shared) {
    std::size_t bytes = info.devmode != nullptr && info.devmode != shared ? info.devmode->size() : 0;
    for (const std::string* text : {&info.document, &info.user_name, &info.machine_name, &info.notify_name, &info.datatype, &info.processor,
                                    &info.parameters, &info.driver_name}) {
        bytes += text->size();
    }
    return bytes;
}

}  // namespace spooler
