#include "spooler/processors.h"

#include "base/log.h"
#include "base/utf.h"

#include <algorithm>

namespace spooler {

bool is_raw_datatype(std::string_view datatype) {
    constexpr std::string_view kRaw = "RAW";
    return base::equal_names(datatype.substr(0, kRaw.size()), kRaw) && (datatype.size() == kRaw.size() || datatype[kRaw.size()] == ' ');
}

Processors::Processors(std::vector<PrintProcessorPtr> objects) : objects_(std::move(objects)) {
    WSP_CHECK(!objects_.empty());
    for (const PrintProcessorPtr& object : objects_) {
        auto at = std::find_if(infos_.begin(), infos_.end(), [&](const ProcessorInfo& info) {
            return base::equal_names(std::string_view(info.name), object->name());
        });
        if (at == infos_.end()) at = infos_.insert(infos_.end(), ProcessorInfo{std::string(object->name()), {}});
        for (std::string& datatype : object->datatypes()) at->datatypes.push_back(std::move(datatype));
    }
}

const ProcessorInfo* Processors::find(std::string_view name) const {
    for (const ProcessorInfo& info : infos_) {
        if (base::equal_names(std::string_view(info.name), name)) return &info;
    }
    return nullptr;
}

std::optional<std::string> Processors::datatype(std::string_view processor, std::string_view datatype) const {
    const ProcessorInfo* info = find(processor);
    if (info == nullptr) return std::nullopt;
    for (const std::string& known : info->datatypes) {
        if (base::equal_names(std::string_view(known), datatype)) return known;
    }
    return std::nullopt;
}

PrintProcessorPtr Processors::object(std::string_view processor, std::string_view datatype) const {
    for (const PrintProcessorPtr& object : objects_) {
        if (!base::equal_names(object->name(), processor)) continue;
        for (const std::string& known : object->datatypes()) {
            if (base::equal_names(std::string_view(known), datatype)) return object;
        }
    }
    return nullptr;
}

}  // namespace spooler
