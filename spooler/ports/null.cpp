#include "spooler/ports/null.h"

#include "spooler/ports/settings.h"

namespace spooler {

namespace {

class NullSession final : public PortSession {
 public:
    Task<Result<std::size_t>> write(ByteView data) override { co_return data.size(); }
    Task<Result<std::size_t>> read(std::span<std::byte> /*into*/) override { co_return std::size_t{0}; }
    Task<Result<void>> finish() override { co_return Result<void>(); }
};

}  // namespace

Result<void> NullMonitor::validate(const PortConfig& port) const { return only_settings(port, {}); }

Result<PortConfig> NullMonitor::named(std::string_view port) const {
    PortConfig config;
    config.name = port;
    config.monitor = kName;
    return config;
}

Task<Result<std::unique_ptr<PortSession>>> NullMonitor::open(const PortConfig& /*port*/, const DocumentInfo& /*document*/) {
    co_return std::unique_ptr<PortSession>(std::make_unique<NullSession>());
}

Task<Result<PortStatus>> NullMonitor::status(const PortConfig& /*port*/) { co_return PortStatus(); }

Task<Result<XcvReply>> NullMonitor::xcv(PortConfig* /*port*/, const XcvRequest& request) {
    co_return base::Error(base::Win32::not_supported, "Xcv command \"" + request.command + "\"");
}

}  // namespace spooler
