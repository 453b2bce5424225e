#include "spooler/inf/inf_file.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>

namespace spooler::inf {
namespace limits = base::limits;
namespace {

// Cuts one line into key and values. Quotes group, two of them inside quotes are one; a quote that is not closed ends with the line, as
// Windows' setup takes it.
class Splitter {
 public:
    explicit Splitter(std::string_view text) : text_(text) {}
    Line split() {
        for (std::size_t i = 0; i < text_.size(); ++i) {
            const char c = text_[i];
            if (c == '"') {
                if (quoted_ && i + 1 < text_.size() && text_[i + 1] == '"') {
                    current_.push_back('"');
                    ++i;
                } else {
                    quoted_ = !quoted_;
                }
                keep_ = current_.size();
                started_ = true;
            } else if (!quoted_ && c == ',') {
                line_.values.push_back(take());
            } else if (!quoted_ && c == '=' && !has_key_ && line_.values.empty()) {
                line_.key = take();
                has_key_ = true;
            } else {
                add(c);
            }
        }
        line_.values.push_back(take());
        return std::move(line_);
    }

 private:
    void add(char c) {
        const bool space = c == ' ' || c == '\t';
        if (space && !quoted_ && !started_) return;
        current_.push_back(c);
        started_ = true;
        if (!space || quoted_) keep_ = current_.size();
    }
    std::string take() {
        current_.resize(keep_);  // white space at the end, unless it stood in quotes
        keep_ = 0;
        started_ = false;
        return std::exchange(current_, {});
    }

    std::string_view text_;
    std::string current_;
    std::size_t keep_ = 0;
    bool quoted_ = false, started_ = false, has_key_ = false;
    Line line_;
};

// The text without its comment, and whether it ends inside quotes.
std::string_view without_comment(std::string_view text, bool& quoted) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == ';' && !quoted) return text.substr(0, i);
    }
    return text;
}

}  // namespace

const std::string& Line::value(std::size_t index) const {
    static const std::string kNone;
    return index < values.size() ? values[index] : kNone;
}

class Parser {
 public:
    Parser(InfFile& file, std::string_view text) : file_(file), rest_(text) {}
    base::Result<void> run() {
        std::size_t first_line = 0;
        std::string logical;
        while (!rest_.empty()) {
            TRY_VOID(next_logical(logical, first_line));
            const std::string_view text = trim(logical);
            if (text.empty()) continue;
            if (text.front() == '[') {
                TRY_VOID(open_section(text, first_line));
            } else {
                TRY_VOID(add_line(text, first_line));
            }
        }
        collect_strings("strings");
        collect_strings("strings.0409");  // what English speakers read wins over the neutral texts
        TRY_VOID(substitute());
        for (auto& [name, section] : file_.sections_) {
            for (std::size_t i = 0; i < section.lines.size(); ++i) {
                if (!section.lines[i].key.empty()) section.by_key[base::fold_utf8(section.lines[i].key)].push_back(i);
            }
        }
        return {};
    }

 private:
    // Physical lines up to one that does not end in '\'.
    base::Result<void> next_logical(std::string& logical, std::size_t& first_line) {
        logical.clear();
        first_line = line_ + 1;
        bool quoted = false;
        while (!rest_.empty()) {
            const auto end = rest_.find('\n');
            const std::string_view physical = rest_.substr(0, end);
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            ++line_;
            if (line_ > limits::kMaxInfLines) return file_.error(line_, "too many lines");
            std::string_view text = trim(without_comment(physical, quoted));
            // After a word it is part of a path: SourceDisksNames has directories like i386\ at the end of a line.
            const bool goes_on = !text.empty() && text.back() == '\\' &&
                                 (text.size() == 1 || std::string_view(" \t,=\"").find(text[text.size() - 2]) != std::string_view::npos);
            if (goes_on) text.remove_suffix(1);
            logical += text;
            if (logical.size() > limits::kMaxInfLineChars) return file_.error(first_line, "the line is too long");
            if (!goes_on) return {};
        }
        return {};
    }

