// The explicit list of served interfaces: operation table, service object, access policy and the endpoints they answer on. Filled before
// the server starts, read without locks afterwards. Used by connections, the endpoint mapper and the management interface.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "dcerpc/assoc/association.h"
#include "dcerpc/server/call.h"
#include "dcerpc/server/interface.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcerpc {

using EndpointId = std::size_t;                                                    // index, in the order of Server::add_endpoint

struct Policy {
    std::uint8_t min_auth_level = kAuthLevelNone;                                  // a weaker request gets fault access_denied
    bool allow_anonymous = false;                                                  // callers whose token is anonymous, authenticated or not
    std::optional<base::Guid> object;                                              // every request must carry it, else unsupported_type
    bool in_endpoint_map = true;                                                   // listed by the mapper
    std::string annotation;                                                        // in the endpoint map; at most 63 bytes
};

// Metrics of one operation, looked up once.
struct OperationMetrics {
    base::Counter* calls = nullptr;
    base::Histogram* latency = nullptr;
};

struct Registration {
    const Interface* interface = nullptr;
    void* service = nullptr;                                                       // what Operation::run takes
    Policy policy;
    std::vector<EndpointId> endpoints;
    std::vector<OperationMetrics> metrics;                                         // index = opnum

    [[nodiscard]] bool answers_on(EndpointId endpoint) const;
};

class Registry {
 public:
    explicit Registry(base::Metrics& metrics) : metrics_(metrics) {}

    // `service` must be the pointer that the generated table expects (a pointer to wire::<service>::Service, converted to void*).
    // Interface and service outlive the registry. The same interface may be registered once only (checked).
    const Registration& add(const Interface& interface, void* service, Policy policy, std::vector<EndpointId> endpoints);
    // Makes a registered interface answer on one more endpoint.
    void add_endpoint(const Interface& interface, EndpointId endpoint);

    // Null when the interface is not served there. The client's minor version may not be above ours.
    [[nodiscard]] const Registration* find(EndpointId endpoint, const SyntaxId& abstract_syntax) const;
    [[nodiscard]] const Registration* find(const Interface& interface) const;
    [[nodiscard]] const std::deque<Registration>& all() const { return registrations_; }
    [[nodiscard]] base::Metrics& metrics() const { return metrics_; }

 private:
    base::Metrics& metrics_;
    std::deque<Registration> registrations_;                                       // addresses stay
};

// What the associations of one endpoint see of the registry.
class EndpointInterfaces final : public InterfaceDirectory {
 public:
    EndpointInterfaces(const Registry& registry, EndpointId endpoint) : registry_(registry), endpoint_(endpoint) {}
    [[nodiscard]] std::optional<ServedInterface> find(const SyntaxId& abstract_syntax) const override;

 private:
    const Registry& registry_;
    EndpointId endpoint_;
};

}  // namespace dcerpc
