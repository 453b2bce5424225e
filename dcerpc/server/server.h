// The RPC server as a whole: endpoints, served interfaces, the endpoint mapper and the management interface, start and stop. Made by the
// composition root (and by tests), which also owns the io_context and its threads.
#pragma once

#include "base/async.h"
#include "base/metrics.h"
#include "dcerpc/auth/providers.h"
#include "dcerpc/server/connection.h"
#include "dcerpc/server/registry.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace dcerpc {

struct ServerSettings {
    std::string host_name;                                                         // FQDN, for the principal "host/<host_name>"
    AcceptorSettings acceptors;
    std::size_t max_connections = base::limits::kMaxConnections;
    std::size_t max_connections_per_address = base::limits::kMaxConnectionsPerAddress;
    std::size_t max_buffered_bytes = base::limits::kMaxBufferedBytes;              // of all connections; never more than half of the memory
    ConnectionLimits limits;
    bool ndr64 = true;
    AuditSink audit;                                                               // may be empty
};

class Server {
 public:
    // `io` and `metrics` outlive the server. Any number of threads may run `io`.
    Server(boost::asio::io_context& io, ServerSettings settings, base::Metrics& metrics);
    ~Server();                                                                     // after stop(), or when `io` does not run any more
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // --- Before open() ---
    // One TCP port on these addresses; 0 = chosen at open(). The management interface answers on every endpoint by itself.
    EndpointId add_endpoint(std::vector<std::string> addresses, std::uint16_t port);
    // The same with the endpoint mapper on it. Port 135 unless a test says otherwise.
    EndpointId add_mapper_endpoint(std::vector<std::string> addresses, std::uint16_t port = 135);
    // registry().add(interface, service, policy, {endpoint…}).
    [[nodiscard]] Registry& registry();

    // Binds all sockets (before privileges are dropped). Fails with a Win32 code and a text that names the address.
    base::Result<void> open();
    [[nodiscard]] std::uint16_t port(EndpointId endpoint) const;
    void start();
    // No new connections; waiting calls end; running ones have until the deadline, then all connections are closed. Completes when no
    // connection is left and every association has been run down, or `grace` after the deadline (false).
    base::Task<bool> stop(std::chrono::milliseconds deadline, std::chrono::milliseconds grace = std::chrono::seconds(5));

    // --- Any thread ---
    [[nodiscard]] std::vector<ConnectionInfo> connections() const;
    [[nodiscard]] std::size_t group_count() const;
    [[nodiscard]] const RpcCounters& counters() const;

 private:
    struct State;
    std::shared_ptr<State> state_;                                                 // also of every connection's coroutine
};

}  // namespace dcerpc
