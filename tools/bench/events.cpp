// Many clients that watch a queue in which something happens all the time: how old the news are when they arrive.
#include "tools/bench/bench.h"

#include "base/utf.h"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <charconv>

namespace bench {
namespace {

namespace op = wire::winspool;
using print_client::ContextHandle;

constexpr std::uint32_t kUse = 0x8, kAdminister = 0xC;
constexpr std::uint32_t kSetJob = 0x200;  // PRINTER_CHANGE_SET_JOB
constexpr std::uint32_t kPause = 1, kResume = 2, kPurge = 3, kEventsPerSecond = 200;
constexpr std::string_view kMark = "event ";  // a job's document name is changed to this and a number

// When each event was asked for; the clients read what the driver has written before it asked.
struct Happenings {
    std::vector<Clock::time_point> asked;
    std::atomic<bool> over{false};
};

struct Watcher {
    Connection connection;
    ContextHandle handle, notify;
    std::vector<double> milliseconds;
    std::uint64_t answers = 0, discarded = 0;
};

Task<Result<void>> begin(Watcher* watcher, std::string printer) {
    Session& session = *watcher->connection.session;
    CO_TRY(watcher->handle, co_await session.open_printer(printer, kUse));
    CO_TRY(watcher->notify, co_await session.register_notifications(watcher->handle, kSetJob));
    co_return Result<void>();
}

// The number in "job 7 field 13 = event 42"; the newest one counts, because unread changes of a field are merged.
std::optional<std::size_t> number_of(const std::vector<std::string>& lines) {
    std::optional<std::size_t> newest;
    for (const std::string& line : lines) {
        const auto at = line.find(kMark);
        if (at == std::string::npos) continue;
        std::size_t number = 0;
        const char* first = line.data() + at + kMark.size();
        if (std::from_chars(first, line.data() + line.size(), number).ec == std::errc()) newest = std::max(newest.value_or(0), number);
    }
    return newest;
}

Task<Result<void>> watch(Watcher* watcher, const Happenings* happenings) {
    while (!happenings->over) {
        CO_TRY(const auto told, co_await watcher->connection.session->wait_notification(watcher->notify));
        ++watcher->answers;
        if (told.discarded) ++watcher->discarded;
        const auto number = number_of(told.lines);
        if (!number || *number >= happenings->asked.size()) continue;
        watcher->milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - happenings->asked[*number]).count());
    }
    co_return Result<void>();
}

Task<Result<void>> rename_job(SessionPtr session, ContextHandle handle, std::uint32_t job, std::size_t number) {
    ndr::Arena arena;
    op::Client client(session->context(), arena, session->interface());
    op::SetJob::In in;
    op::SetJob::Out out;
    in.hPrinter = handle;
    in.JobId = job;
    op::JOB_INFO_1 info;
    info.JobId = job;
    info.pDocument = arena.copy(base::to_utf16(std::string(kMark) + std::to_string(number)));
    info.pDatatype = arena.copy(std::u16string_view(u"RAW"));
    info.Priority = 1;
    op::JOB_CONTAINER container;
    container.set_Level1(&info);
    in.pJobContainer = &container;
    CO_TRY_VOID(co_await client.set_job(in, out));
    co_return print_client::check_result(out.result, "SetJob");
}

// One event after the other by the clock, none at all when the time is over: a busy server gets fewer, and the report says so.
Task<Result<std::size_t>> drive(SessionPtr session, ContextHandle handle, std::uint32_t job, Happenings* happenings) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor);
    const Clock::time_point start = Clock::now();
    const auto step = std::chrono::microseconds(1'000'000 / kEventsPerSecond);
    const std::size_t most = happenings->asked.size() - 1;  // the last place is for the event that lets the watchers go
    const Clock::time_point end = start + step * most;
    std::size_t number = 0;
    while (number < most && Clock::now() < end) {
        timer.expires_at(start + step * number);
        co_await timer.async_wait(base::nothrow);
        happenings->asked[number] = Clock::now();
        CO_TRY_VOID(co_await rename_job(session, handle, job, number));
        ++number;
    }
    happenings->over = true;
    happenings->asked[number] = Clock::now();
    CO_TRY_VOID(co_await rename_job(session, handle, job, number));
    co_return number;
}

struct Waiting {
    ContextHandle handle;
    std::uint32_t job = 0;
};

