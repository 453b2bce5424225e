#include "level_reader.h"

#include <algorithm>
#include <stdexcept>

namespace level_test {
namespace {

std::uint64_t number(base::ByteView buffer, std::size_t at, std::size_t size) {
    if (at + size > buffer.size()) throw std::runtime_error("number outside the buffer");
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value * 256 + std::to_integer<std::uint64_t>(buffer[at + i]);
    return value;
}

// UTF-16 to ASCII, with \uXXXX for everything else: enough to compare.
std::string wide(base::ByteView buffer, std::size_t at, std::size_t& end) {
    if (at % 2 != 0) throw std::runtime_error("odd string offset");
    std::string text;
    for (;; at += 2) {
        const auto unit = number(buffer, at, 2);
        if (unit == 0) break;
        if (unit < 0x80) {
            text.push_back(static_cast<char>(unit));
        } else {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04X", static_cast<unsigned>(unit));
            text += escaped;
        }
    }
    end = at + 2;
    return text;
}

std::string systemtime(base::ByteView buffer, std::size_t at) {
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) text += (i == 0 ? "" : ",") + std::to_string(number(buffer, at + 2 * i, 2));
    return text;
}

// The bytes of a self-relative descriptor: up to the end of its farthest part.
std::size_t descriptor_size(base::ByteView buffer, std::size_t at) {
    std::size_t size = 20;
    for (const std::size_t field : {4U, 8U}) {
        const auto sid = number(buffer, at + field, 4);
        if (sid != 0) size = std::max<std::size_t>(size, sid + 8 + 4 * number(buffer, at + sid + 1, 1));
    }
    for (const std::size_t field : {12U, 16U}) {
        const auto acl = number(buffer, at + field, 4);
        if (acl != 0) size = std::max<std::size_t>(size, acl + number(buffer, at + acl + 2, 2));
    }
    return size;
}

std::string blob(base::ByteView buffer, std::size_t at, std::size_t size, std::size_t& end) {
    if (at % 4 != 0) throw std::runtime_error("blob not aligned");
    if (at + size > buffer.size()) throw std::runtime_error("blob outside the buffer");
    end = at + size;
    return base::to_hex(buffer.subspan(at, size));
}

std::string variable(const SpecField& field, base::ByteView buffer, std::size_t at, std::size_t& end) {
    switch (field.kind) {
        case 's': return wide(buffer, at, end);
        case 'a': {
            std::string text;
            for (; number(buffer, at, 1) != 0; ++at) text.push_back(static_cast<char>(number(buffer, at, 1)));
            end = at + 1;
            return text;
        }
        case 'm': {
            std::string list;
            while (number(buffer, at, 2) != 0) {
                list += wide(buffer, at, end) + "|";
                at = end;
            }
            end = at + 2;
            return list;
        }
        case 'b': return blob(buffer, at, number(buffer, at + 68, 2) + number(buffer, at + 70, 2), end);
        case 'd': return blob(buffer, at, descriptor_size(buffer, at), end);
        default: throw std::runtime_error("unknown kind");
    }
}

}  // namespace

SpecLevel spec(std::uint32_t level, std::size_t bytes, std::string_view fields) {
    SpecLevel result{level, bytes, {}};
    while (!fields.empty()) {
        const std::string_view one = fields.substr(0, fields.find(' '));
        fields.remove_prefix(std::min(one.size() + 1, fields.size()));
        const std::size_t first = one.find(':');
        const std::size_t last = one.rfind(':');
        result.fields.push_back({std::stoul(std::string(one.substr(0, first))), one.substr(first + 1, last - first - 1), one.back()});
    }
    return result;
}

std::vector<Element> read(const SpecLevel& level, base::ByteView buffer, std::size_t count) {
    std::vector<Element> elements;
    for (std::size_t index = 0; index < count; ++index) {
        const std::size_t start = index * level.bytes;
        Element element;
        for (const SpecField& field : level.fields) {
            const std::size_t at = start + field.offset;
            std::string& value = element.values[std::string(field.name)];
            if (field.kind >= '2' && field.kind <= '8') {
                value = std::to_string(number(buffer, at, static_cast<std::size_t>(field.kind - '0')));
            } else if (field.kind == 't') {
                value = systemtime(buffer, at);
            } else if (const auto offset = number(buffer, at, 4); offset == 0) {
                value = "<null>";
            } else {
                std::size_t end = 0;
                value = variable(field, buffer, start + offset, end);
                element.ranges.emplace_back(start + offset, end);
            }
        }
        elements.push_back(std::move(element));
    }
    return elements;
}

void check_layout(const SpecLevel& level, base::ByteView buffer, const std::vector<Element>& elements) {
    const std::size_t fixed = level.bytes * elements.size();
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const Element& element : elements) ranges.insert(ranges.end(), element.ranges.begin(), element.ranges.end());
    std::sort(ranges.begin(), ranges.end());
    if (ranges.empty()) return;
    if (ranges.front().first < fixed) throw std::runtime_error("variable data inside the fixed parts");
    for (std::size_t i = 0; i + 1 < ranges.size(); ++i) {
        if (ranges[i].second > ranges[i + 1].first) throw std::runtime_error("variable data overlaps");
        if (ranges[i + 1].first - ranges[i].second >= 4) throw std::runtime_error("a second gap");
    }
    if (buffer.size() - ranges.back().second >= 8) throw std::runtime_error("the data does not end at the end of the buffer");
    for (std::size_t at = fixed; at < ranges.front().first; ++at) {
        if (buffer[at] != std::byte{0}) throw std::runtime_error("the gap is not zero");
    }
}

}  // namespace level_test
