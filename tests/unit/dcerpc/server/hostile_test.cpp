// Clients that do not behave: slow, silent, flooding, half gone. Raw sockets against a loop-back server.
#include "dcerpc/fault.h"
#include "tests/support/rpc_loopback.h"
#include "tests/support/toy_service.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace dcerpc {
namespace {

using namespace test_support;
using namespace std::chrono_literals;

class RawSocket {
 public:
    // A small receive buffer makes a client that does not read felt soon.
    struct SmallBuffer {};
    explicit RawSocket(std::uint16_t port, int descriptor = ::socket(AF_INET, SOCK_STREAM, 0)) : descriptor_(descriptor) { connect(port); }
    RawSocket(std::uint16_t port, SmallBuffer /*tag*/) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const int receive_buffer = 4096;
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        connect(port);
    }
    ~RawSocket() { ::close(descriptor_); }
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    bool send(base::ByteView bytes) const { return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()); }
    bool send_some(base::ByteView bytes) const { return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0; }
    // Everything that comes until the server closes; false when it does not within the limit.
    bool closed_by_server(base::ByteBuffer* received = nullptr, std::chrono::milliseconds limit = 20s) const {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < end) {
            pollfd watched{descriptor_, POLLIN, 0};
            if (::poll(&watched, 1, 50) <= 0) continue;
            std::byte buffer[4096];
            const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
            if (got <= 0) return true;
            if (received != nullptr) base::append(*received, base::ByteView(buffer, static_cast<std::size_t>(got)));
        }
        return false;
    }
    bool receive(std::size_t count, base::ByteBuffer& into) const {
        while (into.size() < count) {
            std::byte buffer[4096];
            const ssize_t got = ::recv(descriptor_, buffer, std::min(sizeof buffer, count - into.size()), 0);
            if (got <= 0) return false;
            base::append(into, base::ByteView(buffer, static_cast<std::size_t>(got)));
        }
        return true;
    }

 private:
    void connect(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }

    int descriptor_;
    bool connected_ = false;
};

void write_syntax(base::ByteWriter& writer, const SyntaxId& syntax) {
    base::write_guid(writer, syntax.uuid);
    writer.u16(syntax.major);
    writer.u16(syntax.minor);
}

base::ByteBuffer pdu(std::uint8_t type, std::uint32_t call_id, base::ByteView body, std::uint8_t flags = 0x03) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    writer.u8(5);
    writer.u8(0);
    writer.u8(type);
    writer.u8(flags);
    writer.u32(0x10);
    writer.u16(static_cast<std::uint16_t>(16 + body.size()));
    writer.u16(0);
    writer.u32(call_id);
    writer.bytes(body);
    return bytes;
}

base::ByteBuffer bind_pdu(std::uint8_t version = 5) {
    base::ByteBuffer body;
    base::ByteWriter writer(body);
    writer.u16(5840);
    writer.u16(5840);
    writer.u32(0);
    writer.u32(1);
    writer.u16(0);
    writer.u16(1);
    write_syntax(writer, toy_interface().id);
    write_syntax(writer, kNdr20);
    base::ByteBuffer bytes = pdu(11, 1, body, 0x13);
    bytes[0] = static_cast<std::byte>(version);
    return bytes;
}

base::ByteBuffer request_pdu(std::uint32_t call_id, std::uint16_t opnum, base::ByteView stub, std::uint8_t flags = 0x03) {
    base::ByteBuffer body;
    base::ByteWriter writer(body);
    writer.u32(static_cast<std::uint32_t>(stub.size()));
    writer.u16(0);
    writer.u16(opnum);
    writer.bytes(stub);
    return pdu(0, call_id, body, flags);
}

class Hostile : public testing::Test {
 protected:
    void begin(ServerSettings settings = {}) {
        rpc = std::make_unique<RpcLoopback>(std::move(settings));
        Policy policy;
        policy.allow_anonymous = true;
        rpc->server().registry().add(toy_interface(), &toy, policy, {rpc->service_endpoint()});
        rpc->begin();
    }
    static ServerSettings hurried() {
        ServerSettings settings;
        settings.limits.authentication = 100ms;
        settings.limits.fragment = 100ms;
        settings.limits.write = 100ms;
        settings.limits.unauthenticated_idle = 100ms;
        settings.limits.linger = 50ms;
        return settings;
    }
    bool works() {
        const auto context = rpc->threads().run(rpc->open("seal", toy_interface().id));
        return context.has_value();
    }
    bool echo(const std::shared_ptr<ClientContext>& context) {
        const auto call = [](std::shared_ptr<ClientContext> to) -> base::Task<base::Result<base::ByteBuffer>> {
            const base::ByteBuffer stub(10);
            co_return co_await to->call(toy::kEcho, stub);
        };
        return rpc->threads().run_on(context->client().executor(), call(context)).has_value();
    }
    // Whether the reply came.
    static bool asks(const RawSocket& socket, base::ByteView request) {
        base::ByteBuffer reply;
        if (!socket.send(request) || !socket.receive(16, reply)) return false;
        return socket.receive(base::ByteReader(base::ByteView(reply).subspan(8)).u16(), reply);
    }
    bool nobody_left() { return are_left(0); }
    // A socket closes a moment before its connection leaves the list.
    bool are_left(std::size_t count) {
        for (int i = 0; i < 2000; ++i) {
            if (rpc->server().connections().size() == count) return true;
            std::this_thread::sleep_for(5ms);
        }
        return false;
    }

