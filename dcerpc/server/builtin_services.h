// Endpoint mapper and management interface, bundled: what every server has. Used by Server only, so that nobody else compiles the
// generated code of the two.
#pragma once

#include "dcerpc/server/connection.h"
#include "dcerpc/server/endpoint_map.h"
#include "dcerpc/server/registry.h"

#include <memory>
#include <string>
#include <vector>

namespace dcerpc {

class BuiltinServices {
 public:
    // The references outlive the object.
    BuiltinServices(const Registry& registry, const RpcCounters& counters, std::string host_name);
    ~BuiltinServices();
    BuiltinServices(const BuiltinServices&) = delete;
    BuiltinServices& operator=(const BuiltinServices&) = delete;

    // Management on all endpoints, the mapper on its own. Both take every caller, anonymous ones included.
    void register_on(Registry& registry, const std::vector<EndpointId>& everywhere, const std::vector<EndpointId>& mappers);
    // What the mapper answers with. Before the server starts.
    void set_map(std::vector<MapEntry> entries);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dcerpc
