#include "dcerpc/server/server.h"

#include "base/async_event.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "base/buffer_budget.h"
#include "dcerpc/server/builtin_services.h"
#include "dcerpc/server/listener.h"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace dcerpc {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

class ProviderFactory final : public SecurityContextFactory {
 public:
    explicit ProviderFactory(const AcceptorSettings& settings) : settings_(settings) {}
    std::unique_ptr<SecurityContext> make(std::uint8_t auth_type, std::uint8_t auth_level) override {
        return make_acceptor(settings_, auth_type, auth_level);
    }

 private:
    const AcceptorSettings& settings_;
};

std::size_t buffer_limit(std::size_t wanted) {
    const long pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page_bytes <= 0) return wanted;
    return std::min(wanted, static_cast<std::size_t>(pages) / 2 * static_cast<std::size_t>(page_bytes));
}

struct Endpoint {
    Endpoint(asio::io_context& io, ConnectionCount& count, base::Metrics& metrics, base::LogLimiter& log_limiter, const Registry& registry,
             EndpointId id)
        : listener(io, count, metrics, log_limiter), interfaces(registry, id) {}

    std::vector<std::string> addresses;
    std::uint16_t wanted_port = 0;
    bool mapper = false;
    Listener listener;
    EndpointInterfaces interfaces;
    ConnectionShared shared;
};

}  // namespace

struct Server::State : std::enable_shared_from_this<State> {
    State(asio::io_context& the_io, ServerSettings the_settings, base::Metrics& the_metrics)
        : io(the_io),
          settings(std::move(the_settings)),
          metrics(the_metrics),
          registry(the_metrics),
          security(settings.acceptors),
          budget(std::make_shared<base::BufferBudget>(buffer_limit(settings.max_buffered_bytes))),
          count(settings.max_connections, settings.max_connections_per_address),
          evicted_total(metrics.counter("winspoold_connections_evicted_total")) {}

    using Connections = std::map<std::uint64_t, std::shared_ptr<Connection>>;

    bool make_room();
    void accepted(const Endpoint& endpoint, std::unique_ptr<Stream> stream);
    static base::Task<void> live(std::shared_ptr<State> state, std::shared_ptr<Connection> connection, std::uint64_t id, std::string address);
    void ended(std::uint64_t id, const std::string& address);
    std::vector<std::shared_ptr<Connection>> all_connections() const;
    std::vector<MapEntry> map_entries() const;

    asio::io_context& io;
    const ServerSettings settings;
    base::Metrics& metrics;
    Registry registry;
    ProviderFactory security;
    std::shared_ptr<base::BufferBudget> budget;
    GroupDirectory groups;
    RpcCounters counters;
    std::atomic<std::uint64_t> next_connection_id{1};
    std::atomic<std::uint64_t> next_call_id{1};
    ConnectionCount count;
    base::LogLimiter log_limiter;
    base::Counter& evicted_total;
    base::Guarded<Connections> connections;
    std::atomic<bool> stopping{false};
    base::AsyncEvent none_left;
    std::vector<std::unique_ptr<Endpoint>> endpoints;
    std::unique_ptr<BuiltinServices> builtin;
};

Server::Server(asio::io_context& io, ServerSettings settings, base::Metrics& metrics)
    : state_(std::make_shared<State>(io, std::move(settings), metrics)) {}

Server::~Server() = default;

EndpointId Server::add_endpoint(std::vector<std::string> addresses, std::uint16_t port) {
    State& state = *state_;
    const EndpointId id = state.endpoints.size();
    auto endpoint = std::make_unique<Endpoint>(state.io, state.count, state.metrics, state.log_limiter, state.registry, id);
    endpoint->addresses = std::move(addresses);
    endpoint->wanted_port = port;
    endpoint->shared.endpoint = id;
    state.endpoints.push_back(std::move(endpoint));
    return id;
}

EndpointId Server::add_mapper_endpoint(std::vector<std::string> addresses, std::uint16_t port) {
    const EndpointId id = add_endpoint(std::move(addresses), port);
    state_->endpoints[id]->mapper = true;
    return id;
}

Registry& Server::registry() { return state_->registry; }

base::Result<void> Server::open() {
    State& state = *state_;
    for (const auto& endpoint : state.endpoints) {
        TRY_VOID(endpoint->listener.open(endpoint->addresses, endpoint->wanted_port));
        ConnectionShared& shared = endpoint->shared;
        shared.registry = &state.registry;
        shared.interfaces = &endpoint->interfaces;
        shared.security = &state.security;
        shared.groups = &state.groups;
        shared.budget = state.budget;
        shared.counters = &state.counters;
        shared.next_call_id = &state.next_call_id;
        shared.secondary_address = std::to_string(endpoint->listener.port());
        shared.ndr64 = state.settings.ndr64;
        shared.limits = state.settings.limits;
        shared.audit = state.settings.audit;
        shared.log_limiter = &state.log_limiter;
    }
    std::vector<EndpointId> everywhere;
    std::vector<EndpointId> mappers;
    for (EndpointId id = 0; id < state.endpoints.size(); ++id) {
        everywhere.push_back(id);
        if (state.endpoints[id]->mapper) mappers.push_back(id);
    }
    state.builtin = std::make_unique<BuiltinServices>(state.registry, state.counters, state.settings.host_name);
    state.builtin->register_on(state.registry, everywhere, mappers);
    state.builtin->set_map(state.map_entries());
    return {};
}

