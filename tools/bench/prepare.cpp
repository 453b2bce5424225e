#include "tools/bench/bench.h"

#include "spooler/access.h"
#include "storage/spool_layout.h"
#include "storage/sqlite_store.h"

#include <filesystem>
#include <fstream>

namespace bench {
namespace {

constexpr std::uint32_t kChangesAtOnce = 20'000;

// Not synced: the disk is not what start measures.
bool write_document(const storage::SpoolLayout& layout, spooler::JobId id, std::string_view text) {
    std::error_code error;
    std::filesystem::create_directories(layout.job_path(id), error);
    std::ofstream out(layout.data_path(id), std::ios::binary);
    out << text;
    return !error && out.good();
}

spooler::JobInfoPtr job_info() {
    auto info = std::make_shared<spooler::JobInfo>();
    info->document = "bench";
    info->user_name = info->notify_name = "admin";
    info->machine_name = "\\\\BENCH";
    info->datatype = "RAW";
    info->processor = "winprint";
    info->driver_name = "Microsoft XPS Document Writer";
    info->owner = base::well_known::administrators();
    info->security = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:BAG:SYD:(A;;0xF0030;;;BA)"));
    info->submitted = base::FileTime{0x01DA000000000000U};
    return info;
}

}  // namespace

Result<void> prepare_state(const std::string& directory, std::uint32_t jobs) {
    TRY(auto store, storage::SqliteStore::open(directory + "/winspoold.sqlite"));
    TRY(const spooler::Snapshot content, store->load());
    if (content.printers.empty()) return base::Error(base::Win32::not_found, "no printers in " + directory);
    const storage::SpoolLayout layout(directory + "/spool");
    const auto flush = [&store]() -> Result<void> {
        boost::asio::io_context io;
        auto done = boost::asio::co_spawn(io, store->flush(), boost::asio::use_future);
        io.run();
        return done.get();
    };
    for (const spooler::PrinterRecord& printer : content.printers) {
        spooler::PrinterRecord paused = printer;
        paused.paused = true;
        (void)store->enqueue(spooler::PrinterPut{std::move(paused)});
    }
    TRY_VOID(flush());
    const auto counter = content.counters.find("job_id");
    const auto first = static_cast<spooler::JobId>(counter == content.counters.end() ? 1 : counter->second + 1);
    const spooler::JobInfoPtr info = job_info();
    constexpr std::string_view kText = "%!PS\nshowpage\n";
    for (std::uint32_t i = 0; i < jobs; ++i) {
        spooler::JobRecord job;
        job.id = first + i;
        job.printer = content.printers[i % content.printers.size()].id;
        job.info = info;
        job.order = static_cast<std::int64_t>(i) + 1;
        job.size = kText.size();
        if (!write_document(layout, job.id, kText)) return base::Error(base::Win32::write_fault, layout.data_path(job.id));
        (void)store->enqueue(spooler::JobPut{std::move(job)});
        if (i % kChangesAtOnce == kChangesAtOnce - 1) {
            TRY_VOID(flush());
        }
    }
    (void)store->enqueue(spooler::CounterPut{"job_id", first + jobs});
    return flush();
}

}  // namespace bench
