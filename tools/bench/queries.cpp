// Queries whose answers are large because somebody put much there: a long queue, a printer with a thousand values; and a driver.
#include "tools/bench/repeat.h"

#include "base/utf.h"

namespace bench {
namespace {

namespace op = wire::winspool;
using print_client::ContextHandle;

constexpr std::uint32_t kUse = 0x8, kAdminister = 0xC;
constexpr std::uint32_t kPause = 1, kResume = 2, kPurge = 3;
constexpr std::uint32_t kInsufficientBuffer = 122, kMoreData = 234;
constexpr std::uint32_t kJobs = 10'000, kValues = 1'000;
constexpr std::uint32_t kFillers = 8;  // connections that put the jobs there
constexpr std::uint32_t kDriverLevel = 6, kNewestDriver = 0xFFFFFFFF;
constexpr const char* kKey = "WinspooldBench";

std::string queue_of(const Work& work) { return work.arguments.prefix + work.arguments.printer; }

Task<Result<std::uint64_t>> enumerate_jobs(WorkPtr work, SessionPtr session, std::uint32_t /*index*/) {
    CO_TRY(const auto handle, co_await session->open_printer(queue_of(*work), kAdminister));
    CO_TRY(const auto info, co_await session->enum_jobs(handle, 2));
    CO_TRY_VOID(co_await session->close(handle));
    if (info.count < kJobs) co_return base::Error(base::Win32::no_more_items, "only " + std::to_string(info.count) + " jobs");
    co_return std::uint64_t{info.bytes.size()};
}

// One query with a buffer of `size`; the size that is needed when it is too small.
struct Answer {
    std::uint32_t needed = 0, count = 0;
    bool complete = false;
};

Task<Result<Answer>> ask_values(SessionPtr session, ContextHandle handle, std::uint32_t size) {
    ndr::Arena arena;
    op::Client client(session->context(), arena, session->interface());
    op::EnumPrinterDataEx::In in;
    op::EnumPrinterDataEx::Out out;
    in.hPrinter = handle;
    in.pKeyName = arena.copy(base::to_utf16(kKey));
    in.cbEnumValues = size;
    CO_TRY_VOID(co_await client.enum_printer_data_ex(in, out));
    Answer answer{out.pcbEnumValues, out.pnEnumValues, out.result == 0};
    if (out.result != kMoreData) {
        CO_TRY_VOID(print_client::check_result(out.result, "EnumPrinterDataEx"));
    }
    co_return answer;
}

Task<Result<Answer>> ask_driver(SessionPtr session, ContextHandle handle, std::uint32_t size) {
    ndr::Arena arena;
    op::Client client(session->context(), arena, session->interface());
    op::GetPrinterDriver::In in;
    op::GetPrinterDriver::Out out;
    in.hPrinter = handle;
    in.pEnvironment = arena.copy(std::u16string_view(u"Windows x64"));
    in.Level = kDriverLevel;
    in.cbBuf = size;
    if (size > 0) in.pDriver = arena.zeroed(size);
    in.dwClientMajorVersion = kNewestDriver;
    CO_TRY_VOID(co_await client.get_printer_driver(in, out));
    Answer answer{out.pcbNeeded, 1, out.result == 0};
    if (out.result != kInsufficientBuffer) {
        CO_TRY_VOID(print_client::check_result(out.result, "GetPrinterDriver"));
    }
    co_return answer;
}

Task<Result<std::uint64_t>> enumerate_values(WorkPtr work, SessionPtr session, std::uint32_t /*index*/) {
    CO_TRY(const auto handle, co_await session->open_printer(queue_of(*work), kUse));
    CO_TRY(const Answer size, co_await ask_values(session, handle, 0));
    CO_TRY(const Answer data, co_await ask_values(session, handle, size.needed));
    CO_TRY_VOID(co_await session->close(handle));
    if (!data.complete || data.count < kValues) co_return base::Error(base::Win32::no_more_items, "values are missing");
    co_return std::uint64_t{data.needed};
}

Task<Result<std::uint64_t>> look_at_driver(WorkPtr work, SessionPtr session, std::uint32_t /*index*/) {
    CO_TRY(const auto handle, co_await session->open_printer(queue_of(*work), kUse));
    CO_TRY(const Answer size, co_await ask_driver(session, handle, 0));
    CO_TRY(const Answer data, co_await ask_driver(session, handle, size.needed));
    CO_TRY_VOID(co_await session->close(handle));
    if (!data.complete) co_return base::Error(base::Win32::insufficient_buffer, "the driver grew");
    co_return std::uint64_t{data.needed};
}

Task<Result<void>> command(SessionPtr session, std::string printer, std::uint32_t number) {
    CO_TRY(const auto handle, co_await session->open_printer(printer, kAdminister));
    CO_TRY_VOID(co_await session->control_printer(handle, number));
    co_return co_await session->close(handle);
}

Task<Result<void>> put_jobs(SessionPtr session, std::string printer, std::uint32_t count) {
    const base::ByteBuffer document(64, std::byte{0x42});
    for (std::uint32_t i = 0; i < count; ++i) {
        CO_TRY_VOID(co_await session->print(printer, "bench " + std::to_string(i), document, document.size()));
    }
    co_return Result<void>();
}

Task<Result<void>> put_values(SessionPtr session, std::string printer) {
    CO_TRY(const auto handle, co_await session->open_printer(printer, kAdminister));
    for (std::uint32_t i = 0; i < kValues; ++i) {
        CO_TRY_VOID(co_await session->set_data(handle, kKey, "Value" + std::to_string(i), "text number " + std::to_string(i)));
    }
    co_return co_await session->close(handle);
}

Task<Result<void>> remove_values(SessionPtr session, std::string printer) {
    CO_TRY(const auto handle, co_await session->open_printer(printer, kAdminister));
    ndr::Arena arena;
    op::Client client(session->context(), arena, session->interface());
    op::DeletePrinterKey::In in;
    op::DeletePrinterKey::Out out;
    in.hPrinter = handle;
    in.pKeyName = arena.copy(base::to_utf16(kKey));
    CO_TRY_VOID(co_await client.delete_printer_key(in, out));
    CO_TRY_VOID(print_client::check_result(out.result, "DeletePrinterKey"));
    co_return co_await session->close(handle);
}

Result<void> measure_one(Bench& bench, const std::string& name, Step step) {
    Work work;
    work.arguments = bench.arguments;
    TRY(const Rate rate, run(bench, 1, step, std::move(work)));
    add_rate(bench, name + with_connections(1), "calls/s", rate);
    if (rate.server_ms > 0)
        bench.report.add(name + " server CPU" + with_connections(1), rate.server_ms, "ms", "open, size query, data, close");
    bench.report.add(name + " reply", static_cast<double>(rate.bytes) / 1024, "KiB");
    return {};
}

Result<void> fill_queue(Bench& bench, Connection& admin, std::vector<Connection>& fillers, const std::string& printer) {
    TRY_VOID(Runner::start(admin.executor, command(admin.session, printer, kPause)).get());
    std::vector<std::future<Result<void>>> filling;
    for (Connection& filler : fillers)
        filling.push_back(Runner::start(filler.executor, put_jobs(filler.session, printer, kJobs / kFillers)));
    Result<void> outcome;
    for (auto& one : filling) {
        auto done = one.get();
        if (!done) outcome = std::move(done);
    }
    if (!outcome) return outcome;
    return measure_one(bench, "EnumJobs(2) of " + std::to_string(kJobs) + " jobs", enumerate_jobs);
}

Result<void> jobs(Bench& bench, Connection& admin) {
    const std::string printer = bench.arguments.prefix + bench.arguments.printer;
    TRY(auto fillers, bench.connect(kFillers, bench.arguments.session));
    auto outcome = fill_queue(bench, admin, fillers, printer);
    Bench::disconnect(fillers);
    // Whatever came of it, the queue is left as it was found.
    for (const std::uint32_t number : {kPurge, kResume}) {
        auto done = Runner::start(admin.executor, command(admin.session, printer, number)).get();
        if (outcome && !done) outcome = std::move(done);
    }
    return outcome;
}

Result<void> values(Bench& bench, Connection& admin) {
    const std::string printer = bench.arguments.prefix + bench.arguments.printer;
    TRY_VOID(Runner::start(admin.executor, put_values(admin.session, printer)).get());
    auto outcome = measure_one(bench, "EnumPrinterDataEx of " + std::to_string(kValues) + " values", enumerate_values);
    auto removed = Runner::start(admin.executor, remove_values(admin.session, printer)).get();
    return outcome ? std::move(removed) : std::move(outcome);
}

}  // namespace

Result<void> measure_queries(Bench& bench) {
    TRY(auto admins, bench.connect(1, bench.arguments.session));
    auto outcome = measure_one(bench, "GetPrinterDriver(" + std::to_string(kDriverLevel) + ")", look_at_driver);
    if (outcome) outcome = values(bench, admins[0]);
    if (outcome) outcome = jobs(bench, admins[0]);
    Bench::disconnect(admins);
    return outcome;
}

}  // namespace bench
