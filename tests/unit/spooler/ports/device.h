// A device on loop-back for port tests: one thread that accepts one connection and does with it what the test says.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

namespace spooler {

class Device {
 public:
    // `behaviour` gets the accepted socket, which is closed when it returns. `receive_buffer` 0: the system's.
    explicit Device(std::function<void(int)> behaviour, int receive_buffer = 0) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (receive_buffer > 0) (void)::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            std::abort();
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, behaviour = std::move(behaviour)] {
            const int connection = ::accept(listener_, nullptr, nullptr);
            if (connection < 0) return;
            behaviour(connection);
            ::close(connection);
        });
    }
    ~Device() { join(); }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Waits until the behaviour has ended.
    void join() {
        if (!thread_.joinable()) return;
        ::shutdown(listener_, SHUT_RDWR);                          // wakes an accept that nobody answered
        thread_.join();
        ::close(listener_);
    }

    // Up to `limit` bytes, or to the end.
    static std::string receive(int connection, std::size_t limit = SIZE_MAX) {
        std::string text;
        char buffer[16'384];
        while (text.size() < limit) {
            const ssize_t count = ::recv(connection, buffer, std::min(sizeof buffer, limit - text.size()), 0);
            if (count <= 0) break;
            text.append(buffer, static_cast<std::size_t>(count));
        }
        return text;
    }
    static bool send(int connection, const std::string& text) {
        for (std::size_t at = 0; at < text.size();) {
            const ssize_t count = ::send(connection, text.data() + at, text.size() - at, MSG_NOSIGNAL);
            if (count <= 0) return false;
            at += static_cast<std::size_t>(count);
        }
        return true;
    }
    // The next close becomes a reset.
    static void reset_on_close(int connection) {
        const linger option{1, 0};
        (void)::setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, sizeof option);
    }

 private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

// A loop-back port number on which nobody listens.
inline std::uint16_t closed_port() {
    Device device([](int) {});
    return device.port();
}

}  // namespace spooler
