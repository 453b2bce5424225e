#include "server/worker/worker.h"

#include "base/limits.h"
#include "server/worker/cabinet.h"
#include "server/worker/package_role.h"
#include "server/worker/sandbox.h"
#include "server/worker/trust_store.h"

#include <openssl/crypto.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace server::worker {
namespace {

using Role = WorkerRequest::Role;
namespace limits = base::limits;

SandboxOptions options_for(const WorkerRequest& request, int directory) {
    SandboxOptions options;
    options.directory = directory;
    options.may_create = request.role == Role::unpack;
    // Packing maps our own files and the cabinet at once; the other roles hold one file of the package at a time.
    options.memory_bytes = request.role == Role::pack ? 2 * limits::kWorkerMemoryBytes : limits::kWorkerMemoryBytes;
    options.file_bytes = request.role == Role::read ? limits::kMaxWorkerReplyBytes : limits::kMaxPackageBytes;
    options.cpu_seconds = request.timeout_ms / 1000 + 1;
    return options;
}

base::Result<void> run(const WorkerRequest& request, WorkerReply& reply) {
    // Before the sandbox: what an administrator or the server named.
    TRY(PackageDirectory directory, PackageDirectory::open(request.directory));
    TrustStore trust;
    storage::FileDescriptor cabinet;
    if (request.role == Role::read) {
        TRY(trust, TrustStore::load(request.trust_files, request.trust_directories));
    } else if (request.role == Role::unpack) {
        TRY(cabinet, storage::open_file(request.cabinet, O_RDONLY | O_NONBLOCK | O_NOCTTY));
        struct stat status {};
        if (fstat(cabinet.number(), &status) != 0) return storage::file_error(errno, request.cabinet);
        const bool usable = S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) <= limits::kMaxCabinetBytes;
        if (!usable) return base::Error(base::Win32::invalid_data, "'" + request.cabinet + "' is no cabinet file, or too large");
    } else {
        TRY(cabinet, storage::open_file(request.cabinet, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW));
    }
    const SignaturePolicy policy{request.allow_sha1, std::time(nullptr)};
    TRY(reply.warnings, enter_sandbox(options_for(request, directory.descriptor())));

    switch (request.role) {
        case Role::read: {
            TRY(reply.package, read_package(directory, request.inf_name, trust, policy));
            return {};
        }
        case Role::unpack:
            return unpack_cabinet(cabinet.number(), directory.descriptor(), request.room_bytes);
        case Role::pack:
            return pack_cabinet(directory, cabinet.number());
    }
    return base::Error(base::Win32::invalid_data, "unknown role");
}

}  // namespace

void prepare_process() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);  // become errors of write
    // If memory runs out because of it, the kernel shall not take the daemon instead. Without /proc it does not know.
    if (const auto score = storage::open_file("/proc/self/oom_score_adj", O_WRONLY)) {
        (void)storage::write_at(score->number(), base::as_bytes("1000"), 0);
    }
    // No configuration file: it could load modules, and the sandbox would not let it.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

base::Result<WorkerRequest> receive_request(int in) {
    std::string text(limits::kMaxWorkerRequestBytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = read(in, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > limits::kMaxWorkerRequestBytes) return base::Error(base::Win32::invalid_data, "the request is too long");
    return decode_worker_request(std::string_view(text).substr(0, size));
}

bool send_reply(int out, const WorkerReply& reply) {
    const std::string text = encode(reply);
    std::size_t sent = 0;
    while (sent < text.size()) {
        const ssize_t put = write(out, text.data() + sent, text.size() - sent);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        sent += static_cast<std::size_t>(put);
    }
    return true;
}

WorkerReply serve(const WorkerRequest& request) {
    WorkerReply reply;
    const auto outcome = run(request, reply);
    reply.success = outcome.has_value();
    if (!outcome) reply.error = outcome.error();
    return reply;
}

}  // namespace server::worker
