// Where the pipe is and how its bytes get there.
#include "tools/bench/smb_pipe.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace bench {
namespace {

using base::ByteView;
using base::Error;
using base::Result;
using base::Win32;

Error failed(std::string what) { return Error(Win32::gen_failure, "SMB: " + std::move(what)); }

}  // namespace

Result<PipeTarget> parse_pipe_target(std::string_view text) {
    const auto bad = [](std::string_view where) { return Error(Win32::invalid_parameter, "not a pipe's binding: " + std::string(where)); };
    if (!text.starts_with(kPipeProtocol)) return bad(text);
    text.remove_prefix(kPipeProtocol.size());
    PipeTarget target;
    const std::size_t open = text.find('[');
    target.host = text.substr(0, open);
    if (target.host.empty()) return bad(text);
    if (open == std::string_view::npos) return target;
    std::string_view options = text.substr(open + 1);
    if (!options.ends_with(']')) return bad(text);
    options.remove_suffix(1);
    while (!options.empty()) {
        const std::string_view option = options.substr(0, options.find(','));
        options.remove_prefix(std::min(options.size(), option.size() + 1));
        constexpr std::string_view kPrefix = "\\pipe\\";
        const char* const end = option.data() + option.size();
        if (option.starts_with(kPrefix) && option.size() > kPrefix.size()) {
            target.pipe = option.substr(kPrefix.size());
        } else if (const auto number = std::from_chars(option.data(), end, target.port); number.ec != std::errc() || number.ptr != end) {
            return bad(option);
        }
    }
    return target;
}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Socket::~Socket() {
    if (fd_ >= 0) (void)::close(fd_);
}

Result<Socket> Socket::connect(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return failed("cannot resolve " + host);
    Socket connected;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        Socket socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (socket.fd() < 0 || ::connect(socket.fd(), one->ai_addr, one->ai_addrlen) != 0) continue;
        connected = std::move(socket);
        break;
    }
    ::freeaddrinfo(found);
    if (connected.fd() < 0) return failed("cannot connect to " + host + " port " + std::to_string(port));
    const int on = 1;
    (void)::setsockopt(connected.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{30, 0};
    (void)::setsockopt(connected.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return connected;
}

Result<void> Socket::send(ByteView bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return failed("the connection broke while sending");
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<void> Socket::receive(base::MutableByteView bytes) const {
    while (!bytes.empty()) {
        const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
        if (got <= 0) return failed(got == 0 ? "the connection was closed" : "no answer");
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

}  // namespace bench
