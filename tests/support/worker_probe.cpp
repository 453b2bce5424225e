// A package worker that misbehaves as the request's INF name says, or tries to leave its sandbox and reports how that went. For tests.
#include "base/limits.h"
#include "server/worker/package_directory.h"
#include "server/worker/sandbox.h"
#include "server/worker/worker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/openat2.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

// As in the real worker.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

namespace limits = base::limits;

int open_with_openat2(int directory, const char* path, int flags) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = (flags & O_CREAT) != 0 ? 0600 : 0;
    return static_cast<int>(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

// "name=worked" or "name=refused" for everything that a worker must not do (and the few that it must).
std::vector<std::string> try_everything(int directory) {
    std::vector<std::string> results;
    const auto note = [&](const char* what, bool worked) { results.push_back(std::string(what) + (worked ? "=worked" : "=refused")); };
    note("read-inside", open_with_openat2(directory, "inside", O_RDONLY) >= 0);
    note("create-inside", open_with_openat2(directory, "created", O_WRONLY | O_CREAT) >= 0);
    note("open-passwd", open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
    note("openat2-passwd", open_with_openat2(AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0);
    note("openat2-outside", open_with_openat2(directory, "../outside", O_RDONLY) >= 0);
    note("link", symlinkat("/etc", directory, "link") == 0);
    note("remove", unlinkat(directory, "inside", 0) == 0);
    note("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
    note("unix-socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
    char* const arguments[] = {nullptr};
    note("exec", execve("/bin/true", arguments, arguments) == 0);
    note("fork", syscall(SYS_fork) >= 0);
    note("trace", ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr) == 0);
    note("signal", kill(getppid(), 0) == 0);
    note("thread-signal", syscall(SYS_tgkill, getppid(), getppid(), 0) == 0);
    note("signal-to-itself", syscall(SYS_tgkill, getpid(), gettid(), 0) == 0);
    note("signal-by-descriptor", fcntl(STDOUT_FILENO, F_SETOWN, getppid()) == 0);
    note("new-code", mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    return results;
}

bool flood() {
    const std::string part(1U << 20U, ' ');
    for (std::size_t sent = 0; sent <= limits::kMaxWorkerReplyBytes; sent += part.size()) {
        if (write(STDOUT_FILENO, part.data(), part.size()) < 0) return false;
    }
    return true;
}

void fill_memory() {
    std::vector<std::string> all;
    while (true) all.emplace_back(64U << 20U, 'm');
}

}  // namespace

int main() {
    server::worker::prepare_process();
    const auto request = server::worker::receive_request(STDIN_FILENO);
    if (!request) return 2;
    server::WorkerReply reply;
    if (request->inf_name == "hang") {
        while (true) pause();
    }
    if (request->inf_name == "hang-silently") {
        close(STDOUT_FILENO);
        while (true) pause();
    }
    if (request->inf_name == "crash") std::abort();
    if (request->inf_name == "flood") return flood() ? 0 : 1;
    if (request->inf_name == "nonsense") return write(STDOUT_FILENO, "nonsense", 8) == 8 ? 0 : 1;
    if (request->inf_name == "empty") {
        reply.success = true;
        return server::worker::send_reply(STDOUT_FILENO, reply) ? 0 : 1;
    }
    const auto directory = server::worker::PackageDirectory::open(request->directory);
    if (!directory) return 3;
    char score[8] = "";
    const auto score_file = storage::open_file("/proc/self/oom_score_adj", O_RDONLY);
    const bool dies_first = score_file && read(score_file->number(), score, sizeof score - 1) > 0 && std::string(score) == "1000\n";
    server::worker::SandboxOptions options;
    options.directory = directory->descriptor();
    options.may_create = request->inf_name == "sandbox-unpack";
    options.memory_bytes = 256U << 20U;
    options.file_bytes = 1U << 20U;
    options.cpu_seconds = 1;
    const auto entered = server::worker::enter_sandbox(options);
    if (!entered) return 4;
    if (request->inf_name == "memory") fill_memory();
    if (request->inf_name == "spin") {
        // Without giving way: on a loaded machine a second of processor time would never come.
        timespec now{};
        while (true) clock_gettime(CLOCK_MONOTONIC, &now);
    }
    reply.warnings = try_everything(directory->descriptor());
    std::string text = entered->empty() ? "landlock" : "no-landlock";
    for (const std::string& result : reply.warnings) text += " " + result;
    if (dies_first) text += " dies-first";
    reply.warnings.clear();
    reply.error = base::Error(base::Win32::invalid_data, text);
    return server::worker::send_reply(STDOUT_FILENO, reply) ? 0 : 1;
}
