// winspoolctl user … and group …: edit the account file directly, so that they work without a running daemon. The daemon notices.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace winspoolctl {

// Adds the subcommands `user` and `group` to the application; the chosen one stores its work in `run`, which returns the exit status.
void add_account_commands(CLI::App& app, const std::string& account_file, std::function<int()>& run);

}  // namespace winspoolctl
