#include "tools/idlc/template.h"

#include <stdexcept>

namespace idlc {

std::string substitute(const std::string& text, const Substitutions& values) {
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t start = text.find('$', at);
        if (start == std::string::npos) break;
        const std::size_t end = text.find('$', start + 1);
        if (end == std::string::npos) throw std::logic_error("placeholder without an end");
        result.append(text, at, start - at);
        const std::string name = text.substr(start + 1, end - start - 1);
        bool found = false;
        for (const auto& [key, value] : values) {
            if (key != name) continue;
            result += value;
            found = true;
        }
        if (!found) throw std::logic_error("no value for the placeholder " + name);
        at = end + 1;
    }
    return result.append(text, at, std::string::npos);
}

void Text::line(const std::string& text) {
    if (!text.empty()) text_.append(static_cast<std::size_t>(depth_) * 4, ' ');
    text_ += text;
    text_ += '\n';
    ++lines_;
}

void Text::open(const std::string& text) {
    line(text + " {");
    indent();
}

void Text::close(const std::string& end) {
    dedent();
    line(end);
}

void Text::block(const std::string& text, const Substitutions& values) {
    const std::string filled = substitute(text, values);
    std::size_t at = !filled.empty() && filled[0] == '\n' ? 1 : 0;
    while (at < filled.size()) {
        const std::size_t end = filled.find('\n', at);
        line(filled.substr(at, end - at));
        if (end == std::string::npos) break;
        at = end + 1;
    }
}

}  // namespace idlc
