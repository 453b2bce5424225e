#include "server/config.h"

#include "base/utf.h"
#include "server/config_document.h"

#include <boost/asio/ip/address.hpp>

#include <cerrno>
#include <fstream>
#include <set>

namespace server {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxConfigBytes = 64U << 20U;

template <class T>
void take(const json& object, const char* key, T& into) {
    const auto found = object.find(key);
    if (found != object.end()) into = found->get<T>();
}

std::uint8_t auth_level(const std::string& word) {
    if (word == "connect") return 2;
    if (word == "packet") return 4;
    if (word == "integrity") return 5;
    return 6;
}

void take_level(const json& object, const char* key, std::uint8_t& into) {
    const auto found = object.find(key);
    if (found != object.end()) into = auth_level(found->get<std::string>());
}

// Semantic rules that a schema cannot state; collects findings while it fills the structs.
class Reader {
 public:
    explicit Reader(const json& root) : root_(root) {}

    Config read() {
        Config config;
        read_server(section("server"), config.server);
        read_listen(section("listen"), config.listen);
        read_security(section("security"), config.security);
        read_storage(section("storage"), config.storage);
        const json& log = section("log");
        take(log, "file", config.log.file);
        std::string level = "info";
        take(log, "level", level);
        config.log.level = base::log::parse_level(level, base::log::Level::info);
        take(section("admin"), "socket", config.admin_socket);
        const json& process = section("process");
        take(process, "threads", config.process.threads);
        take(process, "user", config.process.user);
        take(process, "shutdown_timeout_ms", config.process.shutdown_timeout_ms);
        const json& files = section("file_ports");
        take(files, "enabled", config.file_ports.enabled);
        take(files, "directories", config.file_ports.directories);
        read_driver_packages(section("driver_packages"), config.driver_packages);
        read_ports(config);
        read_drivers(config);
        read_printers(config);
        return config;
    }
    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

 private:
    const json& section(const char* name) const {
        static const json empty = json::object();
        const auto found = root_.find(name);
        return found == root_.end() ? empty : *found;
    }
    const json& list(const char* name) const {
        static const json empty = json::array();
        const auto found = root_.find(name);
        return found == root_.end() ? empty : *found;
    }
    void complain(std::string pointer, std::string text) { findings_.push_back({std::move(pointer), std::move(text)}); }

    std::optional<base::SecurityDescriptor> descriptor(const json& object, const char* key, const std::string& pointer) {
        std::string text;
        take(object, key, text);
        if (text.empty()) return std::nullopt;
        auto parsed = base::parse_sddl(text);
        if (parsed && parsed->dacl) return std::move(parsed).value();
        // Without a DACL everything would be allowed to everyone; nobody means that.
        complain(pointer + "/" + key, parsed ? "has no DACL (\"D:…\"): that would allow everything to everyone" : parsed.error().text());
        return std::nullopt;
    }

    static void read_server(const json& from, ServerConfig& server) {
        take(from, "name", server.name);
        take(from, "dns_name", server.dns_name);
        take(from, "aliases", server.aliases);
        take(from, "environment", server.environment);
        take(from, "os_major_version", server.os_major_version);
        take(from, "os_minor_version", server.os_minor_version);
        take(from, "os_build", server.os_build);
        take(from, "minimum_client_build", server.minimum_client_build);
    }

    void read_listen(const json& from, ListenConfig& listen) {
        take(from, "addresses", listen.addresses);
        take(from, "endpoint_mapper_port", listen.endpoint_mapper_port);
        take(from, "rpc_port", listen.rpc_port);
        take(from, "max_connections", listen.max_connections);
        take(from, "max_connections_per_address", listen.max_connections_per_address);
        take(from, "authentication_timeout_ms", listen.authentication_timeout_ms);
        take(from, "fragment_timeout_ms", listen.fragment_timeout_ms);
        std::set<std::string> seen;
        for (std::size_t i = 0; i < listen.addresses.size(); ++i) {
            const std::string pointer = "/listen/addresses/" + std::to_string(i);
            boost::system::error_code error;
            const auto address = boost::asio::ip::make_address(listen.addresses[i], error);
            if (error) complain(pointer, "not an IPv4 or IPv6 address");
            else if (!seen.insert(address.to_string()).second) complain(pointer, "listed twice");
        }
        if (listen.rpc_port != 0 && listen.rpc_port == listen.endpoint_mapper_port) {
            complain("/listen/rpc_port", "the same as endpoint_mapper_port");
        }
    }