    ToyService toy;
    std::unique_ptr<RpcLoopback> rpc;
};

TEST_F(Hostile, SilentConnectionsAreClosed) {
    begin(hurried());
    const RawSocket silent(rpc->port());
    ASSERT_TRUE(silent.connected());
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_TRUE(works());
}

TEST_F(Hostile, AStartedFragmentThatDoesNotGoOnIsClosed) {
    ServerSettings settings = hurried();
    settings.limits.unauthenticated_idle = 60s;
    begin(std::move(settings));
    const RawSocket slow(rpc->port());
    ASSERT_TRUE(slow.send(bind_pdu()));
    base::ByteBuffer ack;
    ASSERT_TRUE(slow.receive(16, ack));
    const base::ByteBuffer request = request_pdu(2, toy::kEcho, base::ByteBuffer(100));
    // One byte now and then must not keep it open.
    bool closed = false;
    for (std::size_t i = 0; i < request.size() - 1 && !closed; ++i) {
        closed = !slow.send(base::ByteView(request).subspan(i, 1)) || slow.closed_by_server(nullptr, 10ms);
    }
    EXPECT_TRUE(closed);
    EXPECT_TRUE(works());
}

TEST_F(Hostile, ARequestWhoseNextFragmentDoesNotComeIsClosed) {
    ServerSettings settings = hurried();
    settings.limits.unauthenticated_idle = 60s;
    begin(std::move(settings));
    const RawSocket slow(rpc->port());
    ASSERT_TRUE(slow.send(bind_pdu()));
    ASSERT_TRUE(slow.send(request_pdu(2, toy::kEcho, base::ByteBuffer(64), 0x01)));
    EXPECT_TRUE(slow.closed_by_server());
}

TEST_F(Hostile, IdleUnauthenticatedConnectionsAreClosed) {
    begin(hurried());
    const RawSocket idle(rpc->port());
    ASSERT_TRUE(idle.send(bind_pdu()));
    base::ByteBuffer received;
    EXPECT_TRUE(idle.closed_by_server(&received));
    EXPECT_GE(received.size(), 60U) << "the bind_ack came";
}

// A logon that anybody can make must not keep a connection open for ever.
TEST_F(Hostile, IdleAnonymousLogonsAreClosed) {
    begin(hurried());
    const auto anonymous = rpc->threads().run(rpc->open("connect", toy_interface().id, ""));
    ASSERT_TRUE(anonymous) << anonymous.error().to_string();
    EXPECT_TRUE(nobody_left());
    EXPECT_TRUE(works());
}

TEST_F(Hostile, IdleLogonsOfUsersStay) {
    begin(hurried());
    const auto user = rpc->threads().run(rpc->open("connect", toy_interface().id));
    ASSERT_TRUE(user) << user.error().to_string();
    const RawSocket idle(rpc->port());
    ASSERT_TRUE(idle.send(bind_pdu()));
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(are_left(1));
}

TEST_F(Hostile, AClientThatDoesNotReadItsRepliesIsClosed) {
    begin(hurried());
    const RawSocket deaf(rpc->port(), RawSocket::SmallBuffer());
    ASSERT_TRUE(deaf.send(bind_pdu()));
    base::ByteBuffer size;
    base::ByteWriter(size).u32(32U << 20U);
    ASSERT_TRUE(deaf.send(request_pdu(2, toy::kBig, size)));
    EXPECT_TRUE(nobody_left());
    EXPECT_TRUE(works());
}

