// A byte stream with two named ends: what a connection reads from and writes to. TCP today; a local pipe that knows its user follows.
#pragma once

#include "base/access_check.h"
#include "base/async.h"
#include "base/bytes.h"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace dcerpc {

struct StreamEnds {
    std::string peer_address;                                                      // "192.0.2.7", "2001:db8::7"; v4-mapped as IPv4
    std::uint16_t peer_port = 0;
    std::string local_address;
    std::uint16_t local_port = 0;
    base::TokenPtr identity;                                                       // who is calling when the transport knows; null for TCP
};

// Used from one strand, its executor. At most one read and one write at a time.
class Stream {
 public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    [[nodiscard]] virtual const boost::asio::any_io_executor& executor() const = 0;
    [[nodiscard]] virtual const StreamEnds& ends() const = 0;
    // At least one byte, or 0 at the end of the stream.
    virtual base::Task<base::Result<std::size_t>> read_some(base::MutableByteView into) = 0;
    // All bytes; they must stay alive meanwhile.
    virtual base::Task<base::Result<void>> write(base::ByteView bytes) = 0;
    // No more bytes from us; the peer sees the end once it has read the rest.
    virtual void shutdown_send() = 0;
    // Ends a pending read and write with operation_aborted. Idempotent.
    virtual void close() = 0;
};

// Sets TCP_NODELAY (replies must not wait for an acknowledgement), keep-alive and a bound on unacknowledged data, so that a peer that
// vanished is noticed. The socket's executor must be a strand of its own.
[[nodiscard]] std::unique_ptr<Stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);

// "192.0.2.7" also for ::ffff:192.0.2.7; a scope id is left out: it is ours, not the peer's.
[[nodiscard]] std::string address_text(const boost::asio::ip::address& address);

}  // namespace dcerpc
