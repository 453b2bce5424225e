#include "dcerpc/client/client.h"

#include "base/async_event.h"
#include "base/log.h"
#include "dcerpc/server/stream.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <map>
#include <utility>

namespace dcerpc {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Client::Pending {
    std::uint32_t call_id = 0;
    base::AsyncEvent done;
    base::Result<ClientReply> outcome;

    void end(base::Result<ClientReply> with) {
        outcome = std::move(with);
        done.set();
    }
};

// The connection itself; its reader keeps it alive until the stream is closed.
struct Client::State : std::enable_shared_from_this<State> {
    State(std::unique_ptr<Stream> the_stream, ClientSettings settings)
        : stream(std::move(the_stream)), executor(stream->executor()), association(settings), order(settings.order) {}

    static base::Task<void> read_all(std::shared_ptr<State> self);
    static base::Task<void> write_all(std::shared_ptr<State> self);
    void flush();
    void run_events();
    void on(Negotiated&& event);
    void on(NegotiationFailed&& event);
    void on(ResponseReceived&& event);
    void on(FaultReceived&& event);
    void on(ConnectionBroken&& event) { fail(base::Error(base::Win32::rpc_s_call_failed, event.reason)); }
    void end_negotiation(base::Result<Negotiated> with);
    PendingPtr take(std::uint32_t call_id);
    void fail(const base::Error& error);

    std::unique_ptr<Stream> stream;
    asio::any_io_executor executor;
    ClientAssociation association;
    base::ByteOrder order;
    std::map<std::uint32_t, PendingPtr> pending;
    bool negotiating = false;
    base::Result<Negotiated> negotiated;
    base::AsyncEvent negotiation_done;
    std::uint32_t group_id = 0;
    base::ByteBuffer out;
    bool writing = false;
    bool dead = false;
    base::Error death;
};

class Client::Owner {
 public:
    explicit Owner(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ~Owner() {
        asio::post(state_->executor, [state = state_] { state->fail(base::Error(base::Win32::operation_aborted, "client closed")); });
    }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

 private:
    std::shared_ptr<State> state_;
};

namespace {

base::Task<base::Result<tcp::socket>> connect_socket(std::string host, std::uint16_t port) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const std::string service = std::to_string(port);
    tcp::resolver resolver(executor);
    const auto flags = tcp::resolver::numeric_service | tcp::resolver::address_configured;
    boost::system::error_code literal;
    const asio::ip::address address = asio::ip::make_address(host, literal);
    std::vector<tcp::endpoint> endpoints;
    if (!literal) {
        endpoints.emplace_back(address, port);
    } else {
        auto resolved = co_await resolver.async_resolve(host, service, flags, base::nothrow);
        auto& [error, results] = resolved;
        if (error) co_return base::error_from(error, "resolve " + host);
        for (const auto& result : results) endpoints.push_back(result.endpoint());
    }
    boost::system::error_code last = asio::error::host_not_found;
    for (const tcp::endpoint& endpoint : endpoints) {
        tcp::socket socket(executor);
        auto connected = co_await socket.async_connect(endpoint, base::nothrow);
        last = std::get<0>(connected);
        if (!last) co_return socket;
    }
    co_return base::error_from(last, "connect to " + host + " port " + service);
}

// What a connection attempt leaves behind, also when nobody waits for it any more.
struct Attempt {
    base::AsyncEvent done;
    std::optional<base::Result<tcp::socket>> outcome;
};

base::Task<void> attempt(std::shared_ptr<Attempt> shared, std::string host, std::uint16_t port) {
    base::Result<tcp::socket> outcome = co_await connect_socket(std::move(host), port);
    shared->outcome.emplace(std::move(outcome));
    shared->done.set();
}

}  // namespace

// --- connection ------------------------------------------------------------------------------------------------------

base::Task<base::Result<Client>> Client::connect(std::string host, std::uint16_t port, ClientSettings settings,
                                                 std::chrono::milliseconds timeout) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto shared = std::make_shared<Attempt>();
    base::spawn(executor, "connect", &attempt, shared, host, port);
    const bool in_time = co_await shared->done.wait_for(timeout);
    if (!in_time) co_return base::Error(base::Win32::timeout, "no connection to " + host + " port " + std::to_string(port) + " in time");
    CO_TRY(tcp::socket socket, std::move(*shared->outcome));
    Client client;
    client.state_ = std::make_shared<State>(make_tcp_stream(std::move(socket)), settings);
    client.owner_ = std::make_shared<Owner>(client.state_);
    base::spawn(executor, "client reader", &State::read_all, client.state_);
    co_return client;
}

