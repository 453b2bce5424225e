#include "tools/bench/repeat.h"

namespace bench {
namespace {

struct Done {
    std::uint64_t steps = 0;
    std::uint64_t bytes = 0;
    std::vector<double> milliseconds;
};

Task<Result<Done>> repeat(WorkPtr work, SessionPtr session, std::uint32_t index, Step step) {
    Done done;
    while (done.steps == 0 || Clock::now() < work->end) {
        const auto start = Clock::now();
        CO_TRY(const std::uint64_t bytes, co_await step(work, session, index));
        done.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        done.bytes = bytes;
        ++done.steps;
    }
    co_return done;
}

}  // namespace

Result<Rate> run(Bench& bench, std::uint32_t count, Step step, Work work) {
    TRY(auto connections, bench.connect(count, bench.arguments.session));
    const auto all = [&](double seconds) -> Result<Done> {
        auto shared = std::make_shared<Work>(work);
        shared->end = Clock::now() + std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
        std::vector<std::future<Result<Done>>> running;
        for (std::uint32_t i = 0; i < count; ++i) {
            running.push_back(Runner::start(connections[i].executor, repeat(shared, connections[i].session, i, step)));
        }
        Done sum;
        for (auto& one : running) {
            auto part = one.get();
            if (!part) return std::move(part).error();
            sum.steps += part->steps;
            sum.bytes = part->bytes;
            sum.milliseconds.insert(sum.milliseconds.end(), part->milliseconds.begin(), part->milliseconds.end());
        }
        return sum;
    };
    TRY_VOID(all(0));  // one each, to warm up
    const auto cpu_before = bench.server.cpu_ns();
    const auto start = Clock::now();
    TRY(auto sum, all(bench.arguments.seconds));
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    const auto cpu_after = bench.server.cpu_ns();
    Rate rate;
    rate.per_second = static_cast<double>(sum.steps) / took;
    rate.p50 = percentile(sum.milliseconds, 0.5);
    rate.p99 = percentile(sum.milliseconds, 0.99);
    rate.bytes = sum.bytes;
    if (cpu_before && cpu_after) rate.server_ms = static_cast<double>(*cpu_after - *cpu_before) / 1e6 / static_cast<double>(sum.steps);
    Bench::disconnect(connections);
    return rate;
}

void add_rate(Bench& bench, const std::string& name, const std::string& unit, const Rate& rate) {
    char note[160];
    (void)std::snprintf(note, sizeof note, "p50 %.2f ms, p99 %.2f ms", rate.p50, rate.p99);
    std::string text = note;
    if (rate.server_ms > 0) {
        (void)std::snprintf(note, sizeof note, ", server CPU %.3f ms each", rate.server_ms);
        text += note;
    }
    bench.report.add(name, rate.per_second, unit, text);
}

std::string with_connections(std::uint32_t connections) {
    return ", " + std::to_string(connections) + (connections == 1 ? " connection" : " connections");
}

}  // namespace bench
