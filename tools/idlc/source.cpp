#include "tools/idlc/source.h"

#include <fstream>
#include <sstream>

namespace idlc {

std::string to_string(const Location& location) {
    if (location.source == nullptr) return "<command line>";
    return location.source->path + ":" + std::to_string(location.line) + ":" + std::to_string(location.column);
}

CompileError::CompileError(const Location& location, const std::string& message)
    : std::runtime_error(to_string(location) + ": " + message) {}

void fail(const Location& location, const std::string& message) { throw CompileError(location, message); }

const Source& Sources::read(const std::string& path, const Location* from) {
    for (const auto& file : files_) {
        if (file->path == path) return *file;
    }
    std::ifstream stream(path, std::ios::binary);
    if (!stream) fail(from != nullptr ? *from : Location{}, "cannot read '" + path + "'");
    std::ostringstream text;
    text << stream.rdbuf();
    return add(path, text.str());
}

const Source& Sources::add(std::string path, std::string text) {
    files_.push_back(std::make_unique<Source>(Source{std::move(path), std::move(text)}));
    return *files_.back();
}

}  // namespace idlc
