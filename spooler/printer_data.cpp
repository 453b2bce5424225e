#include "spooler/printer_data.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <map>
#include <set>

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::string_view kPredefinedKeys[] = {"DsDriver", kSpoolerDataKey, "DsUser", "PnPData", kDriverDataKey};

bool too_long(std::string_view text) {
    return text.size() >= base::limits::kMaxNameChars && base::to_utf16(text).size() >= base::limits::kMaxNameChars;
}

bool is_predefined(const KeyPath& path) {
    if (path.keys.size() != 1) return false;
    return std::any_of(std::begin(kPredefinedKeys), std::end(kPredefinedKeys),
                       [&](std::string_view known) { return base::equal_names(known, std::string_view(path.keys[0])); });
}

bool before(const DataEntryPtr& entry, const std::string& key) { return entry->key < key; }

}  // namespace

Result<KeyPath> parse_key_path(std::string_view text) {
    KeyPath path;
    if (text.empty()) return path;
    if (too_long(text)) return Error(Win32::invalid_parameter, "key name too long");
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\\', begin), text.size());
        if (end == begin) return Error(Win32::invalid_parameter, "key with an empty part");
        if (path.parts.size() == base::limits::kMaxPrinterDataDepth) return Error(Win32::invalid_parameter, "keys nested too deeply");
        path.parts.emplace_back(text.substr(begin, end - begin));
        path.keys.push_back(base::fold_utf8(path.parts.back()));
        begin = end + 1;
    }
    return path;
}

Result<void> check_data_value(const DataValue& value) {
    if (value.name.empty() || too_long(value.name)) return Error(Win32::invalid_parameter, "value name");
    if (value.data.size() > base::limits::kMaxDataValueBytes) return Error(Win32::invalid_parameter, "value too large");
    return {};
}

bool is_change_id(std::string_view name) { return base::equal_names(name, std::string_view("ChangeID")); }

// --- The tree ------------------------------------------------------------------------------------------------------------

struct PrinterData::Node {
    std::string name;
    std::map<std::string, std::unique_ptr<Node>> children;         // folded name
    std::vector<DataEntryPtr> values;                              // by folded name
    std::multiset<std::uint32_t> name_sizes, data_sizes;           // the largest at once
    std::uint64_t name_bytes = 0, data_bytes = 0;

    [[nodiscard]] auto place(const std::string& key) const { return std::lower_bound(values.begin(), values.end(), key, before); }
    [[nodiscard]] const DataEntryPtr* find(const std::string& key) const {
        const auto at = place(key);
        return at != values.end() && (*at)->key == key ? &*at : nullptr;
    }
    void count(const DataEntry& entry) {
        name_bytes += entry.name_bytes();
        data_bytes += entry.data_bytes();
        name_sizes.insert(entry.name_bytes());
        data_sizes.insert(entry.data_bytes());
    }
    void discount(const DataEntry& entry) {
        name_bytes -= entry.name_bytes();
        data_bytes -= entry.data_bytes();
        name_sizes.erase(name_sizes.find(entry.name_bytes()));
        data_sizes.erase(data_sizes.find(entry.data_bytes()));
    }
};

PrinterData::PrinterData() : root_(std::make_unique<Node>()) {}
PrinterData::~PrinterData() = default;

PrinterData::Node* PrinterData::existing(const KeyPath& path) const {
    Node* node = root_.get();
    for (const std::string& key : path.keys) {
        const auto child = node->children.find(key);
        if (child == node->children.end()) return nullptr;
        node = child->second.get();
    }
    return node;
}

Result<const PrinterData::Node*> PrinterData::node_at(const KeyPath& path) const {
    const Node* node = existing(path);
    if (node == nullptr && !is_predefined(path)) return Error(Win32::file_not_found, "no such key");
    return node;
}

PrinterData::Node& PrinterData::make_node(const KeyPath& path) {
    Node* node = root_.get();
    for (std::size_t i = 0; i < path.keys.size(); ++i) {
        std::unique_ptr<Node>& child = node->children[path.keys[i]];
        if (!child) {
            child = std::make_unique<Node>();
            child->name = path.parts[i];
            ++totals_.keys;
            totals_.bytes += child->name.size();
        }
        node = child.get();
    }
    return *node;
}

