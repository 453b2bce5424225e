#include "server/winspool/xcv_data.h"

#include "base/limits.h"
#include "base/utf.h"
#include "spooler/ports/port_monitor.h"
#include "spooler/ports/raw_tcp.h"

#include <algorithm>
#include <charconv>

namespace server {

using base::ByteBuffer;
using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::uint32_t kProtocolRaw = 1, kProtocolLpr = 2;
constexpr std::uint32_t kRawPortNumber = 9100, kHighestPortNumber = 65535;
constexpr std::size_t kPortNameChars = 64;

// A field of `chars` UTF-16 characters, the NUL included. Without a NUL inside, the reader fails.
std::string field(ByteReader& reader, std::size_t chars) {
    const std::u16string text = base::utf16_from_le(reader.view(chars * 2));
    const std::size_t end = text.find(u'\0');
    if (end == std::u16string::npos) {
        reader.fail();
        return {};
    }
    return base::to_utf8(std::u16string_view(text).substr(0, end));
}

// The same of a field that Windows' headers call reserved, or that does not matter for the protocol: clients leave there what was in their
// memory. Nothing then.
std::string loose_field(ByteReader& reader, std::size_t chars) {
    const std::u16string text = base::utf16_from_le(reader.view(chars * 2));
    const std::size_t end = text.find(u'\0');
    if (end == std::u16string::npos) return {};
    const bool garbage = std::any_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), [](char16_t c) {
        return c < 0x20 || (c >= 0xD800 && c < 0xE000) || c >= 0xFFFE;
    });
    return garbage ? std::string() : base::to_utf8(std::u16string_view(text).substr(0, end));
}

void put_field(ByteWriter& writer, ByteBuffer& bytes, std::string_view text, std::size_t chars) {
    const std::size_t end = bytes.size() + chars * 2;
    base::append_utf16_le(bytes, base::to_utf16(text).substr(0, chars - 1));
    writer.zeros(end - bytes.size());
}

Error malformed(std::string_view what) { return Error(Win32::invalid_data, std::string(what)); }

// The middle of PORT_DATA_1: 2.2.2.14.3, from HostAddress to PaddingForAlignment.
void read_first_form(ByteReader& reader, TcpPortData& data) {
    data.host = field(reader, 49);
    data.community = loose_field(reader, 33);
    data.double_spool = reader.u32();
    data.queue = loose_field(reader, 33);
    const std::string address = loose_field(reader, 16);
    if (data.host.empty()) data.host = address;
    reader.skip(13 * 2);  // HardwareAddress
    data.device_type = loose_field(reader, 257);
    reader.skip(2);
}

// The same of PORT_DATA_2: 2.2.2.14.4.
void read_second_form(ByteReader& reader, TcpPortData& data) {
    data.host = field(reader, 128);
    data.community = loose_field(reader, 33);
    reader.skip(2);
    data.double_spool = reader.u32();
    data.queue = loose_field(reader, 33);
    data.device_type = loose_field(reader, 257);
}

