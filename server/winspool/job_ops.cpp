// Jobs: [MS-RPRN] 3.1.4.3, [MS-PAR] 3.1.4.7.
#include "server/winspool/containers.h"
#include "server/winspool/levels/job_levels.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

namespace {

// AddJob levels 2 and 3 need at least the fixed part of ADDJOB_INFO_1 and one character, as 64-bit servers lay it out.
constexpr std::uint32_t kAddJobMinimumBytes = 18;

// The 64-bit offset at the start of an AddJob buffer must stay inside it [MS-RPRN] 3.1.4.3.4.
bool add_job_offset_fits(base::ByteView buffer) {
    base::ByteReader reader(buffer);
    return reader.u64() <= buffer.size();
}

Result<spooler::JobControl> job_control(std::uint32_t command) {
    switch (command) {
        case 1: return spooler::JobControl::pause;
        case 2: return spooler::JobControl::resume;
        case 3: return spooler::JobControl::cancel;
        case 4: return spooler::JobControl::restart;
        case 5: return spooler::JobControl::remove;
        case 8: return spooler::JobControl::retain;
        case 9: return spooler::JobControl::release;
        default: return Error(Win32::invalid_parameter, "job command " + std::to_string(command));
    }
}

// Levels 2 and 4 have the job's descriptor, which READ_CONTROL guards ([MS-RPRN] 2.2.3.1): of a job handle when it was opened, otherwise
// of the caller. "No further access checks" (3.1.4.3.2) lets everybody see the job, so without the right the descriptor alone is missing,
// as in GetPrinter level 2 and in notifications.
bool with_security(const dcerpc::Call& call, const SpoolHandle& handle, const spooler::JobView& job, std::uint32_t level) {
    if (level != 2 && level != 4) return false;
    if (dynamic_cast<const JobHandle*>(&handle) != nullptr) return (handle.granted() & base::access::kReadControl) != 0;
    return spooler::allows(call.token(), *job.info->security, base::access::kReadControl, spooler::kJobMapping);
}

}  // namespace

Result<WinspoolService::JobPlace> WinspoolService::find_job(const dcerpc::Call& call, const ndr::ContextHandle& handle, spooler::JobId job) const {
    JobPlace place;
    TRY(place.handle, call.handle<SpoolHandle>(handle));
    place.context = place.handle->context();
    if (const auto printer = std::dynamic_pointer_cast<PrinterHandle>(place.handle)) {
        place.queue = printer->queue();
    } else if (const auto own = std::dynamic_pointer_cast<JobHandle>(place.handle)) {
        if (own->job() != job) return Error(Win32::invalid_parameter, "the handle is of another job");
        place.queue = own->queue();
    } else if (std::dynamic_pointer_cast<ServerHandle>(place.handle)) {
        place.queue = spooler_.queue_of(job);
    } else {
        return Error(Win32::invalid_handle, "handle without jobs");
    }
    std::optional<spooler::JobView> view = place.queue ? place.queue->job(job) : std::nullopt;
    if (!view) return Error(Win32::invalid_parameter, "no job " + std::to_string(job));
    place.view = std::move(*view);
    return place;
}

// A job handle brings its rights; otherwise the job's descriptor decides about the caller.
Result<void> WinspoolService::require_job(const dcerpc::Call& call, const JobPlace& place, std::uint32_t mask) const {
    if (std::dynamic_pointer_cast<JobHandle>(place.handle)) return place.handle->require(mask);
    if (spooler::allows(call.token(), *place.view.info->security, mask, spooler::kJobMapping)) return {};
    call.log(base::log::Level::info, "refused", {{"job", place.view.id}, {"mask", mask}, {"peer", call.caller().peer_address}});
    return Error(Win32::access_denied, "no such right on the job");
}

// [MS-RPRN] 3.1.4.3.2 RpcGetJob; [MS-PAR] 3.1.4.7.2
Outcome WinspoolService::get_job(dcerpc::Call& call, const op::GetJob::In& in, op::GetJob::Out& out) {
    const InfoReply reply = info_reply(out.pJob, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kJobLevels, in.Level));
    CO_TRY(JobPlace place, find_job(call, in.hPrinter, in.JobId));
    Rows<JobRow> rows;
    rows.context = place.context;
    const bool security = with_security(call, *place.handle, place.view, in.Level);
    rows.rows.push_back(JobRow::make(std::move(place.view), *rows.context, security));
    co_return answer(call, base::to_string(in.hPrinter.uuid) + std::to_string(in.JobId), *level, std::move(rows), reply);
}

// [MS-RPRN] 3.1.4.3.3 RpcEnumJobs; [MS-PAR] 3.1.4.7.3
Outcome WinspoolService::enum_jobs(dcerpc::Call& call, const op::EnumJobs::In& in, op::EnumJobs::Out& out) {
    const InfoReply reply = info_reply(out.pJob, in.cbBuf, out);
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, call.handle<DocumentHandle>(in.hPrinter));
    CO_TRY(const auto* level, find_level(kJobLevels, in.Level));
    const std::string arguments = base::to_string(in.hPrinter.uuid) + std::to_string(in.FirstJob) + "+" + std::to_string(in.NoJobs);
    if (answer_unchanged(call, arguments, *level, reply)) co_return base::Result<void>();
    Rows<JobRow> rows;
    rows.version = spooler_.version();
    rows.context = handle->context();
    if (const spooler::PrinterQueuePtr queue = handle->queue()) {
        for (spooler::JobView& view : queue->jobs(in.FirstJob, in.NoJobs)) {
            const bool security = with_security(call, *handle, view, in.Level);
            rows.rows.push_back(JobRow::make(std::move(view), *rows.context, security));
        }
    }
    co_return answer(call, arguments, *level, std::move(rows), reply);
}

