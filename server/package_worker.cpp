#include "server/package_worker.h"

#include "base/log.h"
#include "storage/posix_file.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>

namespace server {
namespace {

using storage::FileDescriptor;
using StreamDescriptor = boost::asio::posix::stream_descriptor;

// A started worker. Killed and reaped at the latest when this goes.
class Child {
 public:
    Child(pid_t id, FileDescriptor handle) : handle_(std::move(handle)) {
        id_.with([&](pid_t& current) { current = id; });
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        kill();
        reap();
    }
    // From any thread. The process stays a zombie until reap(), so its id cannot belong to anybody else.
    void kill() {
        id_.with([](pid_t& id) {
            if (id > 0) ::kill(id, SIGKILL);
        });
    }
    [[nodiscard]] int handle() const { return handle_.number(); }
    // waitpid's status; call when the handle is readable or after kill(): then it returns at once.
    int reap() {
        return id_.with([](pid_t& id) {
            int status = 0;
            while (id > 0 && waitpid(id, &status, 0) < 0 && errno == EINTR) {
            }
            id = -1;
            return status;
        });
    }

 private:
    base::Guarded<pid_t> id_;
    FileDescriptor handle_;  // readable when it has ended
};

struct Started {
    std::shared_ptr<Child> child;
    FileDescriptor output;
};

// A request in memory, as the worker's standard input.
base::Result<FileDescriptor> make_input(const std::string& text) {
    FileDescriptor input(memfd_create("winspool-worker request", MFD_CLOEXEC));
    if (!input.is_open()) return storage::file_error(errno, "memory for a worker's request");
    TRY_VOID(storage::write_at(input.number(), base::as_bytes(text), 0));
    return input;
}

struct SpawnActions {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    SpawnActions() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnActions() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
};

base::Result<Started> start_worker(const std::string& program, const WorkerRequest& request) {
    TRY(const FileDescriptor input, make_input(encode(request)));
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return storage::file_error(errno, "pipe to a worker");
    FileDescriptor output(ends[0]);
    const FileDescriptor writing(ends[1]);

    SpawnActions spawn;
    posix_spawn_file_actions_adddup2(&spawn.actions, input.number(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, writing.number(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&spawn.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&spawn.actions, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&spawn.actions, "/");
    // The daemon's blocked and ignored signals are not the worker's.
    sigset_t none{}, all{};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&spawn.attributes, &none);
    posix_spawnattr_setsigdefault(&spawn.attributes, &all);
    posix_spawnattr_setflags(&spawn.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = program;
    char* arguments[] = {name.data(), nullptr};
    char* environment[] = {nullptr};
    pid_t id = 0;
    const int error = posix_spawn(&id, program.c_str(), &spawn.actions, &spawn.attributes, arguments, environment);
    if (error != 0) return storage::file_error(error, "cannot start '" + program + "'");
    FileDescriptor handle(static_cast<int>(syscall(SYS_pidfd_open, id, 0)));
    const int handle_error = errno;
    const bool has_handle = handle.is_open();
    Started started;
    started.child = std::make_shared<Child>(id, std::move(handle));
    if (!has_handle) return storage::file_error(handle_error, "handle of a worker");
    started.output = std::move(output);
    return started;
}

base::Result<void> watch(StreamDescriptor& stream, int descriptor) {
    const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return storage::file_error(errno, "descriptor of a worker");
    boost::system::error_code error;
    stream.assign(copy, error);
    if (!error) return {};
    ::close(copy);
    return base::error_from(error, "descriptor of a worker");
}

// Everything up to the end; more than the limit is cut and noticed by the length.
base::Task<std::string> read_reply(StreamDescriptor& output) {
    std::string text;
    std::array<char, 32768> part{};
    while (text.size() <= base::limits::kMaxWorkerReplyBytes) {
        auto outcome = co_await output.async_read_some(boost::asio::buffer(part), base::nothrow);
        auto& [error, size] = outcome;
        if (error) break;
        text.append(part.data(), size);
    }
    co_return text;
}

base::Error ended_badly(int status) {
    std::string how = "with status " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) how = std::string("by signal ") + strsignal(WTERMSIG(status));
    return base::Error(base::Win32::invalid_data,
                       "the package reader ended " + how + ": the package is damaged or hostile, or exceeds the limits");
}

}  // namespace

// Who waits for a free place: one event for all, each looks again.
struct PackageWorker::Turns {
    base::Guarded<std::size_t> running;
    base::AsyncEvent freed;
};

class PackageWorker::Turn {
 public:
    explicit Turn(std::shared_ptr<Turns> turns) : turns_(std::move(turns)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!taken_) return;
        turns_->running.with([](std::size_t& running) { --running; });
        turns_->freed.set();
    }
    bool take() {
        turns_->freed.reset();
        taken_ = turns_->running.with([](std::size_t& running) {
            if (running >= base::limits::kMaxWorkers) return false;
            ++running;
            return true;
        });
        return taken_;
    }

