#include "dcerpc/server/registry.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace dcerpc {
namespace {

std::vector<OperationMetrics> make_metrics(base::Metrics& metrics, const Interface& interface) {
    std::vector<OperationMetrics> rows(interface.operations.size());
    for (std::size_t opnum = 0; opnum < rows.size(); ++opnum) {
        const Operation& operation = interface.operations[opnum];
        if (operation.run == nullptr) continue;
        const std::string labels = "{interface=\"" + std::string(interface.name) + "\",operation=\"" + std::string(operation.name) + "\"}";
        rows[opnum].calls = &metrics.counter("winspoold_calls_total" + labels);
        rows[opnum].latency = &metrics.histogram("winspoold_call_seconds" + labels);
    }
    return rows;
}

}  // namespace

bool Registration::answers_on(EndpointId endpoint) const { return std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end(); }

const Registration& Registry::add(const Interface& interface, void* service, Policy policy, std::vector<EndpointId> endpoints) {
    WSP_CHECK(service != nullptr && find(interface) == nullptr);
    Registration& added = registrations_.emplace_back();
    added.interface = &interface;
    added.service = service;
    added.policy = std::move(policy);
    added.endpoints = std::move(endpoints);
    added.metrics = make_metrics(metrics_, interface);
    return added;
}

void Registry::add_endpoint(const Interface& interface, EndpointId endpoint) {
    for (Registration& registration : registrations_) {
        if (registration.interface == &interface && !registration.answers_on(endpoint)) registration.endpoints.push_back(endpoint);
    }
}

const Registration* Registry::find(EndpointId endpoint, const SyntaxId& abstract_syntax) const {
    for (const Registration& registration : registrations_) {
        const SyntaxId& ours = registration.interface->id;
        if (ours.uuid == abstract_syntax.uuid && ours.major == abstract_syntax.major && abstract_syntax.minor <= ours.minor &&
            registration.answers_on(endpoint)) {
            return &registration;
        }
    }
    return nullptr;
}

const Registration* Registry::find(const Interface& interface) const {
    for (const Registration& registration : registrations_) {
        if (registration.interface == &interface) return &registration;
    }
    return nullptr;
}

std::optional<ServedInterface> EndpointInterfaces::find(const SyntaxId& abstract_syntax) const {
    const Registration* registration = registry_.find(endpoint_, abstract_syntax);
    if (registration == nullptr) return std::nullopt;
    ServedInterface served;
    served.interface = registration->interface;
    served.name = registration->interface->name;
    served.min_auth_level = registration->policy.min_auth_level;
    return served;
}

}  // namespace dcerpc
