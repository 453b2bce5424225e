// "Standard TCP/IP Port": the document's bytes over one TCP connection, usually to port 9100.
// Settings: host; port_number (9100); connect_timeout_ms (10 s); idle_timeout_ms (60 s without one byte taken); total_timeout_ms
// (4 h for one document, 0 = no limit); linger_timeout_ms (how long a device that has everything may take to close, as idle_timeout_ms).
// Kept for the clients that configure the port, without effect on printing: snmp_enabled, snmp_community, snmp_device_index, mib_index,
// queue, double_spool, device_type, idle_polling, device_id_oid.
#pragma once

#include "base/guarded.h"
#include "spooler/ports/port_monitor.h"

#include <unordered_map>

namespace spooler {

class RawTcpMonitor final : public PortMonitor {
 public:
    static constexpr std::string_view kName = "Standard TCP/IP Port";

    // `resolver` runs name look-ups, which block.
    explicit RawTcpMonitor(boost::asio::any_io_executor resolver) : resolver_(std::move(resolver)) {}

    std::string_view name() const override { return kName; }
    std::uint32_t port_type() const override { return port_type::kWrite | port_type::kRead | port_type::kNetAttached; }
    Result<void> validate(const PortConfig& port) const override;
    // Errors as in tcp_link.h.
    Task<Result<std::unique_ptr<PortSession>>> open(const PortConfig& port, const DocumentInfo& document) override;
    // By the outcome of the last attempt: nothing, or offline with the reason.
    Task<Result<PortStatus>> status(const PortConfig& port) override;
    Task<Result<std::vector<BidiValue>>> bidi(const PortConfig& port, std::uint32_t status) override;
    Task<Result<XcvReply>> xcv(PortConfig* port, const XcvRequest& request) override;

    // Last outcomes by folded port name; only troubles are kept.
    using Outcomes = base::Guarded<std::unordered_map<std::string, PortStatus>>;

 private:
    boost::asio::any_io_executor resolver_;
    std::shared_ptr<Outcomes> outcomes_ = std::make_shared<Outcomes>();
};

}  // namespace spooler
