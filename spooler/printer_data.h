// Printer data: typed values under a tree of keys, per printer [MS-RPRN] 3.1.4.2.7, .16 to .23. The tree holds what clients stored; the
// predefined and mirrored values are computed from the printer. Used by the queue (queue_data.cpp), which guards it.
#pragma once

#include "base/result.h"
#include "spooler/model/printer.h"
#include "spooler/model/property.h"
#include "spooler/server_object.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spooler {

inline constexpr std::string_view kDriverDataKey = "PrinterDriverData";   // what the calls without key mean
inline constexpr std::string_view kSpoolerDataKey = "DsSpooler";          // mirrors of SetPrinter
inline constexpr std::string_view kBranchOfficeValue = "EnableBranchOfficePrinting";

// "a\b\c" in parts; a path without parts is the root.
struct KeyPath {
    std::vector<std::string> parts;                                // as written
    std::vector<std::string> keys;                                 // folded
};
// invalid_parameter for an empty part, a name of limits::kMaxNameChars or more characters, more than limits::kMaxPrinterDataDepth parts.
[[nodiscard]] base::Result<KeyPath> parse_key_path(std::string_view text);
// invalid_parameter: empty or too long. Data of limits::kMaxDataValueBytes at most.
[[nodiscard]] base::Result<void> check_data_value(const DataValue& value);
// Reserved by the protocol: never stored.
[[nodiscard]] bool is_change_id(std::string_view name);

// Sizes of the values of one key, names with their NULs.
struct DataExtent {
    std::uint64_t count = 0, name_bytes = 0, data_bytes = 0;
    std::uint32_t largest_name_bytes = 0, largest_data_bytes = 0;
};

// The stored tree of one printer. Keys exist on their own: a key stays when its last value goes. The predefined keys PrinterDriverData,
// DsSpooler, DsDriver, DsUser and PnPData are always there. Names compare without case and keep the case of their first use; values and
// subkeys are in the order of their folded names. No locking. Errors: file_not_found for a missing key or value.
class PrinterData {
 public:
    PrinterData();
    ~PrinterData();
    PrinterData(const PrinterData&) = delete;
    PrinterData& operator=(const PrinterData&) = delete;

    // --- Queries: independent of the size of the tree ---
    [[nodiscard]] base::Result<DataEntryPtr> find(const KeyPath& path, std::string_view name) const;
    [[nodiscard]] base::Result<DataEntryPtr> at(const KeyPath& path, std::size_t index) const;     // no_more_items past the end
    [[nodiscard]] base::Result<DataExtent> extent(const KeyPath& path) const;
    [[nodiscard]] base::Result<std::vector<DataEntryPtr>> values(const KeyPath& path) const;
    [[nodiscard]] base::Result<std::vector<std::string>> subkeys(const KeyPath& path) const;       // direct children only

    // --- Changes ---
    // Inserts or replaces; makes missing keys. not_enough_quota beyond limits::kMaxPrinterData*. The path has parts.
    base::Result<void> put(const KeyPath& path, DataEntryPtr entry);
    base::Result<void> remove(const KeyPath& path, std::string_view name);
    base::Result<void> remove_key(const KeyPath& path);            // with everything below
    // What the store says: no limits.
    void load(const KeyPath& path, std::vector<DataValue> values);

 private:
    struct Node;
    struct Totals {
        std::size_t keys = 0, values = 0, bytes = 0;
    };
    [[nodiscard]] base::Result<const Node*> node_at(const KeyPath& path) const;    // nullptr: a predefined key without content
    [[nodiscard]] Node* existing(const KeyPath& path) const;
    Node& make_node(const KeyPath& path);
    void store(Node& node, DataEntryPtr entry);
    static Totals totals_of(const Node& node);

    std::unique_ptr<Node> root_;
    Totals totals_;
};

// The mirrors of SetPrinter under DsSpooler [MS-RPRN] 2.3.3.1, in a fixed order.
[[nodiscard]] std::vector<DataValue> mirrored_values(const PrinterView& printer, const ServerSettings& server);
// What is answered for a name under PrinterDriverData that nobody stored [MS-RPRN] 2.2.3.11: "ChangeID", "EMFDespoolingSetting" (0: the
// client renders) and friends. not_supported for predefined values that this printer cannot supply, else file_not_found.
[[nodiscard]] base::Result<DataValue> predefined_value(const PrinterView& printer, std::string_view name);
// A name of that table beside "ChangeID", whether or not a printer can supply the value.
[[nodiscard]] bool is_predefined_value(std::string_view name);

}  // namespace spooler
