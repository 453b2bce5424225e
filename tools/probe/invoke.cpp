#include "tools/probe/invoke.h"

#include "base/utf.h"
#include "tools/print_client/json_blobs.h"

namespace probe {
namespace {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using print_client::find_value;
using print_client::Parameter;
using print_client::same_name;

constexpr std::uint32_t kInsufficientBuffer = 122, kMoreData = 234;

// A verb with its parameters sorted.
struct Plan {
    Verb verb;
    const ndr::OperationInfo* operation = nullptr;
    std::vector<Parameter> parameters;
    json in = json::object();
    std::string handle_parameter;  // empty: the operation takes none
    json handle, printer, access;  // null: not stated
    std::string as, connection = "main";
    bool raw = false;          // the bytes of the reply buffer are wanted as well
    bool states_size = false;  // the size of the reply buffer is given: no second call

    [[nodiscard]] const Parameter* find(std::string_view name) const {
        for (const Parameter& parameter : parameters) {
            if (same_name(parameter.name, name)) return &parameter;
        }
        return nullptr;
    }
    [[nodiscard]] bool has(std::string_view exact) const {
        return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == exact; });
    }
};

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump(); }

json take(json& row, const char* key) {
    const auto found = row.find(key);
    if (found == row.end()) return nullptr;
    json value = *found;
    row.erase(found);
    return value;
}

// Texts that are JSON become it: options on the command line are texts.
json parsed(json value) {
    if (!value.is_string()) return value;
    const auto text = value.get<std::string>();
    if (text == "null") return nullptr;
    if (!text.starts_with('{') && !text.starts_with('[')) return value;
    json tree = json::parse(text, nullptr, false);
    return tree.is_discarded() ? value : tree;
}

std::string full_name(const std::string& host, const std::string& name) {
    if (name.starts_with("\\\\")) return name;
    return "\\\\" + host + (name.empty() ? "" : "\\" + name);
}

// DEVMODE and security descriptor travel beside the structure that has them on Windows; there a number stands for them.
void move_blobs(Plan& plan, json& info, bool structure) {
    if (!info.is_object()) return;
    for (const auto& [member, container, inner] :
         {std::tuple{"pDevMode", "pDevModeContainer", "pDevMode"}, std::tuple{"pSecurityDescriptor", "pSecurityContainer", "pSecurity"}}) {
        std::string key;
        for (const auto& [name, value] : info.items()) {
            if (same_name(member, name)) key = name;
        }
        if (key.empty()) continue;
        const json value = parsed(take(info, key.c_str()));
        if (structure) info[member] = value.is_null() ? 0 : 1;
        if (!value.is_null() && plan.has(container)) plan.in[container] = {{inner, value}};
    }
}

// Options that are no parameter are members of the structure in the container.
void fill_container(Plan& plan, json& row) {
    if (plan.verb.container == nullptr) return;
    json info = parsed(take(row, "info"));
    json level = take(row, "level");
    if (level.is_null()) level = plan.verb.level;
    json rest = json::object();
    for (const auto& [key, value] : row.items()) {
        if (plan.find(key) == nullptr || key == "name") rest[key] = parsed(value);
    }
    for (const auto& [key, value] : rest.items()) {
        row.erase(key);
        if (!info.is_object()) info = json::object();
        info[key] = value;
    }
    move_blobs(plan, info, true);
    if (info.is_null() && level == 0) return;  // a command only
    json content = info.is_object() ? info : json::object();
    content["Level"] = level;
    plan.in[plan.verb.container] = content;
}

json client_info() {
    return {{"Level", 1},          {"dwSize", 28},         {"pMachineName", "\\\\probe"}, {"pUserName", "probe"},
            {"dwBuildNum", 22621}, {"dwMajorVersion", 10}, {"wProcessorArchitecture", 9}};
}

void fill_defaults(Plan& plan, const std::string& host) {
    if (plan.verb.defaults != nullptr) {
        const json defaults = json::parse(plan.verb.defaults);
        for (const auto& [key, value] : defaults.items()) {
            if (find_value(plan.in, key) == nullptr) plan.in[key] = value;
        }
    }
    for (const char* server : {"pName", "Name", "pServer", "pszServer"}) {
        if (plan.has(server) && find_value(plan.in, server) == nullptr) plan.in[server] = full_name(host, "");
    }
    for (const char* environment : {"pEnvironment", "pszEnvironment"}) {
        if (plan.has(environment) && find_value(plan.in, environment) == nullptr) plan.in[environment] = "Windows x64";
    }
    if (plan.has("pClientInfo") && find_value(plan.in, "pClientInfo") == nullptr) plan.in["pClientInfo"] = client_info();
    if (plan.verb.container == nullptr && plan.has("Level") && find_value(plan.in, "Level") == nullptr) plan.in["Level"] = plan.verb.level;
}

