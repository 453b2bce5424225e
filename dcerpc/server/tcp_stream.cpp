#include "base/limits.h"
#include "dcerpc/server/stream.h"

#include <boost/asio/buffer.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace dcerpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

void set_option(int descriptor, int level, int name, int value) {
    // Best effort: without the option the connection works, only slower or with later detection of a dead peer.
    (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

void tune(tcp::socket& socket) {
    const int descriptor = socket.native_handle();
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(base::limits::kKeepAliveIdleMs / 1000));
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 6);
    set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(base::limits::kWriteTimeoutMs));
}

class TcpStream final : public Stream {
 public:
    explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)), executor_(socket_.get_executor()) {
        boost::system::error_code ignored;
        const tcp::endpoint peer = socket_.remote_endpoint(ignored);
        const tcp::endpoint local = socket_.local_endpoint(ignored);
        ends_.peer_address = address_text(peer.address());
        ends_.peer_port = peer.port();
        ends_.local_address = address_text(local.address());
        ends_.local_port = local.port();
        tune(socket_);
    }

    const asio::any_io_executor& executor() const override { return executor_; }
    const StreamEnds& ends() const override { return ends_; }

    base::Task<base::Result<std::size_t>> read_some(base::MutableByteView into) override {
        const asio::mutable_buffer buffer(into.data(), into.size());
        auto outcome = co_await socket_.async_read_some(buffer, base::nothrow);
        auto& [error, count] = outcome;
        if (error == asio::error::eof) co_return std::size_t{0};
        if (error) co_return base::error_from(error, "read");
        co_return count;
    }

    base::Task<base::Result<void>> write(base::ByteView bytes) override {
        while (!bytes.empty()) {
            const asio::const_buffer buffer(bytes.data(), bytes.size());
            auto outcome = co_await socket_.async_write_some(buffer, base::nothrow);
            auto& [error, count] = outcome;
            if (error) co_return base::error_from(error, "write");
            bytes = bytes.subspan(count);
        }
        co_return base::Result<void>();
    }

    void shutdown_send() override {
        boost::system::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

    void close() override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

 private:
    tcp::socket socket_;
    asio::any_io_executor executor_;
    StreamEnds ends_;
};

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(tcp::socket socket) { return std::make_unique<TcpStream>(std::move(socket)); }

std::string address_text(const asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    asio::ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    v6.scope_id(0);
    return v6.to_string();
}

}  // namespace dcerpc