TEST_F(Hostile, GarbageAndWrongVersionsEndTheConnectionOnly) {
    begin();
    const RawSocket garbage(rpc->port());
    ASSERT_TRUE(garbage.send(base::as_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    EXPECT_TRUE(garbage.closed_by_server());
    const RawSocket old(rpc->port());
    ASSERT_TRUE(old.send(bind_pdu(4)));
    base::ByteBuffer received;
    EXPECT_TRUE(old.closed_by_server(&received));
    EXPECT_TRUE(works());
}

TEST_F(Hostile, AFloodOfRequestsWithoutReadingIsHeldBack) {
    ServerSettings settings = hurried();
    settings.limits.write = 300ms;
    begin(std::move(settings));
    const RawSocket flood(rpc->port(), RawSocket::SmallBuffer());
    ASSERT_TRUE(flood.send(bind_pdu()));
    const base::ByteBuffer stub(4000);
    bool refused = false;
    // Far more than socket buffers hold: the server must stop reading, then give up on the client.
    for (std::uint32_t i = 2; i < 40'000 && !refused; ++i) refused = !flood.send(request_pdu(i, toy::kEcho, stub));
    EXPECT_TRUE(refused);
    EXPECT_TRUE(nobody_left());
    EXPECT_TRUE(works());
}

TEST_F(Hostile, ConnectionLimitPerAddressAndItsEdge) {
    ServerSettings settings;
    settings.max_connections_per_address = 5;
    begin(std::move(settings));
    {
        std::vector<std::unique_ptr<RawSocket>> sockets;
        for (int i = 0; i < 5; ++i) sockets.push_back(std::make_unique<RawSocket>(rpc->port()));
        // The fifth still works, the sixth is reset.
        ASSERT_TRUE(sockets.back()->send(bind_pdu()));
        base::ByteBuffer ack;
        EXPECT_TRUE(sockets.back()->receive(16, ack));
        const RawSocket sixth(rpc->port());
        EXPECT_TRUE(sixth.closed_by_server());
        Binding other;
        other.host = "::1";
        other.port = rpc->port();
        EXPECT_TRUE(rpc->threads().run(open_context(other, toy_interface().id, OpenOptions()))) << "another address";
    }
    EXPECT_TRUE(nobody_left());
    EXPECT_TRUE(works());
    EXPECT_EQ(rpc->metrics().counter("winspoold_connections_refused_total").value(), 1U);
}

TEST_F(Hostile, ConnectionLimitInTotal) {
    ServerSettings settings;
    settings.max_connections = 3;
    begin(std::move(settings));
    std::vector<std::unique_ptr<RawSocket>> sockets;
    for (int i = 0; i < 3; ++i) {
        sockets.push_back(std::make_unique<RawSocket>(rpc->port()));
        ASSERT_TRUE(are_left(sockets.size()));
    }
    ASSERT_TRUE(sockets.back()->send(bind_pdu()));
    base::ByteBuffer ack;
    ASSERT_TRUE(sockets.back()->receive(16, ack));
    // Over both endpoints together: the first, which never said anything, makes room.
    const RawSocket fourth(rpc->mapper_port());
    EXPECT_TRUE(sockets.front()->closed_by_server());
    EXPECT_FALSE(fourth.closed_by_server(nullptr, 50ms));
    EXPECT_TRUE(are_left(3));
}

// Idle strangers make room, the one that is idle for longest first; users and those in a call stay.
TEST_F(Hostile, AtTheTotalLimitTheOldestIdleStrangerMakesRoom) {
    ServerSettings settings;
    settings.max_connections = 4;
    begin(std::move(settings));
    const auto user = rpc->threads().run(rpc->open("seal", toy_interface().id));
    ASSERT_TRUE(user) << user.error().to_string();
    std::vector<std::unique_ptr<RawSocket>> sockets;
    ASSERT_TRUE(echo(*user));
    for (int i = 0; i < 3; ++i) {
        sockets.push_back(std::make_unique<RawSocket>(rpc->port()));
        ASSERT_TRUE(asks(*sockets.back(), bind_pdu()));
    }
    ASSERT_TRUE(are_left(4)) << "at the limit nobody has to go";
    EXPECT_EQ(rpc->metrics().counter("winspoold_connections_evicted_total").value(), 0U);
    // The oldest stranger makes a call: now the second is idle for longest.
    ASSERT_TRUE(asks(*sockets[0], request_pdu(2, toy::kEcho, base::ByteBuffer(8))));
    EXPECT_TRUE(works()) << "a user finds a place";
    EXPECT_TRUE(sockets[1]->closed_by_server());
    EXPECT_EQ(rpc->metrics().counter("winspoold_connections_evicted_total").value(), 1U);
    EXPECT_EQ(rpc->metrics().counter("winspoold_connections_refused_total").value(), 0U);
    EXPECT_TRUE(echo(*user)) << "users stay";
    EXPECT_FALSE(sockets[0]->closed_by_server(nullptr, 50ms));
}

TEST_F(Hostile, UsersDoNotMakeRoomForStrangers) {
    ServerSettings settings;
    settings.max_connections = 2;
    begin(std::move(settings));
    const auto first = rpc->threads().run(rpc->open("seal", toy_interface().id));
    const auto second = rpc->threads().run(rpc->open("seal", toy_interface().id));
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    ASSERT_TRUE(echo(*first) && echo(*second));
    const RawSocket stranger(rpc->port());
    EXPECT_TRUE(stranger.closed_by_server());
    EXPECT_TRUE(are_left(2));
    EXPECT_EQ(rpc->metrics().counter("winspoold_connections_refused_total").value(), 1U);
}

// Bytes that are no call do not count: one cancel now and then would keep a place for ever.
TEST_F(Hostile, CancelsDoNotKeepAStrangersConnectionOpen) {
    begin(hurried());
    const RawSocket idle(rpc->port());
    ASSERT_TRUE(idle.send(bind_pdu()));
    const auto end = std::chrono::steady_clock::now() + 10s;
    bool closed = false;
    while (!closed && std::chrono::steady_clock::now() < end) {
        closed = !idle.send(pdu(18, 1, base::ByteBuffer())) || idle.closed_by_server(nullptr, 20ms);
    }
    EXPECT_TRUE(closed);
}

TEST_F(Hostile, RefusedLogonsAreReportedInFullButNotWithoutEnd) {
    ServerSettings settings;
    base::Guarded<std::vector<LogEvent>> events;
    settings.audit = [&events](const LogEvent& event, const StreamEnds& /*ends*/, std::uint64_t /*id*/) {
        if (event.kind == LogEvent::Kind::logon_failed) events.with([&](std::vector<LogEvent>& all) { all.push_back(event); });
    };
    begin(std::move(settings));
    for (std::size_t i = 0; i < base::limits::kLogLinesPerMinute + 30; ++i) {
        EXPECT_FALSE(rpc->threads().run(rpc->open("seal", toy_interface().id, "mallory")));
    }
    EXPECT_TRUE(works());
    rpc.reset();
    events.with([](const std::vector<LogEvent>& all) {
        // A slow run may see the next minute begin.
        EXPECT_GE(all.size(), base::limits::kLogLinesPerMinute);
        EXPECT_LT(all.size(), base::limits::kLogLinesPerMinute + 30);
        for (const LogEvent& event : all) {
            EXPECT_EQ(event.user, "mallory");
            EXPECT_FALSE(event.text.empty());
        }
    });
}

TEST_F(Hostile, RunningOutOfDescriptorsDelaysNewConnectionsOnly) {
    begin();
    const auto working = rpc->threads().run(rpc->open("seal", toy_interface().id));
    ASSERT_TRUE(working);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit low = before;
    low.rlim_cur = std::min<rlim_t>(before.rlim_cur, 256);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    // The client's descriptor exists already; then nothing is left for the server.
    const int waiting = ::socket(AF_INET, SOCK_STREAM, 0);
    std::vector<int> hoard;
    for (int one = ::dup(0); one >= 0; one = ::dup(0)) hoard.push_back(one);
    const RawSocket client(rpc->port(), waiting);
    EXPECT_TRUE(client.connected()) << "the kernel completes it";
    const base::Counter& errors = rpc->metrics().counter("winspoold_accept_errors_total");
    for (int i = 0; i < 2000 && errors.value() == 0; ++i) std::this_thread::sleep_for(5ms);
    EXPECT_GE(errors.value(), 1U);
    EXPECT_LT(errors.value(), 20U) << "it backs off";
    EXPECT_TRUE(echo(*working)) << "those who are in go on";
    for (const int one : hoard) ::close(one);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_TRUE(client.send(bind_pdu()));
    base::ByteBuffer ack;
    EXPECT_TRUE(client.receive(16, ack));
}

TEST_F(Hostile, ManyHandlesAreBoundedPerGroup) {
    begin();
    const auto context = rpc->threads().run(rpc->open("", toy_interface().id));
    ASSERT_TRUE(context);
    const auto fill = [](std::shared_ptr<ClientContext> to) -> base::Task<base::Result<base::ByteBuffer>> {
        const base::ByteBuffer nothing;
        for (std::size_t i = 0; i < base::limits::kMaxHandlesPerGroup; ++i) {
            CO_TRY_VOID(co_await to->call(toy::kOpen, nothing));
        }
        co_return co_await to->call(toy::kOpen, nothing);
    };
    const auto last = rpc->threads().run_on((*context)->client().executor(), fill(*context));
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().fault_status(), static_cast<std::uint32_t>(Fault::server_too_busy));
    EXPECT_EQ(toy.handles, static_cast<int>(base::limits::kMaxHandlesPerGroup));
}

}  // namespace
}  // namespace dcerpc
