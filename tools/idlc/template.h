// Text of one generated file: indented lines, and $name placeholders for the few that repeat.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace idlc {

using Substitutions = std::vector<std::pair<std::string, std::string>>;

// Replaces every "$name$"; a placeholder without a value is a bug and throws.
[[nodiscard]] std::string substitute(const std::string& text, const Substitutions& values);

class Text {
 public:
    void line(const std::string& text = "");
    void indent() { ++depth_; }
    void dedent() { --depth_; }
    // "text {" and one step to the right; close() ends it with `end`.
    void open(const std::string& text);
    void close(const std::string& end = "}");
    // Several lines at once, with substitution; the text starts after its first newline.
    void block(const std::string& text, const Substitutions& values = {});

    [[nodiscard]] const std::string& str() const { return text_; }
    [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
    std::string text_;
    int depth_ = 0;
    std::size_t lines_ = 0;
};

struct GeneratedFile {
    std::string name;  // relative to the service's directory
    std::string text;
};

}  // namespace idlc