 private:
    std::shared_ptr<Turns> turns_;
    bool taken_ = false;
};

std::string default_worker_program() {
    std::error_code code;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
    return code ? std::string("winspool-worker") : (self.parent_path() / "winspool-worker").string();
}

PackageWorker::PackageWorker(PackageWorkerSettings settings)
    : settings_(std::move(settings)), turns_(std::make_shared<Turns>()), decoder_(std::make_unique<boost::asio::thread_pool>(1)) {}
PackageWorker::~PackageWorker() = default;

base::Task<base::Result<WorkerReply>> PackageWorker::run(WorkerRequest request) {
    const auto turns = turns_;
    Turn turn(turns);
    while (!turn.take()) co_await turns->freed.wait();
    CO_TRY(WorkerReply reply, co_await run_in_turn(std::move(request)));
    if (!reply.success) co_return std::move(reply.error);
    co_return reply;
}

base::Task<base::Result<WorkerReply>> PackageWorker::run_in_turn(WorkerRequest request) {
    request.trust_files = settings_.trust_files;
    request.trust_directories = settings_.trust_directories;
    request.allow_sha1 = settings_.allow_sha1;
    request.timeout_ms = settings_.timeout_ms;
    auto started = start_worker(settings_.program, request);
    if (!started) co_return std::move(started).error();
    const std::shared_ptr<Child> child = started->child;

    const auto executor = co_await boost::asio::this_coro::executor;
    StreamDescriptor output(executor), handle(executor);
    CO_TRY_VOID(watch(output, started->output.number()));
    CO_TRY_VOID(watch(handle, child->handle()));
    started->output.close();
    const auto late = std::make_shared<std::atomic<bool>>(false);
    boost::asio::steady_timer deadline(executor, std::chrono::milliseconds(settings_.timeout_ms));
    deadline.async_wait([child, late](const boost::system::error_code& error) {
        if (error) return;
        late->store(true);
        child->kill();
    });
    std::string text = co_await read_reply(output);
    output.close();
    if (text.size() > base::limits::kMaxWorkerReplyBytes) child->kill();
    auto waited = co_await handle.async_wait(StreamDescriptor::wait_read, base::nothrow);
    auto& [wait_error] = waited;
    deadline.cancel();
    if (wait_error) child->kill();
    const int status = child->reap();
    if (late->load()) co_return base::Error(base::Win32::timeout, "the package reader took longer than driver_packages.worker_timeout_ms");
    if (text.size() > base::limits::kMaxWorkerReplyBytes)
        co_return base::Error(base::Win32::invalid_data, "the package reader answered too much");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) co_return ended_badly(status);
    // Some ten megabytes from somebody who may mean harm keep a thread busy for a while.
    std::function<base::Result<WorkerReply>()> decode = [text = std::move(text)] { return decode_worker_reply(text); };
    auto reply = co_await base::run_blocking<WorkerReply>(decoder_->get_executor(), std::move(decode));
    if (reply) log_warnings(reply->warnings);
    co_return reply;
}

void PackageWorker::log_warnings(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) base::log::warning("package worker", {{"warning", warning}});
}

base::Task<base::Result<spooler::DriverPackage>> PackageWorker::read(std::string directory, std::string inf_name) {
    WorkerRequest request;
    request.role = WorkerRequest::Role::read;
    request.directory = std::move(directory);
    request.inf_name = std::move(inf_name);
    CO_TRY(WorkerReply reply, co_await run(std::move(request)));
    if (!reply.package) co_return base::Error(base::Win32::invalid_data, "the package reader gave no package");
    co_return *std::move(reply.package);
}

base::Task<base::Result<void>> PackageWorker::unpack(std::string cabinet, std::string directory, std::uint64_t room) {
    co_return co_await run_on_cabinet(WorkerRequest::Role::unpack, std::move(cabinet), std::move(directory), room);
}

base::Task<base::Result<void>> PackageWorker::pack(std::string directory, std::string cabinet) {
    co_return co_await run_on_cabinet(WorkerRequest::Role::pack, std::move(cabinet), std::move(directory), 0);
}

base::Task<base::Result<void>> PackageWorker::run_on_cabinet(WorkerRequest::Role role, std::string cabinet, std::string directory,
                                                             std::uint64_t room) {
    WorkerRequest request;
    request.role = role;
    request.directory = std::move(directory);
    request.cabinet = std::move(cabinet);
    request.room_bytes = room;
    CO_TRY(const WorkerReply reply, co_await run(std::move(request)));
    co_return base::Result<void>();
}

}  // namespace server
