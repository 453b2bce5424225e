#include "server/app.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/utf.h"
#include "dcerpc/server/server.h"
#include "server/account_file.h"
#include "server/admin/admin_server.h"
#include "server/audit.h"
#include "server/event_log.h"
#include "server/package_worker.h"
#include "server/seeding.h"
#include "server/winspool/service.h"
#include "spooler/notify/bus.h"
#include "spooler/package_installer.h"
#include "spooler/ports/registry.h"
#include "spooler/processors/winprint.h"
#include "spooler/spooler.h"
#include "storage/driver_store.h"
#include "storage/package_store.h"
#include "storage/spool_dir.h"
#include "storage/sqlite_store.h"
#include "wire/winspool/dispatch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <nlohmann/json.hpp>

#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace server {
namespace {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

constexpr std::size_t kMaxThreads = 4;
// [MS-PAR] 2.1: every request carries this object UUID.
constexpr base::Guid kParObject{0x9940ca8e, 0x512f, 0x4c58, {0x88, 0xa9, 0x61, 0x09, 0x8d, 0x68, 0x96, 0xbd}};

std::string system_host_name() {
    std::string name(256, '\0');
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    name.resize(name.find('\0'));
    return name.empty() ? "localhost" : name;
}

// The canonical name that the resolver gives our host name; the bare name when it gives none.
std::string system_dns_name() {
    const std::string host = system_host_name();
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return host;
    std::string name = found->ai_canonname != nullptr ? found->ai_canonname : host;
    ::freeaddrinfo(found);
    return name;
}

void fill_names(ServerConfig& server) {
    if (server.dns_name.empty()) server.dns_name = system_dns_name();
    if (server.name.empty()) {
        server.name = base::fold_utf8(system_host_name());
        server.name.resize(std::min(server.name.size(), server.name.find('.')));
        server.name.resize(std::min<std::size_t>(server.name.size(), 15));
    }
}

spooler::SpoolSettings spool_settings(const Config& config) {
    spooler::SpoolSettings settings;
    settings.min_free_bytes = config.storage.spool_min_free_bytes;
    settings.spool_quota_bytes = config.storage.spool_quota_bytes;
    settings.queue_quota_bytes = config.storage.queue_quota_bytes;
    settings.job_quota_bytes = config.storage.job_quota_bytes;
    settings.stop_timeout_ms = config.process.shutdown_timeout_ms;
    return settings;
}

spooler::ServerSettings server_settings(const ServerConfig& config) {
    spooler::ServerSettings settings;
    settings.name = config.name;
    settings.dns_name = config.dns_name;
    settings.aliases = config.aliases;
    settings.environment = config.environment;
    settings.os_major = config.os_major_version;
    settings.os_minor = config.os_minor_version;
    settings.os_build = config.os_build;
    settings.minimum_client_build = config.minimum_client_build;
    return settings;
}

Result<void> make_private_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return Error(Win32::access_denied, path + ": " + error.message());
    if (::chmod(path.c_str(), 0700) != 0) return base::error_from_errno(errno, path);
    return {};
}

}  // namespace

struct App::Parts {
    Parts(Config wanted, std::function<Result<std::string>()> reloader) : config(std::move(wanted)), reload(std::move(reloader)) {}

    Config config;
    std::function<Result<std::string>()> reload;
    std::vector<std::string> warnings;
    base::Metrics metrics;
    boost::asio::io_context io;
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
    std::vector<std::thread> threads;
    std::mutex reloading;                                          // SIGHUP and the command come on different threads

    std::unique_ptr<AccountFile> accounts;
    timespec accounts_seen{};
    std::unique_ptr<storage::SqliteStore> store;
    std::unique_ptr<storage::SpoolDir> files;
    std::unique_ptr<storage::DriverStore> drivers;
    std::atomic<std::uint64_t> min_free_bytes{0};                  // the package store asks from its own threads
    std::unique_ptr<storage::PackageStore> package_files;
    std::unique_ptr<EventLog> events;
    std::unique_ptr<spooler::Bus> bus;
    std::unique_ptr<spooler::MonitorRegistry> monitors;
    std::unique_ptr<spooler::Spooler> spool;
    std::unique_ptr<PackageWorker> package_reader;
    std::unique_ptr<spooler::PackageInstaller> packages;
    std::unique_ptr<WinspoolService> service;
    std::unique_ptr<dcerpc::Server> rpc;
    dcerpc::EndpointId print_endpoint = 0;
    std::optional<dcerpc::EndpointId> mapper_endpoint;
    std::unique_ptr<AdminServer> admin;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