std::uint32_t number_setting(const spooler::PortConfig& port, const std::string& key, std::uint32_t otherwise) {
    const auto at = port.settings.find(key);
    if (at == port.settings.end()) return otherwise;
    std::uint32_t value = otherwise;
    const std::string& text = at->second;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string text_setting(const spooler::PortConfig& port, const std::string& key) {
    const auto at = port.settings.find(key);
    return at == port.settings.end() ? std::string() : at->second;
}

void put_setting(spooler::PortConfig& port, const std::string& key, const std::string& value, const std::string& usual) {
    if (value == usual) {
        port.settings.erase(key);
    } else {
        port.settings[key] = value;
    }
}

bool is_ipv4(std::string_view host) {
    return !host.empty() && host.size() < 16 && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

bool is_tcp_monitor(const spooler::PortMonitor& monitor) { return monitor.name() == spooler::RawTcpMonitor::kName; }

Result<TcpPortData> parse_port_data(ByteView bytes) {
    ByteReader reader(bytes);
    TcpPortData data;
    data.name = field(reader, kPortNameChars);
    const std::uint32_t version = reader.u32();
    data.protocol = reader.u32();
    reader.skip(8);  // Size, Reserved: clients differ in what they write there
    if (!reader.ok() || (version != 1 && version != 2)) return malformed("port data of an unknown form");
    if (version == 1) {
        read_first_form(reader, data);
    } else {
        read_second_form(reader, data);
    }
    data.port_number = reader.u32();
    data.snmp_enabled = reader.u32();
    data.snmp_device_index = reader.u32();
    if (version == 2) data.mib_index = reader.u32();
    if (!reader.ok()) return malformed("port data too short or with text that has no end");
    return data;
}

ByteBuffer write_port_data(const TcpPortData& data, std::uint32_t version) {
    const bool first = version == 1;
    ByteBuffer bytes;
    bytes.reserve(kPortData2Bytes);
    ByteWriter writer(bytes);
    put_field(writer, bytes, data.name, kPortNameChars);
    writer.u32(version);
    writer.u32(data.protocol);
    writer.u32(static_cast<std::uint32_t>(first ? kPortData1Bytes : kPortData2Bytes));
    writer.u32(0);
    put_field(writer, bytes, data.host, first ? 49 : 128);
    put_field(writer, bytes, data.community, 33);
    if (!first) writer.zeros(2);
    writer.u32(data.double_spool);
    put_field(writer, bytes, data.queue, 33);
    if (first) {
        put_field(writer, bytes, is_ipv4(data.host) ? data.host : std::string(), 16);
        writer.zeros(13 * 2);
    }
    put_field(writer, bytes, data.device_type, 257);
    if (first) writer.zeros(2);
    writer.u32(data.port_number);
    writer.u32(data.snmp_enabled);
    writer.u32(data.snmp_device_index);
    if (!first) writer.u32(data.mib_index);
    return bytes;
}

ByteBuffer write_port_data_list(const std::vector<TcpPortData>& ports) {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.u32(1);
    writer.u32(static_cast<std::uint32_t>(ports.size()));
    for (const TcpPortData& port : ports) writer.bytes(write_port_data(port, 2));
    return bytes;
}

Result<std::string> parse_delete_port_data(ByteView bytes) {
    ByteReader reader(bytes);
    std::string name = field(reader, kPortNameChars);
    reader.skip(49 * 2 + 2);
    const std::uint32_t version = reader.u32();
    reader.skip(4);
    if (!reader.ok() || version != 1) return malformed("data of the port to delete");
    return name;
}

Result<ConfigInfoRequest> parse_config_info(ByteView bytes) {
    ByteReader reader(bytes);
    ConfigInfoRequest request;
    request.name = loose_field(reader, kPortNameChars);
    request.version = reader.u32();
    if (!reader.ok()) return malformed("configuration request");
    if (request.version != 1 && request.version != 2) return Error(Win32::invalid_level, "configuration of an unknown form");
    return request;
}

Result<std::string> parse_xcv_text(ByteView bytes) {
    const std::u16string text = base::utf16_from_le(bytes.first(std::min(bytes.size(), base::limits::kMaxNameChars * 2)));
    const std::size_t end = text.find(u'\0');
    if (end == std::u16string::npos) return malformed("text without end");
    return base::to_utf8(std::u16string_view(text).substr(0, end));
}

Result<std::uint32_t> parse_xcv_number(ByteView bytes) {
    ByteReader reader(bytes);
    const std::uint32_t number = reader.u32();
    if (!reader.ok()) return malformed("number of less than four bytes");
    return number;
}

ByteBuffer xcv_text(std::string_view text) {
    ByteBuffer bytes;
    base::append_utf16_le(bytes, base::to_utf16(text));
    ByteWriter(bytes).u16(0);
    return bytes;
}

ByteBuffer xcv_number(std::uint32_t number) {
    ByteBuffer bytes;
    ByteWriter(bytes).u32(number);
    return bytes;
}

TcpPortData tcp_port_data(const spooler::PortConfig& port) {
    TcpPortData data;
    data.name = port.name;
    data.host = text_setting(port, "host");
    data.community = text_setting(port, "snmp_community");
    if (data.community.empty()) data.community = "public";
    data.queue = text_setting(port, "queue");
    data.device_type = text_setting(port, "device_type");
    data.port_number = number_setting(port, "port_number", kRawPortNumber);
    data.double_spool = number_setting(port, "double_spool", 0);
    data.snmp_enabled = number_setting(port, "snmp_enabled", 0);
    data.snmp_device_index = number_setting(port, "snmp_device_index", 1);
    data.mib_index = number_setting(port, "mib_index", 0);
    return data;
}

Result<spooler::PortConfig> tcp_port(const TcpPortData& data, const spooler::PortConfig& before) {
    if (data.protocol == kProtocolLpr) return Error(Win32::not_supported, "LPR");
    if (data.protocol != kProtocolRaw) return Error(Win32::invalid_parameter, "protocol " + std::to_string(data.protocol));
    if (data.port_number > kHighestPortNumber) return Error(Win32::invalid_parameter, "port number " + std::to_string(data.port_number));
    spooler::PortConfig port = before;
    port.name = before.name.empty() ? data.name : before.name;
    port.monitor = spooler::RawTcpMonitor::kName;
    port.settings["host"] = data.host;
    port.settings["port_number"] = std::to_string(data.port_number == 0 ? kRawPortNumber : data.port_number);
    put_setting(port, "snmp_community", data.community, "");
    put_setting(port, "queue", data.queue, "");
    put_setting(port, "device_type", data.device_type, "");
    put_setting(port, "double_spool", data.double_spool == 0 ? "0" : "1", "0");
    put_setting(port, "snmp_enabled", data.snmp_enabled == 0 ? "0" : "1", "0");
    put_setting(port, "snmp_device_index", std::to_string(data.snmp_device_index), "1");
    put_setting(port, "mib_index", std::to_string(data.mib_index), "0");
    return port;
}

}  // namespace server
