#include "base/async.h"

#include "base/log.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <cerrno>

namespace base {
namespace {

namespace asio = boost::asio;

// How a background task that ended with an exception shows in the log. Cancellation is an ordinary end.
void log_escaped(const std::string& name, const std::exception_ptr& escaped) {
    try {
        std::rethrow_exception(escaped);
    } catch (const boost::system::system_error& caught) {
        if (caught.code() == asio::error::operation_aborted) {
            log::debug("background task cancelled", {{"task", name}});
        } else {
            log::error("background task failed with an exception", {{"task", name}, {"reason", caught.what()}});
        }
    } catch (const std::exception& caught) {
        log::error("background task failed with an exception", {{"task", name}, {"reason", caught.what()}});
    } catch (...) {
        log::error("background task failed with an exception", {{"task", name}, {"reason", "unknown type"}});
    }
}

// Carries a completion handler to the pool and back. `home` counts as outstanding work, so its loop does not run dry meanwhile.
template <class Handler>
struct PoolJob {
    Handler handler;
    std::function<void()> job;
    asio::any_io_executor home;

    void operator()() {
        job();
        job = nullptr;
        asio::post(home, std::move(handler));
    }
};

struct RunOn {
    template <class Handler>
    void operator()(Handler&& handler, const asio::any_io_executor& pool, std::function<void()> job) const {
        const asio::any_io_executor home = asio::get_associated_executor(handler, pool);
        asio::any_io_executor working = asio::prefer(home, asio::execution::outstanding_work.tracked);
        asio::post(pool, PoolJob<std::decay_t<Handler>>{std::forward<Handler>(handler), std::move(job), std::move(working)});
    }
};

struct ErrnoRow {
    int number;
    Win32 code;
};

constexpr ErrnoRow kErrno[] = {
    {EPERM, Win32::access_denied},
    {EACCES, Win32::access_denied},
    {EROFS, Win32::access_denied},
    {ENOENT, Win32::file_not_found},
    {ENOTDIR, Win32::path_not_found},
    {ELOOP, Win32::path_not_found},
    {EISDIR, Win32::access_denied},
    {EEXIST, Win32::file_exists},
    {ENAMETOOLONG, Win32::invalid_name},
    {ENOMEM, Win32::not_enough_memory},
    {EBADF, Win32::invalid_handle},
    {EINVAL, Win32::invalid_parameter},
    {ENOSPC, Win32::disk_full},
    {EFBIG, Win32::disk_full},
    {EDQUOT, Win32::not_enough_quota},
    {EBUSY, Win32::busy},
    {EAGAIN, Win32::busy},
    {ETXTBSY, Win32::sharing_violation},
    {ENODEV, Win32::dev_not_exist},
    {ENXIO, Win32::dev_not_exist},
    {EPIPE, Win32::broken_pipe},
    {ECANCELED, Win32::operation_aborted},
    {ETIMEDOUT, Win32::timeout},
    {ECONNREFUSED, Win32::connection_refused},
    {ECONNRESET, Win32::connection_aborted},
    {ECONNABORTED, Win32::connection_aborted},
    {ENOTCONN, Win32::connection_aborted},
    {ESHUTDOWN, Win32::connection_aborted},
    {EHOSTUNREACH, Win32::host_unreachable},
    {EHOSTDOWN, Win32::host_unreachable},
    {ENETUNREACH, Win32::network_unreachable},
    {ENETDOWN, Win32::network_unreachable},
    {ENOTSUP, Win32::not_supported},
    {ENOSYS, Win32::not_supported},
};

Win32 code_from_errno(int number) {
    for (const ErrnoRow& row : kErrno) {
        if (row.number == number) return row.code;
    }
    return Win32::gen_failure;
}

Win32 code_from(const boost::system::error_code& code) {
    if (code == asio::error::eof) return Win32::graceful_disconnect;
    if (code == asio::error::not_found) return Win32::not_found;
    // A name that does not resolve is, for whoever wants to print, a host that cannot be reached.
    if (code.category() == asio::error::get_netdb_category() || code.category() == asio::error::get_addrinfo_category()) {
        return Win32::host_unreachable;
    }
    if (code.category() == boost::system::system_category() || code.category() == boost::system::generic_category()) {
        return code_from_errno(code.value());
    }
    return Win32::gen_failure;
}

std::string describe(std::string_view what, const std::string& reason) {
    std::string text(what);
    if (!text.empty()) text += ": ";
    return text + reason;
}

}  // namespace

void spawn_task(const asio::any_io_executor& executor, std::string name, Task<void> task) {
    asio::co_spawn(executor, std::move(task), [name = std::move(name)](const std::exception_ptr& escaped) {
        if (escaped) log_escaped(name, escaped);
    });
}

Task<void> sleep_for(std::chrono::steady_clock::duration delay) {
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    // A cancel that came before the timer exists would not reach it.
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, delay);
    co_await timer.async_wait(nothrow);
}

Task<void> detail::run_on(const asio::any_io_executor& pool, std::function<void()> job) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(RunOn(), asio::use_awaitable, pool, std::move(job));
}

Error error_from(const boost::system::error_code& code, std::string_view what) { return {code_from(code), describe(what, code.message())}; }

Error error_from_errno(int number, std::string_view what) {
    const boost::system::error_code code(number, boost::system::system_category());
    return {code_from_errno(number), describe(what, code.message())};
}

}  // namespace base