    // Runs a coroutine on the pool and waits for it; for start and stop only, from the main thread.
    template <class T>
    T wait(Task<T> task) {
        return boost::asio::co_spawn(io, std::move(task), boost::asio::use_future).get();
    }

    Result<void> open_state();
    Result<void> start_spooler();
    Result<void> start_packages();
    void build_rpc(bool with_mapper);
    Result<void> open_rpc();
    Result<void> start_admin();
    nlohmann::json status() const;
    void run_threads();
};

Result<void> App::Parts::open_state() {
    fill_names(config.server);
    TRY_VOID(make_private_directory(config.storage.directory));
    TRY(accounts, AccountFile::open(config.security.account_file));
    TRY(store, storage::SqliteStore::open(config.storage.directory + "/winspoold.sqlite"));
    TRY(files, storage::SpoolDir::open(config.storage.directory + "/spool"));
    TRY(drivers, storage::DriverStore::open(config.storage.directory));
    TRY(events, EventLog::open(config.storage.directory));
    min_free_bytes = config.storage.spool_min_free_bytes;
    storage::PackageStore::Settings places;
    places.root = config.storage.directory + "/driver_packages";
    places.drivers = drivers->share();
    places.min_free_bytes = [this] { return min_free_bytes.load(); };
    TRY(package_files, storage::PackageStore::open(std::move(places)));
    return {};
}

// After the spooler has loaded, which packages there are.
Result<void> App::Parts::start_packages() {
    PackageWorkerSettings reading;
    reading.program = config.driver_packages.worker.empty() ? default_worker_program() : config.driver_packages.worker;
    reading.trust_files = config.driver_packages.trust_files;
    reading.trust_directories = config.driver_packages.trust_directories;
    reading.allow_sha1 = config.driver_packages.allow_sha1;
    reading.timeout_ms = config.driver_packages.worker_timeout_ms;
    if (::access(reading.program.c_str(), X_OK) != 0) {
        const std::string reason = std::generic_category().message(errno);
        warnings.push_back("driver packages cannot be taken in: " + reading.program + ": " + reason);
        base::log::warning("no program that reads driver packages; install it there or set driver_packages.worker",
                           {{"program", reading.program}, {"reason", reason}});
    }
    package_reader = std::make_unique<PackageWorker>(std::move(reading));
    spooler::PackagePolicy policy;
    policy.require_signed = config.driver_packages.require_signed;
    packages = std::make_unique<spooler::PackageInstaller>(*spool, *package_files, *package_reader, policy);
    return packages->recover();
}

Result<void> App::Parts::start_spooler() {
    bus = std::make_unique<spooler::Bus>();
    spooler::MonitorSettings monitor_settings;
    monitor_settings.file_ports = config.file_ports.enabled;
    monitor_settings.file_directories = config.file_ports.directories;
    monitors = std::make_unique<spooler::MonitorRegistry>(monitor_settings);
    spooler::Dependencies needs{*store, *files, *bus, base::system_clock(), *monitors, spooler::winprint_processors(), io.get_executor(),
                                drivers.get()};
    spool = std::make_unique<spooler::Spooler>(std::move(needs), spool_settings(config), server_settings(config.server));
    auto started_well = wait(spool->start(declared_drivers(config)));
    if (!started_well) return started_well;
    TRY_VOID(start_packages());
    if (config.security.server_security) {
        auto descriptor = std::make_shared<const base::SecurityDescriptor>(*config.security.server_security);
        TRY_VOID(wait(spool->server().set_security(std::move(descriptor))));
    }
    return wait(seed(*spool, config.ports, config.printers));
}

