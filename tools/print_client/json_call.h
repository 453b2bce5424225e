// Any operation of the print interfaces with parameters and results as JSON, and the INFO blocks of replies as JSON.
#pragma once

#include "tools/print_client/json_values.h"
#include "tools/print_client/session.h"

namespace print_client {

// Context handles under names that people can write.
class Handles {
 public:
    [[nodiscard]] const ndr::ContextHandle* find(const std::string& name) const;
    // The name of a handle that a reply brought: its old one; `wanted` for a new one, or "h1", "h2" … when that is empty.
    std::string add(const ndr::ContextHandle& handle, const std::string& wanted);
    void forget(const std::string& name) { handles_.erase(name); }

 private:
    std::map<std::string, ndr::ContextHandle> handles_;
    std::size_t made_ = 0;
};

// In any case, e.g. "EnumPrinters"; null when there is none.
[[nodiscard]] const ndr::OperationInfo* find_operation(std::string_view name);

// The top-level parameters that an operation takes.
struct Parameter {
    enum class Kind { number, text, bytes, handle, structure };
    std::string name;
    Kind kind = Kind::structure;
};
[[nodiscard]] std::vector<Parameter> parameters_of(const ndr::OperationInfo& operation);

// Calls the operation. The object has every output under its name, "result" too: a result other than success is no Error here. New
// handles are kept under `as`. Errors: invalid_parameter for parameters that do not fit, not_supported when the interface lacks the
// operation, faults, lost connections.
Task<Result<json>> call_operation(std::shared_ptr<Session> session, const ndr::OperationInfo& operation, json in,
                                  std::shared_ptr<Handles> handles, std::string as);

// ---- INFO blocks

enum class Block { none, printers, jobs, forms, drivers, ports, monitors, processors, text, multi_text, registry_values };
// A list of `count` elements, or the text. Printers and jobs have the keys that Windows' structures have as members (pPrinterName), the
// others these without prefix, as win32print has them. invalid_level for a level that the block does not have, invalid_data for a malformed
// one.
[[nodiscard]] Result<json> block_json(Block block, std::uint32_t level, base::ByteView bytes, std::uint32_t count);

// What a GetRemoteNotifications or RefreshRemoteNotifications brought, shortened: {"flags", "discarded", "changes": [{"type", "field",
// "id", "value"}]}.
[[nodiscard]] json notification_json(const json& collection);
// The filter of RegisterForRemoteNotifications [MS-PAR] 2.2.4: change flags, fields of printers and jobs as numbers.
[[nodiscard]] json notification_filter(std::uint64_t flags, std::uint64_t options, std::uint64_t color, const json& printer_fields,
                                       const json& job_fields);

}  // namespace print_client