std::uint16_t Server::port(EndpointId endpoint) const { return state_->endpoints.at(endpoint)->listener.port(); }

void Server::start() {
    for (const auto& endpoint : state_->endpoints) {
        // The last accepted sockets may be handed over when the server is gone already.
        endpoint->listener.start([weak = std::weak_ptr<State>(state_), one = endpoint.get()](std::unique_ptr<Stream> stream) {
            const std::shared_ptr<State> state = weak.lock();
            if (state) state->accepted(*one, std::move(stream));
        }, [weak = std::weak_ptr<State>(state_)] {
            const std::shared_ptr<State> state = weak.lock();
            return state != nullptr && state->make_room();
        });
    }
}

// Closes the connection that is idle for longest of those without a user's logon: idle strangers must not keep users out.
bool Server::State::make_room() {
    std::uint64_t id = 0;
    const std::shared_ptr<Connection> victim = connections.with([&id](const Connections& all) {
        std::shared_ptr<Connection> oldest;
        Connection::Idle since = Connection::kNotIdle;
        for (const auto& [number, connection] : all) {
            const Connection::Idle idle = connection->unauthenticated_idle_since();
            if (idle >= since) continue;
            since = idle;
            oldest = connection;
            id = number;
        }
        if (oldest && !oldest->evict(since)) oldest.reset();
        return oldest;
    });
    if (!victim) return false;
    evicted_total.add();
    const std::string peer = victim->info().ends.peer_address;
    if (log_limiter.admit("connection evicted", peer)) {
        base::log::warning("too many connections: closed the one that was idle without authentication for longest",
                           {{"connection", id}, {"peer", peer}});
    }
    return true;
}

void Server::State::accepted(const Endpoint& endpoint, std::unique_ptr<Stream> stream) {
    const std::uint64_t id = next_connection_id.fetch_add(1, std::memory_order_relaxed);
    const asio::any_io_executor strand = stream->executor();
    std::string address = stream->ends().peer_address;
    auto connection = std::make_shared<Connection>(std::move(stream), endpoint.shared, id);
    connections.with([&](Connections& all) { all.emplace(id, connection); });
    // Accepted in the moment in which stop() looked at the connections.
    if (stopping) connection->kill();
    base::spawn(strand, "connection", &State::live, shared_from_this(), std::move(connection), id, std::move(address));
}

base::Task<void> Server::State::live(std::shared_ptr<State> state, std::shared_ptr<Connection> connection, std::uint64_t id, std::string address) {
    std::string bug;
    try {
        co_await Connection::run(connection);
    } catch (const std::exception& caught) {
        bug = caught.what();
    }
    if (!bug.empty()) base::log::error("connection failed with an exception", {{"connection", id}, {"reason", bug}});
    connection.reset();
    state->ended(id, address);
}

void Server::State::ended(std::uint64_t id, const std::string& address) {
    count.leave(address);
    std::shared_ptr<Connection> last;                                              // dies outside the lock
    connections.with([&](Connections& all) {
        const auto found = all.find(id);
        last = std::move(found->second);
        all.erase(found);
        if (all.empty()) none_left.set();
    });
}

std::vector<std::shared_ptr<Connection>> Server::State::all_connections() const {
    return connections.with([](const Connections& all) {
        std::vector<std::shared_ptr<Connection>> copies;
        copies.reserve(all.size());
        for (const auto& [id, connection] : all) copies.push_back(connection);
        return copies;
    });
}

std::vector<MapEntry> Server::State::map_entries() const {
    std::vector<MapEntry> rows;
    for (const Registration& registration : registry.all()) {
        if (!registration.policy.in_endpoint_map) continue;
        for (const EndpointId id : registration.endpoints) {
            for (const SyntaxId& transfer : {kNdr20, kNdr64}) {
                if (transfer == kNdr64 && !settings.ndr64) continue;
                MapEntry& row = rows.emplace_back();
                row.interface = registration.interface->id;
                row.transfer = transfer;
                row.port = endpoints[id]->listener.port();
                row.addresses = endpoints[id]->addresses;
                row.annotation = registration.policy.annotation;
            }
        }
    }
    return rows;
}

base::Task<bool> Server::stop(std::chrono::milliseconds deadline, std::chrono::milliseconds grace) {
    State& state = *state_;
    state.stopping = true;
    for (const auto& endpoint : state.endpoints) co_await endpoint->listener.stop();
    const auto nobody = [&state] {
        return state.connections.with([&state](const State::Connections& all) {
            if (!all.empty()) state.none_left.reset();                             // it may be set from an earlier quiet moment
            return all.empty();
        });
    };
    if (nobody()) co_return true;
    for (const auto& connection : state.all_connections()) connection->stop();
    const bool in_time = co_await state.none_left.wait_for(deadline);
    if (in_time) co_return true;
    for (const auto& connection : state.all_connections()) connection->kill();
    const bool late = co_await state.none_left.wait_for(grace);
    if (late) co_return true;
    base::log::error("calls do not end; stopping without them",
                     {{"connections", static_cast<std::uint64_t>(state.all_connections().size())}});
    co_return false;
}

std::vector<ConnectionInfo> Server::connections() const {
    std::vector<ConnectionInfo> infos;
    for (const auto& connection : state_->all_connections()) infos.push_back(connection->info());
    return infos;
}

std::size_t Server::group_count() const { return state_->groups.size(); }
const RpcCounters& Server::counters() const { return state_->counters; }

}  // namespace dcerpc
