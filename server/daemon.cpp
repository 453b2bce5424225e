#include "server/daemon.h"

#include "base/async.h"
#include "base/log.h"
#include "server/app.h"

#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>

namespace server {
namespace {

constexpr int kAccountWatchMs = 1000;

// Blocked in every thread (they inherit the mask), so that the main thread reads them one by one.
int open_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return ::signalfd(-1, &set, SFD_CLOEXEC);
}

// The next signal, or 0 after the watch interval.
int next_signal(int descriptor) {
    pollfd entry{descriptor, POLLIN, 0};
    if (::poll(&entry, 1, kAccountWatchMs) <= 0) return 0;
    signalfd_siginfo info{};
    if (::read(descriptor, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) return 0;
    return static_cast<int>(info.ssi_signo);
}

base::Result<std::string> reload(App& app, const DaemonOptions& options) {
    if (options.config_path.empty()) return base::Error(base::Win32::not_supported, "running on embedded defaults");
    auto fresh = options.load();
    if (!fresh) {
        base::log::error("configuration not reloaded; the old one stays in force", {{"reason", fresh.error().text()}});
        return std::move(fresh).error();
    }
    std::string text = app.reload(*fresh);
    base::log::configure(fresh->log.file, fresh->log.level);
    base::log::info("configuration reloaded", {{"result", text}});
    return text;
}

// What main.cpp lets the allocator keep for the next large reply goes back to the system from time to time.
class SpareMemory {
 public:
    // About once a second.
    void tick() {
        if (++ticks_ % kTicks == 0 && ::mallinfo2().fordblks > kSpareBytes) (void)::malloc_trim(0);
    }

 private:
    static constexpr unsigned kTicks = 10;
    static constexpr std::size_t kSpareBytes = 4U << 20U;
    unsigned ticks_ = 0;
};

void serve_until_signal(App& app, const DaemonOptions& options, int signals) {
    SpareMemory spare_memory;
    while (true) {
        const int number = next_signal(signals);
        if (number == SIGTERM || number == SIGINT) {
            base::log::info("stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
            ::sd_notify(0, "STOPPING=1");
            return;
        }
        if (number == SIGHUP) {
            ::sd_notify(0, "RELOADING=1");
            base::log::reopen();
            static_cast<void>(reload(app, options));               // the outcome is in the log
            ::sd_notify(0, "READY=1");
        }
        app.watch_accounts();
        spare_memory.tick();
    }
}

// Every connection and every open document is a descriptor; the usual soft limit of 1024 lets one client's connections use them all up.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// The one right of root that is still needed: port 135. Without it the mapper cannot listen, and says so.
void keep_low_ports() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct rights[_LINUX_CAPABILITY_U32S_3]{};
    rights[0].effective = rights[0].permitted = 1U << CAP_NET_BIND_SERVICE;
    if (::syscall(SYS_capset, &header, &rights) != 0) base::log::warning("cannot keep the right to low ports", {{"errno", std::uint64_t(errno)}});
}

// Makes a directory for `user` unless there is one; whose it is then is the administrator's decision.
base::Result<void> provide_directory(const std::filesystem::path& path, const std::string& user) {
    const passwd* entry = user.empty() || ::geteuid() != 0 ? nullptr : ::getpwnam(user.c_str());
    std::error_code error;
    if (entry == nullptr || path.empty() || !std::filesystem::create_directories(path, error)) return {};
    if (::chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) return base::error_from_errno(errno, path.string());
    return {};
}

base::Result<void> become_user(const Config& config) {
    TRY_VOID(provide_directory(config.storage.directory, config.process.user));
    TRY_VOID(provide_directory(std::filesystem::path(config.admin_socket).parent_path(), config.process.user));
    return drop_privileges(config.process.user);
}

}  // namespace

base::Result<void> drop_privileges(const std::string& user) {
    if (user.empty() || ::geteuid() != 0) return {};
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) return base::Error(base::Win32::invalid_parameter, "process.user: there is no user \"" + user + "\"");
    ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (::initgroups(user.c_str(), entry->pw_gid) != 0 || ::setgid(entry->pw_gid) != 0 || ::setuid(entry->pw_uid) != 0) {
        return base::error_from_errno(errno, "process.user: cannot become " + user);
    }
    keep_low_ports();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (entry->pw_uid != 0 && ::setuid(0) == 0) return base::Error(base::Win32::access_denied, "process.user: privileges came back");
    return {};
}

int run_daemon(const DaemonOptions& options) {
    const int signals = open_signals();
    auto config = options.load();
    if (!config) {
        std::cerr << config.error().text() << "\n";
        return 1;
    }
    // First of all: whatever is made from here on must belong to who works with it later.
    if (const auto dropped = become_user(*config); !dropped) {
        std::cerr << "winspoold: " << dropped.error().text() << "\n";
        return 1;
    }
    raise_descriptor_limit();
    base::log::configure(config->log.file, config->log.level);
    App* running = nullptr;
    App app(std::move(config).value(), [&running, &options] { return reload(*running, options); });
    running = &app;
    const auto started = app.start();
    if (!started) {
        base::log::error("cannot start", {{"reason", started.error().to_string()}});
        base::log::flush();
        std::cerr << "winspoold: " << started.error().to_string() << "\n";
        return 1;
    }
    for (const std::string& warning : app.warnings()) std::cerr << "winspoold: " << warning << "\n";
    std::printf("ready epm=%u rpc=%u\n", unsigned{app.endpoint_mapper_port()}, unsigned{app.rpc_port()});
    std::fflush(stdout);
    ::sd_notify(0, "READY=1");
    serve_until_signal(app, options, signals);
    app.stop();
    base::log::info("stopped");
    base::log::flush();
    ::close(signals);
    return 0;
}

}  // namespace server
