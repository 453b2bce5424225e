// Per-machine connections: [MS-RPRN] 3.1.4.2.24 to .26, [MS-PAR] 3.1.4.1.22 to .24. Names are checked for their form only, and nothing
// ever connects to them.
#include "base/utf.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

constexpr std::string_view kDefaultProvider = "win32spl.dll";
constexpr std::uint32_t kAttributeNetwork = 0x10;

struct ConnectionRow {
    std::string name, server;
    [[nodiscard]] Text name_text() const { return Text(name); }
    [[nodiscard]] Text server_text() const { return Text(server); }
};
template <Text (ConnectionRow::*Member)() const>
Text row_text(const ConnectionRow& row) {
    return (row.*Member)();
}
constexpr Field<ConnectionRow> kConnectionInfo4[] = {
    str<&row_text<&ConnectionRow::name_text>>("PrinterName"),
    str<&row_text<&ConnectionRow::server_text>>("ServerName"),
    u32_constant<ConnectionRow, kAttributeNetwork>("Attributes"),
};
constexpr Level<ConnectionRow> kConnectionLevel = {4, 12, kConnectionInfo4};

bool has_controls(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// "\\server\printer" with neither part empty.
Result<std::string> connection_name(const ndr::WStr& text) {
    TRY(std::string name, checked_text(text, base::limits::kMaxPrinterNameChars, Win32::invalid_printer_name));
    const std::size_t end = name.find('\\', 2);
    const bool formed = name.size() > 4 && name.compare(0, 2, "\\\\") == 0 && end != std::string::npos && end > 2 && end + 1 < name.size();
    if (!formed || has_controls(name) || name.find_first_of("\\,", end + 1) != std::string::npos || name.find(',') != std::string::npos) {
        return Error(Win32::invalid_printer_name, name);
    }
    return name;
}

}  // namespace

// [MS-RPRN] 3.1.4.2.24 RpcAddPerMachineConnection
Outcome WinspoolService::add_per_machine_connection(dcerpc::Call& call, const op::AddPerMachineConnection::In& in,
                                                    op::AddPerMachineConnection::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pServer));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    spooler::Connection connection;
    CO_TRY(connection.name, connection_name(in.pPrinterName));
    CO_TRY(connection.server, checked_text(in.pPrintServer, base::limits::kMaxServerNameChars, Win32::invalid_name));
    CO_TRY(connection.provider, checked_text(in.pProvider));
    // A provider is code, and this server has none but the one that all Windows servers have.
    const bool usual = connection.provider.empty() || base::equal_names(std::string_view(connection.provider), kDefaultProvider);
    if (!usual) co_return Error(Win32::file_not_found, connection.provider);
    connection.provider = kDefaultProvider;
    if (has_controls(connection.server)) co_return Error(Win32::invalid_name, "server name");
    const std::string name = connection.name;
    CO_TRY_VOID(co_await spooler_.connections().add(std::move(connection)));
    changed(call, "per-machine connection added", {{"connection", name}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.25 RpcDeletePerMachineConnection
Outcome WinspoolService::delete_per_machine_connection(dcerpc::Call& call, const op::DeletePerMachineConnection::In& in,
                                                       op::DeletePerMachineConnection::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pServer));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pPrinterName);
    CO_TRY_VOID(co_await spooler_.connections().remove(name));
    changed(call, "per-machine connection deleted", {{"connection", name}});
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.2.26 RpcEnumPerMachineConnections: not access-checked.
Outcome WinspoolService::enum_per_machine_connections(dcerpc::Call& call, const op::EnumPerMachineConnections::In& in,
                                                      op::EnumPerMachineConnections::Out& out) {
    const InfoReply reply = info_reply(out.pPrinterEnum, in.cbBuf, out);
    CO_TRY_VOID(server_context(in.pServer));
    Rows<ConnectionRow> rows;
    for (spooler::Connection& connection : spooler_.connections().list()) {
        ConnectionRow row;
        row.name = std::move(connection.name);
        row.server = std::move(connection.server);
        rows.rows.push_back(std::move(row));
    }
    co_return answer(call, {}, kConnectionLevel, std::move(rows), reply);
}

}  // namespace server
