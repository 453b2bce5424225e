// One verb of the table as JSON in, JSON out: opens what the verb needs, asks for sizes first, reads replies.
#pragma once

#include "tools/probe/verb_table.h"

#include <map>
#include <memory>

namespace probe {

using nlohmann::json;

// The connections and handles of one invocation. Connections share an association group, so that all of them know all handles.
class Context {
 public:
    explicit Context(print_client::SessionOptions options) : options_(std::move(options)) {}

    // The connection of that name, opened when it is not there yet.
    static base::Task<base::Result<std::shared_ptr<print_client::Session>>> session(std::shared_ptr<Context> self, std::string name);
    void close();

    [[nodiscard]] const print_client::SessionOptions& options() const { return options_; }
    [[nodiscard]] const std::shared_ptr<print_client::Handles>& handles() const { return handles_; }

 private:
    print_client::SessionOptions options_;
    std::map<std::string, std::shared_ptr<print_client::Session>> sessions_;
    std::shared_ptr<print_client::Handles> handles_ = std::make_shared<print_client::Handles>();
};

// Runs {"verb": "GetPrinter", "printer": "Laser", "level": 2, …}. Beside parameters an object may have "handle" or "printer" with "access",
// "as" (the name of a new handle), "connection" and "raw" (true: the bytes of the block, too). The result has "verb" and "code", for a
// refusal "error" with the code's name, and the outputs; "info" is the decoded block. Errors: what did not reach the server or brought no
// reply.
base::Task<base::Result<json>> invoke(std::shared_ptr<Context> context, json row);
// The same for verbs that take several operations.
base::Task<base::Result<json>> invoke_special(std::shared_ptr<Context> context, Special special, json row);

// The object with "error" and "failure" ("parameters", "fault", "connection") that stands for an Error.
[[nodiscard]] json failure_json(const json& row, const base::Error& error);
// 0 done, 1 refused by the server, 2 wrong parameters, 3 fault or no connection.
[[nodiscard]] int exit_status(const json& result);

}  // namespace probe
