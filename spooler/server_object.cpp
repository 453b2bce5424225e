#include "spooler/server_object.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/utf.h"

namespace spooler {
namespace {

using base::Error;
using base::Result;
using base::Win32;

constexpr std::string_view kSecurityValue = "SecurityDescriptor";  // stored beside the values, never shown as one

// The values a client may write, with their defaults [MS-RPRN] 2.2.3.11.
std::vector<DataValue> writable_values(const ServerSettings& settings) {
    std::vector<DataValue> values;
    values.push_back(dword_value("BeepEnabled", 0));
    values.push_back(text_value("DefaultSpoolDirectory", settings.spool_directory));
    values.push_back(dword_value("EventLog", 0));
    values.push_back(dword_value("PortThreadPriority", 0));
    values.push_back(dword_value("SchedulerThreadPriority", 0));
    values.push_back(dword_value("RestartJobOnPoolEnabled", 1));
    values.push_back(dword_value("RestartJobOnPoolError", 600));
    values.push_back(text_value("PrintDriverIsolationGroups", ""));
    values.push_back(dword_value("PrintDriverIsolationTimeBeforeRecycle", 0));
    values.push_back(dword_value("PrintDriverIsolationMaxobjsBeforeRecycle", 0));
    values.push_back(dword_value("PrintDriverIsolationIdleTimeout", 0));
    values.push_back(dword_value("V4DriverDisallowPrinterUIApp", 0));
    return values;
}

// OSVERSIONINFO, or the EX form with `extended`: structures C.1.
base::ByteBuffer os_version(const ServerSettings& settings, std::size_t size) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    writer.u32(static_cast<std::uint32_t>(size));
    writer.u32(settings.os_major);
    writer.u32(settings.os_minor);
    writer.u32(settings.os_build);
    writer.u32(2);                                                 // VER_PLATFORM_WIN32_NT
    bytes.resize(size);
    if (size > 282) bytes[282] = std::byte{3};                     // VER_NT_SERVER
    return bytes;
}

std::vector<DataValue> fixed_values(const ServerSettings& settings) {
    std::vector<DataValue> values;
    values.push_back(text_value("Architecture", settings.environment));
    values.push_back(text_value("DNSMachineName", settings.dns_name));
    values.push_back(dword_value("DsPresent", settings.domain_member ? 1 : 0));
    values.push_back(dword_value("DsPresentForUser", settings.domain_member ? 1 : 0));
    values.push_back(dword_value("MajorVersion", 3));              // the driver version, not the operating system's
    values.push_back(dword_value("MinorVersion", 0));
    values.push_back(binary_value("OSVersion", os_version(settings, 276)));
    values.push_back(binary_value("OSVersionEx", os_version(settings, 284)));
    values.push_back(dword_value("PortThreadPriorityDefault", 0));
    values.push_back(dword_value("SchedulerThreadPriorityDefault", 0));
    values.push_back(dword_value("RemoteFax", 0));
    values.push_back(dword_value("W3SvcInstalled", 0));
    values.push_back(dword_value("PrintDriverIsolationExecutionPolicy", 0));
    values.push_back(dword_value("PrintDriverIsolationOverrideCompat", 0));
    return values;
}

// THREAD_PRIORITY_* [MS-RPRN] 2.2.3.10.6
bool is_priority(const base::ByteBuffer& data) {
    base::ByteReader reader(data);
    const auto value = static_cast<std::int32_t>(reader.u32());
    return value >= -2 && value <= 2;
}

bool acceptable(const DataValue& now, const DataValue& wanted) {
    if (now.type != wanted.type || wanted.data.size() > base::limits::kMaxDataValueBytes) return false;
    const bool priority = now.name == "PortThreadPriority" || now.name == "SchedulerThreadPriority";
    if (priority && wanted.data.size() == 4 && !is_priority(wanted.data)) return false;
    if (wanted.type == ValueType::dword) return wanted.data.size() == 4;
    if (wanted.type != ValueType::sz || wanted.data.size() < 2 || wanted.data.size() % 2 != 0) return false;
    return wanted.data[wanted.data.size() - 1] == std::byte{0} && wanted.data[wanted.data.size() - 2] == std::byte{0};
}

}  // namespace

