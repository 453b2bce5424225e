// An independent reader of custom-marshaled INFO blocks: works from the offsets that the specification prints, not from our tables.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace level_test {

// Kinds: '2' '4' '8' numbers of so many bytes, 't' SYSTEMTIME, 's' string, 'a' ANSI string, 'm' multi-string, 'b' DEVMODE blob,
// 'd' security descriptor blob (both: size from their own headers).
struct SpecField {
    std::size_t offset;
    std::string_view name;
    char kind;
};
struct SpecLevel {
    std::uint32_t number;
    std::size_t bytes;
    std::vector<SpecField> fields;
};

// "0:PrinterName:s 4:ServerName:s …"
SpecLevel spec(std::uint32_t number, std::size_t bytes, std::string_view fields);

struct Element {
    std::map<std::string, std::string> values;                     // text; numbers in decimal; blobs in hex; "<null>" for offset 0
    std::vector<std::pair<std::size_t, std::size_t>> ranges;       // variable data, [begin, end) from the buffer's start
};

// Throws std::runtime_error on anything outside the buffer.
std::vector<Element> read(const SpecLevel& level, base::ByteView buffer, std::size_t count);

// Throws unless the variable ranges are disjoint, behind the fixed parts, and leave one gap only (paddings below 4 bytes aside), which
// is zero and lies right behind the fixed parts.
void check_layout(const SpecLevel& level, base::ByteView buffer, const std::vector<Element>& elements);

}  // namespace level_test
