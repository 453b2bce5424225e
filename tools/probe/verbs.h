// The verbs of probe, one coroutine each. Results go to standard output, one JSON object a line.
#pragma once

#include "tools/print_client/session.h"

#include <string>
#include <vector>

namespace probe {

struct Arguments {
    print_client::SessionOptions session;
    std::string verb;
    std::vector<std::string> words;                                // positional arguments of the verb
    std::size_t chunk_bytes = 65536;
    std::uint32_t clients = 1;
    std::uint32_t connections = 4;
    std::uint32_t level = 2;
    std::uint32_t count = 0;                                       // watch: answers to wait for; 0 = no end
    double seconds = 10;
    std::string datatype = "RAW";
    std::string acknowledged;                                      // load: file that gets a line per acknowledged change
};

// Runs the verb; failures are Errors. invalid_function for an unknown verb.
base::Task<base::Result<void>> run_verb(Arguments arguments);
// Prints and changes settings on several connections until the time is over or the server is gone; see tests/crash.
base::Task<base::Result<void>> run_load(Arguments arguments);

}  // namespace probe