void App::Parts::build_rpc(bool with_mapper) {
    dcerpc::ServerSettings settings;
    settings.host_name = config.server.dns_name;
    settings.acceptors.accounts = accounts.get();
    settings.acceptors.clock = &base::system_clock();
    settings.acceptors.netbios_computer = config.server.name;
    settings.acceptors.dns_computer = config.server.dns_name;
    settings.max_connections = config.listen.max_connections;
    settings.max_connections_per_address = config.listen.max_connections_per_address;
    settings.limits.authentication = std::chrono::milliseconds(config.listen.authentication_timeout_ms);
    settings.limits.fragment = std::chrono::milliseconds(config.listen.fragment_timeout_ms);
    settings.audit = &audit_logon;
    rpc = std::make_unique<dcerpc::Server>(io, std::move(settings), metrics);
    print_endpoint = rpc->add_endpoint(config.listen.addresses, config.listen.rpc_port);
    mapper_endpoint.reset();
    if (with_mapper) mapper_endpoint = rpc->add_mapper_endpoint(config.listen.addresses, config.listen.endpoint_mapper_port);

    auto* target = static_cast<wire::winspool::Service*>(service.get());
    dcerpc::Policy par;
    par.min_auth_level = config.security.minimum_level_par;
    par.object = kParObject;
    par.annotation = "Print Asynchronous Remote Protocol";
    rpc->registry().add(wire::winspool::par_interface(), target, std::move(par), {print_endpoint});
    dcerpc::Policy rprn;
    rprn.min_auth_level = config.security.minimum_level_rprn;
    rprn.annotation = "Print System Remote Protocol";
    rpc->registry().add(wire::winspool::rprn_interface(), target, std::move(rprn), {print_endpoint});
}

Result<void> App::Parts::open_rpc() {
    service = std::make_unique<WinspoolService>(*spool, *bus, events.get());
    service->take_packages(*packages);
    const bool wants_mapper = config.listen.endpoint_mapper_port != 0;
    build_rpc(wants_mapper);
    auto opened = rpc->open();
    if (!opened && wants_mapper) {
        // Printing works without the mapper for clients that know the port; saying so beats not serving at all.
        warnings.push_back("the endpoint mapper cannot listen on port " + std::to_string(config.listen.endpoint_mapper_port) + " (" +
                           opened.error().text() + "): Windows clients will not find this server; clients that name the RPC port will");
        base::log::error("endpoint mapper not served", {{"reason", opened.error().to_string()}});
        build_rpc(false);
        opened = rpc->open();
    }
    if (!opened) return opened;
    rpc->start();
    return {};
}

nlohmann::json App::Parts::status() const {
    const auto totals = spool->totals();
    const auto up = std::chrono::steady_clock::now() - started;
    nlohmann::json row;
    row["name"] = config.server.name;
    row["dns_name"] = config.server.dns_name;
    row["endpoint_mapper_port"] = mapper_endpoint ? rpc->port(*mapper_endpoint) : 0;
    row["rpc_port"] = rpc->port(print_endpoint);
    row["uptime_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(up).count();
    row["printers"] = totals.printers;
    row["jobs"] = totals.jobs;
    row["spooled_bytes"] = totals.spooled_bytes;
    row["connections"] = rpc->connections().size();
    row["warnings"] = warnings;
    return row;
}

Result<void> App::Parts::start_admin() {
    if (config.admin_socket.empty()) return {};
    AdminContext context;
    context.spooler = spool.get();
    context.accounts = accounts.get();
    context.metrics = &metrics;
    context.events = events.get();
    context.packages = packages.get();
    context.reload = reload;
    context.status = [this] { return status(); };
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(config.admin_socket).parent_path(), ignored);
    admin = std::make_unique<AdminServer>(io, std::move(context));
    return admin->start(config.admin_socket);
}

void App::Parts::run_threads() {
    std::size_t count = config.process.threads;
    if (count == 0) count = std::min<std::size_t>(kMaxThreads, std::max(1U, std::thread::hardware_concurrency()));
    work.emplace(boost::asio::make_work_guard(io));
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { io.run(); });
}