// A replaced value keeps the spelling of its name.
void PrinterData::store(Node& node, DataEntryPtr entry) {
    const auto place = node.values.begin() + (node.place(entry->key) - node.values.cbegin());
    const bool replaces = place != node.values.end() && (*place)->key == entry->key;
    if (replaces) {
        node.discount(**place);
        totals_.bytes -= (*place)->name_bytes() + (*place)->data_bytes();
        if ((*place)->value.name != entry->value.name) {
            auto respelled = std::make_shared<DataEntry>(*entry);
            respelled->value.name = (*place)->value.name;
            respelled->wide_name = (*place)->wide_name;
            entry = std::move(respelled);
        }
    }
    node.count(*entry);
    totals_.bytes += entry->name_bytes() + entry->data_bytes();
    if (replaces) {
        *place = std::move(entry);
    } else {
        node.values.insert(place, std::move(entry));
        ++totals_.values;
    }
}

Result<DataEntryPtr> PrinterData::find(const KeyPath& path, std::string_view name) const {
    TRY(const Node* node, node_at(path));
    const DataEntryPtr* entry = node == nullptr ? nullptr : node->find(base::fold_utf8(name));
    if (entry == nullptr) return Error(Win32::file_not_found, "no such value");
    return *entry;
}

Result<DataEntryPtr> PrinterData::at(const KeyPath& path, std::size_t index) const {
    TRY(const Node* node, node_at(path));
    if (node == nullptr || index >= node->values.size()) return Error(Win32::no_more_items);
    return node->values[index];
}

Result<DataExtent> PrinterData::extent(const KeyPath& path) const {
    TRY(const Node* node, node_at(path));
    DataExtent extent;
    if (node == nullptr || node->values.empty()) return extent;
    extent.count = node->values.size();
    extent.name_bytes = node->name_bytes;
    extent.data_bytes = node->data_bytes;
    extent.largest_name_bytes = *node->name_sizes.rbegin();
    extent.largest_data_bytes = *node->data_sizes.rbegin();
    return extent;
}

Result<std::vector<DataEntryPtr>> PrinterData::values(const KeyPath& path) const {
    TRY(const Node* node, node_at(path));
    if (node == nullptr) return std::vector<DataEntryPtr>();
    return node->values;
}

Result<std::vector<std::string>> PrinterData::subkeys(const KeyPath& path) const {
    TRY(const Node* node, node_at(path));
    std::map<std::string, std::string> names;
    if (path.keys.empty()) {
        for (const std::string_view known : kPredefinedKeys) names.emplace(base::fold_utf8(known), known);
    }
    if (node != nullptr) {
        for (const auto& [key, child] : node->children) names[key] = child->name;
    }
    std::vector<std::string> list;
    list.reserve(names.size());
    for (auto& [key, name] : names) list.push_back(std::move(name));
    return list;
}

Result<void> PrinterData::put(const KeyPath& path, DataEntryPtr entry) {
    namespace limits = base::limits;
    const Node* node = root_.get();
    std::size_t new_keys = 0;
    std::size_t bytes = totals_.bytes + entry->name_bytes() + entry->data_bytes();
    for (const std::string& key : path.keys) {
        const auto child = node == nullptr ? root_->children.end() : node->children.find(key);
        node = node == nullptr || child == node->children.end() ? nullptr : child->second.get();
        if (node != nullptr) continue;
        ++new_keys;
        bytes += key.size();
    }
    const DataEntryPtr* old = node == nullptr ? nullptr : node->find(entry->key);
    if (old != nullptr) bytes -= (*old)->name_bytes() + (*old)->data_bytes();
    if (old == nullptr && totals_.values >= limits::kMaxPrinterDataValues) return Error(Win32::not_enough_quota, "too many values");
    if (totals_.keys + new_keys > limits::kMaxPrinterDataKeys) return Error(Win32::not_enough_quota, "too many keys");
    if (bytes > limits::kMaxPrinterDataBytes) return Error(Win32::not_enough_quota, "too much printer data");
    store(make_node(path), std::move(entry));
    return {};
}

Result<void> PrinterData::remove(const KeyPath& path, std::string_view name) {
    const std::string key = base::fold_utf8(name);
    Node* node = existing(path);
    const DataEntryPtr* entry = node == nullptr ? nullptr : node->find(key);
    if (entry == nullptr) return Error(Win32::file_not_found, "no such key or value");
    node->discount(**entry);
    totals_.bytes -= (*entry)->name_bytes() + (*entry)->data_bytes();
    --totals_.values;
    node->values.erase(node->values.begin() + (node->place(key) - node->values.cbegin()));
    return {};
}

PrinterData::Totals PrinterData::totals_of(const Node& node) {
    Totals sum;
    sum.keys = 1;
    sum.values = node.values.size();
    sum.bytes = node.name.size() + node.name_bytes + node.data_bytes;
    for (const auto& [key, child] : node.children) {
        const Totals below = totals_of(*child);
        sum.keys += below.keys;
        sum.values += below.values;
        sum.bytes += below.bytes;
    }
    return sum;
}

