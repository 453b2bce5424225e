// FlushPrinter: bytes to a port outside of any document, for drivers whose document was cancelled in the middle.
#include "base/limits.h"
#include "spooler/core.h"
#include "spooler/spooler.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

// A port that is held without a document. stop() waits for it.
class PortHold {
 public:
    PortHold(std::shared_ptr<SpoolerCore> core, std::string port) : core_(std::move(core)), port_(std::move(port)) {
        core_->deliveries.enter();
    }
    PortHold(const PortHold&) = delete;
    PortHold& operator=(const PortHold&) = delete;
    ~PortHold() {
        core_->deliveries.leave();
        if (rest_.count() == 0) {
            core_->locks.release(port_);
            return;
        }
        core_->timers.schedule(core_->deps.clock.steady_now() + rest_, [core = std::weak_ptr<SpoolerCore>(core_), port = port_] {
            if (const auto alive = core.lock()) alive->locks.release(port);
        });
    }
    // The next one gets the port so long after this one is gone.
    void rest(std::chrono::milliseconds time) { rest_ = time; }

 private:
    std::shared_ptr<SpoolerCore> core_;
    std::string port_;
    std::chrono::milliseconds rest_{0};
};

Task<Result<void>> send(PortCatalog::Found port, base::ByteView data) {
    if (data.empty()) co_return Result<void>();
    const DocumentInfo nameless;
    CO_TRY(std::unique_ptr<PortSession> session, co_await port.monitor->open(port.config, nameless));
    while (!data.empty()) {
        CO_TRY(const std::size_t taken, co_await session->write(data));
        if (taken == 0 || taken > data.size()) co_return Error(Win32::write_fault, "the port accepted nothing");
        data = data.subspan(taken);
    }
    co_return co_await session->finish();
}

}  // namespace

Task<Result<std::uint32_t>> Spooler::flush_port(std::string name, base::ByteView data, std::chrono::milliseconds rest) {
    const std::shared_ptr<SpoolerCore> core = core_;
    if (core->stopping.load()) co_return Error(Win32::rpc_s_server_unavailable, "the server is stopping");
    CO_TRY(PortCatalog::Found port, core->ports.find(name));
    if (port.config.told.stops_printing()) co_return Error(Win32::busy, "SetPort stopped the port");
    if (!core->locks.try_acquire(name)) co_return Error(Win32::busy, "the port prints another document");
    PortHold hold(core, std::move(name));
    data = data.first(std::min(data.size(), base::limits::kMaxWriteBytes));
    CO_TRY_VOID(co_await send(std::move(port), data));
    hold.rest(rest);
    co_return static_cast<std::uint32_t>(data.size());
}

}  // namespace spooler