App::App(Config config, std::function<Result<std::string>()> reload) : parts_(std::make_unique<Parts>(std::move(config), std::move(reload))) {}

App::~App() {
    if (!parts_->threads.empty()) stop();
}

Result<void> App::start() {
    TRY_VOID(parts_->open_state());
    parts_->run_threads();
    const auto fail = [this](Result<void> result) {
        stop();
        return result;
    };
    if (auto spooling = parts_->start_spooler(); !spooling) return fail(std::move(spooling));
    if (auto opened = parts_->open_rpc(); !opened) return fail(std::move(opened));
    if (auto admin = parts_->start_admin(); !admin) return fail(std::move(admin));
    base::log::info("serving", {{"endpoint_mapper_port", std::uint32_t{endpoint_mapper_port()}},
                                {"rpc_port", std::uint32_t{rpc_port()}},
                                {"printers", std::uint64_t{parts_->spool->totals().printers}},
                                {"jobs", std::uint64_t{parts_->spool->totals().jobs}}});
    return {};
}

void App::stop() {
    Parts& parts = *parts_;
    if (parts.threads.empty()) return;
    const auto bound = std::chrono::milliseconds(parts.config.process.shutdown_timeout_ms);
    if (parts.admin) parts.admin->stop();
    if (parts.rpc && !parts.wait(parts.rpc->stop(bound / 2))) base::log::warning("some connections did not end in time");
    if (parts.spool) {
        boost::asio::co_spawn(parts.io, parts.spool->stop(), boost::asio::use_future).get();
    }
    parts.work.reset();
    parts.io.stop();
    for (std::thread& thread : parts.threads) thread.join();
    parts.threads.clear();
    // Front to back: whoever uses somebody goes first.
    parts.admin.reset();
    parts.rpc.reset();
    parts.service.reset();
    parts.packages.reset();
    parts.package_reader.reset();
    parts.spool.reset();
    parts.bus.reset();
    parts.events.reset();
    parts.package_files.reset();
    parts.drivers.reset();
    parts.files.reset();
    parts.store.reset();
}

std::string App::reload(const Config& fresh) {
    Config wanted = fresh;
    fill_names(wanted.server);
    const std::scoped_lock lock(parts_->reloading);
    const auto restart = changes_needing_restart(parts_->config, wanted);
    parts_->config.storage = fresh.storage;
    parts_->min_free_bytes = fresh.storage.spool_min_free_bytes;
    parts_->config.log = fresh.log;
    parts_->spool->set_settings(spool_settings(parts_->config));
    const auto accounts = parts_->accounts->reload();
    std::string text = "quotas, disk reserve, log and accounts taken over";
    if (!accounts) text += "; account file not taken over: " + accounts.error().text();
    if (!restart.empty()) {
        text += "; a restart is needed for";
        for (std::size_t i = 0; i < restart.size(); ++i) text += (i == 0 ? " " : ", ") + restart[i];
    }
    return text;
}

void App::watch_accounts() {
    struct stat info {};
    if (::stat(parts_->config.security.account_file.c_str(), &info) != 0) return;
    timespec& seen = parts_->accounts_seen;
    if (seen.tv_sec == info.st_mtim.tv_sec && seen.tv_nsec == info.st_mtim.tv_nsec) return;
    const bool first = seen.tv_sec == 0;
    seen = info.st_mtim;
    if (first) return;
    const auto reloaded = parts_->accounts->reload();
    if (reloaded) base::log::info("accounts reloaded", {{"file", parts_->config.security.account_file}});
    else base::log::error("accounts not reloaded; the old ones stay in force", {{"reason", reloaded.error().text()}});
}

std::uint16_t App::endpoint_mapper_port() const { return parts_->mapper_endpoint ? parts_->rpc->port(*parts_->mapper_endpoint) : 0; }

std::uint16_t App::rpc_port() const { return parts_->rpc->port(parts_->print_endpoint); }

const Config& App::config() const { return parts_->config; }

const std::vector<std::string>& App::warnings() const { return parts_->warnings; }

}  // namespace server
