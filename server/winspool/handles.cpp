#include "server/winspool/handles.h"

#include "base/log.h"

#include <utility>

namespace server {

base::Result<void> SpoolHandle::require(std::uint32_t mask) const {
    if ((granted_ & mask) == mask) return {};
    return base::Error(base::Win32::access_denied, "the handle was not opened with this right");
}

void SpoolHandle::add_dependent(const std::shared_ptr<HandleDependent>& dependent) {
    dependents_.with([&](std::vector<std::weak_ptr<HandleDependent>>& list) {
        std::erase_if(list, [](const std::weak_ptr<HandleDependent>& entry) { return entry.expired(); });
        list.push_back(dependent);
    });
}

void SpoolHandle::end_dependents() {
    auto list = dependents_.with([](std::vector<std::weak_ptr<HandleDependent>>& entries) { return std::exchange(entries, {}); });
    for (const std::weak_ptr<HandleDependent>& entry : list) {
        if (const std::shared_ptr<HandleDependent> dependent = entry.lock()) dependent->owner_closed();
    }
}

base::Task<base::Result<void>> SpoolHandle::close() {
    end_dependents();
    co_return base::Result<void>();
}

base::Task<void> SpoolHandle::rundown() {
    end_dependents();
    co_return;
}

base::Task<void> InformationHandle::rundown() { co_return; }

base::Result<void> DocumentHandle::set_defaults(std::string datatype, spooler::DevModePtr devmode, base::UserBudget& budget,
                                                const base::Sid& user) {
    auto share = budget.take(user, devmode ? devmode->size() : 0, &share_);
    if (!share) return base::Error(base::Win32::not_enough_quota, "DEVMODEs and texts of the user too large");
    share_ = std::move(*share);
    datatype_ = std::move(datatype);
    devmode_ = std::move(devmode);
    return {};
}

base::Task<base::Result<void>> DocumentHandle::close() {
    end_dependents();
    const spooler::JobWriterPtr open = std::exchange(document, nullptr);
    if (!open) co_return base::Result<void>();
    auto ended = co_await open->end();
    // A cancelled job is what somebody wanted; there is nothing to report to the one who closes.
    if (!ended && ended.error().code() == base::Win32::print_cancelled) co_return base::Result<void>();
    co_return ended;
}

base::Task<void> DocumentHandle::rundown() {
    end_dependents();
    const spooler::JobWriterPtr open = std::exchange(document, nullptr);
    if (!open) co_return;
    auto aborted = co_await open->abort();
    if (!aborted) base::log::warning("cannot remove the document of a lost client", {{"job", open->id()}, {"error", aborted.error().to_string()}});
}

}  // namespace server
