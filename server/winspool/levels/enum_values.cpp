#include "server/winspool/levels/enum_values.h"

#include <cstring>

namespace server {

namespace {

constexpr std::size_t kEnumValueBytes = 20;

void put_u32(base::MutableByteView into, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 4; ++i) into[at + i] = static_cast<std::byte>((value >> (8 * i)) & 0xFFU);
}

void put_name(base::MutableByteView into, std::size_t at, const std::u16string& name) {
    for (const char16_t c : name) {
        into[at++] = static_cast<std::byte>(c & 0xFFU);
        into[at++] = static_cast<std::byte>(c >> 8U);
    }
    into[at] = into[at + 1] = std::byte{0};
}

}  // namespace

std::uint64_t enum_values_size(const spooler::DataExtent& extent) {
    return extent.count * kEnumValueBytes + extent.name_bytes + extent.data_bytes;
}

void write_enum_values(std::span<const spooler::DataEntryPtr> values, base::MutableByteView into) {
    std::size_t names = 0, contents = 0;
    for (const spooler::DataEntryPtr& value : values) {
        names += value->name_bytes();
        contents += value->data_bytes();
    }
    std::size_t fixed = 0;
    // At the end of the buffer, but for what aligns the first name: 64-bit clients make the structures larger in place, so what they have
    // too much must lie behind the structures [MS-RPRN] 2.2.2.
    std::size_t name = (into.size() - names - contents) & ~std::size_t{3};
    std::size_t data = name + names;
    for (const spooler::DataEntryPtr& entry : values) {
        put_u32(into, fixed, name - fixed);
        put_u32(into, fixed + 4, entry->name_bytes());
        put_u32(into, fixed + 8, static_cast<std::uint32_t>(entry->value.type));
        put_u32(into, fixed + 12, data - fixed);
        put_u32(into, fixed + 16, entry->data_bytes());
        put_name(into, name, entry->wide_name);
        if (entry->data_bytes() != 0) std::memcpy(into.data() + data, entry->value.data.data(), entry->value.data.size());
        fixed += kEnumValueBytes;
        name += entry->name_bytes();
        data += entry->data_bytes();
    }
}

}  // namespace server
