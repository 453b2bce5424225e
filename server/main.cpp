// winspoold: arguments only; daemon.cpp does the rest.
#include "server/config.h"
#include "server/daemon.h"
#include "server/demo.h"
#include "spooler/failpoint.h"

#include <CLI/CLI.hpp>

#include <malloc.h>
#include <sys/stat.h>

#include <filesystem>
#include <iostream>

namespace {

struct Arguments {
    std::string config = "/etc/winspoold/winspoold.json";
    std::string demo;
    unsigned demo_mapper_port = 135;
    bool check = false;
    bool print_config = false;
};

base::Result<server::Config> load(const Arguments& arguments) {
    if (arguments.demo.empty()) return server::load_config(arguments.config);
    return server::parse_config(server::demo_configuration(arguments.demo, arguments.demo_mapper_port), "(embedded defaults)");
}

bool prepare_demo(Arguments& arguments) {
    std::error_code error;
    arguments.demo = std::filesystem::absolute(arguments.demo, error).string();
    std::filesystem::create_directories(arguments.demo + "/out", error);
    if (error) std::cerr << "winspoold: " << arguments.demo << ": " << error.message() << "\n";
    return !error;
}

// Requests and replies of some MiB (a list of 10,000 printers is 7) come and go all the time. By default their memory is given back to the
// system and faulted in again with every call, which costs more than making the list; this keeps up to as much per arena until the daemon
// gives it back (daemon.cpp).
void tune_memory() {
    constexpr int kKeptBytes = 32 << 20;
    (void)::mallopt(M_MMAP_THRESHOLD, kKeptBytes);
    (void)::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
}

}  // namespace

int main(int argc, char** argv) {
    ::umask(0077);
    tune_memory();
    Arguments arguments;
    CLI::App app("winspoold: a print server for Windows clients (MS-PAR and MS-RPRN over TCP).");
    app.add_option("--config", arguments.config, "configuration file")->capture_default_str();
    app.add_flag("--check-config", arguments.check, "check the configuration, print what is wrong, and exit");
    app.add_option("--demo", arguments.demo, "run on embedded defaults with all state in this directory");
    app.add_option("--demo-mapper-port", arguments.demo_mapper_port, "endpoint mapper port of --demo")->capture_default_str();
    app.add_flag("--print-config", arguments.print_config, "print the embedded defaults of --demo and exit");
    app.set_version_flag("--version", "winspoold " WSP_VERSION);
    CLI11_PARSE(app, argc, argv);

    if (arguments.print_config) {
        std::cout << server::demo_configuration(arguments.demo.empty() ? "/var/lib/winspoold" : arguments.demo, arguments.demo_mapper_port);
        return 0;
    }
    spooler::failpoint::arm_from_environment();                    // for crash tests; unset, it does nothing
    if (!arguments.demo.empty() && !prepare_demo(arguments)) return 1;
    if (arguments.check) {
        const auto config = load(arguments);
        if (!config) {
            std::cerr << config.error().text() << "\n";
            return 1;
        }
        std::cout << arguments.config << ": correct\n";
        return 0;
    }
    server::DaemonOptions options;
    options.config_path = arguments.demo.empty() ? arguments.config : std::string();
    options.load = [&arguments] { return load(arguments); };
    return server::run_daemon(options);
}
