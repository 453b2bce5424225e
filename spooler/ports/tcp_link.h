// One TCP connection to a device, with deadlines, a bounded back-channel and an orderly end. Used by the port monitors that
// speak TCP. All calls come from one strand, the one open() ran on; the link's own reader and timer run there too.
#pragma once

#include "base/async.h"
#include "base/bytes.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace spooler {

struct TcpTarget {
    std::string host;                                              // name or literal, from the administrator's port configuration
    std::uint16_t port = 0;
};

struct TcpDeadlines {
    std::chrono::milliseconds connect{30'000};                     // look-up and all addresses together
    std::chrono::milliseconds idle{300'000};                       // without one byte of progress
    std::chrono::milliseconds total{0};                            // whole document; 0 = none
    std::chrono::milliseconds linger{60'000};                      // wait for the device to close once its TCP has everything
};

class TcpLink {
 public:
    // Tries every address of the host in order. `resolver` runs the blocking name look-up.
    // Errors: connection_refused, host_unreachable, network_unreachable, timeout, dev_not_exist (no such host), operation_aborted
    // (the coroutine was cancelled, as everywhere below).
    static base::Task<base::Result<std::unique_ptr<TcpLink>>> open(boost::asio::any_io_executor resolver, TcpTarget target,
                                                                   TcpDeadlines deadlines);
    // Aborts: the device sees a reset, what it has not taken is discarded.
    ~TcpLink();
    TcpLink(const TcpLink&) = delete;
    TcpLink& operator=(const TcpLink&) = delete;

    // At least one byte. Errors: timeout (idle or total), connection_aborted (the device dropped the connection).
    base::Task<base::Result<std::size_t>> write(base::ByteView data);
    // What the device has said so far, 0 when nothing. Never waits. Old bytes are lost when nobody reads for long.
    [[nodiscard]] std::size_t read(base::MutableByteView into);
    // Sends the end of the document and waits until the device's TCP has every byte and the device closed, or kept silent for
    // the linger time. A reset before that is an error: the device may have thrown data away.
    base::Task<base::Result<void>> finish();

    [[nodiscard]] std::uint64_t bytes_sent() const;

    struct State;                                                  // implementation

 private:
    explicit TcpLink(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace spooler
