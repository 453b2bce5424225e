// bench: measures a print server, ours or any other that speaks the interfaces. tools/benchmark starts servers and runs it.
#include "tools/bench/bench.h"
#include "tools/bench/gateway.h"

#include "base/log.h"
#include "tools/print_client/command_line.h"

#include <fstream>
#include <iostream>

namespace {

struct Measurement {
    const char* name;
    base::Result<void> (*run)(bench::Bench& bench);
};

constexpr Measurement kMeasurements[] = {
    {"calls", bench::measure_calls},
    {"enum", bench::measure_enumerations},
    {"jobs", bench::measure_jobs},
    {"write", bench::measure_writes},
    {"notify", bench::measure_notifications},
    {"events", bench::measure_events},
    {"queries", bench::measure_queries},
    {"idle", bench::measure_idle},
};

struct Options {
    bench::Arguments bench;
    std::vector<std::string> what;
    std::string json, label, state;
    std::uint32_t jobs = 100'000;
    std::size_t threads = 2;
};

void add_options(CLI::App& app, Options& options) {
    print_client::add_session_options(app, options.bench.session);
    app.add_option("measurements", options.what, "calls enum jobs write notify events queries idle; all by default");
    app.footer("--server also takes ncacn_np:HOST[\\pipe\\spoolss,PORT]: the pipe of a print server over SMB, with --interface rprn.");
    app.add_option("--printer", options.bench.printer, "queue that throws jobs away")->capture_default_str();
    app.add_option("--printers", options.bench.printers, "queues Queue00001 ... that there are");
    app.add_option("--connections", options.bench.connections, "how many at once, for each measurement")->delimiter(',');
    app.add_option("--clients", options.bench.clients, "connections of idle and notify")->capture_default_str();
    app.add_option("--seconds", options.bench.seconds, "how long each measurement repeats")->capture_default_str();
    app.add_option("--chunk-kib", options.bench.chunk_kib, "one WritePrinter")->capture_default_str();
    app.add_option("--document-mib", options.bench.document_mib, "document of write")->capture_default_str();
    app.add_option("--pid", options.bench.pid, "process of the server, for processor time and memory");
    app.add_option("--threads", options.threads, "threads of the clients")->capture_default_str();
    app.add_option("--json", options.json, "write the results here, too");
    app.add_option("--label", options.label, "what this run is, for the JSON");
    app.add_option("--prepare-state", options.state, "no measurement: put waiting jobs into this state directory of a stopped server");
    app.add_option("--jobs", options.jobs, "how many, for --prepare-state")->capture_default_str();
}

int measure(const Options& options) {
    bench::Report report;
    report.set("label", options.label);
    report.set("server", options.bench.session.host);
    int failed = 0;
    {
        bench::Runner runner(options.threads);
        bench::Bench bench{options.bench, runner, report, bench::ServerProcess(options.bench.pid)};
        for (const Measurement& measurement : kMeasurements) {
            const bool wanted =
                options.what.empty() || std::find(options.what.begin(), options.what.end(), measurement.name) != options.what.end();
            if (!wanted) continue;
            const auto done = measurement.run(bench);
            if (done) continue;
            ++failed;
            std::cerr << "bench: " << measurement.name << ": " << done.error().to_string() << "\n";
        }
    }
    std::cout << report.table() << std::flush;
    if (!options.json.empty()) std::ofstream(options.json) << report.json() << "\n";
    return failed == 0 ? 0 : 1;
}

// Of a pipe: a gateway takes the server's place, and queues are named as the server knows them.
base::Result<std::unique_ptr<bench::Gateway>> start_gateway(bench::Arguments& arguments) {
    auto& session = arguments.session;
    TRY(auto target, bench::parse_pipe_target(session.host));
    if (session.interface == wire::winspool::Via::par) {
        return base::Error(base::Win32::invalid_parameter, "MS-PAR has no named pipe: --interface rprn");
    }
    arguments.prefix = "\\\\" + target.host + "\\";
    TRY(auto gateway, bench::Gateway::start(std::move(target), session.user, session.password));
    session.host = "127.0.0.1";
    session.rpc_port = gateway->port();
    return gateway;
}

int measure_there(Options& options) {
    if (!options.bench.session.host.starts_with(bench::kPipeProtocol)) return measure(options);
    const auto gateway = start_gateway(options.bench);
    if (gateway) return measure(options);
    std::cerr << "bench: " << gateway.error().to_string() << "\n";
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("bench: measures a print server over MS-PAR or MS-RPRN.");
    Options options;
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    base::log::configure("", base::log::Level::error);
    if (options.state.empty()) return measure_there(options);
    const auto prepared = bench::prepare_state(options.state, options.jobs);
    if (!prepared) std::cerr << "bench: " << prepared.error().to_string() << "\n";
    return prepared ? 0 : 1;
}
