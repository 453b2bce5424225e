// Small helpers that the command families share.
#pragma once

#include "base/result.h"
#include "server/admin/command_table.h"
#include "spooler/spooler.h"

#include <nlohmann/json.hpp>

namespace server {

// The text of an argument; empty when absent.
[[nodiscard]] std::string text_argument(const nlohmann::json& arguments, const char* name);
// A non-negative number given as number or text; invalid_parameter otherwise. `otherwise` when absent.
[[nodiscard]] base::Result<std::uint32_t> number_argument(const nlohmann::json& arguments, const char* name, std::uint32_t otherwise);
// The queue named by argument "printer"; invalid_printer_name when unknown.
[[nodiscard]] base::Result<spooler::PrinterQueuePtr> find_printer(const AdminContext& context, const nlohmann::json& arguments);
// Every printer by name, with those that were deleted and wait for their last jobs.
[[nodiscard]] std::vector<spooler::PrinterQueuePtr> all_printers(const AdminContext& context);
// Those that argument "printer" may mean, for reading: the one that find_printer() knows first, then deleted ones that had this name.
[[nodiscard]] base::Result<std::vector<spooler::PrinterQueuePtr>> find_printers(const AdminContext& context, const nlohmann::json& arguments);
// Words for PRINTER_STATUS_ and JOB_STATUS_ bits, joined by commas; "ready" or "waiting" when there are none.
[[nodiscard]] std::string printer_status_words(std::uint32_t status);
[[nodiscard]] std::string job_status_words(std::uint32_t status);
[[nodiscard]] nlohmann::json printer_json(const spooler::PrinterView& view);
[[nodiscard]] nlohmann::json job_json(const spooler::JobView& view);

}  // namespace server