Result<void> fill_special(Plan& plan, json& row, const std::string& host) {
    if (plan.verb.operation == "OpenPrinter" || plan.verb.operation == "OpenPrinterLegacy") {
        if (row.contains("printer")) row["pPrinterName"] = full_name(host, text_of(take(row, "printer")));
        if (row.contains("access")) row["AccessRequired"] = take(row, "access");
    }
    if (plan.has("pNotifyFilter") && !row.contains("pNotifyFilter")) {
        const auto number = [&row](const char* key, std::uint64_t otherwise) {
            return row.contains(key) ? print_client::to_number(take(row, key)) : Result<std::uint64_t>(otherwise);
        };
        const auto list = [&row](const char* key, json otherwise) {
            return row.contains(key) ? parsed(take(row, key)) : std::move(otherwise);
        };
        TRY(const auto flags, number("flags", 0x7F77FFFF));
        TRY(const auto options, number("options", 0));
        TRY(const auto color, number("color", 1));
        const json printer_fields = list("printer-fields", {0x12, 0x14});      // STATUS, CJOBS
        const json job_fields = list("job-fields", {0x0A, 0x0D, 0x14, 0x16});  // STATUS, DOCUMENT, TOTAL_PAGES, TOTAL_BYTES
        plan.in["pNotifyFilter"] = print_client::notification_filter(flags, options, color, printer_fields, job_fields);
    }
    if (plan.has("pData") && plan.has("Type") && row.contains("value")) {
        const json* stated = find_value(row, "Type");
        TRY(const auto type, stated == nullptr ? Result<std::uint64_t>(1) : print_client::to_number(*stated));
        TRY(const auto bytes, print_client::registry_bytes(type, parsed(take(row, "value"))));
        plan.in["pData"] = {{"hex", base::to_hex(bytes)}};
    }
    return {};
}

// FindClose… is another operation on each interface.
std::string operation_name(std::string name, wire::winspool::Via via) {
    const bool par = via == wire::winspool::Via::par;
    if (par && base::equal_names(name, "FindClosePrinterChangeNotification")) return "UnRegisterForRemoteNotifications";
    return name;
}

Result<Plan> make_plan(json row, const print_client::SessionOptions& options) {
    Plan plan;
    const std::string name = text_of(take(row, "verb"));
    const auto verb = find_verb(operation_name(name, options.interface));
    if (!verb) return Error(Win32::invalid_parameter, "no verb of the name \"" + name + "\"; see --help-all");
    plan.verb = *verb;
    plan.operation = print_client::find_operation(verb->operation);
    plan.parameters = print_client::parameters_of(*plan.operation);
    plan.as = text_of(take(row, "as"));
    if (row.contains("connection")) plan.connection = text_of(take(row, "connection"));
    plan.raw = text_of(take(row, "raw")) == "true";
    for (const Parameter& parameter : plan.parameters) {
        if (parameter.kind == Parameter::Kind::handle) plan.handle_parameter = parameter.name;
    }
    if (!plan.handle_parameter.empty()) {
        plan.handle = take(row, "handle");
        plan.printer = take(row, "printer");
        plan.access = take(row, "access");
    }
    TRY_VOID(fill_special(plan, row, options.host));
    fill_container(plan, row);
    if (plan.verb.container == nullptr) move_blobs(plan, row, false);
    for (const auto& [key, value] : row.items()) {
        const Parameter* parameter = plan.find(key);
        if (parameter == nullptr)
            return Error(Win32::invalid_parameter, "no option \"" + key + "\"; the verb takes\n" + verb_help(plan.verb.name));
        plan.in[parameter->name] = parameter->kind == Parameter::Kind::text ? value : parsed(value);
    }
    fill_defaults(plan, options.host);
    plan.states_size = plan.verb.reply.name != nullptr && plan.in.contains(plan.verb.reply.size);
    return plan;
}

