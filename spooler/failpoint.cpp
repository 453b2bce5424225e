#include "spooler/failpoint.h"

#include <charconv>
#include <cstdlib>
#include <mutex>
#include <unistd.h>

namespace spooler::failpoint {
namespace {

struct Armed {
    std::mutex mutex;
    std::string name;
    unsigned remaining = 0;
};

Armed& state() {
    static Armed instance;
    return instance;
}

}  // namespace

std::atomic<bool> armed{false};

void hit(std::string_view name) {
    Armed& current = state();
    const std::scoped_lock lock(current.mutex);
    if (current.name != name || current.remaining == 0) return;
    if (--current.remaining == 0) ::_exit(kExitCode);              // no destructors, no flushing: as if the power went
}

bool arm(std::string_view text) {
    Armed& current = state();
    const std::scoped_lock lock(current.mutex);
    armed.store(false, std::memory_order_relaxed);
    current.name.clear();
    current.remaining = 0;
    if (text.empty()) return true;
    const std::size_t colon = text.find(':');
    unsigned count = 1;
    if (colon != std::string_view::npos) {
        const std::string_view number = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
        if (error != std::errc() || end != number.data() + number.size() || count == 0) return false;
    }
    current.name = std::string(text.substr(0, colon));
    if (current.name.empty()) return false;
    current.remaining = count;
    armed.store(true, std::memory_order_relaxed);
    return true;
}

void arm_from_environment() {
    if (const char* text = std::getenv("WINSPOOLD_FAILPOINT"); text != nullptr) static_cast<void>(arm(text));
}

std::vector<std::string_view> names() {
    return {
        "despool.finish.after", "despool.finish.before", "despool.middle", "despool.start",
        "driver.delete.after", "driver.publish.after", "driver.put.after", "driver.store.after", "driver.withdraw.after",
        "job.delete.file.after", "job.delete.row.after", "job.durable.after", "job.enqueue.after",
        "job.publish.after", "job.publish.before", "package.delete.after", "package.publish.after",
        "package.publish.before", "package.publish.cabinet", "package.put.after", "package.remove.files",
        "package.stage.after", "printer.data.after", "printer.delete.after", "printer.put.after",
        "spool.append.after", "spool.append.before", "spool.dirsync.after", "spool.fsync.after",
        "spool.fsync.before", "spool.mkdir.after", "spool.remove.after", "spool.remove.before",
        "spool.rename.after", "spool.sweep.before", "store.commit.after", "store.commit.before",
        "store.migrate.after", "store.migrate.before",
    };
}

}  // namespace spooler::failpoint
