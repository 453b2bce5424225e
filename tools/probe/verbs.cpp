#include "tools/probe/verbs.h"

#include "base/async_event.h"
#include "tools/print_client/json_call.h"
#include "wire/mgmt/client.h"
#include "wire/mgmt/dispatch.h"

#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

namespace probe {
namespace {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using nlohmann::json;
using print_client::Session;

constexpr std::uint32_t kUse = 0x8;                                // PRINTER_ACCESS_USE
constexpr std::uint32_t kAdminister = 0x4 | kUse;
constexpr std::uint32_t kEnumLocal = 0x2;
constexpr std::uint32_t kAllChanges = 0x7F77FFFF;

void emit(const json& line) { std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl; }

Result<std::string> word(const Arguments& arguments, std::size_t index, const char* what) {
    if (index < arguments.words.size()) return arguments.words[index];
    return Error(Win32::invalid_parameter, arguments.verb + " needs " + what);
}

Result<base::ByteBuffer> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error(Win32::file_not_found, path);
    std::stringstream content;
    content << file.rdbuf();
    const std::string text = content.str();
    base::ByteBuffer bytes;
    base::append(bytes, base::as_bytes(text));
    return bytes;
}

// The rows of a block, one a line.
Result<void> emit_rows(print_client::Block block, std::uint32_t level, const Session::Info& info) {
    TRY(const json rows, print_client::block_json(block, level, info.bytes, info.count));
    for (const json& row : rows) emit(row);
    return {};
}

Task<Result<void>> map(Arguments arguments) {
    const auto interface = print_client::interface_id(arguments.session.interface);
    CO_TRY(const std::uint16_t port, co_await dcerpc::map_endpoint(arguments.session.host, arguments.session.epm_port, interface,
                                                                   dcerpc::kNdr20, std::nullopt));
    emit({{"port", port}});
    co_return Result<void>();
}

Task<Result<void>> bind(Arguments arguments) {
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    emit({{"bound", true}, {"syntax", session->context().syntax() == ndr::Syntax::ndr64 ? "ndr64" : "ndr20"}});
    co_return Result<void>();
}

// What a Windows client asks before its first call: the service principal of the endpoint.
Task<Result<void>> principal(Arguments arguments) {
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    auto& context = session->context();
    const auto shared = std::shared_ptr<dcerpc::ClientContext>(session, &context);
    const auto offered = dcerpc::OfferedSyntaxes::ndr20;
    CO_TRY(const auto mgmt, co_await dcerpc::add_context(shared, wire::mgmt::mgmt_interface().id, offered, std::nullopt));
    ndr::Arena arena;
    wire::mgmt::Client client(*mgmt, arena);
    wire::mgmt::RpcMgmtInqPrincName::In in;
    wire::mgmt::RpcMgmtInqPrincName::Out out;
    in.authn_proto = 9;
    in.princ_name_size = 1024;
    CO_TRY_VOID(co_await client.rpc_mgmt_inq_princ_name(in, out));
    const std::string name(out.princ_name.data, out.princ_name.size);
    emit({{"principal", name}, {"status", out.status}});
    co_return Result<void>();
}

Task<Result<void>> open(Arguments arguments) {
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kUse));
    emit({{"opened", name}});
    co_return co_await session->close(handle);
}

struct PrintJob {
    std::string printer, document;
    std::shared_ptr<const base::ByteBuffer> data;
};

Task<Result<void>> print_once(Arguments arguments, PrintJob job) {
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const std::uint32_t id,
           co_await session->print(job.printer, job.document, *job.data, arguments.chunk_bytes, arguments.datatype));
    emit({{"job", id}, {"bytes", job.data->size()}});
    co_return Result<void>();
}

// Counts its clients down; the last one ends the wait.
struct Crowd {
    explicit Crowd(std::uint32_t n) : left(n) {}
    std::uint32_t left;
    std::uint32_t failed = 0;
    base::AsyncEvent done;
};

Task<void> print_in_crowd(std::shared_ptr<Crowd> crowd, Arguments arguments, PrintJob job) {
    const auto result = co_await print_once(std::move(arguments), std::move(job));
    if (!result) {
        ++crowd->failed;
        std::cerr << result.error().to_string() << "\n";
    }
    if (--crowd->left == 0) crowd->done.set();
}

Task<Result<void>> print(Arguments arguments) {
    PrintJob job;
    CO_TRY(job.printer, word(arguments, 0, "a printer name"));
    CO_TRY(job.document, word(arguments, 1, "a file"));
    CO_TRY(auto bytes, read_file(job.document));
    job.data = std::make_shared<const base::ByteBuffer>(std::move(bytes));
    if (arguments.clients == 1) co_return co_await print_once(arguments, job);
    auto crowd = std::make_shared<Crowd>(arguments.clients);
    const auto executor = co_await boost::asio::this_coro::executor;
    for (std::uint32_t i = 0; i < arguments.clients; ++i) base::spawn(executor, "client", &print_in_crowd, crowd, arguments, job);
    co_await crowd->done.wait();
    if (crowd->failed == 0) co_return Result<void>();
    co_return Error(Win32::gen_failure, std::to_string(crowd->failed) + " clients failed");
}

