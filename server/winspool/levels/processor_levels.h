// PRINTPROCESSOR_INFO_1 and DATATYPES_INFO_1 [MS-RPRN] 2.2.2.11, 2.2.2.2 of EnumPrintProcessors and EnumPrintProcessorDatatypes.
#pragma once

#include "server/winspool/levels/level_table.h"

namespace server {

struct NameRow {
    std::string name;
};
extern const Level<NameRow> kProcessorLevels[1];
extern const Level<NameRow> kDatatypeLevels[1];

}  // namespace server
