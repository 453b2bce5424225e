// Print processors as clients see them.
#pragma once

#include <string>
#include <vector>

namespace spooler {

struct ProcessorInfo {
    std::string name;                                              // "winprint"
    std::vector<std::string> datatypes;                            // first = default
};

}  // namespace spooler