// [MS-RPRN] 3.1.4.3.1 RpcSetJob; [MS-PAR] 3.1.4.7.1
Outcome WinspoolService::set_job(dcerpc::Call& call, const op::SetJob::In& in, op::SetJob::Out& /*out*/) {
    const bool has_command = in.Command != 0;
    if (!has_command && in.pJobContainer == nullptr) co_return Error(Win32::invalid_parameter, "neither command nor information");
    spooler::JobControl command = spooler::JobControl::pause;
    if (has_command) {
        CO_TRY(command, job_control(in.Command));
    }
    CO_TRY(JobPlace place, find_job(call, in.hPrinter, in.JobId));
    const bool removes = command == spooler::JobControl::cancel || command == spooler::JobControl::remove;
    if (has_command) {
        CO_TRY_VOID(require_job(call, place, removes ? base::access::kDelete : Access::job_administer));
    }
    if (in.pJobContainer != nullptr) {
        CO_TRY_VOID(require_job(call, place, Access::job_administer));
        CO_TRY_VOID(require_follower(call, place, *in.pJobContainer));
        CO_TRY_VOID(co_await apply_job_info(place, *in.pJobContainer));
    }
    if (has_command) {
        CO_TRY_VOID(co_await place.queue->control_job(in.JobId, command));
    }
    changed(call, "job changed", {{"job", in.JobId}, {"command", in.Command}});
    co_return Result<void>();
}

Outcome WinspoolService::apply_job_info(const JobPlace& place, const op::JOB_CONTAINER& container) {
    const spooler::JobId job = place.view.id;
    if (container.Level == 3) {
        const op::JOB_INFO_3* info = container.Level3();
        if (info == nullptr || info->JobId != job) co_return Error(Win32::invalid_parameter, "linked job information");
        co_return co_await place.queue->link_job(job, info->NextJobId);
    }
    CO_TRY(spooler::JobChange change, change_from(container));
    if (change.position == 0 || change.position == place.view.position) change.position.reset();
    if (change.position) {
        CO_TRY_VOID(require_order(place));
    }
    co_return co_await place.queue->change_job(job, std::move(change));
}

// Moving a job past others is the printer's administrator's affair, whoever owns the job.
Result<void> WinspoolService::require_order(const JobPlace& place) const {
    const bool server = std::dynamic_pointer_cast<ServerHandle>(place.handle) != nullptr;
    if (std::dynamic_pointer_cast<JobHandle>(place.handle)) return Error(Win32::access_denied, "a job handle cannot move jobs");
    return place.handle->require(server ? Access::server_administer : Access::administer);
}

// Level 3 moves the other job as well, and holds it back until the first has printed.
Result<void> WinspoolService::require_follower(const dcerpc::Call& call, const JobPlace& place, const op::JOB_CONTAINER& container) const {
    const op::JOB_INFO_3* info = container.Level == 3 ? container.Level3() : nullptr;
    if (info == nullptr || info->NextJobId == 0) return {};
    const std::optional<spooler::JobView> follower = place.queue->job(info->NextJobId);
    if (!follower || spooler::allows(call.token(), *follower->info->security, Access::job_administer, spooler::kJobMapping)) return {};
    call.log(base::log::Level::info, "refused", {{"job", follower->id}, {"mask", Access::job_administer}, {"peer", call.caller().peer_address}});
    return Error(Win32::access_denied, "no such right on the job that is to follow");
}

// [MS-RPRN] 3.1.4.3.4 RpcAddJob; [MS-PAR] 3.1.4.7.4: never succeeds remotely.
Outcome WinspoolService::add_job(dcerpc::Call& call, const op::AddJob::In& in, op::AddJob::Out& out) {
    out.pcbNeeded = 0;
    CO_TRY_VOID(call.handle<PrinterHandle>(in.hPrinter));
    if (in.Level < 1 || in.Level > 3) co_return Error(Win32::invalid_level);
    if (in.Level != 1 && in.cbBuf < kAddJobMinimumBytes) co_return Error(Win32::invalid_datatype, "no room for a path");
    if (in.Level != 1 && !add_job_offset_fits(in.pAddJob.view())) co_return Error(Win32::invalid_level, "offset behind the buffer");
    co_return Error(Win32::invalid_parameter, "jobs are not added remotely");
}

// [MS-RPRN] 3.1.4.3.5 RpcScheduleJob; [MS-PAR] 3.1.4.7.5
Outcome WinspoolService::schedule_job(dcerpc::Call& call, const op::ScheduleJob::In& in, op::ScheduleJob::Out& /*out*/) {
    CO_TRY_VOID(call.handle<PrinterHandle>(in.hPrinter));
    co_return Error(Win32::spl_no_addjob, "jobs are not added remotely");
}

}  // namespace server
