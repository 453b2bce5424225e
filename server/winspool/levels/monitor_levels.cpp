#include "server/winspool/levels/monitor_levels.h"

#include "base/utf.h"

namespace server {
namespace {

template <auto Member>
Text text(const MonitorRow& row) {
    return Text(row.*Member);
}

constexpr Field<MonitorRow> kMonitorInfo1[] = {str<&text<&MonitorRow::name>>("Name")};
constexpr Field<MonitorRow> kMonitorInfo2[] = {
    str<&text<&MonitorRow::name>>("Name"),
    str<&text<&MonitorRow::environment>>("Environment"),
    str<&text<&MonitorRow::module>>("DLLName"),
};

struct Module {
    std::string_view monitor, file;
};
constexpr Module kModules[] = {                                    // what Windows names for monitors of these names
    {"Local Port", "localspl.dll"}, {"Standard TCP/IP Port", "tcpmon.dll"}, {"LPR Port", "lprmon.dll"},
    {"USB Monitor", "usbmon.dll"},  {"WSD Port", "wsdmon.dll"},
};

}  // namespace

constinit const Level<MonitorRow> kMonitorLevels[2] = {{1, 4, kMonitorInfo1}, {2, 12, kMonitorInfo2}};

std::string_view monitor_module(std::string_view monitor) {
    for (const Module& module : kModules) {
        if (base::equal_names(module.monitor, monitor)) return module.file;
    }
    return {};
}

}  // namespace server
