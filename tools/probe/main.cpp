// probe: a print client for the command line, on the same RPC runtime as the server. See --help for the verbs.
#include "tools/probe/verbs.h"

#include "base/log.h"
#include "tools/print_client/command_line.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace {

constexpr const char* kVerbHelp =
    "map | bind | principal | open PRINTER | print PRINTER FILE | printers | printer PRINTER | jobs PRINTER | "
    "watch PRINTER | control PRINTER pause|resume|purge | job-control PRINTER JOB pause|resume|cancel|restart|delete|retain|release | "
    "comment PRINTER TEXT | data PRINTER KEY VALUE | load";

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

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("probe: a print client of winspoold, for tests and administrators.");
    probe::Arguments arguments;
    bool big_endian = false;
    add_options(app, arguments, big_endian);
    CLI11_PARSE(app, argc, argv);
    if (big_endian) {
        arguments.session.order = base::ByteOrder::big;
        arguments.session.syntaxes = dcerpc::OfferedSyntaxes::ndr20;   // NDR64 is little-endian by definition
    }
    base::log::configure("", base::log::Level::error);
    boost::asio::io_context io;
    int status = 1;
    boost::asio::co_spawn(io, probe::run_verb(std::move(arguments)), [&status](std::exception_ptr failure, base::Result<void> result) {
        if (failure) std::rethrow_exception(failure);
        status = result ? 0 : 1;
        if (!result) std::cerr << "probe: " << result.error().to_string() << "\n";
    });
    io.run();
    return status;
}
