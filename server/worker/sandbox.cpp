#include "server/worker/sandbox.h"

#include "base/async.h"
#include "base/limits.h"

#include <linux/landlock.h>
#include <seccomp.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

// Sanitizers reserve address space by the terabyte and make system calls of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WSP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WSP_SANITIZED 1
#endif
#endif
#ifndef WSP_SANITIZED
#define WSP_SANITIZED 0
#endif

namespace server::worker {
namespace {

base::Result<void> limit(__rlimit_resource resource, rlim_t value, const char* what) {
    rlimit current{};
    if (getrlimit(resource, &current) != 0) return base::error_from_errno(errno, what);
    const rlim_t bounded = current.rlim_max == RLIM_INFINITY ? value : std::min(value, current.rlim_max);
    const rlimit wanted{bounded, bounded};
    if (setrlimit(resource, &wanted) != 0) return base::error_from_errno(errno, what);
    return {};
}

base::Result<void> set_limits(const SandboxOptions& options) {
    if (WSP_SANITIZED == 0) {
        TRY_VOID(limit(RLIMIT_AS, options.memory_bytes, "memory limit"));
    }
    TRY_VOID(limit(RLIMIT_CPU, options.cpu_seconds, "processor limit"));
    TRY_VOID(limit(RLIMIT_FSIZE, options.file_bytes, "file size limit"));
    TRY_VOID(limit(RLIMIT_NOFILE, base::limits::kMaxWorkerFiles, "descriptor limit"));
    return limit(RLIMIT_CORE, 0, "core limit");
}

// Rights that later kernels know and the headers of Debian 12 do not.
constexpr std::uint64_t kTruncate = 1ULL << 14U, kDeviceControl = 1ULL << 15U;

// A text when the kernel cannot do it.
base::Result<std::string> restrict_files(const SandboxOptions& options) {
    const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return std::string("this kernel has no Landlock: the worker is not kept from other files of its user");
    std::uint64_t handled = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;  // everything of version 1
    if (version >= 2) handled |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) handled |= kTruncate;
    if (version >= 5) handled |= kDeviceControl;
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = handled;
    const long rules = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
    if (rules < 0) return base::error_from_errno(errno, "landlock");
    if (options.directory >= 0) {
        landlock_path_beneath_attr beneath{};
        beneath.parent_fd = options.directory;
        beneath.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
        if (options.may_create) {
            beneath.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR;
        }
        if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
            return base::error_from_errno(errno, "landlock rule");
    }
    const long outcome = syscall(SYS_landlock_restrict_self, rules, 0);
    const int error = errno;
    close(static_cast<int>(rules));
    if (outcome != 0) return base::error_from_errno(error, "landlock");
    return std::string();
}

struct ReleaseFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};

// What reading, hashing, inflating and answering need. Everything else fails with EPERM.
base::Result<void> restrict_calls(const SandboxOptions& options) {
    const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter) return base::Error(base::Win32::gen_failure, "seccomp");
    int outcome = 0;
    const auto allow = [&](int call) { outcome = outcome == 0 ? seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) : outcome; };
    for (const int call :
         {SCMP_SYS(read),        SCMP_SYS(pread64),         SCMP_SYS(write),          SCMP_SYS(pwrite64),     SCMP_SYS(lseek),
          SCMP_SYS(fstat),       SCMP_SYS(newfstatat),      SCMP_SYS(openat2),        SCMP_SYS(close),        SCMP_SYS(getdents64),
          SCMP_SYS(dup),         SCMP_SYS(munmap),          SCMP_SYS(mremap),         SCMP_SYS(brk),          SCMP_SYS(madvise),
          SCMP_SYS(futex),       SCMP_SYS(rt_sigaction),    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
          SCMP_SYS(getrandom),   SCMP_SYS(clock_gettime),   SCMP_SYS(gettimeofday),   SCMP_SYS(getpid),       SCMP_SYS(gettid),
          SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall), SCMP_SYS(exit),           SCMP_SYS(exit_group)}) {
        allow(call);
    }
    if (options.may_create) allow(SCMP_SYS(mkdirat));
    const auto allow_if = [&](int call, scmp_arg_cmp condition) {
        outcome = outcome == 0 ? seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, condition) : outcome;
    };
    // Memory, but none that could hold new code.
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
        allow_if(call, SCMP_A2(SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(PROT_EXEC), 0));
    // Signals to itself only (abort), and no descriptor that sends any: the daemon runs as the same user.
    allow_if(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0));
    for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC})
        allow_if(SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command), 0));
    if (WSP_SANITIZED != 0) {
        for (const int call : {SCMP_SYS(sched_getaffinity), SCMP_SYS(prctl), SCMP_SYS(readlink), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),
                               SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(set_robust_list),
                               SCMP_SYS(rseq), SCMP_SYS(mincore), SCMP_SYS(sysinfo), SCMP_SYS(pipe2)}) {
            allow(call);
        }
    }
    if (outcome == 0) outcome = seccomp_load(filter.get());
    if (outcome != 0) return base::error_from_errno(-outcome, "seccomp");
    return {};
}

}  // namespace

bool sandbox_limits_memory() { return WSP_SANITIZED == 0; }

base::Result<std::vector<std::string>> enter_sandbox(const SandboxOptions& options) {
    std::vector<std::string> warnings;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return base::error_from_errno(errno, "no new privileges");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return base::error_from_errno(errno, "dumpable");
    TRY_VOID(set_limits(options));
    TRY(std::string missing, restrict_files(options));
    if (!missing.empty()) warnings.push_back(std::move(missing));
    TRY_VOID(restrict_calls(options));
    return warnings;
}

}  // namespace server::worker
