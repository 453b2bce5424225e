#include "server/admin/command_helpers.h"

#include <array>

namespace server {
namespace {

using base::Result;
using base::Task;
using nlohmann::json;

constexpr std::array kListArguments = {Argument{"printer", "only this printer"}};
constexpr std::array kJobArgument = {Argument{"job", "job id", true}};

Task<Result<json>> list(AdminContext& context, const json& arguments) {
    // Of printers, too, that wait for their last jobs before they go: nobody else lists those.
    std::vector<spooler::PrinterQueuePtr> printers;
    if (arguments.contains("printer")) {
        CO_TRY(printers, find_printers(context, arguments));
    } else {
        printers = all_printers(context);
    }
    json rows = json::array();
    for (const auto& queue : printers) {
        for (const auto& job : queue->jobs()) rows.push_back(job_json(job));
    }
    co_return rows;
}

Task<Result<json>> control(AdminContext& context, const json& arguments, spooler::JobControl command) {
    CO_TRY(const std::uint32_t id, number_argument(arguments, "job", 0));
    const auto queue = context.spooler->queue_of(id);
    if (!queue) co_return base::Error(base::Win32::invalid_parameter, "there is no job " + std::to_string(id));
    CO_TRY_VOID(co_await queue->control_job(id, command));
    const auto view = queue->job(id);
    co_return view ? job_json(*view) : json::object();
}

Task<Result<json>> pause(AdminContext& context, const json& arguments) { return control(context, arguments, spooler::JobControl::pause); }
Task<Result<json>> resume(AdminContext& context, const json& arguments) { return control(context, arguments, spooler::JobControl::resume); }
Task<Result<json>> cancel(AdminContext& context, const json& arguments) { return control(context, arguments, spooler::JobControl::cancel); }
Task<Result<json>> restart(AdminContext& context, const json& arguments) { return control(context, arguments, spooler::JobControl::restart); }

constexpr std::array kCommands = {
    Command{"job-list", CommandRight::read, "all jobs", kListArguments, &list},
    Command{"job-pause", CommandRight::change, "hold a job", kJobArgument, &pause},
    Command{"job-resume", CommandRight::change, "release a held job", kJobArgument, &resume},
    Command{"job-cancel", CommandRight::change, "delete a job, printing or not", kJobArgument, &cancel},
    Command{"job-restart", CommandRight::change, "print a job again from its beginning", kJobArgument, &restart},
};

}  // namespace

std::span<const Command> job_commands() { return kCommands; }

}  // namespace server
