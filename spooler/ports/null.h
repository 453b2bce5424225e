// "Null Port": takes every document and keeps nothing. For tests, measurements and queues that exist by name only.
#pragma once

#include "spooler/ports/port_monitor.h"

namespace spooler {

class NullMonitor final : public PortMonitor {
 public:
    static constexpr std::string_view kName = "Null Port";

    std::string_view name() const override { return kName; }
    Result<void> validate(const PortConfig& port) const override;
    Result<PortConfig> named(std::string_view port) const override;
    Task<Result<std::unique_ptr<PortSession>>> open(const PortConfig& port, const DocumentInfo& document) override;
    Task<Result<PortStatus>> status(const PortConfig& port) override;
    Task<Result<XcvReply>> xcv(PortConfig* port, const XcvRequest& request) override;
};

}  // namespace spooler
