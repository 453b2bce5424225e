#include "storage/rows_port.h"

#include "base/utf.h"

#include <array>

namespace storage {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {"name_key"sv, "name"sv, "monitor"sv, "description"sv, "status"sv, "severity"sv, "status_text"sv};

}  // namespace

Result<PortRows> PortRows::prepare(Database& database) {
    PortRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("port", kColumns, 1)));
    TRY(rows.put_setting_, database.prepare("INSERT INTO port_setting(port_key,name,value) VALUES(?,?,?)"));
    TRY(rows.remove_settings_, database.prepare("DELETE FROM port_setting WHERE port_key=?"));
    TRY(rows.remove_, database.prepare("DELETE FROM port WHERE name_key=?"));
    return rows;
}

Result<void> PortRows::put(const spooler::PortConfig& port) {
    const std::string key = base::fold_utf8(port.name);
    BindCursor cursor(put_);
    cursor.text(key).text(port.name).text(port.monitor).text(port.description);
    cursor.integer(port.told.status).integer(port.told.severity).text(port.told.text);
    TRY_VOID(put_.run());
    TRY_VOID(remove_settings_.bind(1, key).run());
    for (const auto& setting : port.settings) {
        TRY_VOID(put_setting_.bind(1, key).bind(2, setting.first).bind(3, setting.second).run());
    }
    return {};
}

Result<void> PortRows::remove(std::string_view name) { return remove_.bind(1, base::fold_utf8(name)).run(); }

Result<std::vector<spooler::PortConfig>> PortRows::load(Database& database) {
    std::vector<spooler::PortConfig> ports;
    TRY(Statement select, database.prepare("SELECT p.name_key,p.name,p.monitor,p.description,p.status,p.severity,p.status_text,s.name,s.value FROM port p "
                                           "LEFT JOIN port_setting s ON s.port_key=p.name_key ORDER BY p.name_key"));
    std::string current_key;
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return ports;
        std::string key = select.text(0);
        if (ports.empty() || key != current_key) {
            spooler::PortConfig port;
            port.name = select.text(1);
            port.monitor = select.text(2);
            port.description = select.text(3);
            port.told.status = static_cast<std::uint32_t>(select.integer(4));
            port.told.severity = static_cast<std::uint32_t>(select.integer(5));
            port.told.text = select.text(6);
            // What SetPort would not have taken is damage: it must not stop a printer.
            if (port.told.status > spooler::port_status::kPowerSave || port.told.severity > spooler::port_status::kTypeInfo) port.told = {};
            ports.push_back(std::move(port));
            current_key = std::move(key);
        }
        if (!select.is_null(7)) ports.back().settings[select.text(7)] = select.text(8);
    }
}

}  // namespace storage
