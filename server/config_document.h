// A JSON text with the line of every value, and its validation against a schema. Used by config.cpp only.
#pragma once

#include "base/result.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace server {

struct Finding {
    std::string pointer;                                           // JSON pointer, "" = the whole document
    std::string text;
};

class ConfigDocument {
 public:
    // Fails on the first syntax error or duplicate key, with the line.
    static base::Result<ConfigDocument> parse(std::string_view text, std::string_view file_name);

    [[nodiscard]] const nlohmann::json& root() const { return root_; }
    [[nodiscard]] std::vector<Finding> validate(std::string_view schema_text) const;
    // "FILE:LINE: POINTER: TEXT"; the line is that of the value, or of its nearest parent.
    [[nodiscard]] std::string describe(const Finding& finding) const;

 private:
    std::string file_name_;
    nlohmann::json root_;
    std::map<std::string, std::size_t> lines_;
};

}  // namespace server
