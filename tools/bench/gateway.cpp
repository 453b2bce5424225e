#include "tools/bench/gateway.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdio>

namespace bench {
namespace {

using base::ByteBuffer;
using base::ByteReader;
using base::ByteView;
using base::Error;
using base::Result;
using base::Win32;

constexpr std::size_t kHeaderBytes = 16;  // of a PDU
constexpr std::uint8_t kRequest = 0, kBind = 11, kAlterContext = 14;
constexpr std::uint8_t kLastFragment = 2;

struct Pdu {
    std::uint8_t type = 0, flags = 0;
    std::size_t size = 0;
};

Result<Pdu> parse_header(ByteView bytes) {
    ByteReader reader(bytes);
    reader.skip(2);
    Pdu pdu;
    pdu.type = reader.u8();
    pdu.flags = reader.u8();
    reader.set_order((reader.u8() & 0x10U) != 0 ? base::ByteOrder::little : base::ByteOrder::big);
    reader.skip(3);
    pdu.size = reader.u16();
    if (!reader.ok() || pdu.size < kHeaderBytes) return Error(Win32::gen_failure, "not a PDU");
    return pdu;
}

// What the server says to one call: PDUs until the last fragment, cut by the pipe as it likes.
Result<void> forward_reply(const Socket& client, SmbPipe& pipe, ByteBuffer bytes) {
    while (true) {
        while (bytes.size() < kHeaderBytes) {
            TRY(const ByteBuffer more, pipe.read());
            base::append(bytes, more);
        }
        TRY(const Pdu pdu, parse_header(bytes));
        while (bytes.size() < pdu.size) {
            TRY(const ByteBuffer more, pipe.read());
            base::append(bytes, more);
        }
        TRY_VOID(client.send(ByteView(bytes).first(pdu.size)));
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(pdu.size));
        if ((pdu.flags & kLastFragment) != 0) return {};
    }
}

Result<void> carry(const Socket& client, SmbPipe& pipe) {
    while (true) {
        ByteBuffer bytes(kHeaderBytes);
        if (!client.receive(bytes)) return {};  // the client is done
        TRY(const Pdu pdu, parse_header(bytes));
        bytes.resize(pdu.size);
        TRY_VOID(client.receive(base::MutableByteView(bytes).subspan(kHeaderBytes)));
        const bool asks = pdu.type == kRequest || pdu.type == kBind || pdu.type == kAlterContext;
        if (!asks || (pdu.flags & kLastFragment) == 0) {
            TRY_VOID(pipe.write(bytes));
            continue;
        }
        TRY(auto reply, pipe.transceive(bytes));
        TRY_VOID(forward_reply(client, pipe, std::move(reply)));
    }
}

void tell(const Result<void>& done) {
    if (!done) (void)std::fprintf(stderr, "bench: gateway: %s\n", done.error().to_string().c_str());
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(PipeTarget target, std::string user, std::string password) {
    std::unique_ptr<Gateway> gateway(new Gateway);
    gateway->account_ = std::make_shared<const Account>(Account{std::move(target), std::move(user), std::move(password)});
    gateway->listener_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int fd = gateway->listener_.fd();
    if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(fd, 256) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return Error(Win32::gen_failure, "the gateway cannot listen on the loopback interface");
    }
    gateway->port_ = ntohs(address.sin_port);
    gateway->thread_ = std::thread(&Gateway::accept_all, gateway.get());
    return gateway;
}

Gateway::~Gateway() {
    (void)::shutdown(listener_.fd(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
}

void Gateway::accept_all() {
    while (true) {
        Socket client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client.fd() < 0) return;
        const int on = 1;
        (void)::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // Its own thread: the pipe blocks, and a waiting thread costs the measurement nothing.
        std::thread([account = account_, client = std::move(client)] {
            auto pipe = SmbPipe::open(account->target, account->user, account->password);
            tell(pipe ? carry(client, *pipe) : Result<void>(pipe.error()));
        }).detach();
    }
}

}  // namespace bench
