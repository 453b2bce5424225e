#include "dcerpc/server/listener.h"

#include "base/limits.h"
#include "base/log_limiter.h"
#include "tests/support/run_task.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

using test_support::Threads;

TEST(ConnectionCount, LimitsTotalAndPerAddress) {
    ConnectionCount count(3, 2);
    EXPECT_TRUE(count.enter("a"));
    EXPECT_TRUE(count.enter("a"));
    EXPECT_FALSE(count.enter("a")) << "per address";
    EXPECT_TRUE(count.enter("b"));
    EXPECT_FALSE(count.enter("c")) << "in total";
    EXPECT_EQ(count.total(), 3U);
    count.leave("a");
    EXPECT_TRUE(count.enter("c"));
    EXPECT_FALSE(count.enter("a"));
    EXPECT_TRUE(count.only_total_is_full("d"));
    EXPECT_TRUE(count.enter("d", ConnectionCount::Total::beyond)) << "in place of one that leaves";
    EXPECT_TRUE(count.enter("a", ConnectionCount::Total::beyond));
    EXPECT_FALSE(count.enter("a", ConnectionCount::Total::beyond)) << "never beyond the limit per address";
    EXPECT_FALSE(count.only_total_is_full("a"));
    EXPECT_EQ(count.total(), 5U);
}

TEST(ConnectionCount, TheDefaultsAtTheirEdges) {
    namespace limits = base::limits;
    ConnectionCount count(limits::kMaxConnections, limits::kMaxConnectionsPerAddress);
    for (std::size_t i = 0; i < limits::kMaxConnectionsPerAddress; ++i) ASSERT_TRUE(count.enter("first"));
    EXPECT_FALSE(count.enter("first"));
    for (std::size_t i = count.total(); i < limits::kMaxConnections; ++i) ASSERT_TRUE(count.enter(std::to_string(i)));
    EXPECT_FALSE(count.enter("last"));
    count.leave("first");
    EXPECT_TRUE(count.enter("last"));
    EXPECT_EQ(count.total(), limits::kMaxConnections);
}

class ListenerTest : public testing::Test {
 protected:
    base::Result<void> open(Listener& listener, const std::vector<std::string>& addresses, std::uint16_t port = 0) {
        return listener.open(addresses, port);
    }
    Threads threads;
    base::Metrics metrics;
    ConnectionCount count{10, 10};
    base::LogLimiter log_limiter;
};

TEST_F(ListenerTest, OnePortOnAllAddresses) {
    Listener listener(threads.io(), count, metrics, log_limiter);
    ASSERT_TRUE(open(listener, {"127.0.0.1", "::1", "127.0.0.2"}));
    EXPECT_NE(listener.port(), 0U);
    Listener other(threads.io(), count, metrics, log_limiter);
    const auto taken = open(other, {"127.0.0.1"}, listener.port());
    ASSERT_FALSE(taken);
    EXPECT_NE(taken.error().text().find("127.0.0.1 port " + std::to_string(listener.port())), std::string::npos) << taken.error().text();
    EXPECT_EQ(other.port(), 0U);
    ASSERT_TRUE(open(other, {"127.0.0.3"}, listener.port())) << "the same port on another address is free";
}

TEST_F(ListenerTest, TheNumberOfAddressesIsBounded) {
    std::vector<std::string> addresses;
    for (std::size_t i = 1; i <= base::limits::kMaxListenAddresses; ++i) addresses.push_back("127.0.1." + std::to_string(i));
    Listener listener(threads.io(), count, metrics, log_limiter);
    EXPECT_TRUE(open(listener, addresses));
    addresses.push_back("127.0.2.1");
    Listener other(threads.io(), count, metrics, log_limiter);
    EXPECT_EQ(open(other, addresses).error().code(), base::Win32::invalid_parameter);
}

TEST_F(ListenerTest, RefusesNonsense) {
    Listener listener(threads.io(), count, metrics, log_limiter);
    EXPECT_EQ(open(listener, {}).error().code(), base::Win32::invalid_parameter);
    EXPECT_EQ(open(listener, {"localhost"}).error().code(), base::Win32::invalid_parameter);
    EXPECT_FALSE(open(listener, {"192.0.2.1"})) << "not an address of this machine";
}

TEST_F(ListenerTest, StopsBeforeAndAfterTheStart) {
    Listener never(threads.io(), count, metrics, log_limiter);
    ASSERT_TRUE(open(never, {"127.0.0.1"}));
    threads.run(never.stop());
    Listener listener(threads.io(), count, metrics, log_limiter);
    ASSERT_TRUE(open(listener, {"127.0.0.1", "::1"}));
    listener.start([](std::unique_ptr<Stream>) {});
    threads.run(listener.stop());
    threads.run(listener.stop());
    Listener again(threads.io(), count, metrics, log_limiter);
    EXPECT_TRUE(open(again, {"127.0.0.1"}, listener.port())) << "the port is free again";
}

}  // namespace
}  // namespace dcerpc
