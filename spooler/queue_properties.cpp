// Named properties of the jobs of a queue.
#include "base/utf.h"
#include "spooler/queue_impl.h"

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

Error unknown_job() { return Error(Win32::invalid_parameter, "no such job"); }

constexpr std::string_view kXpsDatatype = "XPS_PASS";

}  // namespace

// Old and new together are charged for a moment, so that two jobs cannot pass the limit side by side.
Result<Ticket> PrinterQueue::Impl::replace_properties(Job& job, JobPropertiesPtr properties) {
    const std::size_t bytes = size_of(properties);
    if (!core->properties->take(bytes)) return Error(Win32::not_enough_quota, "properties of all jobs too large");
    PropertyCharge old = std::exchange(job.property_charge, PropertyCharge(core->properties, bytes));
    job.record.properties = std::move(properties);
    return store_job(job);
}

Task<Result<void>> PrinterQueue::set_job_property(JobId id, JobProperty property) {
    CO_TRY_VOID(check_property(property));
    CO_TRY_VOID(impl_->core->deps.store.accepting());
    auto ticket = impl_->state.with([&](QueueState& now) -> Result<Ticket> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return unknown_job();
        TRY(JobPropertiesPtr properties, with_property(job->record.properties, std::move(property)));
        return impl_->replace_properties(*job, std::move(properties));
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await impl_->core->deps.store.durable(*ticket);
}

Task<Result<void>> PrinterQueue::delete_job_property(JobId id, std::string name) {
    CO_TRY_VOID(impl_->core->deps.store.accepting());
    auto ticket = impl_->state.with([&](QueueState& now) -> Result<Ticket> {
        Job* job = now.find(id);
        if (job == nullptr || job->deleting) return unknown_job();
        TRY(JobPropertiesPtr properties, without_property(job->record.properties, name));
        return impl_->replace_properties(*job, std::move(properties));
    });
    if (!ticket) co_return std::move(ticket).error();
    co_return co_await impl_->core->deps.store.durable(*ticket);
}

Result<JobPropertiesPtr> PrinterQueue::job_properties(JobId id) const {
    return impl_->state.with([&](const QueueState& now) -> Result<JobPropertiesPtr> {
        const Job* job = now.find(id);
        if (job == nullptr || job->deleting) return unknown_job();
        const JobPropertiesPtr& set = job->record.properties;
        const bool xps = base::equal_names(std::string_view(job->record.info->datatype), kXpsDatatype);
        if (!xps || find_property(set, kSpoolFileContents) != nullptr) return set;
        auto shown = set ? std::make_shared<JobProperties>(*set) : std::make_shared<JobProperties>();
        shown->insert(shown->begin(), text_property(std::string(kSpoolFileContents), kSpoolFileContentsXps));
        return JobPropertiesPtr(std::move(shown));
    });
}

}  // namespace spooler