base::Task<void> Client::State::read_all(std::shared_ptr<State> self) {
    while (!self->dead) {
        const base::MutableByteView space = self->association.read_space();
        base::Result<std::size_t> got = co_await self->stream->read_some(space);
        if (!got) {
            self->fail(got.error());
            break;
        }
        if (*got == 0) {
            self->fail(base::Error(base::Win32::rpc_s_call_failed, "the server closed the connection"));
            break;
        }
        if (self->dead) break;
        self->association.received(*got);
        self->run_events();
        self->flush();
    }
}

base::Task<void> Client::State::write_all(std::shared_ptr<State> self) {
    while (!self->dead && self->association.has_output()) {
        self->out.clear();
        self->association.next_output(self->out, base::limits::kWriteBurstBytes);
        const base::ByteView bytes = self->out;
        base::Result<void> written = co_await self->stream->write(bytes);
        if (!written) self->fail(written.error());
    }
    self->writing = false;
}

void Client::State::flush() {
    // A failure of our own security package shows up without input.
    if (writing || dead || !association.has_output()) return;
    writing = true;
    base::spawn(executor, "client writer", &State::write_all, shared_from_this());
}

void Client::State::run_events() {
    for (ClientEvent& event : association.take_events()) {
        std::visit([this](auto& one) { on(std::move(one)); }, event);
    }
}

void Client::State::end_negotiation(base::Result<Negotiated> with) {
    if (!negotiating) return;
    negotiating = false;
    negotiated = std::move(with);
    negotiation_done.set();
}

void Client::State::on(Negotiated&& event) {
    group_id = event.group_id;
    end_negotiation(std::move(event));
}

void Client::State::on(NegotiationFailed&& event) {
    if (event.nak) return end_negotiation(base::Error(base::Win32::access_denied, "bind_nak, reason " + std::to_string(event.code) + " " + event.text));
    if (event.code != 0) return end_negotiation(base::Error::fault(event.code, event.text));
    end_negotiation(base::Error(base::Win32::access_denied, event.text));
}

Client::PendingPtr Client::State::take(std::uint32_t call_id) {
    const auto found = pending.find(call_id);
    if (found == pending.end()) return nullptr;
    PendingPtr call = std::move(found->second);
    pending.erase(found);
    return call;
}

void Client::State::on(ResponseReceived&& event) {
    const PendingPtr call = take(event.call_id);
    if (!call) return;
    ClientReply reply;
    reply.stub = std::move(event.stub);
    reply.order = event.order;
    call->end(std::move(reply));
}

void Client::State::on(FaultReceived&& event) {
    const PendingPtr call = take(event.call_id);
    if (call) call->end(base::Error::fault(event.status, event.did_not_execute ? "did not execute" : ""));
}

void Client::State::fail(const base::Error& error) {
    if (dead) return;
    dead = true;
    death = error;
    stream->close();
    end_negotiation(error);
    for (const auto& [call_id, call] : std::exchange(pending, {})) call->end(error);
}

// --- calls -----------------------------------------------------------------------------------------------------------

base::Task<base::Result<Negotiated>> Client::negotiate(SyntaxId interface, OfferedSyntaxes syntaxes, ClientSecurity security) {
    const std::shared_ptr<State> state = state_;
    if (state->dead) co_return state->death;
    CO_TRY_VOID(state->association.negotiate(interface, syntaxes, std::move(security)));
    state->negotiating = true;
    state->negotiation_done.reset();
    state->run_events();
    state->flush();
    if (state->negotiating) co_await state->negotiation_done.wait();
    co_return std::move(state->negotiated);
}

base::Result<Client::PendingPtr> Client::send(ClientAssociation::Request request) {
    if (state_->dead) return state_->death;
    TRY(const std::uint32_t call_id, state_->association.request(std::move(request)));
    auto call = std::make_shared<Pending>();
    call->call_id = call_id;
    state_->pending.emplace(call_id, call);
    state_->flush();
    return call;
}

base::Task<base::Result<ClientReply>> Client::wait(PendingPtr pending) {
    co_await pending->done.wait();
    co_return std::move(pending->outcome);
}

base::Task<base::Result<ClientReply>> Client::call(ClientAssociation::Request request) {
    CO_TRY(PendingPtr pending, send(std::move(request)));
    co_return co_await wait(std::move(pending));
}

void Client::cancel(const PendingPtr& pending) {
    if (!state_->pending.contains(pending->call_id)) return;
    state_->association.cancel(pending->call_id);
    state_->flush();
}

