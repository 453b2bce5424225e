// PRINTER_ENUM_VALUES arrays [MS-RPRN] 2.2.2.11, as EnumPrinterDataEx returns them. Offsets count from the start of each structure.
#pragma once

#include "base/bytes.h"
#include "spooler/printer_data.h"

#include <span>

namespace server {

// Bytes that values of this extent need: structures, names and data, without padding. What a buffer has more lies behind the structures.
[[nodiscard]] std::uint64_t enum_values_size(const spooler::DataExtent& extent);
// `into` has at least that many.
void write_enum_values(std::span<const spooler::DataEntryPtr> values, base::MutableByteView into);

}  // namespace server
