#include "server/admin/command_table.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace server {

std::vector<Command> all_commands() {
    std::vector<Command> commands;
    for (const auto family : {printer_commands(), job_commands(), port_commands(), driver_commands(), server_commands()}) {
        commands.insert(commands.end(), family.begin(), family.end());
    }
    return commands;
}

const Command* find_command(std::span<const Command> commands, std::string_view name) {
    const auto found = std::find_if(commands.begin(), commands.end(), [name](const Command& command) { return command.name == name; });
    return found == commands.end() ? nullptr : &*found;
}

base::Result<void> check_arguments(const Command& command, const nlohmann::json& arguments) {
    const auto refuse = [&command](std::string_view name, const char* problem) {
        return base::Error(base::Win32::invalid_parameter,
                           std::string(command.name) + ": argument \"" + std::string(name) + "\" " + problem);
    };
    for (const auto& item : arguments.items()) {
        const auto known = std::any_of(command.arguments.begin(), command.arguments.end(),
                                       [&item](const Argument& argument) { return argument.name == item.key(); });
        if (!known) return refuse(item.key(), "is unknown");
        if (!item.value().is_string() && !item.value().is_number_integer() && !item.value().is_boolean()) {
            return refuse(item.key(), "must be a string, a number or a boolean");
        }
    }
    for (const Argument& argument : command.arguments) {
        if (argument.required && !arguments.contains(argument.name)) return refuse(argument.name, "is missing");
    }
    return {};
}

}  // namespace server
