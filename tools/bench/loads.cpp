#include "tools/bench/repeat.h"

namespace bench {
namespace {

constexpr std::uint32_t kUse = 0x8;
constexpr std::uint32_t kEnumLocal = 0x2;

std::string queue_name(const Work& work, std::uint32_t index) {
    if (!work.many_queues || work.arguments.printers == 0) return work.arguments.prefix + work.arguments.printer;
    std::string digits = std::to_string(index % work.arguments.printers + 1);
    return work.arguments.prefix + "Queue" + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
}

Task<Result<std::uint64_t>> look(WorkPtr work, SessionPtr session, std::uint32_t index) {
    CO_TRY(const auto handle, co_await session->open_printer(queue_name(*work, index), kUse));
    CO_TRY(const auto info, co_await session->get_printer(handle, 2));
    CO_TRY_VOID(co_await session->close(handle));
    co_return std::uint64_t{info.bytes.size()};
}

Task<Result<std::uint64_t>> enumerate(WorkPtr /*work*/, SessionPtr session, std::uint32_t /*index*/) {
    CO_TRY(const auto info, co_await session->enum_printers(kEnumLocal, 2));
    co_return std::uint64_t{info.bytes.size()};
}

Task<Result<std::uint64_t>> print(WorkPtr work, SessionPtr session, std::uint32_t index) {
    const std::size_t chunk = std::size_t{work->arguments.chunk_kib} << 10U;
    CO_TRY_VOID(co_await session->print(queue_name(*work, index), "bench", work->document, chunk));
    co_return std::uint64_t{0};
}

std::string percent(double value, double whole) { return std::to_string(static_cast<int>(100 * value / whole)) + "%"; }

}  // namespace

Result<void> measure_calls(Bench& bench) {
    for (const std::uint32_t count : bench.arguments.connections) {
        Work work;
        work.arguments = bench.arguments;
        TRY(const Rate rate, run(bench, count, look, std::move(work)));
        add_rate(bench, "Open+GetPrinter(2)+Close" + with_connections(count), "cycles/s", rate);
        bench.report.add("calls" + with_connections(count), rate.per_second * 4, "calls/s", "GetPrinter asks for the size first: 4 calls a cycle");
    }
    return {};
}

Result<void> measure_enumerations(Bench& bench) {
    const Floor floor = measure_floor();
    for (const std::uint32_t count : bench.arguments.connections) {
        Work work;
        work.arguments = bench.arguments;
        TRY(const Rate rate, run(bench, count, enumerate, std::move(work)));
        add_rate(bench, "EnumPrinters(2)" + with_connections(count), "enumerations/s", rate);
        if (rate.server_ms > 0) {
            // The client's buffer travels, too.
            char note[120];
            const double sealing = 2 * static_cast<double>(rate.bytes) / 1e3 / floor.seal;
            (void)std::snprintf(note, sizeof note, "size query and data; RC4+HMAC-MD5 of both directions is at least %.2f ms", sealing);
            bench.report.add("EnumPrinters(2) server CPU" + with_connections(count), rate.server_ms, "ms", note);
        }
        if (count == bench.arguments.connections.front())
            bench.report.add("EnumPrinters(2) reply", static_cast<double>(rate.bytes) / 1024, "KiB");
    }
    return {};
}

Result<void> measure_jobs(Bench& bench) {
    for (const std::size_t kib : {std::size_t{4}, std::size_t{1024}}) {
        for (const std::uint32_t count : bench.arguments.connections) {
            for (const bool many : {false, true}) {
                if (many && (count == 1 || bench.arguments.printers < count)) continue;
                Work work;
                work.arguments = bench.arguments;
                work.document.assign(kib << 10U, std::byte{0x42});
                work.many_queues = many;
                TRY(const Rate rate, run(bench, count, print, std::move(work)));
                add_rate(bench, "jobs of " + std::to_string(kib) + " KiB" + with_connections(count) + (many ? ", a queue each" : ""), "jobs/s", rate);
            }
        }
    }
    return {};
}

Result<void> measure_writes(Bench& bench) {
    const Floor floor = measure_floor();
    bench.report.add("floor: RC4+HMAC-MD5", floor.seal, "MB/s", "of processor time, one thread; " + floor.makers);
    bench.report.add("floor: HMAC-MD5", floor.sign, "MB/s", "of processor time, one thread");
    bench.report.add("RC4+HMAC-MD5 interleaved", floor.interleaved, "MB/s", "of processor time, one thread; what winspoold does");
    const base::ByteBuffer document(std::size_t{bench.arguments.document_mib} << 20U, std::byte{0x42});
    struct Level {
        const char* name;
        std::uint8_t number;
        double floor;
    };
    for (const Level& level : {Level{"connect", 2, 0}, Level{"integrity", 5, floor.sign}, Level{"privacy", 6, floor.seal}}) {
        SessionOptions options = bench.arguments.session;
        options.auth_level = level.number;
        for (const std::uint32_t chunk_kib : {bench.arguments.chunk_kib, 1024U}) {
            const std::string name = std::string("WritePrinter at ") + level.name + ", " + std::to_string(chunk_kib) + " KiB a call";
            auto opened = bench.connect(1, options);
            if (!opened) return std::move(opened).error();
            auto& connection = opened->front();
            const auto before = bench.server.cpu_ns();
            const auto start = Clock::now();
            auto printed = Runner::start(connection.executor, connection.session->print(bench.arguments.prefix + bench.arguments.printer,
                                                                                        "bench", document, std::size_t{chunk_kib} << 10U))
                               .get();
            if (!printed) {
                // A server may demand more than this level.
                (void)std::fprintf(stderr, "%s: %s\n", name.c_str(), printed.error().to_string().c_str());
                Bench::disconnect(*opened);
                break;
            }
            const double took = std::chrono::duration<double>(Clock::now() - start).count();
            const auto after = bench.server.cpu_ns();
            const double rate = static_cast<double>(document.size()) / 1e6 / took;
            std::string note;
            if (level.floor > 0) note = percent(rate, level.floor) + " of the floor";
            if (before && after) {
                // Client and server share the machine; this is what the server alone would do with a processor of its own.
                const double alone = static_cast<double>(document.size()) / 1e6 / (static_cast<double>(*after - *before) / 1e9);
                note += (note.empty() ? "" : "; ") + std::string("server alone ") + std::to_string(static_cast<int>(alone)) +
                        " MB per CPU second";
                if (level.floor > 0) note += ", " + percent(alone, level.floor);
            }
            bench.report.add(name, rate, "MB/s", note);
            Bench::disconnect(*opened);
        }
    }
    return {};
}

}  // namespace bench
