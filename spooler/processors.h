// The installed print processors and their datatypes.
#pragma once

#include "base/result.h"
#include "spooler/model/processor.h"
#include "spooler/processors/print_processor.h"

#include <optional>

namespace spooler {

// "RAW" and its variants "RAW [FF appended]" and "RAW [FF auto]", in any case.
[[nodiscard]] bool is_raw_datatype(std::string_view datatype);

// Immutable after construction; thread-safe.
class Processors {
 public:
    explicit Processors(std::vector<PrintProcessorPtr> objects);

    // Distinct names with all their datatypes, in order of installation.
    [[nodiscard]] const std::vector<ProcessorInfo>& list() const { return infos_; }
    [[nodiscard]] const ProcessorInfo* find(std::string_view name) const;          // any case
    // The spelling of the datatype when the processor knows it (any case).
    [[nodiscard]] std::optional<std::string> datatype(std::string_view processor, std::string_view datatype) const;
    // The object that serves the pair; null when there is none.
    [[nodiscard]] PrintProcessorPtr object(std::string_view processor, std::string_view datatype) const;
    [[nodiscard]] const std::string& default_processor() const { return infos_.front().name; }

 private:
    std::vector<PrintProcessorPtr> objects_;
    std::vector<ProcessorInfo> infos_;
};

}  // namespace spooler
