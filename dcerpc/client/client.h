// Asynchronous RPC client: one connection, several presentation and security contexts, concurrent calls. Used by probe, benchmarks, tests and
// the self-check; the daemon itself never calls out.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "dcerpc/assoc/client_association.h"
#include "dcerpc/auth/providers.h"
#include "dcerpc/client/binding.h"
#include "dcerpc/client/client_call.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace dcerpc {

struct ClientReply {
    base::ByteBuffer stub;
    base::ByteOrder order = base::ByteOrder::little;
};

// Lives on the executor it was connected on, a strand or a single-threaded io_context; everything is called from there. Closes when the
// last copy goes.
class Client {
 public:
    struct Pending;                                                                // a call in flight
    using PendingPtr = std::shared_ptr<Pending>;

    Client() = default;                                                            // not connected
    explicit operator bool() const { return state_ != nullptr; }

    // Resolves the host and connects; rpc_s_server_unavailable, timeout or what the system says.
    static base::Task<base::Result<Client>> connect(std::string host, std::uint16_t port, ClientSettings settings,
                                                    std::chrono::milliseconds timeout = std::chrono::seconds(10));

    // Bind, or alter_context from the second time on. A bind_nak is access_denied with the reason in the text, a fault the fault.
    base::Task<base::Result<Negotiated>> negotiate(SyntaxId interface, OfferedSyntaxes syntaxes, ClientSecurity security);

    // Sends a request; wait() gives its reply or fault.
    base::Result<PendingPtr> send(ClientAssociation::Request request);
    base::Task<base::Result<ClientReply>> wait(PendingPtr pending);
    base::Task<base::Result<ClientReply>> call(ClientAssociation::Request request);
    void cancel(const PendingPtr& pending);                                        // co_cancel; the call still ends
    void orphan(const PendingPtr& pending);                                        // its wait() ends with operation_aborted
    void close();                                                                  // all pending calls fail

    [[nodiscard]] std::uint32_t group_id() const;                                  // after the first negotiate
    [[nodiscard]] base::ByteOrder order() const;
    [[nodiscard]] bool broken() const;
    [[nodiscard]] const boost::asio::any_io_executor& executor() const;

 private:
    struct State;
    class Owner;
    std::shared_ptr<State> state_;
    std::shared_ptr<Owner> owner_;                                                 // closes the connection with the last copy
};

// One accepted presentation context of a client: what generated client classes talk to.
class ClientContext final : public ClientCall {
 public:
    ClientContext(Client client, std::uint16_t context_id, ndr::Syntax syntax, std::optional<base::Guid> object,
                  std::optional<std::uint32_t> auth_context_id = std::nullopt);
    base::Task<base::Result<base::ByteBuffer>> call(std::uint16_t opnum, base::ByteView stub) override;
    [[nodiscard]] ndr::Syntax syntax() const override { return syntax_; }
    [[nodiscard]] base::ByteOrder order() const override { return client_.order(); }
    [[nodiscard]] base::ByteOrder reply_order() const override { return reply_order_; }

    [[nodiscard]] Client& client() { return client_; }
    // For calls that are to be cancelled: the request of call().
    [[nodiscard]] ClientAssociation::Request request(std::uint16_t opnum, base::ByteView stub) const;

 private:
    Client client_;
    std::uint16_t context_id_;
    ndr::Syntax syntax_;
    std::optional<base::Guid> object_;
    std::optional<std::uint32_t> auth_context_id_;
    base::ByteOrder reply_order_ = base::ByteOrder::little;
};

// Who to be and how to reach the mapper.
struct OpenOptions {
    Credentials credentials;                                                       // empty user: anonymous
    const base::Clock* clock = nullptr;                                            // default: the system's
    std::uint16_t mapper_port = 135;
    std::uint32_t group_id = 0;                                                    // join this association group
    std::uint16_t max_fragment_bytes = base::limits::kMaxFragmentBytes;            // proposed in the bind
    std::string target_name;                                                       // default "host/<host>"
};

// The whole road: map (when the binding has no port), connect, bind with the binding's security. Fails with the first thing that goes wrong.
base::Task<base::Result<std::shared_ptr<ClientContext>>> open_context(Binding binding, SyntaxId interface, OpenOptions options);

// One more interface on the connection of `context`, under its newest security context (alter_context).
base::Task<base::Result<std::shared_ptr<ClientContext>>> add_context(std::shared_ptr<ClientContext> context, SyntaxId interface,
                                                                     OfferedSyntaxes syntaxes, std::optional<base::Guid> object);

// The initiator of a binding's type and level; nothing to do (empty) for none.
[[nodiscard]] ClientSecurity make_security(const Binding& binding, const OpenOptions& options);

// The port of an interface, asked from the endpoint mapper of `host`. not_found when it is not registered.
base::Task<base::Result<std::uint16_t>> map_endpoint(std::string host, std::uint16_t mapper_port, SyntaxId interface, SyntaxId transfer,
                                                     std::optional<base::Guid> object);

}  // namespace dcerpc
