// The verbs behind which Windows makes several calls of a print server, each in the order of Windows.
#include "tools/probe/invoke.h"

namespace probe {
namespace {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

// The calls of one such verb: their replies in order. A refusal of one of them does not end the sequence, as on Windows.
struct Sequence {
    std::shared_ptr<Context> context;
    json steps = json::array();
    std::string handle, connection = "main";

    [[nodiscard]] json row(const char* verb) const {
        json row;
        row["verb"] = verb;
        row["connection"] = connection;
        return row;
    }
    // One on the printer's handle.
    [[nodiscard]] json on_printer(const char* verb) const {
        json result = row(verb);
        result["handle"] = handle;
        return result;
    }
};

Task<Result<json>> step(Sequence& sequence, json row) {
    CO_TRY(json reply, co_await invoke(sequence.context, row));
    reply["asked"] = row;
    sequence.steps.push_back(reply);
    co_return reply;
}

Task<Result<json>> open(Sequence& sequence, json row) {
    json wanted = sequence.row("OpenPrinter");
    wanted["printer"] = row.value("printer", "");
    wanted["access"] = row.contains("access") ? row["access"] : json(8);
    if (row.contains("as")) wanted["as"] = row["as"];
    CO_TRY(const json reply, co_await step(sequence, wanted));
    if (reply["code"] == 0) sequence.handle = reply["pHandle"].get<std::string>();
    co_return reply;
}

// Every key below `key`, each with its values.
Task<Result<void>> read_keys(Sequence& sequence, std::string key) {
    constexpr std::size_t kMostKeys = 1000;
    json row = sequence.on_printer("EnumPrinterKey");
    row["pKeyName"] = key;
    CO_TRY(const json keys, co_await step(sequence, row));
    const json names = keys.contains("info") ? keys["info"] : json::array();
    for (const json& name : names) {
        const std::string below = key.empty() ? name.get<std::string>() : key + "\\" + name.get<std::string>();
        json values = sequence.on_printer("EnumPrinterDataEx");
        values["pKeyName"] = below;
        CO_TRY(const json read, co_await step(sequence, values));
        if (sequence.steps.size() > kMostKeys) co_return Error(Win32::invalid_data, "too many keys");
        CO_TRY_VOID(co_await read_keys(sequence, below));
    }
    co_return Result<void>();
}

Task<Result<void>> read_driver(Sequence& sequence) {
    json row = sequence.on_printer("GetPrinterDriver");
    row["Level"] = 8;
    row["pEnvironment"] = "Windows x64";
    CO_TRY(const json reply, co_await step(sequence, row));
    if (reply["code"] == 0) co_return Result<void>();
    row["Level"] = 3;  // what older servers have
    CO_TRY(const json older, co_await step(sequence, row));
    co_return Result<void>();
}

Task<Result<void>> read_printer(Sequence& sequence, std::uint32_t level) {
    json row = sequence.on_printer("GetPrinter");
    row["Level"] = level;
    CO_TRY(const json reply, co_await step(sequence, row));
    co_return Result<void>();
}

Task<Result<void>> read_server(Sequence& sequence) {
    for (const char* value : {"OSVersion", "Architecture", "MajorVersion", "DsPresent", "DefaultSpoolDirectory"}) {
        json row = sequence.row("GetPrinterData");
        row["printer"] = "";
        row["pValueName"] = value;
        CO_TRY(const json reply, co_await step(sequence, row));
    }
    json row = sequence.row("GetPrinterDriverDirectory");
    CO_TRY(const json directory, co_await step(sequence, row));
    co_return Result<void>();
}

Task<Result<void>> read_forms(Sequence& sequence) {
    CO_TRY(const json reply, co_await step(sequence, sequence.on_printer("EnumForms")));
    co_return Result<void>();
}

Task<Result<void>> read_change_id(Sequence& sequence) {
    json row = sequence.on_printer("GetPrinterData");
    row["pValueName"] = "ChangeID";
    CO_TRY(const json reply, co_await step(sequence, row));
    co_return Result<void>();
}

Task<Result<void>> watch(Sequence& sequence) {
    const bool par = sequence.context->options().interface == wire::winspool::Via::par;
    json row = sequence.on_printer(par ? "RegisterForRemoteNotifications" : "RemoteFindFirstPrinterChangeNotificationEx");
    if (par)
        row["as"] = sequence.handle + ".notify";
    else
        row["fdwFlags"] = 0x7F77FFFF;
    if (!par) row["pszLocalMachine"] = "\\\\probe";
    CO_TRY(const json reply, co_await step(sequence, row));
    co_return Result<void>();
}

Task<Result<void>> connect(Sequence& sequence) {
    CO_TRY_VOID(co_await read_printer(sequence, 2));
    CO_TRY_VOID(co_await read_driver(sequence));
    CO_TRY_VOID(co_await read_server(sequence));
    CO_TRY_VOID(co_await read_keys(sequence, ""));
    CO_TRY_VOID(co_await read_forms(sequence));
    CO_TRY_VOID(co_await read_change_id(sequence));
    co_return co_await watch(sequence);
}

Task<Result<void>> disconnect(Sequence& sequence) {
    const std::string notify = sequence.handle + ".notify";
    if (sequence.context->handles()->find(notify) != nullptr) {
        json row = sequence.row("UnRegisterForRemoteNotifications");
        row["handle"] = notify;
        CO_TRY(const json reply, co_await step(sequence, row));
    }
    CO_TRY(const json reply, co_await step(sequence, sequence.on_printer("ClosePrinter")));
    co_return Result<void>();
}

Task<Result<void>> run(Sequence& sequence, Special special) {
    if (special == Special::add_connection) co_return co_await connect(sequence);
    if (special == Special::document_properties) {
        CO_TRY_VOID(co_await read_printer(sequence, 2));
        CO_TRY_VOID(co_await read_printer(sequence, 8));
        CO_TRY_VOID(co_await read_driver(sequence));
        json row = sequence.on_printer("EnumPrinterDataEx");
        row["pKeyName"] = "PrinterDriverData";
        CO_TRY(const json values, co_await step(sequence, row));
    }
    CO_TRY_VOID(co_await read_forms(sequence));
    CO_TRY_VOID(co_await read_change_id(sequence));
    co_return co_await disconnect(sequence);
}

}  // namespace

Task<Result<json>> invoke_special(std::shared_ptr<Context> context, Special special, json row) {
    if (special == Special::client_only) {
        co_return Error(Win32::invalid_parameter, row["verb"].get<std::string>() + " is answered on the client: no print server is asked");
    }
    Sequence sequence;
    sequence.context = context;
    sequence.connection = row.value("connection", "main");
    json result;
    result["verb"] = row["verb"];
    result["code"] = 0;
    if (special == Special::delete_connection) {
        sequence.handle = row.value("handle", "");
        CO_TRY_VOID(co_await disconnect(sequence));
    } else {
        CO_TRY(const json opened, co_await open(sequence, row));
        if (opened["code"] != 0) co_return opened;
        CO_TRY_VOID(co_await run(sequence, special));
        result["pHandle"] = sequence.handle;
    }
    result["steps"] = sequence.steps;
    co_return result;
}

}  // namespace probe
