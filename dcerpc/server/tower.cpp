#include "dcerpc/server/tower.h"

#include <algorithm>

namespace dcerpc {
namespace {

// Protocol identifiers, first byte of a floor's left side [C706] appendix I.
constexpr std::uint8_t kUuidFloor = 0x0D, kConnectionOriented = 0x0B, kTcp = 0x07, kIp = 0x09;

struct Floor {
    base::ByteView left;
    base::ByteView right;

    [[nodiscard]] std::uint8_t protocol() const { return left.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(left[0]); }
};

Floor read_floor(base::ByteReader& reader) {
    Floor floor;
    floor.left = reader.view(reader.u16());
    floor.right = reader.view(reader.u16());
    return floor;
}

std::optional<SyntaxId> syntax_of(const Floor& floor) {
    if (floor.protocol() != kUuidFloor) return std::nullopt;
    base::ByteReader left(floor.left.subspan(1));
    SyntaxId syntax;
    syntax.uuid = base::read_guid(left);
    syntax.major = left.u16();
    if (!left.ok()) return std::nullopt;
    base::ByteReader right(floor.right);
    syntax.minor = floor.right.empty() ? std::uint16_t{0} : right.u16();
    return syntax;
}

void write_floor(base::ByteWriter& writer, const SyntaxId& syntax) {
    writer.u16(19);
    writer.u8(kUuidFloor);
    base::write_guid(writer, syntax.uuid);
    writer.u16(syntax.major);
    writer.u16(2);
    writer.u16(syntax.minor);
}

}  // namespace

std::optional<Tower> parse_tower(base::ByteView octets) {
    if (octets.size() > kMaxTowerBytes) return std::nullopt;
    base::ByteReader reader(octets);
    const std::size_t count = reader.u16();
    if (!reader.ok() || count < 3 || count > kMaxTowerFloors) return std::nullopt;
    std::array<Floor, kMaxTowerFloors> floors;
    for (std::size_t i = 0; i < count; ++i) floors[i] = read_floor(reader);
    if (!reader.ok()) return std::nullopt;

    const std::optional<SyntaxId> interface = syntax_of(floors[0]);
    const std::optional<SyntaxId> transfer = syntax_of(floors[1]);
    if (!interface || !transfer) return std::nullopt;
    Tower tower;
    tower.interface = *interface;
    tower.transfer = *transfer;
    const bool tcp = floors[2].protocol() == kConnectionOriented && count > 3 && floors[3].protocol() == kTcp;
    tower.protocol = tcp ? TowerProtocol::tcp : TowerProtocol::other;
    if (tcp && floors[3].right.size() >= 2) {
        base::ByteReader port(floors[3].right, base::ByteOrder::big);
        tower.port = port.u16();
    }
    if (tcp && count > 4 && floors[4].protocol() == kIp && floors[4].right.size() >= 4) {
        for (std::size_t i = 0; i < 4; ++i) tower.address[i] = std::to_integer<std::uint8_t>(floors[4].right[i]);
    }
    return tower;
}

base::ByteBuffer make_tower(const Tower& tower) {
    base::ByteBuffer octets;
    base::ByteWriter writer(octets);
    writer.u16(5);
    write_floor(writer, tower.interface);
    write_floor(writer, tower.transfer);
    writer.u16(1);
    writer.u8(kConnectionOriented);
    writer.u16(2);
    writer.u16(0);
    writer.u16(1);
    writer.u8(kTcp);
    writer.u16(2);
    writer.u16_be(tower.port);
    writer.u16(1);
    writer.u8(kIp);
    writer.u16(4);
    for (const std::uint8_t byte : tower.address) writer.u8(byte);
    return octets;
}

}  // namespace dcerpc
