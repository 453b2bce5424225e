// The administration commands: one table of name, right, arguments and help, from which winspoolctl prints its help too.
// Commands call the same spooler functions as the RPC operations do.
#pragma once

#include "base/async.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spooler {
class PackageInstaller;
class Spooler;
}
namespace base {
class Metrics;
}

namespace server {

class AccountFile;
class EventLog;

// What the commands work on. Every pointer outlives the admin server.
struct AdminContext {
    spooler::Spooler* spooler = nullptr;
    AccountFile* accounts = nullptr;
    base::Metrics* metrics = nullptr;
    EventLog* events = nullptr;
    spooler::PackageInstaller* packages = nullptr;                 // null: this server takes no driver packages
    std::function<base::Result<std::string>()> reload;             // the text says what changed and what needs a restart
    std::function<nlohmann::json()> status;
};

// One line of a streaming answer; false when the reader is gone.
using StreamLine = std::function<base::Task<bool>(std::string)>;

// How winspoolctl takes an argument: as it is written, as a path made absolute, or as an option without a value (true when given).
enum class ArgumentKind : std::uint8_t { text, path, flag };

struct Argument {
    std::string_view name;
    std::string_view help;
    bool required = false;
    ArgumentKind kind = ArgumentKind::text;
};

enum class CommandRight : std::uint8_t { read, change };

struct Command {
    std::string_view name;
    CommandRight right = CommandRight::read;
    std::string_view help;
    std::span<const Argument> arguments;
    // Arguments are checked against the table before; values are strings, numbers or booleans.
    base::Task<base::Result<nlohmann::json>> (*run)(AdminContext& context, const nlohmann::json& arguments);
    base::Task<base::Result<void>> (*stream)(AdminContext& context, const nlohmann::json& arguments, StreamLine line) = nullptr;
};

[[nodiscard]] std::vector<Command> all_commands();
[[nodiscard]] const Command* find_command(std::span<const Command> commands, std::string_view name);
// invalid_parameter naming the first unknown, missing or mistyped argument.
[[nodiscard]] base::Result<void> check_arguments(const Command& command, const nlohmann::json& arguments);

// The families, one file each (commands_*.cpp).
[[nodiscard]] std::span<const Command> printer_commands();
[[nodiscard]] std::span<const Command> job_commands();
[[nodiscard]] std::span<const Command> port_commands();
[[nodiscard]] std::span<const Command> driver_commands();
[[nodiscard]] std::span<const Command> server_commands();

}  // namespace server
