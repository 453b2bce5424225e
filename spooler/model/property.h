// A typed configuration value (printer data, server data) with the registry's types.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <memory>
#include <string>

namespace spooler {

enum class ValueType : std::uint32_t { none = 0, sz = 1, expand_sz = 2, binary = 3, dword = 4, multi_sz = 7, qword = 11 };

// `data` is in wire form: UTF-16LE with NUL for sz, little-endian for numbers.
struct DataValue {
    std::string name;
    ValueType type = ValueType::none;
    base::ByteBuffer data;
    bool operator==(const DataValue&) const = default;
};

// A value as printer data keeps it, with what queries need computed once.
struct DataEntry {
    DataValue value;
    std::string key;                                               // folded name
    std::u16string wide_name;                                      // as it goes on the wire, without NUL
    [[nodiscard]] std::uint32_t name_bytes() const { return static_cast<std::uint32_t>((wide_name.size() + 1) * sizeof(char16_t)); }
    [[nodiscard]] std::uint32_t data_bytes() const { return static_cast<std::uint32_t>(value.data.size()); }
};
using DataEntryPtr = std::shared_ptr<const DataEntry>;
[[nodiscard]] DataEntryPtr make_entry(DataValue value);

[[nodiscard]] DataValue dword_value(std::string name, std::uint32_t value);
[[nodiscard]] DataValue text_value(std::string name, std::string_view utf8);
[[nodiscard]] DataValue binary_value(std::string name, base::ByteBuffer data);

}  // namespace spooler
