// The process around the application: signals, systemd notification, privilege drop, the ready line. Used by main only.
#pragma once

#include "server/config.h"

#include <functional>
#include <string>

namespace server {

struct DaemonOptions {
    std::string config_path;                                       // empty: reload is refused (embedded defaults)
    std::function<base::Result<Config>()> load;                    // reads the configuration, at start and on SIGHUP
};

// Serves until SIGTERM or SIGINT; the exit status of the process. Prints "ready epm=PORT rpc=PORT" on standard output once it serves.
int run_daemon(const DaemonOptions& options);

// Becomes `user` for good: groups, then ids; checks that there is no way back. Of root's rights only CAP_NET_BIND_SERVICE stays. For the
// time before any thread. Empty: stays. invalid_parameter for an unknown user.
base::Result<void> drop_privileges(const std::string& user);

}  // namespace server
