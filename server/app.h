// Composition root: builds every object from the configuration, hands each its needs, starts and stops them in order.
#pragma once

#include "server/config.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace server {

class App {
 public:
    // `reload` is what the admin command "reload" calls.
    App(Config config, std::function<base::Result<std::string>()> reload);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Opens the state, recovers, seeds what the configuration declares, binds the sockets, serves. Blocks until it serves or failed.
    base::Result<void> start();
    // Stops accepting, ends waiting calls, interrupts printing, flushes; within process.shutdown_timeout_ms plus one flush.
    void stop();

    // Takes over the keys that the schema marks reloadable; the text says what changed and what needs a restart.
    std::string reload(const Config& fresh);
    // The account file was edited by somebody else. Called about once a second; costs one stat.
    void watch_accounts();

    [[nodiscard]] std::uint16_t endpoint_mapper_port() const;      // 0 when not served
    [[nodiscard]] std::uint16_t rpc_port() const;
    [[nodiscard]] const Config& config() const;
    // What the daemon could not do but serves without ("port 135 is taken"), for standard error.
    [[nodiscard]] const std::vector<std::string>& warnings() const;

 private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace server
