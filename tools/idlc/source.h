// Source files, positions in them, and the one way idlc reports an error.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace idlc {

struct Source {
    std::string path;  // as shown in messages
    std::string text;
};

struct Location {
    const Source* source = nullptr;
    int line = 0;
    int column = 0;
};

// "file:line:column: message"
[[nodiscard]] std::string to_string(const Location& location);

class CompileError : public std::runtime_error {
 public:
    CompileError(const Location& location, const std::string& message);
};

[[noreturn]] void fail(const Location& location, const std::string& message);

// Owns every file that was read; locations point into it.
class Sources {
 public:
    // Throws CompileError (at `from`, if any) when the file cannot be read. A file read twice is returned again.
    const Source& read(const std::string& path, const Location* from = nullptr);
    // For tests: text that is not on disk.
    const Source& add(std::string path, std::string text);

 private:
    std::vector<std::unique_ptr<Source>> files_;
};

}  // namespace idlc