    void read_security(const json& from, SecurityConfig& security) {
        take(from, "account_file", security.account_file);
        take_level(from, "minimum_level_par", security.minimum_level_par);
        take_level(from, "minimum_level_rprn", security.minimum_level_rprn);
        security.server_security = descriptor(from, "server_security", "/security");
    }

    static void read_storage(const json& from, StorageConfig& storage) {
        take(from, "directory", storage.directory);
        take(from, "spool_min_free_bytes", storage.spool_min_free_bytes);
        take(from, "spool_quota_bytes", storage.spool_quota_bytes);
        take(from, "queue_quota_bytes", storage.queue_quota_bytes);
        take(from, "job_quota_bytes", storage.job_quota_bytes);
    }

    void require_unique(std::set<std::string>& seen, const std::string& name, const std::string& pointer) {
        if (!name.empty() && !seen.insert(base::fold_utf8(name)).second) complain(pointer, "\"" + name + "\" is used twice");
    }

    void read_ports(Config& config) {
        const json& from = list("ports");
        for (std::size_t i = 0; i < from.size(); ++i) {
            const std::string pointer = "/ports/" + std::to_string(i);
            PortSeed port;
            take(from[i], "name", port.name);
            take(from[i], "monitor", port.monitor);
            take(from[i], "description", port.description);
            take(from[i], "host", port.host);
            take(from[i], "port_number", port.port_number);
            take(from[i], "connect_timeout_ms", port.connect_timeout_ms);
            take(from[i], "idle_timeout_ms", port.idle_timeout_ms);
            take(from[i], "total_timeout_ms", port.total_timeout_ms);
            take(from[i], "linger_timeout_ms", port.linger_timeout_ms);
            take(from[i], "directory", port.directory);
            if (port.monitor == "Standard TCP/IP Port" && port.host.empty()) complain(pointer, "needs \"host\"");
            if (port.monitor == "Local Port") check_file_port(config.file_ports, port, pointer);
            require_unique(port_names_, port.name, pointer + "/name");
            config.ports.push_back(std::move(port));
        }
    }

    void check_file_port(const FilePortsConfig& files, const PortSeed& port, const std::string& pointer) {
        if (port.directory.empty()) return complain(pointer, "needs \"directory\"");
        if (!files.enabled) return complain(pointer, "file ports are off: set /file_ports/enabled");
        for (const std::string& allowed : files.directories) {
            if (port.directory == allowed || port.directory.starts_with(allowed.ends_with('/') ? allowed : allowed + "/")) return;
        }
        complain(pointer + "/directory", "is below none of /file_ports/directories");
    }

    static void read_driver_packages(const json& from, DriverPackagesConfig& packages) {
        take(from, "require_signed", packages.require_signed);
        take(from, "trust_files", packages.trust_files);
        take(from, "trust_directories", packages.trust_directories);
        take(from, "allow_sha1", packages.allow_sha1);
        take(from, "worker", packages.worker);
        take(from, "worker_timeout_ms", packages.worker_timeout_ms);
    }

    void read_drivers(Config& config) {
        const json& from = list("drivers");
        for (std::size_t i = 0; i < from.size(); ++i) {
            DriverSeed driver;
            take(from[i], "name", driver.name);
            take(from[i], "environments", driver.environments);
            take(from[i], "version", driver.version);
            take(from[i], "attributes", driver.attributes);
            require_unique(driver_names_, driver.name, "/drivers/" + std::to_string(i) + "/name");
            config.drivers.push_back(std::move(driver));
        }
    }

    void read_printers(Config& config) {
        const json& from = list("printers");
        for (std::size_t i = 0; i < from.size(); ++i) {
            const std::string pointer = "/printers/" + std::to_string(i);
            PrinterSeed printer;
            take(from[i], "name", printer.name);
            take(from[i], "share_name", printer.share_name);
            take(from[i], "shared", printer.shared);
            take(from[i], "port", printer.port);
            take(from[i], "driver", printer.driver);
            take(from[i], "comment", printer.comment);
            take(from[i], "location", printer.location);
            take(from[i], "processor", printer.processor);
            take(from[i], "datatype", printer.datatype);
            take(from[i], "priority", printer.priority);
            take(from[i], "start_time_minutes", printer.start_time_minutes);
            take(from[i], "until_time_minutes", printer.until_time_minutes);
            take(from[i], "keep_printed_jobs", printer.keep_printed_jobs);
            take(from[i], "complete_first", printer.complete_first);
            take(from[i], "raw_only", printer.raw_only);
            printer.after_last_page = from[i].value("spool", "while_spooling") == "after_last_page";
            printer.security = descriptor(from[i], "security", pointer);
            require_unique(printer_names_, printer.name, pointer + "/name");
            require_unique(share_names_, printer.share_name, pointer + "/share_name");
            if (printer.shared && printer.share_name.empty()) printer.share_name = printer.name.substr(0, 80);
            config.printers.push_back(std::move(printer));
        }
    }

