// Binary forms of the XcvData commands [MS-RPRN] 2.2.2.14 and of their strings. All numbers are little-endian and all sizes come from
// the client: nothing is read behind the end of a buffer, and text without NUL inside its field is refused. Used by xcv_ops and port_ops.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "spooler/model/port.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spooler {
class PortMonitor;
}

namespace server {

// PORT_DATA_1 and PORT_DATA_2 in one. A form holds what it has room for.
struct TcpPortData {
    std::string name, host, community, queue, device_type;
    std::uint32_t protocol = 1;     // 1 RAW, 2 LPR
    std::uint32_t port_number = 0;  // 0: the protocol's usual one
    std::uint32_t double_spool = 0, snmp_enabled = 0, snmp_device_index = 0, mib_index = 0;
};

inline constexpr std::size_t kPortData1Bytes = 964, kPortData2Bytes = 1068, kDeletePortData1Bytes = 236, kConfigInfoData1Bytes = 132;

[[nodiscard]] bool is_tcp_monitor(const spooler::PortMonitor& monitor);

// Either form, as its Version says. invalid_data: too short, another version, a name or host without end. Of the other texts what has no
// end or is none counts as not given.
[[nodiscard]] base::Result<TcpPortData> parse_port_data(base::ByteView bytes);
// `version` 1 or 2; text that does not fit is cut.
[[nodiscard]] base::ByteBuffer write_port_data(const TcpPortData& data, std::uint32_t version);
[[nodiscard]] base::ByteBuffer write_port_data_list(const std::vector<TcpPortData>& ports);

// DELETE_PORT_DATA_1: the name of the port. invalid_data.
[[nodiscard]] base::Result<std::string> parse_delete_port_data(base::ByteView bytes);

// CONFIG_INFO_DATA_1. invalid_data; invalid_level for versions other than 1 and 2.
struct ConfigInfoRequest {
    std::string name;  // may be empty: the port of the handle
    std::uint32_t version = 1;
};
[[nodiscard]] base::Result<ConfigInfoRequest> parse_config_info(base::ByteView bytes);

// A NUL-terminated UTF-16 string of at most 260 characters. invalid_data.
[[nodiscard]] base::Result<std::string> parse_xcv_text(base::ByteView bytes);
[[nodiscard]] base::Result<std::uint32_t> parse_xcv_number(base::ByteView bytes);
[[nodiscard]] base::ByteBuffer xcv_text(std::string_view text);
[[nodiscard]] base::ByteBuffer xcv_number(std::uint32_t number);

// A port's settings as PORT_DATA and back. `before` keeps what PORT_DATA does not speak of (deadlines, description).
// not_supported for LPR; invalid_parameter for a protocol or port number that does not exist.
[[nodiscard]] TcpPortData tcp_port_data(const spooler::PortConfig& port);
[[nodiscard]] base::Result<spooler::PortConfig> tcp_port(const TcpPortData& data, const spooler::PortConfig& before);

}  // namespace server
