#include "server/admin/command_helpers.h"

#include <array>

namespace server {
namespace {

using base::Result;
using base::Task;
using nlohmann::json;

constexpr std::array kPortArgument = {Argument{"port", "port name", true}};
constexpr std::array kAddArguments = {
    Argument{"port", "name of the new port", true},
    Argument{"monitor", "\"Standard TCP/IP Port\", \"Local Port\" or \"Null Port\"", true},
    Argument{"host", "name or address of the printer (Standard TCP/IP Port)"},
    Argument{"port_number", "TCP port, 9100 unless given"},
    Argument{"directory", "where files go (Local Port)"},
    Argument{"connect_timeout_ms", "deadline of the connection"},
    Argument{"idle_timeout_ms", "longest time without progress"},
    Argument{"total_timeout_ms", "longest time for one job"},
    Argument{"linger_timeout_ms", "longest wait for the printer to close after it took the job"},
    Argument{"description", "free text"},
};

json port_json(const spooler::PortConfig& port, const spooler::PortStatus& status) {
    json row;
    row["name"] = port.name;
    row["monitor"] = port.monitor;
    row["description"] = port.description;
    row["status"] = printer_status_words(status.printer_status);
    row["status_text"] = status.text;
    for (const auto& [key, value] : port.settings) row["settings"][key] = value;
    return row;
}

Task<Result<json>> list(AdminContext& context, const json& /*arguments*/) {
    json rows = json::array();
    auto& ports = context.spooler->ports();
    for (const auto& port : ports.list()) rows.push_back(port_json(port, ports.status(port.name)));
    co_return rows;
}

Task<Result<json>> add(AdminContext& context, const json& arguments) {
    spooler::PortConfig port;
    port.name = text_argument(arguments, "port");
    port.monitor = text_argument(arguments, "monitor");
    port.description = text_argument(arguments, "description");
    for (const char* key : {"host", "port_number", "directory", "connect_timeout_ms", "idle_timeout_ms", "total_timeout_ms", "linger_timeout_ms"}) {
        if (arguments.contains(key)) port.settings[key] = text_argument(arguments, key);
    }
    const spooler::PortConfig added = port;
    CO_TRY_VOID(co_await context.spooler->ports().add(std::move(port)));
    const spooler::PortStatus fresh;
    co_return port_json(added, fresh);
}

Task<Result<json>> remove(AdminContext& context, const json& arguments) {
    std::string name = text_argument(arguments, "port");
    CO_TRY_VOID(co_await context.spooler->remove_port(std::move(name)));
    co_return json::object();
}

constexpr std::array kCommands = {
    Command{"port-list", CommandRight::read, "all ports with their state", {}, &list},
    Command{"port-add", CommandRight::change, "add a port", kAddArguments, &add},
    Command{"port-delete", CommandRight::change, "delete a port that no printer uses", kPortArgument, &remove},
};

}  // namespace

std::span<const Command> port_commands() { return kCommands; }

}  // namespace server
