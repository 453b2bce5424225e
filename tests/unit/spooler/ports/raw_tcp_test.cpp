#include "spooler/ports/raw_tcp.h"

#include "spooler/model/printer.h"
#include "tests/support/run_task.h"
#include "tests/unit/spooler/ports/device.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <numeric>

namespace spooler {
namespace {

using base::Win32;

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::iota(text.begin(), text.end(), '\0');
    return text;
}

struct Outcome {
    Win32 code = Win32::success;
    std::string back;                                              // what the device said
    std::size_t sent = 0;
};

Task<Result<std::size_t>> write_all(PortSession* session, const std::string* text, std::size_t* sent) {
    ByteView left = base::as_bytes(*text);
    while (!left.empty()) {
        CO_TRY(const std::size_t count, co_await session->write(left.first(std::min<std::size_t>(left.size(), 65'536))));
        left = left.subspan(count);
        *sent += count;
    }
    co_return text->size();
}

// Opens, writes everything, finishes, reads the back-channel.
Task<Outcome> print(RawTcpMonitor* monitor, PortConfig port, std::string text) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    Outcome outcome;
    const DocumentInfo document;
    auto session = co_await monitor->open(port, document);
    if (!session) {
        outcome.code = session.error().code();
        co_return outcome;
    }
    PortSession& device = **session;
    auto written = co_await write_all(&device, &text, &outcome.sent);
    if (!written) {
        outcome.code = written.error().code();
        co_return outcome;
    }
    auto finished = co_await device.finish();
    outcome.code = base::code_of(finished);
    std::vector<std::byte> room(1'000'000);
    auto heard = co_await device.read(room);
    if (heard) outcome.back = base::as_text(ByteView(room.data(), *heard));
    co_return outcome;
}

class RawTcpTest : public testing::Test {
 protected:
    static PortConfig port_to(std::uint16_t number) {
        PortConfig port;
        port.name = "IP_1";
        port.monitor = "Standard TCP/IP Port";
        port.settings = {{"host", "127.0.0.1"}, {"port_number", std::to_string(number)}, {"connect_timeout_ms", "2000"},
                         {"idle_timeout_ms", "5000"}};
        return port;
    }
    Outcome run(const PortConfig& port, const std::string& text) { return threads_.run(print(&monitor_, port, text)); }
    PortStatus status(const PortConfig& port) { return threads_.run(monitor_.status(port)).value(); }
    // Prints to a device that keeps the call waiting, and cancels it.
    void expect_cancelled(const Device& device, std::string data) {
        boost::asio::cancellation_signal signal;
        auto strand = boost::asio::make_strand(threads_.io());
        std::promise<Win32> ended;
        boost::asio::co_spawn(strand, print(&monitor_, port_to(device.port()), std::move(data)),
                              boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr escaped, const Outcome& outcome) {
                                  ended.set_value(escaped ? Win32::gen_failure : outcome.code);
                              }));
        auto outcome = ended.get_future();
        EXPECT_EQ(outcome.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
        boost::asio::post(strand, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
        EXPECT_EQ(outcome.get(), Win32::operation_aborted);
    }

    test_support::Threads threads_{2};
    RawTcpMonitor monitor_{threads_.io().get_executor()};
};

TEST_F(RawTcpTest, EveryByteArrivesInOrder) {
    std::string received;
    Device device([&](int connection) { received = Device::receive(connection); });
    const std::string text = pattern(5'000'001);
    const Outcome outcome = run(port_to(device.port()), text);
    EXPECT_EQ(outcome.code, Win32::success);
    device.join();
    EXPECT_TRUE(received == text);
    EXPECT_EQ(status(port_to(device.port())).printer_status, 0U);
}

TEST_F(RawTcpTest, EmptyDocumentIsAConnectionAndItsEnd) {
    std::string received = "?";
    Device device([&](int connection) { received = Device::receive(connection); });
    EXPECT_EQ(run(port_to(device.port()), "").code, Win32::success);
    device.join();
    EXPECT_EQ(received, "");
}

TEST_F(RawTcpTest, FinishWaitsForASlowDevice) {
    std::string received;
    std::promise<void> go;
    Device device([&](int connection) {
        go.get_future().wait();
        received = Device::receive(connection);
    });
    auto running = threads_.start(print(&monitor_, port_to(device.port()), pattern(10'000)));
    EXPECT_EQ(running.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout) << "finished before the device had read anything";
    go.set_value();
    EXPECT_EQ(running.get().code, Win32::success);
    device.join();
    EXPECT_EQ(received.size(), 10'000U);
}

TEST_F(RawTcpTest, BackChannelIsKept) {
    Device device([](int connection) {
        Device::send(connection, "@PJL USTATUS\r\n");
        Device::receive(connection);
        Device::send(connection, "DONE");
    });
    const Outcome outcome = run(port_to(device.port()), "abc");
    EXPECT_EQ(outcome.code, Win32::success);
    EXPECT_EQ(outcome.back, "@PJL USTATUS\r\nDONE");
}

TEST_F(RawTcpTest, FloodingDeviceNeitherBlocksNorFillsMemory) {
    std::string received;
    Device device([&](int connection) {
        // Says a lot before it reads a single byte, as a device with one thread may.
        EXPECT_TRUE(Device::send(connection, std::string(6'000'000, 'f')));
        EXPECT_TRUE(Device::send(connection, "LAST"));
        received = Device::receive(connection);
    }, 4096);
    const std::string text = pattern(300'000);
    const Outcome outcome = run(port_to(device.port()), text);
    EXPECT_EQ(outcome.code, Win32::success);
    device.join();
    EXPECT_TRUE(received == text);
    EXPECT_LE(outcome.back.size(), 16'384U);
    EXPECT_TRUE(outcome.back.ends_with("LAST"));
}

TEST_F(RawTcpTest, RefusedConnectionIsOffline) {
    const PortConfig port = port_to(closed_port());
    EXPECT_EQ(run(port, "abc").code, Win32::connection_refused);
    EXPECT_EQ(status(port).printer_status, printer_status::kOffline);
    EXPECT_NE(status(port).text, "");
}

TEST_F(RawTcpTest, StatusRecoversWithTheNextSuccess) {
    PortConfig port = port_to(closed_port());
    EXPECT_EQ(run(port, "abc").code, Win32::connection_refused);
    Device device([](int connection) { Device::receive(connection); });
    port.settings["port_number"] = std::to_string(device.port());
    EXPECT_EQ(run(port, "abc").code, Win32::success);
    EXPECT_EQ(status(port).printer_status, 0U);
}

TEST_F(RawTcpTest, UnknownHostIsNoDevice) {
    PortConfig port = port_to(9100);
    port.settings["host"] = "host.invalid";
    EXPECT_EQ(run(port, "abc").code, Win32::dev_not_exist);
}

TEST_F(RawTcpTest, HostMayBeAName) {
    Device device([](int connection) { Device::receive(connection); });
    PortConfig port = port_to(device.port());
    port.settings["host"] = "localhost";
    EXPECT_EQ(run(port, "abc").code, Win32::success);
}

TEST_F(RawTcpTest, DeviceThatNeverReadsRunsIntoTheIdleDeadline) {
    std::promise<void> over;
    Device device([&](int) { over.get_future().wait(); }, 4096);
    PortConfig port = port_to(device.port());
    port.settings["idle_timeout_ms"] = "200";
    const Outcome outcome = run(port, pattern(20'000'000));
    EXPECT_EQ(outcome.code, Win32::timeout);
    EXPECT_LT(outcome.sent, 20'000'000U);
    EXPECT_EQ(status(port).printer_status, printer_status::kOffline);
    over.set_value();
}

TEST_F(RawTcpTest, DeviceThatNeverReadsTheLastBytesTimesOutInFinish) {
    std::promise<void> over;
    Device device([&](int) { over.get_future().wait(); }, 4096);
    PortConfig port = port_to(device.port());
    port.settings["idle_timeout_ms"] = "200";
    // More than the device's buffer, less than ours: writing succeeds, delivery does not.
    const Outcome outcome = run(port, pattern(60'000));
    EXPECT_EQ(outcome.sent, 60'000U);
    EXPECT_EQ(outcome.code, Win32::timeout);
    over.set_value();
}

TEST_F(RawTcpTest, DeviceThatHasAllButNeverClosesGetsTheLingerTime) {
    std::promise<void> over;
    Device device([&](int connection) {
        Device::receive(connection);
        over.get_future().wait();
    });
    PortConfig port = port_to(device.port());
    port.settings["linger_timeout_ms"] = "100";
    EXPECT_EQ(run(port, "abc").code, Win32::success);
    over.set_value();
}

TEST_F(RawTcpTest, ResetInTheMiddleIsAnError) {
    Device device([](int connection) {
        Device::receive(connection, 100'000);
        Device::reset_on_close(connection);
    });
    EXPECT_EQ(run(port_to(device.port()), pattern(50'000'000)).code, Win32::connection_aborted);
}

TEST_F(RawTcpTest, ResetAfterTheLastByteButBeforeReadingItIsAnError) {
    Device device([](int connection) {
        char one = 0;
        (void)::recv(connection, &one, 1, 0);
        // Closing with unread data in the buffer makes the kernel send a reset.
    });
    const Outcome outcome = run(port_to(device.port()), pattern(20'000));
    EXPECT_EQ(outcome.code, Win32::connection_aborted);
}

TEST_F(RawTcpTest, DeviceThatClosesEarlyIsAnError) {
    std::promise<void> closed;
    Device device([](int connection) { Device::receive(connection, 10); });
    EXPECT_EQ(run(port_to(device.port()), pattern(30'000'000)).code, Win32::connection_aborted);
}

TEST_F(RawTcpTest, HalfClosedDeviceStillTakesTheDocument) {
    std::string received;
    Device device([&](int connection) {
        ::shutdown(connection, SHUT_WR);
        received = Device::receive(connection);
    });
    const std::string text = pattern(2'000'000);
    EXPECT_EQ(run(port_to(device.port()), text).code, Win32::success);
    device.join();
    EXPECT_TRUE(received == text);
}

TEST_F(RawTcpTest, TricklingDeviceRunsIntoTheTotalDeadlineOnly) {
    std::atomic<bool> over{false};
    Device device([&](int connection) {
        while (!over.load() && Device::receive(connection, 2'000).size() == 2'000) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }, 4096);
    PortConfig port = port_to(device.port());
    port.settings["idle_timeout_ms"] = "3000";
    port.settings["total_timeout_ms"] = "600";
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run(port, pattern(20'000'000)).code, Win32::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(600));
    over.store(true);
}

TEST_F(RawTcpTest, SilentNetworkRunsIntoTheConnectDeadline) {
    // A listener whose queue is full answers no further connection attempt.
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener, 0), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::vector<int> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        (void)::connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), size);
    }
    PortConfig port = port_to(ntohs(address.sin_port));
    port.settings["connect_timeout_ms"] = "200";
    EXPECT_EQ(run(port, "abc").code, Win32::timeout);
    for (const int filler : fillers) ::close(filler);
    ::close(listener);
}

TEST_F(RawTcpTest, CancellationEndsAWriteAtOnceAndResetsTheConnection) {
    std::promise<ssize_t> seen;
    std::promise<void> go;
    Device device([&](int connection) {
        go.get_future().wait();
        char buffer[4096];
        ssize_t count = 0;
        do {
            count = ::recv(connection, buffer, sizeof buffer, 0);
        } while (count > 0);
        seen.set_value(count);
    }, 4096);
    expect_cancelled(device, pattern(50'000'000));
    go.set_value();
    EXPECT_EQ(seen.get_future().get(), -1) << "an aborted document must not end like a complete one";
}

TEST_F(RawTcpTest, CancellationEndsFinish) {
    std::promise<void> over;
    Device device([&](int) { over.get_future().wait(); });
    expect_cancelled(device, "abc");
    over.set_value();
}

TEST_F(RawTcpTest, ValidationNamesWhatIsWrong) {
    const auto complaint = [&](const std::string& key, const std::string& value) {
        PortConfig port = port_to(9100);
        port.settings[key] = value;
        const Result<void> checked = monitor_.validate(port);
        EXPECT_EQ(base::code_of(checked), Win32::invalid_parameter) << key << "=" << value;
        return checked ? std::string() : checked.error().text();
    };
    EXPECT_TRUE(monitor_.validate(port_to(9100)));
    EXPECT_NE(complaint("host", "").find("host"), std::string::npos);
    complaint("host", "a b");
    complaint("host", std::string(256, 'a'));
    EXPECT_NE(complaint("port_number", "0").find("1 to 65535"), std::string::npos);
    complaint("port_number", "65536");
    complaint("port_number", "9100x");
    complaint("idle_timeout_ms", "0");
    complaint("connect_timeout_ms", "-1");
    complaint("total_timeout_ms", "99999999999999999999");
    EXPECT_NE(complaint("idle_timeout", "5").find("idle_timeout"), std::string::npos);
}

TEST_F(RawTcpTest, BadConfigurationFailsToOpen) {
    PortConfig port = port_to(9100);
    port.settings.erase("host");
    EXPECT_EQ(run(port, "abc").code, Win32::invalid_parameter);
}

}  // namespace
}  // namespace spooler
