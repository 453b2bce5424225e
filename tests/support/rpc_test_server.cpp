// Mapper on port 135, mgmt and the toy interface: something to talk to for outside clients, before and without the print service. Runs until
// standard input ends. Prints "ready epm=PORT rpc=PORT". Optional arguments: the two ports.
#include "base/log.h"
#include "tests/support/rpc_loopback.h"
#include "tests/support/toy_service.h"

#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments) {
    using namespace dcerpc;
    const auto port = [&](int index, int otherwise) {
        return static_cast<std::uint16_t>(count > index ? std::atoi(arguments[index]) : otherwise);
    };
    base::log::configure("", base::log::parse_level(std::getenv("LOG") != nullptr ? std::getenv("LOG") : "info", base::log::Level::info));
    test_support::ToyService toy;
    test_support::RpcLoopback rpc({}, port(1, 135), port(2, 0));
    Policy policy;
    policy.min_auth_level = kAuthLevelPrivacy;
    policy.annotation = "Toy";
    rpc.server().registry().add(test_support::toy_interface(), &toy, policy, {rpc.service_endpoint()});
    rpc.begin();
    std::printf("ready epm=%u rpc=%u\n", rpc.mapper_port(), rpc.port());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return rpc.stop() ? 0 : 1;
}
