#include "server/config_document.h"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <iterator>
#include <set>

namespace server {
namespace {

// Counts lines while the parser reads; copies share the count.
class LineIterator {
 public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    LineIterator(const char* at, std::size_t* line) : at_(at), line_(line) {}
    reference operator*() const { return *at_; }
    LineIterator& operator++() {
        if (line_ != nullptr && *at_ == '\n') ++*line_;
        ++at_;
        return *this;
    }
    LineIterator operator++(int) {
        LineIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const LineIterator& other) const { return at_ == other.at_; }
    bool operator!=(const LineIterator& other) const { return at_ != other.at_; }

 private:
    const char* at_;
    std::size_t* line_;
};

std::string escape_pointer(std::string_view key) {
    std::string escaped;
    for (const char c : key) {
        if (c == '~') escaped += "~0";
        else if (c == '/') escaped += "~1";
        else escaped += c;
    }
    return escaped;
}

// Records the line of every value and refuses duplicate keys and excessive depth. The values themselves are parsed separately.
class LineRecorder {
 public:
    LineRecorder(const std::size_t& line, std::map<std::string, std::size_t>& lines) : line_(line), lines_(lines) {}

    [[nodiscard]] const std::string& problem() const { return problem_; }

    bool null() { return value(); }
    bool boolean(bool /*v*/) { return value(); }
    bool number_integer(nlohmann::json::number_integer_t /*v*/) { return value(); }
    bool number_unsigned(nlohmann::json::number_unsigned_t /*v*/) { return value(); }
    bool number_float(nlohmann::json::number_float_t /*v*/, const std::string& /*s*/) { return value(); }
    bool string(std::string& /*v*/) { return value(); }
    bool binary(nlohmann::json::binary_t& /*v*/) { return value(); }
    bool start_object(std::size_t /*n*/) { return open(false); }
    bool start_array(std::size_t /*n*/) { return open(true); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        Frame& frame = stack_.back();
        if (!frame.keys.insert(name).second) {
            problem_ = "key \"" + name + "\" appears twice";
            return false;
        }
        frame.key = name;
        return true;
    }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const nlohmann::json::exception& error) {
        problem_ = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …": the part after the position is for people.
        const auto colon = problem_.find(": ");
        if (colon != std::string::npos) problem_ = problem_.substr(colon + 2);
        return false;
    }
    [[nodiscard]] std::string pointer() const {
        std::string text;
        for (const Frame& frame : stack_) text += "/" + (frame.array ? std::to_string(frame.index) : escape_pointer(frame.key));
        return text;
    }

 private:
    static constexpr std::size_t kMaxDepth = 16;
    struct Frame {
        bool array = false;
        std::size_t index = 0;
        std::string key;
        std::set<std::string> keys;
    };

    bool value() {
        lines_[pointer()] = line_;
        next();
        return true;
    }
    void next() {
        if (!stack_.empty() && stack_.back().array) ++stack_.back().index;
    }
    bool open(bool array) {
        if (stack_.size() >= kMaxDepth) {
            problem_ = "nested too deeply";
            return false;
        }
        lines_[pointer()] = line_;
        Frame frame;
        frame.array = array;
        stack_.push_back(std::move(frame));
        return true;
    }
    bool close() {
        stack_.pop_back();
        next();
        return true;
    }

    const std::size_t& line_;
    std::map<std::string, std::size_t>& lines_;
    std::vector<Frame> stack_;
    std::string problem_;
};

// valijson names places as "<root>", "[listen]", "[0]".
std::string pointer_from(const std::vector<std::string>& context) {
    std::string pointer;
    for (const std::string& part : context) {
        if (part.size() < 2 || part.front() != '[') continue;
        pointer += "/" + escape_pointer(std::string_view(part).substr(1, part.size() - 2));
    }
    return pointer;
}

}  // namespace

base::Result<ConfigDocument> ConfigDocument::parse(std::string_view text, std::string_view file_name) {
    ConfigDocument document;
    document.file_name_ = file_name;
    std::size_t line = 1;
    LineRecorder recorder(line, document.lines_);
    const LineIterator first(text.data(), &line);
    const LineIterator last(text.data() + text.size(), nullptr);
    if (!nlohmann::json::sax_parse(first, last, &recorder)) {
        return base::Error(base::Win32::invalid_data,
                           document.file_name_ + ":" + std::to_string(line) + ": " + recorder.pointer() + ": " + recorder.problem());
    }
    document.root_ = nlohmann::json::parse(text, nullptr, false);
    return document;
}

std::vector<Finding> ConfigDocument::validate(std::string_view schema_text) const {
    const nlohmann::json schema_json = nlohmann::json::parse(schema_text);
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), schema);
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    valijson::ValidationResults results;
    std::vector<Finding> findings;
    if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(root_), &results)) return findings;
    valijson::ValidationResults::Error error;
    std::set<std::string> reported;
    // The innermost findings come first and say most; a parent that merely repeats "a child is wrong" is left out.
    while (results.popError(error)) {
        const std::string pointer = pointer_from(error.context);
        bool repeats_child = false;
        for (const std::string& earlier : reported) repeats_child = repeats_child || (earlier != pointer && earlier.starts_with(pointer + "/"));
        if (repeats_child) continue;
        reported.insert(pointer);
        findings.push_back({pointer, error.description});
    }
    return findings;
}

std::string ConfigDocument::describe(const Finding& finding) const {
    std::string pointer = finding.pointer;
    auto found = lines_.find(pointer);
    while (found == lines_.end() && !pointer.empty()) {
        pointer.resize(pointer.rfind('/'));
        found = lines_.find(pointer);
    }
    const std::size_t line = found == lines_.end() ? 1 : found->second;
    return file_name_ + ":" + std::to_string(line) + ": " + (finding.pointer.empty() ? "/" : finding.pointer) + ": " + finding.text;
}

}  // namespace server
