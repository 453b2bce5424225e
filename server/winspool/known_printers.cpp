#include "server/winspool/known_printers.h"

#include "base/limits.h"
#include "base/utf.h"

namespace server {
namespace {

constexpr std::chrono::minutes kLifetime{70}, kSettling{60};

}  // namespace

void KnownPrinters::expire(State& state) const {
    const auto now = clock_.steady_now();
    for (auto it = state.entries.begin(); it != state.entries.end();) {
        it = it->second.seen + kLifetime <= now ? state.entries.erase(it) : std::next(it);
    }
    if (state.entries.empty()) state.first.reset();
}

base::Result<void> KnownPrinters::announce(PlainPrinterRow printer) {
    return state_.with([&](State& state) -> base::Result<void> {
        expire(state);
        const std::string key = base::fold_utf8(printer.name);
        if (state.entries.count(key) == 0 && state.entries.size() >= base::limits::kMaxKnownPrinters) {
            return base::Error(base::Win32::outofmemory, "too many known printers");
        }
        Entry entry;
        entry.row = std::move(printer);
        entry.seen = clock_.steady_now();
        if (!state.first) state.first = entry.seen;
        state.entries[key] = std::move(entry);
        return {};
    });
}

void KnownPrinters::withdraw(std::string_view name) {
    const std::string key = base::fold_utf8(name);
    state_.with([&](State& state) { state.entries.erase(key); });
}

base::Result<std::vector<PlainPrinterRow>> KnownPrinters::list() {
    return state_.with([&](State& state) -> base::Result<std::vector<PlainPrinterRow>> {
        expire(state);
        if (!state.first || clock_.steady_now() - *state.first < kSettling) {
            return base::Error(base::Win32::can_not_complete, "the list of known printers is not old enough");
        }
        std::vector<PlainPrinterRow> rows;
        for (const auto& [key, entry] : state.entries) rows.push_back(entry.row);
        return rows;
    });
}

}  // namespace server