void Client::orphan(const PendingPtr& pending) {
    const PendingPtr call = state_->take(pending->call_id);
    if (!call) return;
    state_->association.orphan(call->call_id);
    call->end(base::Error(base::Win32::operation_aborted, "call orphaned"));
    state_->flush();
}

void Client::close() {
    if (state_) state_->fail(base::Error(base::Win32::operation_aborted, "client closed"));
}

std::uint32_t Client::group_id() const { return state_->group_id; }
base::ByteOrder Client::order() const { return state_->order; }
bool Client::broken() const { return !state_ || state_->dead; }
const asio::any_io_executor& Client::executor() const { return state_->executor; }

ClientContext::ClientContext(Client client, std::uint16_t context_id, ndr::Syntax syntax, std::optional<base::Guid> object,
                             std::optional<std::uint32_t> auth_context_id)
    : client_(std::move(client)), context_id_(context_id), syntax_(syntax), object_(object), auth_context_id_(auth_context_id) {}

ClientAssociation::Request ClientContext::request(std::uint16_t opnum, base::ByteView stub) const {
    ClientAssociation::Request request;
    request.context_id = context_id_;
    request.opnum = opnum;
    request.object = object_;
    request.auth_context_id = auth_context_id_;
    request.stub.assign(stub.begin(), stub.end());
    return request;
}

base::Task<base::Result<base::ByteBuffer>> ClientContext::call(std::uint16_t opnum, base::ByteView stub) {
    ClientAssociation::Request with = request(opnum, stub);
    CO_TRY(ClientReply reply, co_await client_.call(std::move(with)));
    reply_order_ = reply.order;
    co_return std::move(reply.stub);
}

// --- the whole road --------------------------------------------------------------------------------------------------

ClientSecurity make_security(const Binding& binding, const OpenOptions& options) {
    ClientSecurity security;
    security.auth_type = binding.auth_type;
    security.auth_level = binding.auth_level;
    if (binding.auth_type == kAuthTypeNone) return security;
    const base::Clock& clock = options.clock != nullptr ? *options.clock : base::system_clock();
    const std::string target = options.target_name.empty() ? "host/" + binding.host : options.target_name;
    security.context = make_initiator(options.credentials, clock, binding.auth_type, binding.auth_level, target);
    return security;
}

namespace {

// The context to use: NDR64 when the server took it.
base::Result<std::shared_ptr<ClientContext>> pick_context(const Client& client, const Negotiated& negotiated, std::optional<base::Guid> object) {
    const Negotiated::Context* chosen = nullptr;
    for (const Negotiated::Context& context : negotiated.contexts) {
        if (context.accepted && (chosen == nullptr || context.syntax == ndr::Syntax::ndr64)) chosen = &context;
    }
    if (chosen == nullptr) {
        const std::string reason = negotiated.contexts.empty() ? "?" : std::to_string(negotiated.contexts.front().reason);
        return base::Error(base::Win32::not_supported, "the server accepts no presentation context, reason " + reason);
    }
    return std::make_shared<ClientContext>(client, chosen->context_id, chosen->syntax, object);
}

}  // namespace

base::Task<base::Result<std::shared_ptr<ClientContext>>> open_context(Binding binding, SyntaxId interface, OpenOptions options) {
    std::uint16_t port = binding.port;
    if (port == 0) {
        const SyntaxId transfer = binding.syntaxes == OfferedSyntaxes::ndr64 ? kNdr64 : kNdr20;
        CO_TRY(port, co_await map_endpoint(binding.host, options.mapper_port, interface, transfer, binding.object));
    }
    ClientSettings settings;
    settings.order = binding.order;
    settings.group_id = options.group_id;
    settings.max_fragment_bytes = options.max_fragment_bytes;
    CO_TRY(Client client, co_await Client::connect(binding.host, port, settings));
    ClientSecurity security = make_security(binding, options);
    CO_TRY(Negotiated negotiated, co_await client.negotiate(interface, binding.syntaxes, std::move(security)));
    co_return pick_context(client, negotiated, binding.object);
}

base::Task<base::Result<std::shared_ptr<ClientContext>>> add_context(std::shared_ptr<ClientContext> context, SyntaxId interface,
                                                                     OfferedSyntaxes syntaxes, std::optional<base::Guid> object) {
    Client client = context->client();
    ClientSecurity none;
    CO_TRY(Negotiated negotiated, co_await client.negotiate(interface, syntaxes, std::move(none)));
    co_return pick_context(client, negotiated, object);
}

}  // namespace dcerpc
