// Printer data: typed values under keys, per printer [MS-RPRN] 3.1.4.2.7. Now the values that the server computes; stored values
// and keys enter behind the same two functions.
#pragma once

#include "base/result.h"
#include "spooler/model/printer.h"
#include "spooler/model/property.h"

#include <string_view>

namespace spooler {

inline constexpr std::string_view kDriverDataKey = "PrinterDriverData";

// Value `name` under `key` (any case); empty key: PrinterDriverData. file_not_found when there is none; not_supported for predefined
// values that this printer cannot supply. "ChangeID", "EMFDespoolingSetting" (0: the client renders) and friends are always there.
[[nodiscard]] base::Result<DataValue> printer_value(const PrinterView& printer, std::string_view key, std::string_view name);
// Every value of a key in a stable order; file_not_found when there is no such key.
[[nodiscard]] base::Result<std::vector<DataValue>> printer_values(const PrinterView& printer, std::string_view key);

}  // namespace spooler
