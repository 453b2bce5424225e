#include "tools/bench/bench.h"

#include "base/async_event.h"

namespace bench {
namespace {

constexpr std::uint32_t kAdminister = 0xC, kUse = 0x8;
constexpr std::uint32_t kSetPrinter = 0x2;                         // PRINTER_CHANGE_SET_PRINTER
constexpr std::uint32_t kPause = 1, kResume = 2;
constexpr std::size_t kOpenAtOnce = 64;

Task<void> forget(SessionPtr* session) {
    session->reset();
    co_return;
}

}  // namespace

Runner::Runner(std::size_t threads) : work_(boost::asio::make_work_guard(io_)) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { io_.run(); });
    }
}

Runner::~Runner() {
    work_.reset();
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
}

Result<std::vector<Connection>> Bench::connect(std::uint32_t count, const SessionOptions& options) {
    std::vector<Connection> connections(count);
    for (std::size_t first = 0; first < count; first += kOpenAtOnce) {
        const std::size_t last = std::min<std::size_t>(count, first + kOpenAtOnce);
        std::vector<std::future<Result<SessionPtr>>> opening;
        for (std::size_t i = first; i < last; ++i) {
            connections[i].executor = runner.strand();
            opening.push_back(Runner::start(connections[i].executor, Session::open(options)));
        }
        std::optional<base::Error> failed;
        for (std::size_t i = first; i < last; ++i) {
            auto opened = opening[i - first].get();
            if (opened) connections[i].session = *opened;
            else failed = opened.error();
        }
        if (failed) {
            disconnect(connections);
            return *failed;
        }
    }
    return connections;
}

void Bench::disconnect(std::vector<Connection>& connections) {
    std::vector<std::future<void>> ending;
    for (Connection& connection : connections) {
        if (connection.session) ending.push_back(Runner::start(connection.executor, forget(&connection.session)));
    }
    for (auto& one : ending) one.get();
}

namespace {

// A client that waits for one notification after the other; `last` is when the newest came.
struct Waiter {
    Connection connection;
    print_client::ContextHandle handle, notify;
};

Task<Result<void>> begin_waiting(Waiter* waiter, std::string printer) {
    Session& session = *waiter->connection.session;
    CO_TRY(waiter->handle, co_await session.open_printer(printer, kUse));
    CO_TRY(waiter->notify, co_await session.register_notifications(waiter->handle, kSetPrinter));
    co_return Result<void>();
}

// Until the pause or the resume is told; answers about anything else do not count.
Task<Result<Clock::time_point>> wait_once(Waiter* waiter) {
    CO_TRY(const auto notification, co_await waiter->connection.session->wait_notification(waiter->notify));
    (void)notification;
    co_return Clock::now();
}

Task<Result<Clock::time_point>> trigger(Session* session, print_client::ContextHandle handle, std::uint32_t command) {
    const Clock::time_point start = Clock::now();
    CO_TRY_VOID(co_await session->control_printer(handle, command));
    co_return start;
}

Result<void> round(std::vector<Waiter>& waiters, Connection& admin, print_client::ContextHandle handle, std::uint32_t command,
                   std::vector<double>& milliseconds) {
    std::vector<std::future<Result<Clock::time_point>>> waiting;
    for (Waiter& waiter : waiters) waiting.push_back(Runner::start(waiter.connection.executor, wait_once(&waiter)));
    // The waiting calls should be at the server before something happens; what is late is told all the same.
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + waiters.size() / 4));
    const auto start = Runner::start(admin.executor, trigger(admin.session.get(), handle, command)).get();
    if (!start) return start.error();
    for (auto& one : waiting) {
        const auto told = one.get();
        if (!told) return told.error();
        milliseconds.push_back(std::chrono::duration<double, std::milli>(*told - *start).count());
    }
    return {};
}

Result<void> notify(Bench& bench, std::uint32_t count, int rounds) {
    TRY(auto admins, bench.connect(1, bench.arguments.session));
    const std::string printer = bench.arguments.printer;
    const auto opened = Runner::start(admins[0].executor, admins[0].session->open_printer(printer, kAdminister)).get();
    if (!opened) return opened.error();
    TRY(auto connections, bench.connect(count, bench.arguments.session));
    std::vector<Waiter> waiters(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        waiters[i].connection = std::move(connections[i]);
        const auto begun = Runner::start(waiters[i].connection.executor, begin_waiting(&waiters[i], printer)).get();
        if (!begun) return begun.error();
    }
    std::vector<double> milliseconds;
    Result<void> outcome;
    for (int i = 0; i < rounds && outcome; ++i) outcome = round(waiters, admins[0], *opened, i % 2 == 0 ? kPause : kResume, milliseconds);
    const std::string who = std::to_string(count) + (count == 1 ? " waiting client" : " waiting clients");
    if (outcome) {
        bench.report.add("notification p50, " + who, percentile(milliseconds, 0.5), "ms");
        bench.report.add("notification p99, " + who, percentile(milliseconds, 0.99), "ms");
    }
    std::vector<Connection> left;
    for (Waiter& waiter : waiters) left.push_back(std::move(waiter.connection));
    Bench::disconnect(left);
    Bench::disconnect(admins);
    return outcome;
}

}  // namespace

Result<void> measure_notifications(Bench& bench) {
    if (bench.arguments.session.interface != wire::winspool::Via::par) {
        return base::Error(base::Win32::not_supported, "waiting for notifications is an operation of MS-PAR");
    }
    constexpr int kRoundsOfOne = 300, kRoundsOfMany = 20;          // even numbers: the printer ends as it began
    TRY_VOID(notify(bench, 1, kRoundsOfOne));
    return notify(bench, bench.arguments.clients, kRoundsOfMany);
}

Result<void> measure_idle(Bench& bench) {
    // Of a server elsewhere only the connections are measured.
    const auto before = bench.server.resident_bytes();
    if (before) bench.report.add("resident memory, idle", static_cast<double>(*before) / 1048576, "MiB", "anonymous pages");
    const auto start = Clock::now();
    TRY(auto connections, bench.connect(bench.arguments.clients, bench.arguments.session));
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    bench.report.add("authenticated connections made", static_cast<double>(connections.size()) / took, "connections/s",
                     "endpoint mapper, bind, SPNEGO");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const auto after = bench.server.resident_bytes();
    Bench::disconnect(connections);
    if (!before) return {};
    if (!after) return base::Error(base::Win32::gen_failure, "the server is gone");
    const std::string who = std::to_string(connections.size()) + " idle connections";
    bench.report.add("resident memory, " + who, static_cast<double>(*after) / 1048576, "MiB", "anonymous pages");
    const double grown = *after > *before ? static_cast<double>(*after - *before) : 0;
    bench.report.add("resident memory of one idle connection", grown / 1024 / static_cast<double>(connections.size()), "KiB");
    return {};
}

}  // namespace bench