    base::Result<void> open_section(std::string_view text, std::size_t number) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return file_.error(number, "a section name without ']'");
        std::string_view name = trim(text.substr(1, end - 1));
        if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
        if (name.empty()) return file_.error(number, "a section without a name");
        if (name.size() > limits::kMaxNameChars) return file_.error(number, "the section's name is too long");
        section_ = &file_.sections_[base::fold_utf8(name)];
        if (file_.sections_.size() > limits::kMaxInfSections) return file_.error(number, "too many sections");
        return {};
    }

    base::Result<void> add_line(std::string_view text, std::size_t number) {
        if (section_ == nullptr) return file_.error(number, "text before the first section: this is no INF file");
        Line line = Splitter(text).split();
        if (line.values.size() > limits::kMaxInfValues) return file_.error(number, "too many values in one line");
        line.number = number;
        section_->lines.push_back(std::move(line));
        return {};
    }

    void collect_strings(std::string_view section) {
        for (const Line& line : file_.lines(section)) {
            if (!line.key.empty()) strings_.insert_or_assign(base::fold_utf8(line.key), line.value(0));
        }
    }

    base::Result<void> substitute() {
        for (auto& [name, section] : file_.sections_) {
            if (name == base::fold_utf8("strings") || name.starts_with(base::fold_utf8("strings."))) continue;
            for (Line& line : section.lines) {
                TRY_VOID(expand(line.key, line.number));
                for (std::string& value : line.values) {
                    TRY_VOID(expand(value, line.number));
                }
            }
        }
        return {};
    }

    // %name% becomes its string, %% one '%'; a name without a string stays as it is, as directory numbers do ("%11%").
    base::Result<void> expand(std::string& text, std::size_t number) {
        if (text.find('%') == std::string::npos) return {};
        std::string result;
        std::string_view rest = text;
        while (true) {
            const auto begin = rest.find('%');
            result += rest.substr(0, begin);
            if (begin == std::string_view::npos) break;
            rest.remove_prefix(begin + 1);
            const auto end = rest.find('%');
            if (end == std::string_view::npos) {
                result.push_back('%');
                result += rest;
                break;
            }
            const std::string_view name = rest.substr(0, end);
            rest.remove_prefix(end + 1);
            const auto known = strings_.find(base::fold_utf8(name));
            if (name.empty()) {
                result.push_back('%');
            } else if (known != strings_.end()) {
                result += known->second;
            } else {
                result.append("%").append(name).append("%");
            }
            if (expanded_ + result.size() > limits::kMaxInfExpandedBytes) return file_.error(number, "the strings make the file too large");
        }
        expanded_ += result.size();
        text = std::move(result);
        return {};
    }

    InfFile& file_;
    std::string_view rest_;
    std::size_t line_ = 0;
    std::size_t expanded_ = 0;
    InfFile::Section* section_ = nullptr;
    std::unordered_map<std::string, std::string> strings_;
};

base::Result<InfFile> InfFile::parse(base::ByteView bytes, std::string name) {
    InfFile file;
    file.name_ = std::move(name);
    if (bytes.size() > limits::kMaxInfBytes) return file.error(0, "larger than any INF file");
    const auto text = decode_text(bytes);
    if (!text) return file.error(0, text.error().text());
    TRY_VOID(Parser(file, *text).run());
    return file;
}

bool InfFile::has(std::string_view section) const { return sections_.contains(base::fold_utf8(section)); }

const std::vector<Line>& InfFile::lines(std::string_view section) const {
    static const std::vector<Line> kNone;
    const auto found = sections_.find(base::fold_utf8(section));
    return found == sections_.end() ? kNone : found->second.lines;
}

std::vector<const Line*> InfFile::find_all(std::string_view section, std::string_view key) const {
    std::vector<const Line*> result;
    const auto found = sections_.find(base::fold_utf8(section));
    if (found == sections_.end()) return result;
    const auto places = found->second.by_key.find(base::fold_utf8(key));
    if (places == found->second.by_key.end()) return result;
    for (const std::size_t place : places->second) result.push_back(&found->second.lines[place]);
    return result;
}

const Line* InfFile::find(std::string_view section, std::string_view key) const {
    const auto found = find_all(section, key);
    return found.empty() ? nullptr : found.front();
}

std::string InfFile::value(std::string_view section, std::string_view key) const {
    const Line* line = find(section, key);
    return line == nullptr ? std::string() : line->value(0);
}

std::vector<std::string> InfFile::values(std::string_view section, std::string_view key) const {
    std::vector<std::string> result;
    for (const Line* line : find_all(section, key)) {
        std::copy_if(line->values.begin(), line->values.end(), std::back_inserter(result),
                     [](const std::string& value) { return !value.empty(); });
    }
    return result;
}

base::Error InfFile::error(std::size_t line, std::string_view what) const {
    std::string text = name_;
    if (line != 0) text.append(":").append(std::to_string(line));
    return base::Error(base::Win32::invalid_printer_driver_manifest, text.append(": ").append(what));
}

}  // namespace spooler::inf
