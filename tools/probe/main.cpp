// probe: a print client for the command line, on the same RPC runtime as the server. See --help for the verbs.
#include "tools/probe/script.h"
#include "tools/probe/verbs.h"

#include "base/log.h"
#include "tools/print_client/command_line.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <iostream>

namespace {

constexpr const char* kVerbHelp =
    "map | bind | principal | open PRINTER | print PRINTER FILE | printers | printer PRINTER | jobs PRINTER | "
    "watch PRINTER | control PRINTER pause|resume|purge | job-control PRINTER JOB pause|resume|cancel|restart|delete|retain|release | "
    "comment PRINTER TEXT | data PRINTER KEY VALUE | load | script FILE|- | FUNCTION --option value … (see --help-all)";

void add_options(CLI::App& app, probe::Arguments& arguments, bool& big_endian) {
    auto& session = arguments.session;
    print_client::add_session_options(app, session);
    app.add_flag("--big-endian", big_endian, "send big-endian");
    app.add_option("--fragment", session.fragment_bytes, "largest fragment to propose")->capture_default_str();
    app.add_option("--chunk", arguments.chunk_bytes, "bytes of one WritePrinter")->capture_default_str();
    app.add_option("--clients", arguments.clients, "print from so many connections at once")->capture_default_str();
    app.add_option("--connections", arguments.connections, "connections of load")->capture_default_str();
    app.add_option("--info-level", arguments.level, "information level of printers, printer and jobs")->capture_default_str();
    app.add_option("--count", arguments.count, "watch: answers to wait for");
    app.add_option("--seconds", arguments.seconds, "load: how long")->capture_default_str();
    app.add_option("--datatype", arguments.datatype, "datatype of documents")->capture_default_str();
    app.add_option("--acknowledged", arguments.acknowledged, "load: log of what the server acknowledged");
    app.add_option("verb", arguments.verb, kVerbHelp)->required();
    app.add_option("words", arguments.words, "arguments of the verb");
}

base::Task<int> run(probe::Arguments arguments, std::vector<std::string> function) {
    if (!function.empty()) {
        const auto row = probe::row_of_words(function);
        if (row) co_return co_await probe::run_one(arguments.session, *row);
        std::cerr << "probe: " << row.error().text() << "\n";
        co_return 2;
    }
    if (arguments.verb == "script") {
        std::string file = "-";
        if (!arguments.words.empty()) file = arguments.words.front();
        co_return co_await probe::run_script(arguments.session, file);
    }
    const auto result = co_await probe::run_verb(std::move(arguments));
    if (!result) std::cerr << "probe: " << result.error().to_string() << "\n";
    co_return result ? 0 : 1;
}

// The words from the first one on that is a function: its options are its own.
std::vector<std::string> cut_function(std::vector<std::string>& words) {
    const auto first = std::find_if(words.begin(), words.end(), [](const std::string& word) {
        return probe::find_verb(word) || probe::find_special(word) != probe::Special::none;
    });
    std::vector<std::string> function(first, words.end());
    words.erase(first, words.end());
    return function;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("probe: a print client of winspoold, for tests and administrators.");
    app.footer("Exit status: 0 done, 1 refused by the server, 2 wrong arguments, 3 fault or no connection (functions and script).");
    probe::Arguments arguments;
    bool big_endian = false;
    add_options(app, arguments, big_endian);
    app.add_flag_callback("--help-all", [] { throw CLI::CallForAllHelp(); }, "this and all functions with their options");
    std::vector<std::string> words(argv + 1, argv + argc);
    const std::vector<std::string> function = cut_function(words);
    if (!function.empty()) {
        words.push_back(function.front());
        if (std::find(function.begin(), function.end(), "--help") != function.end()) {
            std::cout << probe::verb_help(function.front());
            return 0;
        }
    }
    std::reverse(words.begin(), words.end());
    try {
        app.parse(words);
    } catch (const CLI::CallForAllHelp&) {
        std::cout << app.help() << "\n" << probe::verbs_help();
        return 0;
    } catch (const CLI::ParseError& error) {
        const int status = app.exit(error);
        return status == 0 ? 0 : 2;
    }
    if (big_endian) {
        arguments.session.order = base::ByteOrder::big;
        arguments.session.syntaxes = dcerpc::OfferedSyntaxes::ndr20;   // NDR64 is little-endian by definition
    }
    base::log::configure("", base::log::Level::error);
    boost::asio::io_context io;
    int status = 3;
    boost::asio::co_spawn(io, run(std::move(arguments), function), [&status](std::exception_ptr failure, int result) {
        if (failure) std::rethrow_exception(failure);
        status = result;
    });
    io.run();
    return status;
}
