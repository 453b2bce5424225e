#include "dcerpc/server/builtin_services.h"

#include "dcerpc/server/endpoint_mapper.h"
#include "dcerpc/server/mgmt.h"
#include "wire/epm/dispatch.h"
#include "wire/mgmt/dispatch.h"

#include <utility>

namespace dcerpc {

struct BuiltinServices::State {
    State(const Registry& registry, const RpcCounters& counters, const std::string& host_name) : management(registry, counters, host_name) {}
    EndpointMapper mapper;
    Management management;
};

BuiltinServices::BuiltinServices(const Registry& registry, const RpcCounters& counters, std::string host_name)
    : state_(std::make_unique<State>(registry, counters, host_name)) {}

BuiltinServices::~BuiltinServices() = default;

void BuiltinServices::register_on(Registry& registry, const std::vector<EndpointId>& everywhere, const std::vector<EndpointId>& mappers) {
    Policy everybody;
    everybody.allow_anonymous = true;
    everybody.in_endpoint_map = false;                                             // clients know where these two are
    wire::mgmt::Service* management = &state_->management;
    registry.add(wire::mgmt::mgmt_interface(), management, everybody, everywhere);
    if (mappers.empty()) return;
    wire::epm::Service* mapper = &state_->mapper;
    registry.add(wire::epm::epm_interface(), mapper, everybody, mappers);
}

void BuiltinServices::set_map(std::vector<MapEntry> entries) { state_->mapper.set_map(std::move(entries)); }

}  // namespace dcerpc
