#include "spooler/connections.h"

#include "base/limits.h"
#include "base/utf.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using Table = std::map<std::string, Connection>;

void Connections::load(std::vector<Connection> connections) {
    connections_.with([&](Table& table) {
        for (Connection& connection : connections) {
            std::string key = base::fold_utf8(connection.name);
            table.insert_or_assign(std::move(key), std::move(connection));
        }
    });
}

std::vector<Connection> Connections::list() const {
    return connections_.with([](const Table& table) {
        std::vector<Connection> all;
        all.reserve(table.size());
        for (const auto& entry : table) all.push_back(entry.second);
        return all;
    });
}

Task<Result<void>> Connections::add(Connection connection) {
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(connection.name);
    auto ticket = connections_.with([&](Table& table) -> Result<Ticket> {
        if (table.count(key) != 0) return Error(Win32::printer_already_exists, connection.name);
        if (table.size() >= base::limits::kMaxMachineConnections) return Error(Win32::not_enough_quota, "too many connections");
        table.emplace(key, connection);
        return store_.enqueue(ConnectionPut{connection});
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

Task<Result<void>> Connections::remove(std::string name) {
    CO_TRY_VOID(store_.accepting());
    const std::string key = base::fold_utf8(name);
    auto ticket = connections_.with([&](Table& table) -> Result<Ticket> {
        if (table.erase(key) == 0) return Error(Win32::invalid_printer_name, "no such connection");
        return store_.enqueue(ConnectionDelete{name});
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await store_.durable(*ticket);
}

}  // namespace spooler