// The rights that a handle of our own is opened with.
std::uint32_t rights(const Plan& plan) {
    constexpr std::uint32_t kServerAll = 0xF0003, kPrinterAll = 0xF000C, kServerEnumerate = 0x2, kXcv = 0x3, kReadControl = 0x20000,
                            kPrinterUse = 0x8;
    const std::string name = text_of(plan.printer);
    if (name.find(",Xcv") != std::string::npos) return kXcv;
    const bool server = name.empty();
    if (plan.verb.need == Need::administer) return server ? kServerAll : kPrinterAll;
    const std::uint32_t least = server ? kServerEnumerate : kPrinterUse;
    return plan.verb.need == Need::read ? least | kReadControl : least;
}

// The reply of OpenPrinter, which may be a refusal.
Task<Result<json>> open_own(std::shared_ptr<Context> context, const Plan& plan) {
    json row;
    row["verb"] = "OpenPrinter";
    row["printer"] = text_of(plan.printer);
    row["access"] = plan.access.is_null() ? json(rights(plan)) : plan.access;
    row["connection"] = plan.connection;
    co_return co_await invoke(context, std::move(row));
}

Task<void> close_own(std::shared_ptr<Context> context, std::string connection, std::string handle) {
    json row;
    row["verb"] = "ClosePrinter";
    row["handle"] = handle;
    row["connection"] = std::move(connection);
    const auto closed = co_await invoke(context, std::move(row));
    if (!closed) context->handles()->forget(handle);
}

std::uint32_t win32_code(const json& out) {
    const auto code = out.value("result", std::uint32_t{0});
    return (code & 0xFFFF0000U) == 0x80070000U ? code & 0xFFFFU : code;
}

base::ByteBuffer bytes_of(const json& out, const char* name) {
    if (!out.contains(name) || !out[name].is_object()) return {};
    auto bytes = print_client::to_bytes_value("", out[name]);
    return bytes ? std::move(*bytes) : base::ByteBuffer();
}

// The buffer of the reply as what it means.
Result<void> read_reply(const Plan& plan, json& out) {
    const ReplyBuffer& reply = plan.verb.reply;
    if (reply.name == nullptr) return {};
    const bool list = out.contains("pcReturned") || out.contains("pnEnumValues") || reply.block == print_client::Block::multi_text;
    const std::uint32_t count = out.contains("pcReturned") ? out["pcReturned"].get<std::uint32_t>() : out.value("pnEnumValues", 1U);
    base::ByteBuffer bytes = bytes_of(out, reply.name);
    if (win32_code(out) != 0 || reply.block == print_client::Block::none) return {};
    // An array of characters is text already.
    if (out.contains(reply.name) && out[reply.name].is_string()) {
        base::ByteBuffer units;
        base::append_utf16_le(units, base::to_utf16(out[reply.name].get<std::string>()));
        bytes = std::move(units);
    }
    std::uint64_t level = plan.verb.level;
    if (plan.in.contains("Level")) {
        TRY(level, print_client::to_number(plan.in["Level"]));
    }
    TRY(json info, print_client::block_json(reply.block, static_cast<std::uint32_t>(level), bytes, count));
    out["info"] = list || !info.is_array() || info.size() != 1 ? info : info[0];
    return {};
}

// Registry values and notifications, which are parameters of their own.
void read_values(const Plan& plan, json& out) {
    const bool enumerated = plan.verb.operation == "EnumPrinterData";
    if (out.contains("pType") && out.contains("pData") && win32_code(out) == 0) {
        base::ByteBuffer data = bytes_of(out, "pData");
        const std::size_t size = out.value(enumerated ? "pcbData" : "pcbNeeded", std::size_t{0});
        data.resize(std::min(data.size(), size));
        out["value"] = print_client::registry_json(out["pType"].get<std::uint64_t>(), data);
        out.erase("pData");
    }
    if (const auto brought = out.find("ppNotifyData"); brought != out.end()) {
        const json notification = print_client::notification_json(*brought);
        out.erase("ppNotifyData");
        out.update(notification);
    }
}

json finished(const Plan& plan, json out) {
    json result = {{"verb", plan.verb.name}, {"code", win32_code(out)}};
    if (result["code"] != 0) result["error"] = base::win32_name(static_cast<Win32>(result["code"].get<std::uint32_t>()));
    out.erase("result");
    if (plan.raw && plan.verb.reply.name != nullptr) result["raw"] = out.value(plan.verb.reply.name, json());
    if (out.contains("info") || (plan.verb.reply.name != nullptr && win32_code(out) != 0)) out.erase(plan.verb.reply.name);
    result.update(out);
    return result;
}

