#include "server/winspool/levels/port_levels.h"

namespace server {
namespace {

template <auto Member>
Text text(const PortRow& row) {
    return Text(row.*Member);
}

constexpr Field<PortRow> kPortInfo1[] = {str<&text<&PortRow::name>>("PortName")};
constexpr Field<PortRow> kPortInfo2[] = {
    str<&text<&PortRow::name>>("PortName"),
    str<&text<&PortRow::monitor>>("MonitorName"),
    str<&text<&PortRow::description>>("Description"),
    u32<&PortRow::type>("fPortType"),
    u32_constant<PortRow, 0>("Reserved"),
};

}  // namespace

constinit const Level<PortRow> kPortLevels[2] = {{1, 4, kPortInfo1}, {2, 20, kPortInfo2}};

}  // namespace server
