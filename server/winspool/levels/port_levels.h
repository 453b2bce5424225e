// PORT_INFO levels 1 and 2 [MS-RPRN] 2.2.2.8 of EnumPorts.
#pragma once

#include "server/winspool/levels/level_table.h"

namespace server {

struct PortRow {
    std::string name, monitor, description;
    std::uint32_t type = 0;                                        // PORT_TYPE_*
};
extern const Level<PortRow> kPortLevels[2];

}  // namespace server
