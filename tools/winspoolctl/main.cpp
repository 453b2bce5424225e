// winspoolctl: administration on the command line. user and group edit the account file; every other command is one of the daemon's
// (server/admin/command_table.h) and goes over its socket: `winspoolctl printer pause Laser` sends printer-pause.
#include "tools/winspoolctl/account_commands.h"

#include "base/printable.h"
#include "server/admin/command_table.h"
#include "server/config.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

namespace {

using nlohmann::json;

struct Request {
    std::string command;
    std::map<std::string, std::string> arguments;
};

// What users call their jobs and vendors their files goes to an administrator's terminal.
std::string cell(const json& value) {
    if (value.is_string()) return base::printable(value.get<std::string>());
    return value.is_null() ? "" : base::printable(value.dump());
}

// Of JSON it stays JSON.
void print_lines(std::ostream& out, const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) out << base::printable(line) << std::endl;
}

// Rows of equal shape as columns; anything else as indented JSON.
void print_result(const json& result) {
    if (result.is_object() && result.size() == 1 && result.contains("text")) {
        print_lines(std::cout, result["text"].get<std::string>());
        return;
    }
    if (!result.is_array() || result.empty() || !result[0].is_object()) {
        if (!result.empty()) print_lines(std::cout, result.dump(2));
        return;
    }
    std::vector<std::string> names;
    std::map<std::string, std::size_t> widths;
    for (const auto& item : result[0].items()) {
        if (item.value().is_structured() || item.key() == "security") continue;
        names.push_back(item.key());
        widths[item.key()] = item.key().size();
        for (const json& row : result) widths[item.key()] = std::max(widths[item.key()], cell(row.value(item.key(), json())).size());
    }
    const auto pad = [&widths](const std::string& name, std::string text) {
        text.resize(std::max(text.size(), widths[name]), ' ');
        return text;
    };
    for (const std::string& name : names) std::cout << pad(name, name) << "  ";
    std::cout << "\n";
    for (const json& row : result) {
        for (const std::string& name : names) std::cout << pad(name, cell(row.value(name, json()))) << "  ";
        std::cout << "\n";
    }
}

int talk(const std::string& socket_path, const Request& request, bool raw) {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::local::stream_protocol::socket socket(io);
    boost::system::error_code error;
    socket.connect(asio::local::stream_protocol::endpoint(socket_path), error);
    if (error) {
        std::cerr << "winspoolctl: " << socket_path << ": " << error.message() << "; is winspoold running, and are you root or its user?\n";
        return 2;
    }
    json message;
    message["command"] = request.command;
    message["arguments"] = json::object();
    for (const auto& [name, value] : request.arguments) message["arguments"][name] = value;
    asio::write(socket, asio::buffer(message.dump() + "\n"), error);
    std::string buffer;
    while (!error) {
        const std::size_t count = asio::read_until(socket, asio::dynamic_buffer(buffer), '\n', error);
        if (error) break;
        const json answer = json::parse(buffer.substr(0, count), nullptr, false);
        buffer.erase(0, count);
        if (!answer.is_object()) break;
        if (!answer.contains("ok")) {                              // one line of a stream
            print_lines(std::cout, answer.dump());
            continue;
        }
        if (!answer["ok"].get<bool>()) {
            print_lines(std::cerr,
                        "winspoolctl: " + answer["error"]["code"].get<std::string>() + ": " + answer["error"]["text"].get<std::string>());
            return 1;
        }
        if (raw) print_lines(std::cout, answer["result"].dump(2));
        else print_result(answer["result"]);
        return 0;
    }
    std::cerr << "winspoolctl: the daemon closed the connection\n";
    return 2;
}

// One subcommand per table row: "printer-pause" becomes `printer pause`; required arguments are positional, others options.
class DaemonCommands {
 public:
    DaemonCommands(CLI::App& app, std::function<int(Request)> send) : send_(std::move(send)) {
        for (const server::Command& command : server::all_commands()) add(app, command);
    }

 private:
    // "--dry_run" as people type it.
    static std::string dashed(std::string option) {
        std::replace(option.begin(), option.end(), '_', '-');
        return option;
    }
    void add(CLI::App& app, const server::Command& command) {
        const std::string name(command.name);
        const auto dash = name.find('-');
        CLI::App* parent = &app;
        if (dash != std::string::npos) {
            const std::string family = name.substr(0, dash);
            CLI::App*& known = families_[family];
            if (known == nullptr) known = app.add_subcommand(family, family + " commands")->require_subcommand(1);
            parent = known;
        }
        CLI::App* entry = parent->add_subcommand(dash == std::string::npos ? name : name.substr(dash + 1), std::string(command.help));
        auto values = std::make_shared<std::map<std::string, std::string>>();
        for (const server::Argument& argument : command.arguments) {
            std::string& into = (*values)[std::string(argument.name)];
            const std::string option = argument.required ? std::string(argument.name) : "--" + std::string(argument.name);
            if (argument.kind == server::ArgumentKind::flag) {
                into = "true";
                const std::string help(argument.help);
                entry->add_flag(option + "," + dashed(option), help);
                continue;
            }
            CLI::Option* made = entry->add_option(option, into, std::string(argument.help));
            if (argument.required) made->required();
            // The daemon reads the file, and it runs in another directory.
            if (argument.kind == server::ArgumentKind::path) {
                made->transform([](const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); });
            }
        }
        entry->callback([this, name, values, entry] {
            Request request;
            request.command = name;
            for (const auto& [key, value] : *values) {
                const CLI::Option* given = entry->get_option_no_throw(key);
                if (given == nullptr) given = entry->get_option_no_throw("--" + key);
                if (given != nullptr && given->count() > 0) request.arguments[key] = value;
            }
            status_ = send_(std::move(request));
        });
    }

 public:
    [[nodiscard]] int status() const { return status_; }

 private:
    std::function<int(Request)> send_;
    std::map<std::string, CLI::App*> families_;
    int status_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Administration of winspoold, a print server for Windows clients.");
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "help of every command");
    const server::Config defaults;
    std::string socket_path = defaults.admin_socket;
    std::string account_file = defaults.security.account_file;
    bool raw = false;
    app.add_option("--socket", socket_path, "the daemon's socket")->capture_default_str();
    app.add_option("--account-file", account_file, "local users and groups")->capture_default_str();
    app.add_flag("--json", raw, "print results as JSON");

    std::function<int()> account_work;
    winspoolctl::add_account_commands(app, account_file, account_work);
    const DaemonCommands daemon(app, [&](Request request) { return talk(socket_path, request, raw); });
    CLI11_PARSE(app, argc, argv);
    return account_work ? account_work() : daemon.status();
}
