#include "base/limits.h"
#include "base/metrics.h"
#include "server/admin/command_helpers.h"
#include "server/event_log.h"

#include <array>

namespace server {
namespace {

using base::Result;
using base::Task;
using nlohmann::json;

Task<Result<json>> status(AdminContext& context, const json& /*arguments*/) { co_return context.status(); }

Task<Result<json>> metrics(AdminContext& context, const json& /*arguments*/) {
    json rows = json::object();
    for (const auto& sample : context.metrics->snapshot()) rows[sample.name] = sample.value;
    co_return rows;
}

Task<Result<json>> reload(AdminContext& context, const json& /*arguments*/) {
    CO_TRY(std::string text, context.reload());
    json answer;
    answer["text"] = std::move(text);
    co_return answer;
}

constexpr std::uint32_t kEventRows = 100;                          // unless asked for more or less
constexpr std::array kEventArguments = {Argument{"count", "how many, the latest; 100 unless given"}};

Task<Result<json>> events(AdminContext& context, const json& arguments) {
    CO_TRY(const std::uint32_t count, number_argument(arguments, "count", kEventRows));
    if (count > base::limits::kMaxEventLogRows) co_return base::Error(base::Win32::invalid_parameter, "count is too large");
    CO_TRY(const std::vector<std::string> lines, co_await context.events->last(count));
    json rows = json::array();
    for (const std::string& line : lines) {
        json row = json::parse(line, nullptr, false);
        if (row.is_object()) rows.push_back(std::move(row));
    }
    co_return rows;
}

constexpr std::array kCommands = {
    Command{"status", CommandRight::read, "version, ports, connections, totals", {}, &status},
    Command{"events", CommandRight::read, "what branch office clients reported about their jobs", kEventArguments, &events},
    Command{"metrics", CommandRight::read, "every counter", {}, &metrics},
    Command{"reload", CommandRight::change, "read the configuration again (as SIGHUP)", {}, &reload},
};

}  // namespace

std::span<const Command> server_commands() { return kCommands; }

}  // namespace server
