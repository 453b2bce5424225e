// A worker from its request to its answer. main.cpp is this and nothing else; tests use the parts to start workers that misbehave.
#pragma once

#include "server/worker_protocol.h"

namespace server::worker {

// Opens what the request names, enters the sandbox, does the work. Called once per process.
[[nodiscard]] WorkerReply serve(const WorkerRequest& request);
// Reads one request from `in` to its end; invalid_data when it is too long or no request.
[[nodiscard]] base::Result<WorkerRequest> receive_request(int in);
// false when the daemon does not take it.
[[nodiscard]] bool send_reply(int out, const WorkerReply& reply);
// Dies with the daemon, and holds no more of it than it was given.
void prepare_process();

}  // namespace server::worker