ServerObject::ServerObject(Store& store, EventSink& events, const base::FileTime& started, ServerSettings settings, Version& version)
    : store_(store),
      events_(events),
      started_(started),
      settings_(std::move(settings)),
      names_(settings_.name, settings_.dns_name, settings_.aliases),
      state_(version) {
    state_.with([&](State& state) {
        state.security = default_server_security();
        for (DataValue& value : writable_values(settings_)) {
            std::string key = base::fold_utf8(value.name);
            state.values.emplace(std::move(key), std::move(value));
        }
    });
}

void ServerObject::load(const std::vector<DataValue>& values) {
    state_.with([&](State& state) {
        for (const DataValue& value : values) {
            if (value.name == kSecurityValue) {
                auto parsed = base::parse_security_descriptor(value.data);
                if (parsed && parsed->dacl_present) {              // we always write one: without it everybody may do everything
                    state.security = std::make_shared<const base::SecurityDescriptor>(std::move(parsed->descriptor));
                } else {
                    base::log::error("stored server security descriptor is damaged, using the default",
                                     {{"error", parsed ? std::string("no DACL") : parsed.error().to_string()}});
                }
                continue;
            }
            const auto at = state.values.find(base::fold_utf8(value.name));
            if (at != state.values.end() && acceptable(at->second, value)) at->second.data = value.data;
        }
    });
}

std::uint32_t ServerObject::version_word() const {
    return (settings_.os_major & 0xFFU) | ((settings_.os_minor & 0xFFU) << 8U) | (settings_.os_build << 16U);
}

SecurityPtr ServerObject::security() const {
    return state_.with([](const State& state) { return state.security; });
}

base::Task<Result<void>> ServerObject::set_security(SecurityPtr security) {
    CO_TRY_VOID(check_storable(*security));
    CO_TRY_VOID(store_.accepting());
    const Ticket ticket = state_.with([&](State& state) {
        state.security = security;
        return store_.enqueue(ServerValuePut{binary_value(std::string(kSecurityValue), base::to_bytes(*security))});
    });
    co_return co_await store_.durable(ticket);
}

Result<DataValue> ServerObject::value(std::string_view name) const {
    for (DataValue& value : fixed_values(settings_)) {
        if (base::equal_names(std::string_view(value.name), name)) return std::move(value);
    }
    const std::string key = base::fold_utf8(name);
    return state_.with([&](const State& state) -> Result<DataValue> {
        const auto at = state.values.find(key);
        if (at == state.values.end()) return Error(Win32::invalid_parameter, "no such server value");
        return at->second;
    });
}

std::vector<DataValue> ServerObject::values() const {
    std::map<std::string, DataValue> all = state_.with([](const State& state) { return state.values; });
    for (DataValue& value : fixed_values(settings_)) {
        std::string key = base::fold_utf8(value.name);
        all.emplace(std::move(key), std::move(value));
    }
    std::vector<DataValue> result;
    for (auto& [key, value] : all) result.push_back(std::move(value));
    return result;
}

base::Task<Result<void>> ServerObject::set_value(DataValue value) {
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(value.name);
    auto ticket = state_.with([&](State& state) -> Result<Ticket> {
        const auto at = state.values.find(key);
        if (at == state.values.end()) return Error(Win32::invalid_parameter, "not a writable server value");
        if (!acceptable(at->second, value)) return Error(Win32::invalid_parameter, "type or size of a server value");
        at->second.data = value.data;
        Event event;
        event.object = EventObject::server;
        event.change = printer_change::kServer;
        event.name = at->second.name;
        events_.publish(std::move(event));
        return store_.enqueue(ServerValuePut{at->second});
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

}  // namespace spooler
