// Administration over a Unix socket: one JSON object per line in, one per line out.
//   {"command": "printer-list", "arguments": {}}  →  {"ok": true, "result": …} | {"ok": false, "error": {"code": "ERROR_…", "text": "…"}}
// Only root and the daemon's own user may connect (SO_PEERCRED); the socket is mode 0600 besides.
#pragma once

#include "base/async.h"
#include "server/admin/command_table.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace server {

class AdminServer {
 public:
    AdminServer(boost::asio::io_context& io, AdminContext context);
    ~AdminServer();
    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    // Binds and serves. A stale socket file of a dead daemon is replaced, a live one is an error (already_exists).
    base::Result<void> start(const std::string& path);
    // Stops accepting, closes the connections and removes the socket file.
    void stop();

 private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace server