// A paused queue with one job in it.
Task<Result<Waiting>> prepare(SessionPtr session, std::string printer) {
    Waiting waiting;
    CO_TRY(waiting.handle, co_await session->open_printer(printer, kAdminister));
    CO_TRY_VOID(co_await session->control_printer(waiting.handle, kPause));
    const base::ByteBuffer document(64, std::byte{0x42});
    CO_TRY(waiting.job, co_await session->print(printer, "bench", document, document.size()));
    co_return waiting;
}

Task<Result<void>> clean_up(SessionPtr session, ContextHandle handle) {
    CO_TRY_VOID(co_await session->control_printer(handle, kPurge));
    CO_TRY_VOID(co_await session->control_printer(handle, kResume));
    co_return co_await session->close(handle);
}

void report(Bench& bench, std::vector<Watcher>& watchers, double events_per_second, double took, std::optional<double> server_seconds) {
    std::vector<double> milliseconds;
    std::uint64_t answers = 0, discarded = 0;
    for (const Watcher& watcher : watchers) {
        milliseconds.insert(milliseconds.end(), watcher.milliseconds.begin(), watcher.milliseconds.end());
        answers += watcher.answers;
        discarded += watcher.discarded;
    }
    const std::string who = std::to_string(watchers.size()) + " clients, " + std::to_string(kEventsPerSecond) + " job events/s";
    bench.report.add("job events, " + who, events_per_second, "1/s", "as many of them as the server took");
    bench.report.add(
        "notifications, " + who, static_cast<double>(answers) / took, "answers/s",
        "events that a client has not fetched yet are merged; " + std::to_string(discarded) + " answers said that some were lost");
    bench.report.add("age of the newest event p50, " + who, percentile(milliseconds, 0.5), "ms");
    bench.report.add("age of the newest event p99, " + who, percentile(milliseconds, 0.99), "ms");
    if (server_seconds) bench.report.add("server CPU, " + who, *server_seconds / took, "processors");
}

Result<void> run_watchers(Bench& bench, Connection& admin, const Waiting& waiting, std::vector<Watcher>& watchers) {
    const std::string printer = bench.arguments.prefix + bench.arguments.printer;
    for (Watcher& watcher : watchers) {
        TRY_VOID(Runner::start(watcher.connection.executor, begin(&watcher, printer)).get());
    }
    Happenings happenings;
    happenings.asked.resize(static_cast<std::size_t>(bench.arguments.seconds * kEventsPerSecond) + 1);
    const auto cpu_before = bench.server.cpu_ns();
    const auto start = Clock::now();
    std::vector<std::future<Result<void>>> watching;
    for (Watcher& watcher : watchers) watching.push_back(Runner::start(watcher.connection.executor, watch(&watcher, &happenings)));
    const auto driven = Runner::start(admin.executor, drive(admin.session, waiting.handle, waiting.job, &happenings)).get();
    // After a failed driver nobody tells the watchers anything more: their connections are closed by whoever made them.
    if (!driven) return driven.error();
    for (auto& one : watching) {
        TRY_VOID(one.get());
    }
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    const auto cpu_after = bench.server.cpu_ns();
    std::optional<double> seconds;
    if (cpu_before && cpu_after) seconds = static_cast<double>(*cpu_after - *cpu_before) / 1e9;
    report(bench, watchers, static_cast<double>(*driven) / took, took, seconds);
    return {};
}

}  // namespace

Result<void> measure_events(Bench& bench) {
    if (bench.arguments.session.interface != op::Via::par) {
        return base::Error(base::Win32::not_supported, "waiting for notifications is an operation of MS-PAR");
    }
    // A thread of its own: what happens must not wait for a thousand clients that are busy reading about it.
    Runner apart(1);
    Bench driver{bench.arguments, apart, bench.report, bench.server};
    TRY(auto admins, driver.connect(1, bench.arguments.session));
    TRY(auto connections, bench.connect(bench.arguments.clients, bench.arguments.session));
    auto prepared = Runner::start(admins[0].executor, prepare(admins[0].session, bench.arguments.prefix + bench.arguments.printer)).get();
    if (!prepared) return prepared.error();
    std::vector<Watcher> watchers(connections.size());
    for (std::size_t i = 0; i < connections.size(); ++i) watchers[i].connection = std::move(connections[i]);
    auto outcome = run_watchers(bench, admins[0], *prepared, watchers);
    std::vector<Connection> left;
    for (Watcher& watcher : watchers) left.push_back(std::move(watcher.connection));
    Bench::disconnect(left);
    auto cleaned = Runner::start(admins[0].executor, clean_up(admins[0].session, prepared->handle)).get();
    Bench::disconnect(admins);
    return outcome ? std::move(cleaned) : std::move(outcome);
}

}  // namespace bench
