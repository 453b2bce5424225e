#include "spooler/model/property.h"

#include "base/utf.h"

namespace spooler {

DataEntryPtr make_entry(DataValue value) {
    auto entry = std::make_shared<DataEntry>();
    entry->key = base::fold_utf8(value.name);
    entry->wide_name = base::to_utf16(value.name);
    entry->value = std::move(value);
    return entry;
}

DataValue dword_value(std::string name, std::uint32_t value) {
    DataValue result{std::move(name), ValueType::dword, {}};
    base::ByteWriter(result.data).u32(value);
    return result;
}

DataValue text_value(std::string name, std::string_view utf8) {
    DataValue result{std::move(name), ValueType::sz, {}};
    base::append_utf16_le(result.data, base::to_utf16(utf8));
    base::ByteWriter(result.data).u16(0);
    return result;
}

DataValue binary_value(std::string name, base::ByteBuffer data) { return {std::move(name), ValueType::binary, std::move(data)}; }

}  // namespace spooler
