// map_endpoint of client.h: the one question every client asks first.
#include "dcerpc/client/client.h"
#include "dcerpc/server/tower.h"
#include "wire/epm/client.h"
#include "wire/epm/dispatch.h"

namespace dcerpc {

base::Task<base::Result<std::uint16_t>> map_endpoint(std::string host, std::uint16_t mapper_port, SyntaxId interface, SyntaxId transfer,
                                                     std::optional<base::Guid> object) {
    Binding mapper;
    mapper.host = host;
    mapper.port = mapper_port;
    OpenOptions anonymous;
    CO_TRY(auto context, co_await open_context(mapper, wire::epm::epm_interface().id, anonymous));

    Tower wanted;
    wanted.interface = interface;
    wanted.transfer = transfer;
    ndr::Arena arena;
    const base::ByteBuffer octets = make_tower(wanted);
    wire::epm::twr_t tower;
    tower.tower_octet_string = arena.copy(octets);
    tower.tower_length = tower.tower_octet_string.size;
    base::Guid nil;
    base::Guid given = object.value_or(nil);
    wire::epm::EptMap::In in;
    in.obj = &given;
    in.map_tower = &tower;
    in.max_towers = 4;
    wire::epm::EptMap::Out out;
    wire::epm::Client client(*context, arena);
    CO_TRY_VOID(co_await client.ept_map(in, out));
    if (out.status != 0 || out.num_towers == 0 || out.ITowers.empty() || out.ITowers[0] == nullptr) {
        co_return base::Error(base::Win32::not_found, "the endpoint mapper of " + host + " does not know the interface");
    }
    const std::optional<Tower> found = parse_tower(out.ITowers[0]->tower_octet_string.view());
    if (!found || found->protocol != TowerProtocol::tcp || found->port == 0) {
        co_return base::Error(base::Win32::invalid_data, "the endpoint mapper of " + host + " answers with a tower without port");
    }
    co_return found->port;
}

}  // namespace dcerpc
