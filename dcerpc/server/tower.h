// Protocol towers, the addresses of the endpoint mapper [C706] appendix I and L: interface, transfer syntax, protocol, port, host.
// Used by the endpoint mapper and by clients that ask one.
#pragma once

#include "base/bytes.h"
#include "dcerpc/syntax_id.h"

#include <array>
#include <cstdint>
#include <optional>

namespace dcerpc {

enum class TowerProtocol : std::uint8_t {
    tcp,    // ncacn_ip_tcp
    other,  // named pipes, HTTP, datagrams: parsed, never matched
};

struct Tower {
    SyntaxId interface;
    SyntaxId transfer;
    TowerProtocol protocol = TowerProtocol::tcp;
    std::uint16_t port = 0;
    std::array<std::uint8_t, 4> address{};                                         // IPv4, network order; zero: unknown or IPv6

    auto operator<=>(const Tower&) const = default;
};

inline constexpr std::size_t kMaxTowerBytes = 2000;                                // [C706] appendix N, twr_t
inline constexpr std::size_t kMaxTowerFloors = 6;

// Nothing unless it has at least three well-formed floors, the first two being UUIDs. Port and address may be missing or empty, as some
// clients leave them. Bytes behind the last floor are ignored.
[[nodiscard]] std::optional<Tower> parse_tower(base::ByteView octets);

// The five floors of ncacn_ip_tcp, 75 bytes.
[[nodiscard]] base::ByteBuffer make_tower(const Tower& tower);

}  // namespace dcerpc
