#include "base/metrics.h"
#include "server/admin/command_helpers.h"

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

constexpr std::array kCommands = {
    Command{"status", CommandRight::read, "version, ports, connections, totals", {}, &status},
    Command{"metrics", CommandRight::read, "every counter", {}, &metrics},
    Command{"reload", CommandRight::change, "read the configuration again (as SIGHUP)", {}, &reload},
};

}  // namespace

std::span<const Command> server_commands() { return kCommands; }

}  // namespace server
