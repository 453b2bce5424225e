// The rows of the endpoint map and how a question matches them [C706] appendix O. Pure;
// used by the mapper service.
#pragma once

#include "base/guid.h"
#include "dcerpc/server/tower.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcerpc {

// One (object, interface, transfer syntax, endpoint).
struct MapEntry {
    base::Guid object;                                                             // nil: any object
    SyntaxId interface;
    SyntaxId transfer;
    std::uint16_t port = 0;
    std::vector<std::string> addresses;                                            // listened on; "0.0.0.0" and "::" are all of a family
    std::string annotation;
};

// ept_lookup's inquiry_type and vers_option, [C706] appendix O.
enum class Inquiry : std::uint32_t { all = 0, by_interface = 1, by_object = 2, by_both = 3 };
enum class VersionRule : std::uint32_t { all = 1, compatible = 2, exact = 3, major_only = 4, up_to = 5 };

struct LookupQuestion {
    Inquiry inquiry = Inquiry::all;
    base::Guid object;
    SyntaxId interface;
    VersionRule version = VersionRule::all;
};

// ept_map: same interface UUID and major version, minor not below the one asked for, same transfer syntax, ncacn_ip_tcp. An entry
// without object serves every object. Port and address of the question do not count.
[[nodiscard]] bool matches(const MapEntry& entry, const Tower& wanted, const base::Guid& object);
[[nodiscard]] bool matches(const MapEntry& entry, const LookupQuestion& question);

// The tower of an entry for a client that reached us at `local_address`: that address when the entry listens on it, else the first one
// that it does listen on. A tower can only hold IPv4: for IPv6 it says 0.0.0.0, and clients use the address they have.
[[nodiscard]] Tower tower_for(const MapEntry& entry, std::string_view local_address);

}  // namespace dcerpc
