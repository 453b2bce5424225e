#include "base/utf.h"
#include "server/winspool/levels/driver_levels.h"
#include "server/winspool/levels/form_levels.h"
#include "server/winspool/levels/info_buffer.h"
#include "server/winspool/levels/job_levels.h"
#include "server/winspool/levels/monitor_levels.h"
#include "server/winspool/levels/port_levels.h"
#include "server/winspool/levels/printer_levels.h"
#include "server/winspool/levels/processor_levels.h"
#include "tools/print_client/json_blobs.h"
#include "tools/print_client/json_call.h"

namespace print_client {
namespace {

using base::Error;
using base::Win32;

enum class Keys { members, plain };

// Members whose Windows name does not follow from the table's.
struct Renamed {
    std::string_view table, written;
};
constexpr Renamed kMembers[] = {{"StatusText", "pStatus"}, {"ObjectGUID", "pszObjectGUID"}};
constexpr Renamed kPlain[] = {{"CoreDependencies", "CoreDriverDependencies"}, {"PortName", "Name"}};

std::string key_of(const server::InfoValue& value, Keys keys) {
    const std::string name(value.name);
    const auto renamed = keys == Keys::members ? std::span<const Renamed>(kMembers) : std::span<const Renamed>(kPlain);
    for (const Renamed& entry : renamed) {
        if (entry.table == name) return std::string(entry.written);
    }
    const bool pointer = value.kind == server::FieldKind::text || value.kind == server::FieldKind::blob;
    if (keys == Keys::members) return pointer ? "p" + name : name;
    // FORM_INFO's cx, left … have no prefix to lose.
    std::size_t at = name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return at == std::string::npos ? name : name.substr(at);
}

json value_json(const server::InfoValue& value) {
    switch (value.kind) {
        case server::FieldKind::u16:
        case server::FieldKind::u32:
        case server::FieldKind::u64:
            return value.number;
        case server::FieldKind::file_time:
            return value.number == 0 ? json("") : json(to_time_text(base::to_system_time({value.number})));
        case server::FieldKind::system_time:
            return to_time_text(value.time);
        case server::FieldKind::text:
        case server::FieldKind::ansi_text:
            return value.present ? json(value.text) : json();
        case server::FieldKind::text_list:
            return value.present ? json(value.texts) : json();
        case server::FieldKind::blob:
            if (!value.present) return nullptr;
            return value.name == "SecurityDescriptor" ? security_json(value.bytes) : devmode_json(value.bytes);
        case server::FieldKind::files:
            break;
    }
    json files = json::array();
    for (const server::FileRow& file : value.files) files.push_back({{"Path", file.path}, {"Type", file.type}, {"Version", file.version}});
    return files;
}

json row_json(const std::vector<server::InfoValue>& row, Keys keys) {
    json object;
    for (const auto& value : row) object[key_of(value, keys)] = value_json(value);
    return object;
}

// SIZE and RECTL, which the tables have flat.
void nest_form(json& form) {
    const auto move = [&form](const char* into, std::initializer_list<const char*> members) {
        for (const char* member : members) {
            form[into][member] = static_cast<std::int32_t>(form[member].get<std::uint32_t>());
            form.erase(member);
        }
    };
    move("Size", {"cx", "cy"});
    move("ImageableArea", {"left", "top", "right", "bottom"});
}

struct Tables {
    Block block;
    Keys keys;
    std::vector<server::LevelEntry> levels;
};

template <class Row, std::size_t N>
std::vector<server::LevelEntry> entries(const server::Level<Row> (&levels)[N]) {
    return {std::begin(levels), std::end(levels)};
}

const std::vector<Tables>& tables() {
    static const std::vector<Tables> kTables = {
        {Block::printers, Keys::members, entries(server::kPrinterLevels)},
        {Block::jobs, Keys::members, entries(server::kJobLevels)},
        {Block::forms, Keys::plain, entries(server::kFormLevels)},
        {Block::drivers, Keys::plain, entries(server::kDriverLevels)},
        {Block::ports, Keys::plain, entries(server::kPortLevels)},
        {Block::monitors, Keys::plain, entries(server::kMonitorLevels)},
        {Block::processors, Keys::plain, entries(server::kProcessorLevels)},
    };
    return kTables;
}

std::uint32_t number_at(base::ByteView bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[at + i - 1]);
    return value;
}

// PRINTER_ENUM_VALUES [MS-RPRN] 2.2.2.11.
Result<json> registry_values(base::ByteView bytes, std::uint32_t count) {
    constexpr std::size_t kFixedBytes = 20;
    json list = json::array();
    if (count > bytes.size() / kFixedBytes) return Error(Win32::invalid_data, "more values than the block can hold");
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = i * kFixedBytes;
        const std::size_t name = at + number_at(bytes, at), name_bytes = number_at(bytes, at + 4);
        const std::size_t data = at + number_at(bytes, at + 12), data_bytes = number_at(bytes, at + 16);
        if (name + name_bytes > bytes.size() || data + data_bytes > bytes.size()) return Error(Win32::invalid_data, "malformed values");
        const json names = multi_string_json(bytes.subspan(name, name_bytes));
        const std::uint32_t type = number_at(bytes, at + 8);
        list.push_back({{"ValueName", names.empty() ? json("") : names[0]},
                        {"Type", type},
                        {"Data", registry_json(type, data_bytes == 0 ? base::ByteView() : bytes.subspan(data, data_bytes))}});
    }
    return list;
}

