#include "server/admin/command_helpers.h"

#include <array>

namespace server {
namespace {

using base::Result;
using base::Task;
using nlohmann::json;

constexpr std::array kPrinterArgument = {Argument{"printer", "name or share name", true}};
constexpr std::array kAddArguments = {
    Argument{"printer", "name of the new printer", true}, Argument{"port", "port name, or several with commas", true},
    Argument{"driver", "driver name", true},              Argument{"share_name", "name of the share; empty = not shared"},
    Argument{"comment", "comment"},                       Argument{"location", "location"},
    Argument{"datatype", "default datatype"},
};
constexpr std::array kSetArguments = {
    Argument{"printer", "name or share name", true}, Argument{"name", "new name"},       Argument{"share_name", "new share name"},
    Argument{"port", "port name, or several with commas"}, Argument{"driver", "driver name"}, Argument{"comment", "comment"},
    Argument{"location", "location"},                Argument{"priority", "1..99"},      Argument{"security", "SDDL"},
};

Task<Result<json>> list(AdminContext& context, const json& /*arguments*/) {
    json rows = json::array();
    for (const auto& queue : all_printers(context)) rows.push_back(printer_json(queue->view()));
    co_return rows;
}

Task<Result<json>> show(AdminContext& context, const json& arguments) {
    CO_TRY(const auto printers, find_printers(context, arguments));
    const auto& queue = printers.front();
    json row = printer_json(queue->view());
    json jobs = json::array();
    for (const auto& job : queue->jobs()) jobs.push_back(job_json(job));
    row["job_list"] = std::move(jobs);
    co_return row;
}

Task<Result<json>> add(AdminContext& context, const json& arguments) {
    spooler::NewPrinter printer;
    printer.name = text_argument(arguments, "printer");
    printer.share_name = text_argument(arguments, "share_name");
    printer.ports = spooler::split_ports(text_argument(arguments, "port"));
    printer.driver_name = text_argument(arguments, "driver");
    printer.comment = text_argument(arguments, "comment");
    printer.location = text_argument(arguments, "location");
    printer.datatype = text_argument(arguments, "datatype");
    if (!printer.share_name.empty()) printer.attributes |= spooler::printer_attribute::kShared;
    CO_TRY(const auto queue, co_await context.spooler->printers().add(std::move(printer)));
    co_return printer_json(queue->view());
}

Result<spooler::PrinterChange> read_change(const json& arguments) {
    spooler::PrinterChange change;
    const auto take = [&arguments](const char* name, std::optional<std::string>& into) {
        if (arguments.contains(name)) into = text_argument(arguments, name);
    };
    take("name", change.name);
    take("share_name", change.share_name);
    take("driver", change.driver_name);
    take("comment", change.comment);
    take("location", change.location);
    if (arguments.contains("port")) change.ports = spooler::split_ports(text_argument(arguments, "port"));
    if (arguments.contains("priority")) {
        TRY(change.priority, number_argument(arguments, "priority", 1));
    }
    if (arguments.contains("security")) {
        TRY(auto descriptor, base::parse_sddl(text_argument(arguments, "security")));
        if (!descriptor.dacl) return base::Error(base::Win32::invalid_parameter, "the descriptor has no DACL; write D:(…)");
        change.security = std::make_shared<const base::SecurityDescriptor>(std::move(descriptor));
    }
    return change;
}

Task<Result<json>> set(AdminContext& context, const json& arguments) {
    CO_TRY(const auto queue, find_printer(context, arguments));
    CO_TRY(auto change, read_change(arguments));
    CO_TRY_VOID(co_await context.spooler->printers().change(queue, std::move(change)));
    co_return printer_json(queue->view());
}

Task<Result<json>> remove(AdminContext& context, const json& arguments) {
    CO_TRY(const auto queue, find_printer(context, arguments));
    CO_TRY_VOID(co_await context.spooler->printers().remove(queue));
    co_return json::object();
}

Task<Result<json>> pause(AdminContext& context, const json& arguments) {
    CO_TRY(const auto queue, find_printer(context, arguments));
    CO_TRY_VOID(co_await queue->pause());
    co_return printer_json(queue->view());
}

Task<Result<json>> resume(AdminContext& context, const json& arguments) {
    CO_TRY(const auto queue, find_printer(context, arguments));
    CO_TRY_VOID(co_await queue->resume());
    co_return printer_json(queue->view());
}

Task<Result<json>> purge(AdminContext& context, const json& arguments) {
    CO_TRY(const auto queue, find_printer(context, arguments));
    CO_TRY_VOID(co_await queue->purge());
    co_return printer_json(queue->view());
}

constexpr std::array kCommands = {
    Command{"printer-list", CommandRight::read, "all printers, also deleted ones whose jobs are not done", {}, &list},
    Command{"printer-show", CommandRight::read, "one printer with its jobs", kPrinterArgument, &show},
    Command{"printer-add", CommandRight::change, "add a printer", kAddArguments, &add},
    Command{"printer-set", CommandRight::change, "change a printer", kSetArguments, &set},
    Command{"printer-delete", CommandRight::change, "delete a printer once its jobs are done", kPrinterArgument, &remove},
    Command{"printer-pause", CommandRight::change, "send nothing to the device; jobs still come in", kPrinterArgument, &pause},
    Command{"printer-resume", CommandRight::change, "print again", kPrinterArgument, &resume},
    Command{"printer-purge", CommandRight::change, "delete all jobs of a printer", kPrinterArgument, &purge},
};

}  // namespace

std::span<const Command> printer_commands() { return kCommands; }

}  // namespace server
