#include "spooler/ports/raw_tcp.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"
#include "spooler/model/printer.h"
#include "spooler/ports/settings.h"
#include "spooler/ports/tcp_link.h"

#include <algorithm>
#include <optional>

namespace spooler {

using base::Error;
using base::Win32;

namespace {

constexpr std::size_t kMaxHostChars = 255;                         // RFC 1035

struct TcpPort {
    TcpTarget target;
    TcpDeadlines deadlines;
};

bool is_host(const std::string& host) {
    if (host.empty() || host.size() > kMaxHostChars) return false;
    return std::all_of(host.begin(), host.end(), [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u > 0x20 && u < 0x7F && c != '/' && c != '\\' && c != ',' && c != '"';
    });
}

Result<TcpPort> parse(const PortConfig& port) {
    TRY_VOID(only_settings(port, {"host", "port_number", "connect_timeout_ms", "idle_timeout_ms", "total_timeout_ms", "linger_timeout_ms",
                                  "snmp_enabled", "snmp_community", "snmp_device_index", "mib_index", "queue", "double_spool",
                                  "device_type", "idle_polling", "device_id_oid"}));
    TcpPort parsed;
    parsed.target.host = setting_text(port, "host");
    if (!is_host(parsed.target.host)) return bad_port(port, "host is \"" + parsed.target.host + "\", must be the name or address of the printer");
    TRY(const std::uint64_t number, setting_number(port, "port_number", 9100, 1, 65535));
    parsed.target.port = static_cast<std::uint16_t>(number);
    TRY(parsed.deadlines.connect, setting_duration(port, "connect_timeout_ms", 10'000, 1));
    TRY(parsed.deadlines.idle, setting_duration(port, "idle_timeout_ms", 60'000, 1));
    TRY(parsed.deadlines.total, setting_duration(port, "total_timeout_ms", 14'400'000, 0));
    const auto idle = static_cast<std::uint64_t>(parsed.deadlines.idle.count());
    TRY(parsed.deadlines.linger, setting_duration(port, "linger_timeout_ms", idle, 0));
    return parsed;
}

void remember(RawTcpMonitor::Outcomes& outcomes, const std::string& key, const Result<void>& outcome) {
    // A cancelled document says nothing about the device.
    if (!outcome && outcome.error().code() == Win32::operation_aborted) return;
    outcomes.with([&](auto& map) {
        if (outcome) {
            map.erase(key);
            return;
        }
        // Ports that were removed in trouble leave their entry; there are never more troubles than ports.
        if (map.size() > base::limits::kMaxPorts) map.clear();
        PortStatus status;
        status.printer_status = printer_status::kOffline;
        status.text = outcome.error().text();
        map[key] = std::move(status);
    });
}

class RawTcpSession final : public PortSession {
 public:
    RawTcpSession(std::unique_ptr<TcpLink> link, std::shared_ptr<RawTcpMonitor::Outcomes> outcomes, std::string port, JobId job)
        : link_(std::move(link)), outcomes_(std::move(outcomes)), port_(std::move(port)), job_(job) {}

    Task<Result<std::size_t>> write(ByteView data) override {
        auto count = co_await link_->write(data);
        if (!count) note(count.error());
        co_return count;
    }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override { co_return link_->read(into); }
    Task<Result<void>> finish() override {
        auto done = co_await link_->finish();
        if (done) {
            const Result<void> good;
            remember(*outcomes_, base::fold_utf8(port_), good);
            log("document delivered", "success");
        } else {
            note(done.error());
        }
        co_return done;
    }

 private:
    void note(const Error& error) {
        remember(*outcomes_, base::fold_utf8(port_), Result<void>(error));
        log("document not delivered", error.to_string());
    }
    void log(std::string_view message, const std::string& outcome) const {
        base::log::write(base::log::Level::debug, message, {{"port", port_}, {"job", job_}, {"bytes", link_->bytes_sent()}, {"outcome", outcome}});
    }

    std::unique_ptr<TcpLink> link_;
    std::shared_ptr<RawTcpMonitor::Outcomes> outcomes_;
    std::string port_;
    JobId job_;
};

}  // namespace

Result<void> RawTcpMonitor::validate(const PortConfig& port) const {
    TRY_VOID(parse(port));
    return {};
}

Task<Result<std::unique_ptr<PortSession>>> RawTcpMonitor::open(const PortConfig& port, const DocumentInfo& document) {
    // Copies: the monitor and its arguments may go while the device makes us wait.
    const std::shared_ptr<Outcomes> outcomes = outcomes_;
    const std::string name = port.name;
    const JobId job = document.job;
    const Result<TcpPort> parsed = parse(port);
    if (!parsed) co_return parsed.error();
    auto link = co_await TcpLink::open(resolver_, parsed->target, parsed->deadlines);
    if (!link) {
        remember(*outcomes, base::fold_utf8(name), Result<void>(link.error()));
        co_return std::move(link).error();
    }
    co_return std::unique_ptr<PortSession>(std::make_unique<RawTcpSession>(std::move(link).value(), outcomes, name, job));
}

Task<Result<PortStatus>> RawTcpMonitor::status(const PortConfig& port) {
    const std::string key = base::fold_utf8(port.name);
    co_return outcomes_->with([&](auto& map) -> Result<PortStatus> {
        const auto at = map.find(key);
        return at == map.end() ? PortStatus() : at->second;
    });
}

namespace {

struct StateReason {
    std::uint32_t bits;
    std::string_view name;
};
constexpr StateReason kReasons[] = {                               // the worst first
    {printer_status::kPaperJam, "MediaJam"},
    {printer_status::kDoorOpen, "DoorOpen"},
    {printer_status::kPaperOut, "MediaEmpty"},
    {printer_status::kPaperProblem, "MediaNeeded"},
    {printer_status::kNoToner, "MarkerSupplyEmpty"},
    {printer_status::kOutputBinFull, "OutputAreaFull"},
    {printer_status::kOffline, "Offline"},
    {printer_status::kUserIntervention | printer_status::kOutOfMemory | printer_status::kError, "AttentionRequired"},
    {printer_status::kTonerLow, "MarkerSupplyLow"},
    {printer_status::kPowerSave, "PowerSave"},
    {printer_status::kWarmingUp, "WarmingUp"},
};
constexpr std::uint32_t kHarmless = printer_status::kTonerLow | printer_status::kPowerSave | printer_status::kWarmingUp |
                                    printer_status::kPrinting | printer_status::kBusy | printer_status::kProcessing;

BidiValue bidi_value(std::string_view schema, BidiValue::Kind kind, std::string_view value) {
    BidiValue made;
    made.schema = schema;
    made.kind = kind;
    made.value = value;
    return made;
}

}  // namespace

Task<Result<std::vector<BidiValue>>> RawTcpMonitor::bidi(const PortConfig& port, std::uint32_t status) {
    const std::string host = setting_text(port, "host");
    const std::string device_type = setting_text(port, "device_type");
    const std::string name = port.name;
    auto last = co_await this->status(port);
    if (last) status |= last->printer_status;
    std::string_view state = (status & printer_status::kPrinting) != 0 ? "Processing" : "Idle";
    if ((status & ~kHarmless) != 0) state = "Stopped";
    std::string_view reason = "None";
    for (const StateReason& one : kReasons) {
        if ((status & one.bits) == 0) continue;
        reason = one.name;
        break;
    }
    std::vector<BidiValue> values;
    values.push_back(bidi_value("\\Printer.Status.Summary:State", BidiValue::Kind::enumeration, state));
    values.push_back(bidi_value("\\Printer.Status.Summary:StateReason", BidiValue::Kind::enumeration, reason));
    values.push_back(bidi_value("\\Printer.Extension.Port:Name", BidiValue::Kind::text, name));
    values.push_back(bidi_value("\\Printer.Extension.Port:HostAddress", BidiValue::Kind::text, host));
    if (!device_type.empty()) values.push_back(bidi_value("\\Printer.Extension.Port:DeviceType", BidiValue::Kind::text, device_type));
    co_return values;
}

Task<Result<XcvReply>> RawTcpMonitor::xcv(PortConfig* /*port*/, const XcvRequest& request) {
    co_return Error(Win32::not_supported, "Xcv command \"" + request.command + "\"");
}

}  // namespace spooler
