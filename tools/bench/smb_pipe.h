// A named pipe of another server, for RPC over ncacn_np: SMB 2.1 as far as one pipe needs it [MS-SMB2] 3.2.4, [MS-RPCE] 2.1.1.2. Blocking;
// for measurements in a network that is trusted: nothing is signed or encrypted below the RPC layer, a server that demands it is refused.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

inline constexpr std::string_view kPipeProtocol = "ncacn_np:";

struct PipeTarget {
    std::string host;
    std::string pipe = "spoolss";
    std::uint16_t port = 445;
};

// "ncacn_np:host[\pipe\name,port]"; both options may be absent. invalid_parameter with the part that is wrong.
[[nodiscard]] base::Result<PipeTarget> parse_pipe_target(std::string_view text);

// A file descriptor that closes itself. Its reads and writes are whole: they fail at the end of the stream and after half a minute.
class Socket {
 public:
    explicit Socket(int fd = -1) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    static base::Result<Socket> connect(const std::string& host, std::uint16_t port);
    [[nodiscard]] int fd() const { return fd_; }
    base::Result<void> send(base::ByteView bytes) const;
    base::Result<void> receive(base::MutableByteView bytes) const;

 private:
    int fd_;
};

class SmbPipe {
 public:
    // Connects, logs on with NTLM, opens the pipe. The error names the step.
    static base::Result<SmbPipe> open(const PipeTarget& target, const std::string& user, const std::string& password);

    // One PDU that is not answered.
    base::Result<void> write(base::ByteView pdu);
    // One PDU and (the first part of) what the server has to say to it.
    base::Result<base::ByteBuffer> transceive(base::ByteView pdu);
    // More of it.
    base::Result<base::ByteBuffer> read();

 private:
    struct Reply {
        std::uint32_t status = 0;
        base::ByteBuffer message;  // with its header: offsets count from there
    };
    explicit SmbPipe(Socket socket) : socket_(std::move(socket)) {}
    base::Result<Reply> exchange(std::uint16_t command, base::ByteView body);
    base::Result<Reply> receive(std::uint16_t command, std::uint64_t id);
    base::Result<void> negotiate();
    base::Result<void> log_on(const std::string& host, const std::string& user, const std::string& password);
    base::Result<void> connect_tree(const std::string& host);
    base::Result<void> create(const std::string& pipe);

    Socket socket_;
    std::uint64_t next_id_ = 0, session_ = 0;
    std::uint32_t tree_ = 0;
    std::array<std::byte, 16> file_{};
};

}  // namespace bench
