// The embedded defaults: a complete configuration whose state lives in one directory, for a first look (tools/run) and for tests.
#pragma once

#include <string>

namespace server {

// JSON text with a queue "Demo" that writes each job to DIRECTORY/out, a null queue, and everything else under DIRECTORY.
// `endpoint_mapper_port` 135 needs privilege; `directory` is absolute.
[[nodiscard]] std::string demo_configuration(const std::string& directory, unsigned endpoint_mapper_port);

}  // namespace server