Result<void> PrinterData::remove_key(const KeyPath& path) {
    if (path.keys.empty()) return Error(Win32::invalid_parameter, "the root stays");
    TRY(const Node* node, node_at(path));
    if (node == nullptr) return {};
    const Totals gone = totals_of(*node);
    totals_.keys -= gone.keys;
    totals_.values -= gone.values;
    totals_.bytes -= gone.bytes;
    KeyPath parent = path;
    parent.parts.pop_back();
    parent.keys.pop_back();
    existing(parent)->children.erase(path.keys.back());
    return {};
}

void PrinterData::load(const KeyPath& path, std::vector<DataValue> values) {
    Node& node = make_node(path);
    for (DataValue& value : values) store(node, make_entry(std::move(value)));
}

// --- Computed values -----------------------------------------------------------------------------------------------------

namespace {

// Values that clients may ask for but that a printer without a v4 driver cannot supply [MS-RPRN] 2.2.3.11.
constexpr std::string_view kUnavailable[] = {"HardwareId", "SeparatorFileData", "V4_Driver_Hardware_IDs",
                                             "XpsFormat",  "MergedData",        "MergedDataName"};

struct NamedNumber {
    std::string_view name;
    std::uint32_t value;
};
// EMFDespoolingSetting 0: clients render, the server never plays EMF. BranchOfficeLoggingEnabled 1: what is not configured is on.
constexpr NamedNumber kPredefined[] = {{"BranchOfficeLoggingEnabled", 1}, {"BranchOfficeOfflineLogSize", 10}, {"EMFDespoolingSetting", 0},
                                       {kBranchOfficeValue, 0},           {"MinimumSupportedClientBuild", 0}};

std::string_view spooling_mode(std::uint32_t attributes) {
    if ((attributes & printer_attribute::kDirect) != 0) return "PrintDirect";
    return (attributes & printer_attribute::kQueued) != 0 ? "PrintAfterSpooled" : "PrintWhileSpooling";
}

}  // namespace

std::vector<DataValue> mirrored_values(const PrinterView& printer, const ServerSettings& server) {
    const PrinterRecord& record = *printer.record;
    std::vector<DataValue> values;
    values.push_back(text_value("description", record.comment));
    values.push_back(text_value("driverName", record.driver_name));
    values.push_back(dword_value("flags", 0));
    values.push_back(text_value("location", record.location));
    values.push_back(text_value("portName", printer.port_names()));
    values.push_back(dword_value("printAttributes", record.attributes));
    values.push_back(dword_value("printEndTime", record.until_time));
    values.push_back(text_value("printerName", record.name));
    values.push_back(dword_value("printKeepPrintedJobs", (record.attributes & printer_attribute::kKeepPrintedJobs) != 0 ? 1 : 0));
    values.push_back(text_value("printSeparatorFile", record.separator_file));
    values.push_back(text_value("printShareName", record.share_name));
    values.push_back(text_value("printSpooling", spooling_mode(record.attributes)));
    values.push_back(dword_value("printStartTime", record.start_time));
    values.push_back(dword_value("printStatus", printer.status));
    values.push_back(dword_value("priority", record.priority));
    values.push_back(text_value("serverName", server.dns_name));
    values.push_back(text_value("shortServerName", server.name));
    values.push_back(text_value("uNCName", "\\\\" + server.dns_name + "\\" + record.name));
    values.push_back(dword_value("versionNumber", 4));
    return values;
}

bool is_predefined_value(std::string_view name) {
    const auto same = [name](std::string_view known) { return base::equal_names(known, name); };
    return std::any_of(std::begin(kPredefined), std::end(kPredefined), [&](const NamedNumber& known) { return same(known.name); }) ||
           std::any_of(std::begin(kUnavailable), std::end(kUnavailable), same);
}

Result<DataValue> predefined_value(const PrinterView& printer, std::string_view name) {
    if (is_change_id(name)) return dword_value("ChangeID", printer.record->change_id);
    for (const NamedNumber& known : kPredefined) {
        if (base::equal_names(known.name, name)) return dword_value(std::string(known.name), known.value);
    }
    for (const std::string_view unavailable : kUnavailable) {
        if (base::equal_names(unavailable, name)) return Error(Win32::not_supported, "this printer cannot supply the value");
    }
    return Error(Win32::file_not_found, "no such value");
}

}  // namespace spooler