    const json& root_;
    std::vector<Finding> findings_;
    std::set<std::string> port_names_;
    std::set<std::string> driver_names_;
    std::set<std::string> printer_names_;
    std::set<std::string> share_names_;
};

base::Error invalid(const ConfigDocument& document, const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) text += (text.empty() ? "" : "\n") + document.describe(finding);
    return {base::Win32::invalid_data, std::move(text)};
}

}  // namespace

std::string_view config_schema() {
    static constexpr std::string_view kSchema =
#include "server/config_schema.inc"
        ;
    return kSchema;
}

base::Result<Config> parse_config(std::string_view text, std::string_view file_name) {
    TRY(const ConfigDocument document, ConfigDocument::parse(text, file_name));
    const auto shape = document.validate(config_schema());
    if (!shape.empty()) return invalid(document, shape);
    Reader reader(document.root());
    Config config = reader.read();
    if (!reader.findings().empty()) return invalid(document, reader.findings());
    return config;
}

base::Result<Config> load_config(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        const bool missing = errno == ENOENT;
        return base::Error(missing ? base::Win32::file_not_found : base::Win32::access_denied,
                           path + ": cannot be read: " + std::generic_category().message(errno));
    }
    std::string text;
    std::string chunk(1U << 16U, '\0');
    while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0) {
        text.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
        if (text.size() > kMaxConfigBytes) return base::Error(base::Win32::invalid_data, path + ": larger than 64 MiB");
    }
    return parse_config(text, path);
}

std::vector<std::string> changes_needing_restart(const Config& before, const Config& after) {
    std::vector<std::string> keys;
    const auto note = [&keys](bool differs, const char* key) {
        if (differs) keys.emplace_back(key);
    };
    note(before.server.name != after.server.name, "server.name");
    note(before.server.dns_name != after.server.dns_name, "server.dns_name");
    note(before.server.aliases != after.server.aliases, "server.aliases");
    note(before.server.minimum_client_build != after.server.minimum_client_build, "server.minimum_client_build");
    note(before.server.environment != after.server.environment, "server.environment");
    note(before.server.os_build != after.server.os_build || before.server.os_major_version != after.server.os_major_version ||
             before.server.os_minor_version != after.server.os_minor_version,
         "server.os_*");
    note(before.listen.addresses != after.listen.addresses, "listen.addresses");
    note(before.listen.endpoint_mapper_port != after.listen.endpoint_mapper_port, "listen.endpoint_mapper_port");
    note(before.listen.rpc_port != after.listen.rpc_port, "listen.rpc_port");
    note(before.listen.max_connections != after.listen.max_connections, "listen.max_connections");
    note(before.listen.max_connections_per_address != after.listen.max_connections_per_address, "listen.max_connections_per_address");
    note(before.listen.authentication_timeout_ms != after.listen.authentication_timeout_ms, "listen.authentication_timeout_ms");
    note(before.listen.fragment_timeout_ms != after.listen.fragment_timeout_ms, "listen.fragment_timeout_ms");
    note(before.security.account_file != after.security.account_file, "security.account_file");
    note(before.security.minimum_level_par != after.security.minimum_level_par, "security.minimum_level_par");
    note(before.security.minimum_level_rprn != after.security.minimum_level_rprn, "security.minimum_level_rprn");
    note(before.security.server_security != after.security.server_security, "security.server_security");
    note(before.storage.directory != after.storage.directory, "storage.directory");
    note(before.admin_socket != after.admin_socket, "admin.socket");
    note(before.process.threads != after.process.threads, "process.threads");
    note(before.process.user != after.process.user, "process.user");
    note(before.file_ports.enabled != after.file_ports.enabled || before.file_ports.directories != after.file_ports.directories, "file_ports");
    note(before.driver_packages != after.driver_packages, "driver_packages");
    return keys;
}

}  // namespace server
