// The configuration: one JSON file, checked against config_schema.json (the manual of every key), turned into plain structs.
// Used by main, app and the admin commands. Public header without JSON types.
#pragma once

#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"
#include "base/security_descriptor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace server {

struct ServerConfig {
    std::string name;
    std::string dns_name;
    std::vector<std::string> aliases;
    std::string environment = "Windows x64";
    std::uint32_t os_major_version = 10;
    std::uint32_t os_minor_version = 0;
    std::uint32_t os_build = 17763;
    std::uint32_t minimum_client_build = 6000;
};

struct ListenConfig {
    std::vector<std::string> addresses = {"0.0.0.0", "::"};
    std::uint16_t endpoint_mapper_port = 135;
    std::uint16_t rpc_port = 0;
    std::uint32_t max_connections = base::limits::kMaxConnections;
    std::uint32_t max_connections_per_address = base::limits::kMaxConnectionsPerAddress;
    std::uint32_t authentication_timeout_ms = base::limits::kAuthenticationTimeoutMs;
    std::uint32_t fragment_timeout_ms = base::limits::kFragmentTimeoutMs;
};

struct SecurityConfig {
    std::string account_file = "/var/lib/winspoold/accounts.json";
    std::uint8_t minimum_level_par = 6;                            // RPC_C_AUTHN_LEVEL_*
    std::uint8_t minimum_level_rprn = 6;
    std::optional<base::SecurityDescriptor> server_security;
};

struct StorageConfig {
    std::string directory = "/var/lib/winspoold";
    std::uint64_t spool_min_free_bytes = 256U << 20U;
    std::uint64_t spool_quota_bytes = 0;                           // 0 = no limit, here and below
    std::uint64_t queue_quota_bytes = 0;
    std::uint64_t job_quota_bytes = 0;
};

struct LogConfig {
    std::string file;
    base::log::Level level = base::log::Level::info;
};

struct ProcessConfig {
    std::uint32_t threads = 0;
    std::string user;
    std::uint32_t shutdown_timeout_ms = 10'000;
};

struct FilePortsConfig {
    bool enabled = false;
    std::vector<std::string> directories;
};

// Driver packages: who may vouch for them, and the process that reads them.
struct DriverPackagesConfig {
    bool require_signed = true;
    std::vector<std::string> trust_files;
    std::vector<std::string> trust_directories;
    bool allow_sha1 = false;
    std::string worker;                                            // empty: winspool-worker beside the daemon
    std::uint32_t worker_timeout_ms = base::limits::kWorkerTimeoutMs;
    bool operator==(const DriverPackagesConfig&) const = default;
};

struct PortSeed {
    std::string name;
    std::string monitor;
    std::string description;
    std::string host;
    std::uint16_t port_number = 9100;
    std::uint32_t connect_timeout_ms = 10'000;
    std::uint32_t idle_timeout_ms = 60'000;
    std::uint32_t total_timeout_ms = 14'400'000;
    std::uint32_t linger_timeout_ms = 60'000;
    std::string directory;
};

struct DriverSeed {
    std::string name;
    std::vector<std::string> environments = {"Windows x64", "Windows NT x86", "Windows ARM64"};
    std::uint32_t version = 3;
    std::uint32_t attributes = 1;
};

struct PrinterSeed {
    std::string name;
    std::string share_name;
    bool shared = true;
    std::string port;
    std::string driver;
    std::string comment;
    std::string location;
    std::string processor = "winprint";
    std::string datatype = "RAW";
    std::uint32_t priority = 1;
    std::uint32_t start_time_minutes = 0;
    std::uint32_t until_time_minutes = 0;
    bool after_last_page = false;
    bool keep_printed_jobs = false;
    bool complete_first = false;
    bool raw_only = false;
    std::optional<base::SecurityDescriptor> security;
};

struct Config {
    ServerConfig server;
    ListenConfig listen;
    SecurityConfig security;
    StorageConfig storage;
    LogConfig log;
    std::string admin_socket = "/run/winspoold/admin.socket";
    ProcessConfig process;
    FilePortsConfig file_ports;
    DriverPackagesConfig driver_packages;
    std::vector<PortSeed> ports;
    std::vector<DriverSeed> drivers;
    std::vector<PrinterSeed> printers;
};

// Parses and validates. The error (invalid_data) has one line per finding: "FILE:LINE: /json/pointer: what is wrong".
[[nodiscard]] base::Result<Config> parse_config(std::string_view text, std::string_view file_name);
// Reads the file (at most 64 MiB) first; file_not_found or access_denied when that fails.
[[nodiscard]] base::Result<Config> load_config(const std::string& path);
// The embedded schema text.
[[nodiscard]] std::string_view config_schema();
// Names of top-level keys ("listen.rpc_port") that differ and cannot be taken over without a restart.
[[nodiscard]] std::vector<std::string> changes_needing_restart(const Config& before, const Config& after);

}  // namespace server