// The call, and once more with the size that it asks for.
Task<Result<json>> exchange(std::shared_ptr<print_client::Session> session, std::shared_ptr<Context> context, Plan& plan) {
    constexpr int kMostAttempts = 6;  // the list may grow between two calls
    const ReplyBuffer& reply = plan.verb.reply;
    std::uint64_t size = 0;
    if (plan.states_size) {
        CO_TRY(size, print_client::to_number(plan.in[reply.size]));
    }
    json out;
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
        if (reply.name != nullptr) {
            plan.in[reply.size] = size;
            if (reply.sent && size > 0) plan.in[reply.name] = json::object({{"zeros", size}});
        }
        CO_TRY(out, co_await print_client::call_operation(session, *plan.operation, plan.in, context->handles(), plan.as));
        const std::uint32_t code = win32_code(out);
        if (reply.name == nullptr || plan.states_size) break;
        const auto needed = out.value(reply.needed, std::uint64_t{0});
        // GetPrinterDriverPackagePath succeeds without room and tells the size.
        const bool asked_size = code == 0 && reply.sent && size == 0 && needed > 0;
        const bool small = code == kInsufficientBuffer || code == kMoreData || out.value("pdwStatus", 0U) == kInsufficientBuffer;
        if (!small && !asked_size) break;
        if (needed <= size) break;
        size = needed;
    }
    CO_TRY_VOID(read_reply(plan, out));
    read_values(plan, out);
    co_return finished(plan, std::move(out));
}

}  // namespace

Task<Result<std::shared_ptr<print_client::Session>>> Context::session(std::shared_ptr<Context> self, std::string name) {
    if (const auto found = self->sessions_.find(name); found != self->sessions_.end()) co_return found->second;
    CO_TRY(const auto session, co_await print_client::Session::open(self->options_));
    self->options_.group_id = session->context().client().group_id();
    self->sessions_[name] = session;
    co_return session;
}

void Context::close() {
    for (const auto& [name, session] : sessions_) session->context().client().close();
    sessions_.clear();
}

Task<Result<json>> invoke(std::shared_ptr<Context> context, json row) {
    if (!row.is_object() || !row.contains("verb")) co_return Error(Win32::invalid_parameter, "a row needs a \"verb\"");
    if (const Special special = find_special(text_of(row["verb"])); special != Special::none) {
        co_return co_await invoke_special(context, special, row);
    }
    CO_TRY(Plan plan, make_plan(row, context->options()));
    CO_TRY(const auto session, co_await Context::session(context, plan.connection));
    std::string own;
    if (!plan.handle_parameter.empty() && plan.handle.is_null()) {
        auto opened = co_await open_own(context, plan);
        if (!opened) co_return std::move(opened).error();
        if ((*opened)["code"] != 0) co_return *opened;
        own = (*opened)["pHandle"].get<std::string>();
        plan.handle = own;
    }
    if (!plan.handle_parameter.empty()) plan.in[plan.handle_parameter] = plan.handle;
    auto result = co_await exchange(session, context, plan);
    if (result && (plan.verb.operation == "ClosePrinter" || plan.verb.operation == "UnRegisterForRemoteNotifications")) {
        context->handles()->forget(text_of(plan.handle));
    }
    if (own.empty() || context->handles()->find(own) == nullptr) co_return result;
    co_await close_own(context, plan.connection, own);
    co_return result;
}

json failure_json(const json& row, const Error& error) {
    json result = {{"verb", row.is_object() && row.contains("verb") ? row["verb"] : json()}, {"error", error.to_string()}};
    const bool parameters = error.code() == Win32::invalid_parameter || error.code() == Win32::file_not_found ||
                            error.code() == Win32::not_supported;  // the interface lacks the operation
    result["failure"] = error.is_fault() ? "fault" : parameters ? "parameters" : "connection";
    if (error.is_fault())
        result["fault"] = error.fault_status();
    else
        result["code"] = static_cast<std::uint32_t>(error.code());
    return result;
}

int exit_status(const json& result) {
    if (result.contains("failure")) return result["failure"] == "parameters" ? 2 : 3;
    return result.value("code", 0U) == 0 ? 0 : 1;
}

}  // namespace probe