std::uint64_t number_in(const json& object, const char* key) { return object.contains(key) ? object[key].get<std::uint64_t>() : 0; }

json change_json(const json& data) {
    json change = {{"type", data["Type"] == 1 ? "job" : "printer"}, {"field", data["Field"]}, {"id", data["Id"]}, {"value", nullptr}};
    const json& value = data["Data"];
    if (value.contains("dwData"))
        change["value"] = value["dwData"][0];
    else if (value.contains("String"))
        change["value"] = value["String"]["pszString"];
    else
        change["value"] = value;
    return change;
}

}  // namespace

Result<json> block_json(Block block, std::uint32_t level, base::ByteView bytes, std::uint32_t count) {
    if (block == Block::registry_values) return registry_values(bytes, count);
    const json texts = multi_string_json(bytes);
    if (block == Block::multi_text) return texts;
    if (block == Block::text) return texts.empty() ? json("") : texts[0];
    for (const Tables& table : tables()) {
        if (table.block != block) continue;
        for (const server::LevelEntry& entry : table.levels) {
            if (entry.number != level) continue;
            json list = json::array();
            for (std::uint32_t i = 0; i < count; ++i) {
                TRY(const auto row, server::read_row(entry, bytes, i, count));
                list.push_back(row_json(row, table.keys));
                if (block == Block::forms) nest_form(list.back());
            }
            return list;
        }
    }
    return Error(Win32::invalid_level, "probe knows no level " + std::to_string(level) + " of this block");
}

json notification_json(const json& collection) {
    json result = {{"flags", 0}, {"color", 0}, {"discarded", false}, {"changes", json::array()}};
    if (!collection.is_object()) return result;
    for (const json& property : collection["propertiesCollection"]) {
        const json& value = property["propertyValue"]["value"];
        if (property["propertyName"] == "RemoteNotifyData Flags") result["flags"] = value["propertyInt32"];
        if (property["propertyName"] == "RemoteNotifyData Color") result["color"] = value["propertyInt32"];
        if (!value.contains("propertyReplyContainer") || !value["propertyReplyContainer"]["pInfo"].is_object()) continue;
        const json& info = value["propertyReplyContainer"]["pInfo"];
        result["discarded"] = (number_in(info, "Flags") & 1U) != 0;
        for (const json& data : info["aData"]) result["changes"].push_back(change_json(data));
    }
    return result;
}

json notification_filter(std::uint64_t flags, std::uint64_t options, std::uint64_t color, const json& printer_fields,
                         const json& job_fields) {
    static constexpr int kInt32 = 2, kOptionsContainer = 9;  // EPrintPropertyType
    const auto number = [](const char* name, std::uint64_t value) {
        return json{{"propertyName", name}, {"propertyValue", {{"ePropertyType", kInt32}, {"value", {{"propertyInt32", value}}}}}};
    };
    json types = json::array();
    types.push_back({{"Type", 0}, {"pFields", printer_fields}});
    types.push_back({{"Type", 1}, {"pFields", job_fields}});
    const json wanted = {{"Version", 2}, {"pTypes", types}};
    const json holder = {{"propertyOptionsContainer", {{"pOptions", wanted}}}};
    json list = json::array();
    list.push_back(number("RemoteNotifyFilter Flags", flags));
    list.push_back(number("RemoteNotifyFilter Options", options));
    list.push_back(number("RemoteNotifyFilter Color", color));
    list.push_back({{"propertyName", "RemoteNotifyFilter NotifyOptions"},
                    {"propertyValue", {{"ePropertyType", kOptionsContainer}, {"value", holder}}}});
    return {{"propertiesCollection", list}};
}

}  // namespace print_client
