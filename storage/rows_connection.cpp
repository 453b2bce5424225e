#include "storage/rows_connection.h"

#include "base/utf.h"

#include <array>

namespace storage {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {"name_key"sv, "name"sv, "server"sv, "provider"sv};

}  // namespace

Result<ConnectionRows> ConnectionRows::prepare(Database& database) {
    ConnectionRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("connection", kColumns, 1)));
    TRY(rows.remove_, database.prepare("DELETE FROM connection WHERE name_key=?"));
    return rows;
}

Result<void> ConnectionRows::put(const spooler::Connection& connection) {
    const std::string key = base::fold_utf8(connection.name);
    BindCursor cursor(put_);
    cursor.text(key).text(connection.name).text(connection.server).text(connection.provider);
    return put_.run();
}

Result<void> ConnectionRows::remove(std::string_view name) { return remove_.bind(1, base::fold_utf8(name)).run(); }

Result<std::vector<spooler::Connection>> ConnectionRows::load(Database& database) {
    std::vector<spooler::Connection> connections;
    TRY(Statement select, database.prepare("SELECT name,server,provider FROM connection ORDER BY name_key"));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return connections;
        spooler::Connection connection;
        connection.name = select.text(0);
        connection.server = select.text(1);
        connection.provider = select.text(2);
        connections.push_back(std::move(connection));
    }
}

}  // namespace storage