Task<Result<void>> printers(Arguments arguments) {
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto info, co_await session->enum_printers(kEnumLocal, arguments.level));
    co_return emit_rows(print_client::Block::printers, arguments.level, info);
}

Task<Result<void>> printer(Arguments arguments) {
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kUse));
    CO_TRY(const auto info, co_await session->get_printer(handle, arguments.level));
    CO_TRY_VOID(emit_rows(print_client::Block::printers, arguments.level, info));
    co_return co_await session->close(handle);
}

Task<Result<void>> jobs(Arguments arguments) {
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kUse));
    CO_TRY(const auto info, co_await session->enum_jobs(handle, arguments.level));
    CO_TRY_VOID(emit_rows(print_client::Block::jobs, arguments.level, info));
    co_return co_await session->close(handle);
}

Task<Result<void>> control(Arguments arguments) {
    static const std::map<std::string, std::uint32_t> kCommands = {{"pause", 1}, {"resume", 2}, {"purge", 3}};
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const std::string command, word(arguments, 1, "pause, resume or purge"));
    const auto found = kCommands.find(command);
    if (found == kCommands.end()) co_return Error(Win32::invalid_parameter, "pause, resume or purge");
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kAdminister));
    CO_TRY_VOID(co_await session->control_printer(handle, found->second));
    co_return co_await session->close(handle);
}

Task<Result<void>> job_control(Arguments arguments) {
    static const std::map<std::string, std::uint32_t> kCommands = {{"pause", 1},  {"resume", 2}, {"cancel", 3}, {"restart", 4},
                                                                   {"delete", 5}, {"retain", 8}, {"release", 9}};
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const std::string id, word(arguments, 1, "a job id"));
    CO_TRY(const std::string command, word(arguments, 2, "a command"));
    const auto found = kCommands.find(command);
    if (found == kCommands.end()) co_return Error(Win32::invalid_parameter, "unknown command " + command);
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kUse));
    const auto number = static_cast<std::uint32_t>(std::strtoul(id.c_str(), nullptr, 10));
    CO_TRY_VOID(co_await session->control_job(handle, number, found->second));
    co_return co_await session->close(handle);
}

Task<Result<void>> comment(Arguments arguments) {
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const std::string text, word(arguments, 1, "a comment"));
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kAdminister));
    CO_TRY_VOID(co_await session->set_comment(handle, text));
    co_return co_await session->close(handle);
}

Task<Result<void>> data(Arguments arguments) {
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const std::string key, word(arguments, 1, "a key"));
    CO_TRY(const std::string value, word(arguments, 2, "a value name"));
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kUse));
    CO_TRY(const std::string text, co_await session->get_data(handle, key, value));
    emit({{"key", key}, {"value", value}, {"text", text}});
    co_return co_await session->close(handle);
}

Task<Result<void>> watch(Arguments arguments) {
    CO_TRY(const std::string name, word(arguments, 0, "a printer name"));
    CO_TRY(const auto session, co_await Session::open(arguments.session));
    CO_TRY(const auto handle, co_await session->open_printer(name, kUse));
    CO_TRY(const auto notify, co_await session->register_notifications(handle, kAllChanges));
    emit({{"watching", name}});
    for (std::uint32_t i = 0; arguments.count == 0 || i < arguments.count; ++i) {
        CO_TRY(const auto change, co_await session->wait_notification(notify));
        emit({{"flags", change.flags}, {"discarded", change.discarded}, {"changes", change.lines}});
        if (!change.discarded) continue;
        CO_TRY(const auto whole, co_await session->refresh_notifications(notify, kAllChanges));
        emit({{"refreshed", true}, {"changes", whole.lines}});
    }
    CO_TRY_VOID(co_await session->unregister_notifications(notify));
    co_return co_await session->close(handle);
}

}  // namespace

Task<Result<void>> run_verb(Arguments arguments) {
    using Verb = Task<Result<void>> (*)(Arguments);
    static const std::map<std::string, Verb> kVerbs = {
        {"map", &map},         {"bind", &bind},       {"principal", &principal}, {"open", &open},   {"print", &print},
        {"printers", &printers}, {"printer", &printer}, {"jobs", &jobs},         {"watch", &watch}, {"control", &control},
        {"job-control", &job_control}, {"comment", &comment}, {"data", &data}, {"load", &run_load},
    };
    const auto found = kVerbs.find(arguments.verb);
    if (found == kVerbs.end()) co_return Error(Win32::invalid_function, "unknown verb " + arguments.verb);
    const Verb verb = found->second;
    co_return co_await verb(std::move(arguments));
}

}  // namespace probe
