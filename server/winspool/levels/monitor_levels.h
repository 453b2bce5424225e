// MONITOR_INFO levels 1 and 2 [MS-RPRN] 2.2.2.7 of EnumMonitors.
#pragma once

#include "server/winspool/levels/level_table.h"

namespace server {

struct MonitorRow {
    std::string name, environment, module;
};
extern const Level<MonitorRow> kMonitorLevels[2];

// File name that Windows has for a monitor ("tcpmon.dll"); "<name>.dll" style invention is avoided: others give an empty string.
[[nodiscard]] std::string_view monitor_module(std::string_view monitor);

}  // namespace server
