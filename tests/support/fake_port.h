// A port monitor whose devices do what a test says: swallow, refuse, break in the middle, hang. Ports are told apart by name.
#pragma once

#include "base/async_event.h"
#include "base/guarded.h"
#include "base/utf.h"
#include "spooler/ports/language_monitor.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

class FakeMonitor final : public spooler::PortMonitor {
 public:
    struct Device {
        // --- script ---
        std::optional<base::Error> open_error;                     // every open fails
        std::optional<base::Error> break_with;                     // writing fails …
        std::size_t break_after = 0;                               // … when this many bytes of a document went through; once
        std::optional<base::Error> finish_error;                   // once
        std::size_t write_limit = 1U << 20U;                       // bytes accepted by one write
        std::shared_ptr<base::AsyncEvent> hold;                    // writes wait for it
        std::string says;                                          // what the device sends back
        // --- record ---
        std::vector<std::string> documents;                        // finished ones
        std::vector<spooler::DocumentInfo> infos;                  // of every open
        std::string partial;                                       // of the session that is open
        int open_sessions = 0, most_sessions = 0, aborted = 0, opens = 0;
    };

    [[nodiscard]] std::string_view name() const override { return "Fake Port"; }
    [[nodiscard]] std::uint32_t port_type() const override { return type; }
    std::uint32_t type = spooler::port_type::kWrite;               // set before use
    base::Result<void> validate(const spooler::PortConfig& port) const override {
        if (port.settings.count("bad") != 0) return base::Error(base::Win32::invalid_parameter, "bad");
        return {};
    }
    base::Task<base::Result<std::unique_ptr<spooler::PortSession>>> open(const spooler::PortConfig& port,
                                                                         const spooler::DocumentInfo& document) override;
    base::Task<base::Result<spooler::PortStatus>> status(const spooler::PortConfig& /*port*/) override { co_return spooler::PortStatus(); }
    base::Task<base::Result<spooler::XcvReply>> xcv(spooler::PortConfig* /*port*/, const spooler::XcvRequest& /*request*/) override {
        co_return base::Error(base::Win32::not_supported);
    }

    // Changes or reads a device; made on first use.
    template <class Function>
    auto with(const std::string& port, Function&& function) {
        return devices_.with([&](std::map<std::string, Device>& devices) { return function(devices[port]); });
    }
    std::vector<std::string> documents(const std::string& port) {
        return with(port, [](Device& device) { return device.documents; });
    }

 private:
    base::Guarded<std::map<std::string, Device>> devices_;
};

class FakeSession final : public spooler::PortSession {
 public:
    FakeSession(FakeMonitor& monitor, std::string port) : monitor_(monitor), port_(std::move(port)) {}
    ~FakeSession() override {
        monitor_.with(port_, [&](FakeMonitor::Device& device) {
            --device.open_sessions;
            if (!finished_) ++device.aborted;
            device.partial.clear();
        });
    }
    base::Task<base::Result<std::size_t>> write(spooler::ByteView data) override {
        const auto hold = monitor_.with(port_, [](FakeMonitor::Device& device) { return device.hold; });
        if (hold) {
            co_await hold->wait();
            if (!hold->is_set()) co_return base::Error(base::Win32::operation_aborted, "cancelled");
        }
        co_return monitor_.with(port_, [&](FakeMonitor::Device& device) { return take(device, data); });
    }
    base::Task<base::Result<std::size_t>> read(std::span<std::byte> into) override {
        co_return monitor_.with(port_, [&](FakeMonitor::Device& device) {
            const std::size_t count = std::min(into.size(), device.says.size());
            std::copy_n(base::as_bytes(device.says).begin(), count, into.begin());
            device.says.erase(0, count);
            return count;
        });
    }
    base::Task<base::Result<void>> finish() override {
        co_return monitor_.with(port_, [&](FakeMonitor::Device& device) -> base::Result<void> {
            if (device.finish_error) return std::move(*std::exchange(device.finish_error, std::nullopt));
            device.documents.push_back(std::exchange(device.partial, std::string()));
            finished_ = true;
            return {};
        });
    }

