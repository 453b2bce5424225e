#include "dcerpc/server/endpoint_map.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace dcerpc {
namespace {

bool version_matches(const SyntaxId& ours, const SyntaxId& asked, VersionRule rule) {
    switch (rule) {
        case VersionRule::all: return true;
        case VersionRule::compatible: return ours.major == asked.major && ours.minor >= asked.minor;
        case VersionRule::exact: return ours.major == asked.major && ours.minor == asked.minor;
        case VersionRule::major_only: return ours.major == asked.major;
        case VersionRule::up_to: return ours.major < asked.major || (ours.major == asked.major && ours.minor <= asked.minor);
    }
    return false;
}

std::array<std::uint8_t, 4> ipv4_bytes(std::string_view text) {
    boost::system::error_code error;
    const boost::asio::ip::address_v4 address = boost::asio::ip::make_address_v4(std::string(text), error);
    if (error) return {};
    const auto bytes = address.to_bytes();
    return {bytes[0], bytes[1], bytes[2], bytes[3]};
}

}  // namespace

bool matches(const MapEntry& entry, const Tower& wanted, const base::Guid& object) {
    return wanted.protocol == TowerProtocol::tcp && entry.interface.uuid == wanted.interface.uuid &&
           version_matches(entry.interface, wanted.interface, VersionRule::compatible) && entry.transfer.uuid == wanted.transfer.uuid &&
           entry.transfer.major == wanted.transfer.major && (entry.object.is_nil() || entry.object == object);
}

bool matches(const MapEntry& entry, const LookupQuestion& question) {
    const bool by_interface = question.inquiry == Inquiry::by_interface || question.inquiry == Inquiry::by_both;
    const bool by_object = question.inquiry == Inquiry::by_object || question.inquiry == Inquiry::by_both;
    if (by_interface && (entry.interface.uuid != question.interface.uuid ||
                         !version_matches(entry.interface, question.interface, question.version))) {
        return false;
    }
    return !by_object || entry.object == question.object;
}

Tower tower_for(const MapEntry& entry, std::string_view local_address) {
    Tower tower;
    tower.interface = entry.interface;
    tower.transfer = entry.transfer;
    tower.port = entry.port;
    const bool ipv6 = local_address.find(':') != std::string_view::npos;
    if (ipv6) return tower;
    const auto listens_on = [&entry](std::string_view address) {
        return std::find(entry.addresses.begin(), entry.addresses.end(), address) != entry.addresses.end();
    };
    if (listens_on("0.0.0.0") || listens_on(local_address)) {
        tower.address = ipv4_bytes(local_address);
        return tower;
    }
    const auto first = std::find_if(entry.addresses.begin(), entry.addresses.end(),
                                    [](const std::string& address) { return address.find(':') == std::string::npos; });
    if (first != entry.addresses.end()) tower.address = ipv4_bytes(*first);
    return tower;
}

}  // namespace dcerpc
