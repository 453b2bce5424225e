// Lets every measurement run against a server that has its print interface on a named pipe only: listens on a port of the loopback
// interface and carries the PDUs of each connection over a pipe of its own, one call at a time.
#pragma once

#include "tools/bench/smb_pipe.h"

#include <memory>
#include <thread>

namespace bench {

class Gateway {
 public:
    static base::Result<std::unique_ptr<Gateway>> start(PipeTarget target, std::string user, std::string password);
    ~Gateway();  // takes no more connections; those that are open end with their clients
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
    struct Account {
        PipeTarget target;
        std::string user, password;
    };
    Gateway() = default;
    void accept_all();

    std::shared_ptr<const Account> account_;
    Socket listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace bench
