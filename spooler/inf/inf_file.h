// INF files as text: sections of lines, each a key and comma-separated values, with %strings% replaced. Knows nothing of printers; used by
// printer_inf and manifest. Pure: bytes in, value out. Everything is bounded (base/limits.h), because the bytes come from outside.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spooler::inf {

// UTF-16 with byte order mark in either order or without one (recognised by its zeros), UTF-8 with its mark, otherwise Windows-1252, as
// Windows' setup reads INF files. invalid_data: a zero character in the text.
[[nodiscard]] base::Result<std::string> decode_text(base::ByteView bytes);

struct Line {
    std::string key;                                                  // empty when the line has no '='
    std::vector<std::string> values;                                  // at least one, perhaps empty
    std::size_t number = 0;                                           // in the file, from 1
    [[nodiscard]] const std::string& value(std::size_t index) const;  // "" past the end
};

class InfFile {
 public:
    // invalid_printer_driver_manifest with "name:line: what is wrong" when the text breaks the rules or a limit.
    static base::Result<InfFile> parse(base::ByteView bytes, std::string name);

    [[nodiscard]] const std::string& name() const { return name_; }
    // Sections of the same name are one. Section and key names match in any case.
    [[nodiscard]] bool has(std::string_view section) const;
    [[nodiscard]] const std::vector<Line>& lines(std::string_view section) const;          // empty when there is none
    [[nodiscard]] const Line* find(std::string_view section, std::string_view key) const;  // the first; null when there is none
    [[nodiscard]] std::vector<const Line*> find_all(std::string_view section, std::string_view key) const;
    [[nodiscard]] std::string value(std::string_view section, std::string_view key) const;  // its first value; "" when there is none
    // All values of all lines with this key, in order, empty ones left out.
    [[nodiscard]] std::vector<std::string> values(std::string_view section, std::string_view key) const;
    // The outcome for something wrong in this file; line 0 stands for the file as a whole.
    [[nodiscard]] base::Error error(std::size_t line, std::string_view what) const;

 private:
    friend class Parser;
    struct Section {
        std::vector<Line> lines;
        std::unordered_map<std::string, std::vector<std::size_t>> by_key;  // folded keys; places in `lines`
    };
    std::string name_;
    std::unordered_map<std::string, Section> sections_;  // by folded name
};

// "a, b,c" as its parts, white space around them removed, empty ones kept. For values that hold a list of their own in quotes.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace spooler::inf
