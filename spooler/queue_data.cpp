// Printer data of one queue: the stored tree, with the values that the printer itself supplies behind it.
#include "base/utf.h"
#include "spooler/failpoint.h"
#include "spooler/printer_data.h"
#include "spooler/queue_impl.h"

#include <algorithm>

namespace spooler {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;

namespace {

bool is_key(const KeyPath& path, std::string_view known) {
    return path.keys.size() == 1 && base::equal_names(std::string_view(path.keys[0]), known);
}

KeyPath path_of(std::string_view key) {
    KeyPath path;
    path.parts.emplace_back(key);
    path.keys.push_back(base::fold_utf8(key));
    return path;
}

const PrinterData& tree_of(const QueueState& state) {
    static const PrinterData nothing;
    return state.data ? *state.data : nothing;
}

Result<KeyPath> path_below_root(std::string_view key) {
    TRY(KeyPath path, parse_key_path(key));
    if (path.parts.empty()) return Error(Win32::invalid_parameter, "empty key");
    return path;
}

// Stored values and the mirrors that no stored value stands in for, in one order.
std::vector<DataEntryPtr> with_mirrors(std::vector<DataEntryPtr> stored, std::vector<DataValue> mirrors) {
    const auto by_key = [](const DataEntryPtr& a, const DataEntryPtr& b) { return a->key < b->key; };
    const std::size_t count = stored.size();
    for (DataValue& mirror : mirrors) {
        DataEntryPtr entry = make_entry(std::move(mirror));
        const auto end = stored.begin() + static_cast<std::ptrdiff_t>(count);
        if (!std::binary_search(stored.begin(), end, entry, by_key)) stored.push_back(std::move(entry));
    }
    std::sort(stored.begin(), stored.end(), by_key);
    return stored;
}

DataExtent extent_of(const std::vector<DataEntryPtr>& values) {
    DataExtent extent;
    extent.count = values.size();
    for (const DataEntryPtr& value : values) {
        extent.name_bytes += value->name_bytes();
        extent.data_bytes += value->data_bytes();
        extent.largest_name_bytes = std::max(extent.largest_name_bytes, value->name_bytes());
        extent.largest_data_bytes = std::max(extent.largest_data_bytes, value->data_bytes());
    }
    return extent;
}

bool is_one(const PrinterData& tree, std::string_view name) {
    const auto value = tree.find(path_of(kDriverDataKey), name);
    return value && (*value)->value.data == dword_value({}, 1).data;
}

}  // namespace

// --- Queries -------------------------------------------------------------------------------------------------------------

Result<DataEntryPtr> PrinterQueue::data(std::string_view key, std::string_view name) const {
    // [MS-RPRN] 2.2.3.11 wants no key for predefined values. An absent key cannot be sent, so it comes as an empty one.
    if (key.empty() && is_predefined_value(name)) key = kDriverDataKey;
    TRY(const KeyPath path, path_below_root(key));
    const bool driver_data = is_key(path, kDriverDataKey);
    PrinterView look;
    Result<DataEntryPtr> stored = impl_->state.with([&](const QueueState& now) {
        look = now.view();
        return tree_of(now).find(path, name);
    });
    if (driver_data && is_change_id(name)) return make_entry(dword_value("ChangeID", look.record->change_id));
    if (stored) return stored;
    if (driver_data) {
        if (base::equal_names(name, std::string_view("HardwareId"))) {
            const SpoolerCore& core = *impl_->core;
            const auto driver = core.drivers.find(look.record->driver_name, core.server.settings().environment);
            if (driver && !driver->hardware_id.empty()) return make_entry(text_value("HardwareId", driver->hardware_id));
        }
        TRY(DataValue value, predefined_value(look, name));
        return make_entry(std::move(value));
    }
    if (!is_key(path, kSpoolerDataKey)) return stored;
    for (DataValue& mirror : mirrored_values(look, impl_->core->server.settings())) {
        if (base::equal_names(std::string_view(mirror.name), name)) return make_entry(std::move(mirror));
    }
    return stored;
}

Result<PrinterQueue::DataList> PrinterQueue::data_values(std::string_view key, const std::function<bool(const DataExtent&)>& wanted) const {
    TRY(const KeyPath path, path_below_root(key));
    const bool mirrors = is_key(path, kSpoolerDataKey);
    PrinterView look;
    Result<DataList> list = impl_->state.with([&](const QueueState& now) -> Result<DataList> {
        look = now.view();
        DataList found;
        TRY(found.extent, tree_of(now).extent(path));
        if (!mirrors && !wanted(found.extent)) return found;
        TRY(found.values, tree_of(now).values(path));
        return found;
    });
    if (!list || !mirrors) return list;
    list->values = with_mirrors(std::move(list->values), mirrored_values(look, impl_->core->server.settings()));
    list->extent = extent_of(list->values);
    if (!wanted(list->extent)) list->values.clear();
    return list;
}

Result<PrinterQueue::DataItem> PrinterQueue::driver_data_at(std::uint32_t index) const {
    static const KeyPath path = path_of(kDriverDataKey);
    return impl_->state.with([&](const QueueState& now) -> Result<DataItem> {
        DataItem item;
        TRY(item.extent, tree_of(now).extent(path));
        TRY(item.value, tree_of(now).at(path, index));
        return item;
    });
}

Result<std::vector<std::string>> PrinterQueue::data_keys(std::string_view key) const {
    TRY(const KeyPath path, parse_key_path(key));
    return impl_->state.with([&](const QueueState& now) { return tree_of(now).subkeys(path); });
}

// --- Changes -------------------------------------------------------------------------------------------------------------

Task<Result<void>> PrinterQueue::set_data(std::string key, DataValue value) {
    CO_TRY(const KeyPath path, path_below_root(key));
    CO_TRY_VOID(check_data_value(value));
    if (is_change_id(value.name)) co_return Error(Win32::invalid_parameter, "ChangeID is reserved");
    const DataEntryPtr entry = make_entry(std::move(value));
    PrinterDataPut change;
    change.key = std::move(key);
    change.value = entry;
    std::function<Result<void>(PrinterData&)> apply = [path, entry](PrinterData& tree) { return tree.put(path, entry); };
    co_return co_await impl_->change_data(std::move(apply), std::move(change));
}

Task<Result<void>> PrinterQueue::remove_data(std::string key, std::string name) {
    CO_TRY(const KeyPath path, path_below_root(key));
    if (name.empty() || is_change_id(name)) co_return Error(Win32::invalid_parameter, "value name");
    PrinterDataDelete change;
    change.key = std::move(key);
    change.name = name;
    std::function<Result<void>(PrinterData&)> apply = [path, name](PrinterData& tree) { return tree.remove(path, name); };
    co_return co_await impl_->change_data(std::move(apply), std::move(change));
}

Task<Result<void>> PrinterQueue::remove_data_key(std::string key) {
    CO_TRY(const KeyPath path, path_below_root(key));
    PrinterDataDelete change;
    change.key = std::move(key);
    std::function<Result<void>(PrinterData&)> apply = [path](PrinterData& tree) { return tree.remove_key(path); };
    co_return co_await impl_->change_data(std::move(apply), std::move(change));
}

// --- Impl ----------------------------------------------------------------------------------------------------------------

std::uint32_t PrinterQueue::Impl::count_change(QueueState& now) {
    auto record = std::make_shared<PrinterRecord>(*now.record);
    const std::uint32_t id = ++record->change_id;
    now.record = std::move(record);
    return id;
}

void PrinterQueue::Impl::note_data_change(QueueState& now) {
    const bool direct = is_one(tree_of(now), kBranchOfficeValue);
    const std::uint32_t fields = direct == now.branch_office ? 0 : field_bit(printer_field::kBranchOffice);
    now.branch_office = direct;
    publish_printer(now, printer_change::kSetPrinter, fields);
}

Task<Result<void>> PrinterQueue::Impl::change_data(std::function<Result<void>(PrinterData&)> apply,
                                                   std::variant<PrinterDataPut, PrinterDataDelete> change) {
    CO_TRY_VOID(core->deps.store.accepting());
    auto ticket = state.with([&](QueueState& now) -> Result<Ticket> {
        if (!now.data) now.data = std::make_unique<PrinterData>();
        TRY_VOID(apply(*now.data));
        const std::uint32_t id = count_change(now);
        note_data_change(now);
        return std::visit(
            [&](auto& row) {
                row.printer = owner.id();
                row.change_id = id;
                return core->deps.store.enqueue(std::move(row));
            },
            change);
    });
    if (!ticket) co_return std::move(ticket).error();
    WSP_FAILPOINT("printer.data.after");
    co_return co_await core->deps.store.durable(*ticket);
}

void PrinterQueue::Impl::refresh_mirrors(QueueState& now, const PrinterRecordPtr& before, Effects& effects) {
    if (!now.data) return;
    static const KeyPath path = path_of(kSpoolerDataKey);
    PrinterView look = now.view();
    const std::vector<DataValue> after = mirrored_values(look, core->server.settings());
    look.record = before;
    const std::vector<DataValue> earlier = mirrored_values(look, core->server.settings());
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (after[i].data == earlier[i].data || !now.data->remove(path, after[i].name)) continue;
        PrinterDataDelete change;
        change.printer = owner.id();
        change.change_id = now.record->change_id;
        change.key = kSpoolerDataKey;
        change.name = after[i].name;
        effects.ticket = core->deps.store.enqueue(std::move(change));
    }
}

void PrinterQueue::Impl::restore_data(PrinterKey key) {
    const auto path = parse_key_path(key.path);
    if (!path || path->parts.empty()) return;
    state.with([&](QueueState& now) {
        if (!now.data) now.data = std::make_unique<PrinterData>();
        now.data->load(*path, std::move(key.values));
        now.branch_office = is_one(*now.data, kBranchOfficeValue);
    });
}

}  // namespace spooler