 private:
    static base::Result<std::size_t> take(FakeMonitor::Device& device, spooler::ByteView data) {
        std::size_t count = std::min(data.size(), device.write_limit);
        if (device.break_with) {
            if (device.partial.size() >= device.break_after) return std::move(*std::exchange(device.break_with, std::nullopt));
            count = std::min(count, device.break_after - device.partial.size());
        }
        device.partial.append(base::as_text(data.first(count)));
        return count;
    }

    FakeMonitor& monitor_;
    std::string port_;
    bool finished_ = false;
};

inline base::Task<base::Result<std::unique_ptr<spooler::PortSession>>> FakeMonitor::open(const spooler::PortConfig& port,
                                                                                         const spooler::DocumentInfo& document) {
    auto error = with(port.name, [&](Device& device) {
        ++device.opens;
        device.infos.push_back(document);
        if (!device.open_error) device.most_sessions = std::max(device.most_sessions, ++device.open_sessions);
        return device.open_error;
    });
    if (error) co_return *error;
    co_return std::unique_ptr<spooler::PortSession>(std::make_unique<FakeSession>(*this, port.name));
}

// Puts a line before and behind each document, and answers "@" to everything that the device says.
class FakeLanguage final : public spooler::LanguageMonitor {
 public:
    class Session final : public spooler::PortSession {
     public:
        explicit Session(std::unique_ptr<spooler::PortSession> inner) : inner_(std::move(inner)) {}
        base::Task<base::Result<std::size_t>> write(spooler::ByteView data) override { co_return co_await inner_->write(data); }
        base::Task<base::Result<std::size_t>> read(std::span<std::byte> into) override {
            CO_TRY(const std::size_t count, co_await inner_->read(into));
            std::fill_n(into.begin(), count, std::byte{'@'});
            co_return count;
        }
        base::Task<base::Result<void>> finish() override {
            CO_TRY_VOID(co_await inner_->write(base::as_bytes(kEnd)));
            co_return co_await inner_->finish();
        }

     private:
        std::unique_ptr<spooler::PortSession> inner_;
    };

    static constexpr std::string_view kBegin = "<begin>", kEnd = "<end>";
    [[nodiscard]] std::string_view name() const override { return "Fake Language"; }
    base::Task<base::Result<std::unique_ptr<spooler::PortSession>>> start(std::unique_ptr<spooler::PortSession> session,
                                                                          const spooler::DocumentInfo& /*document*/) override {
        CO_TRY_VOID(co_await session->write(base::as_bytes(kBegin)));
        co_return std::unique_ptr<spooler::PortSession>(std::make_unique<Session>(std::move(session)));
    }
};

class FakeMonitors final : public spooler::MonitorSource {
 public:
    std::shared_ptr<FakeLanguage> language = std::make_shared<FakeLanguage>();
    [[nodiscard]] spooler::LanguageMonitorPtr language_monitor(std::string_view wanted) const override {
        return base::equal_names(wanted, language->name()) ? language : nullptr;
    }
    std::shared_ptr<FakeMonitor> fake = std::make_shared<FakeMonitor>();
    std::vector<spooler::PortMonitorPtr> more;                     // real ones, when a test wants them
    [[nodiscard]] spooler::PortMonitorPtr find(std::string_view monitor) const override {
        for (const spooler::PortMonitorPtr& one : monitors()) {
            if (base::equal_names(one->name(), monitor)) return one;
        }
        return nullptr;
    }
    [[nodiscard]] std::vector<spooler::PortMonitorPtr> monitors() const override {
        std::vector<spooler::PortMonitorPtr> all = more;
        all.insert(all.begin(), fake);
        return all;
    }
};

}  // namespace test_support
