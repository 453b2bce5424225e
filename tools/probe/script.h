// Verbs by the row: probe script. And one verb from the words of a command line.
#pragma once

#include "tools/probe/invoke.h"

namespace probe {

// "GetPrinter --printer Laser --level 2" as a row; invalid_parameter for words that are no options. A word may be quoted in a script.
[[nodiscard]] base::Result<json> row_of_words(const std::vector<std::string>& words);
// A line of a script: a JSON object or such words; null for empty lines and comments (#).
[[nodiscard]] base::Result<json> row_of_line(const std::string& line);

// Runs one verb, prints its result and returns the exit status.
base::Task<int> run_one(print_client::SessionOptions options, json row);

// Runs the rows of a file, "-" for standard input, one after the other on one set of handles; each result is printed at once as a line
// of JSON with the row's "id" (its number when it has none). Beside the members that verbs know, a row may have
//   "async": true     does not wait for the result: a call that waits for changes; give it a "connection" of its own
//   "expect": "NAME"  the error that is wanted ("success" for none); otherwise every error counts as a failure
// and {"verb": "wait", "for": ID} waits until that asynchronous row has its result. The exit status is that of run_one for the first row
// that failed.
base::Task<int> run_script(print_client::SessionOptions options, std::string file);

}  // namespace probe
