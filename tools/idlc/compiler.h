// The whole way from IDL files to generated texts, without touching the disk beyond reading. Used by main and by the golden tests.
#pragma once

#include "tools/idlc/template.h"

#include <string>
#include <vector>

namespace idlc {

struct Request {
    std::string service;              // name of the service; with a .ops file it must agree with the file
    std::string ops;                  // path of the .ops file; empty: the only interface is the service
    std::vector<std::string> inputs;  // .idl files; imports are found beside them
    std::size_t codec_files = 1;
};

struct Output {
    std::vector<GeneratedFile> files;
    std::string status;  // one line per operation: name and opnums
};

// Throws CompileError with "file:line:column: message".
[[nodiscard]] Output compile(const Request& request);

}  // namespace idlc
