#include "tools/print_client/json_values.h"

#include "base/filetime.h"
#include "base/utf.h"
#include "tools/print_client/json_blobs.h"

#include <algorithm>
#include <cctype>

namespace print_client {
namespace {

std::string folded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c != '-' && c != '_') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

}  // namespace

std::string_view without_prefix(std::string_view name) {
    // Counts would be taken for what they count.
    if (name.starts_with("cb") || name.starts_with("cch") || name == "cIn") return name;
    std::size_t at = 0;
    while (at < name.size() && std::islower(static_cast<unsigned char>(name[at])) != 0) ++at;
    return at == name.size() ? name : name.substr(at);
}

namespace {

std::string to_text(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_boolean() || value.is_number() ? value.dump() : std::string();
}

// Every member that FILETIME and SYSTEMTIME have.
json time_members(base::FileTime time) {
    const base::SystemTime parts = base::to_system_time(time);
    return {{"dwLowDateTime", time.ticks & 0xFFFFFFFFU},
            {"dwHighDateTime", time.ticks >> 32U},
            {"wYear", parts.year},
            {"wMonth", parts.month},
            {"wDayOfWeek", parts.day_of_week},
            {"wDay", parts.day},
            {"wHour", parts.hour},
            {"wMinute", parts.minute},
            {"wSecond", parts.second},
            {"wMilliseconds", parts.milliseconds}};
}

}  // namespace

bool same_name(std::string_view idl_name, std::string_view written) {
    if (idl_name == written) return true;
    const std::string wanted = folded(written);
    return wanted == folded(idl_name) || wanted == folded(without_prefix(idl_name));
}

const json* find_value(const json& object, std::string_view idl_name) {
    if (!object.is_object()) return nullptr;
    if (const auto exact = object.find(idl_name); exact != object.end()) return &*exact;
    for (const auto& [key, value] : object.items()) {
        if (same_name(idl_name, key)) return &value;
    }
    return nullptr;
}

// ---- reader

JsonReader::JsonReader(const json& values, ndr::Arena& arena, FindHandle find_handle)
    : Mapper(&arena), find_handle_(std::move(find_handle)) {
    scopes_.push_back({&values, false});
    used_[&values];
}

void JsonReader::fail(const char* name, const std::string& what) {
    if (error_.empty()) error_ = std::string(name) + ": " + what;
}

// The value of that name in the innermost structure; of a list the element whose turn it is.
const json* JsonReader::lookup(const char* name) {
    const json& object = *scopes_.back().object;
    const json* value = find_value(object, name);
    if (value == nullptr) return nullptr;
    for (auto item = object.begin(); item != object.end(); ++item) {
        if (&*item == value) used_[&object].insert(item.key());
    }
    const auto list = next_.find(value);
    if (list == next_.end()) return value;
    const std::size_t size = value->size();
    std::size_t& at = list->second;
    // In the second round only elements that are there are asked for.
    while (at >= size && at < 2 * size && (*value)[at % size].is_null()) ++at;
    return size == 0 ? nullptr : &(*value)[at++ % size];
}

// For plain values: elements of fixed arrays come one by one.
const json* JsonReader::scalar(const char* name) {
    const json* value = lookup(name);
    if (value == nullptr || value->is_null()) return nullptr;
    opaque_.insert(value);
    if (!value->is_array() || value->empty()) return value;
    return &(*value)[next_.try_emplace(value, 0).first->second++ % value->size()];
}

void JsonReader::on_number(const char* name, Number& v) {
    const json* value = scalar(name);
    // ULONG_PTR members of structures that carry their data elsewhere: pDevMode of PRINTER_INFO_2.
    if (value == nullptr || value->is_object()) return;
    const auto number = to_number(*value);
    if (number)
        v.value = *number;
    else
        fail(name, number.error().text());
}

void JsonReader::on_f64(const char* name, double& v) {
    const json* value = scalar(name);
    if (value == nullptr) return;
    if (value->is_number())
        v = value->get<double>();
    else
        fail(name, "not a number");
}

void JsonReader::on_f32(const char* name, float& v) {
    double wide = v;
    on_f64(name, wide);
    v = static_cast<float>(wide);
}

void JsonReader::on_guid(const char* name, base::Guid& v) {
    const json* value = scalar(name);
    if (value == nullptr) return;
    std::string text = to_text(*value);
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    if (const auto guid = base::parse_guid(text))
        v = *guid;
    else
        fail(name, "not a GUID");
}

void JsonReader::on_context(const char* name, ndr::ContextHandle& v) {
    const json* value = scalar(name);
    if (value == nullptr) return;
    const ndr::ContextHandle* handle = find_handle_(to_text(*value));
    if (handle != nullptr)
        v = *handle;
    else
        fail(name, "no handle of the name \"" + to_text(*value) + "\"");
}

void JsonReader::on_fixed_bytes(const char* name, std::span<std::uint8_t> v) {
    ndr::Bytes bytes;
    on_bytes(name, bytes);
    for (std::size_t i = 0; i < v.size() && i < bytes.size; ++i) v[i] = std::to_integer<std::uint8_t>(bytes.data[i]);
}

void JsonReader::on_fixed_chars(const char* name, std::span<char16_t> v) {
    if (const json* value = scalar(name)) {
        const std::u16string text = base::to_utf16(to_text(*value));
        for (std::size_t i = 0; i < v.size(); ++i) v[i] = i < text.size() ? text[i] : u'\0';
    }
}

void JsonReader::on_fixed_string(const char* name, std::span<char> v) {
    if (const json* value = scalar(name)) {
        const std::string text = to_text(*value);
        for (std::size_t i = 0; i < v.size(); ++i) v[i] = i < text.size() ? text[i] : '\0';
    }
}

void JsonReader::on_string(const char* name, ndr::WStr& v) {
    const json* value = scalar(name);
    if (value != nullptr && value->is_structured()) fail(name, "not a text");
    v = arena().copy(base::to_utf16(value == nullptr ? std::string() : to_text(*value)));
}

void JsonReader::on_string(const char* name, ndr::AStr& v) {
    const json* value = scalar(name);
    v = arena().copy(value == nullptr ? std::string() : to_text(*value));
}

void JsonReader::on_bytes(const char* name, ndr::Bytes& v) {
    const json* value = lookup(name);
    if (value != nullptr) opaque_.insert(value);
    const auto bytes = value == nullptr ? base::ByteBuffer() : to_bytes_value(name, *value);
    if (!bytes) return fail(name, bytes.error().text());
    v = arena().copy(base::ByteView(*bytes));
}

// Of characters a list of texts is a multi-string.
void JsonReader::on_numbers(const char* name, std::vector<std::uint64_t>& values, bool characters) {
    const json* value = lookup(name);
    values.clear();
    if (value == nullptr || value->is_null()) return;
    opaque_.insert(value);
    const auto append = [&values](const std::string& text) {
        for (const char16_t unit : base::to_utf16(text)) values.push_back(unit);
        values.push_back(0);
    };
    if (value->is_object() && value->contains("zeros")) return values.resize((*value)["zeros"].get<std::size_t>());
    if (value->is_string() && characters) return append(value->get<std::string>());
    if (!value->is_array()) return fail(name, "not a list");
    bool texts = false;
    for (const json& item : *value) {
        texts = texts || (item.is_string() && characters);
        if (texts) {
            append(to_text(item));
        } else if (const auto number = to_number(item)) {
            values.push_back(*number);
        } else {
            fail(name, number.error().text());
        }
    }
    if (texts || (value->empty() && characters)) values.push_back(0);
}

void JsonReader::on_list(const char* name, std::uint32_t& count) {
    const json* value = lookup(name);
    if (value != nullptr && !value->is_null() && !value->is_array()) fail(name, "not a list");
    count = 0;
    if (value == nullptr || !value->is_array()) return;
    next_[value] = 0;
    count = static_cast<std::uint32_t>(value->size());
}

bool JsonReader::has_unused(const json& object) const {
    const auto used = used_.find(&object);
    return used == used_.end() ? !object.empty() : object.size() > used->second.size();
}

void JsonReader::on_presence(const char* name, bool& present) {
    const Scope& scope = scopes_.back();
    const json* value = lookup(name);
    present = value != nullptr ? !value->is_null() : scope.is_union && has_unused(*scope.object);
}

void JsonReader::on_enter(const char* name) {
    static const json kEmpty = json::object();
    const json* value = lookup(name);
    if (value == nullptr || value->is_null()) {
        // Top-level parameters do not share their names with the members of others.
        scopes_.push_back({scopes_.size() == 1 ? &kEmpty : scopes_.back().object, false});
    } else if (value->is_object()) {
        used_[value];
        scopes_.push_back({value, false});
    } else if (const auto time = to_file_time(*value)) {
        opaque_.insert(value);
        made_.push_back(time_members(*time));
        scopes_.push_back({&made_.back(), false});
    } else {
        fail(name, "not an object");
        scopes_.push_back({&kEmpty, false});
    }
}

void JsonReader::find_unused(const json& value, const std::string& path, std::string& found) const {
    if (!found.empty() || opaque_.contains(&value)) return;
    if (value.is_array()) {
        for (const json& item : value) find_unused(item, path, found);
    }
    if (!value.is_object()) return;
    const auto used = used_.find(&value);
    for (const auto& [key, item] : value.items()) {
        if (found.empty() && (used == used_.end() || !used->second.contains(key))) found = path + key;
        find_unused(item, path + key + ".", found);
    }
}

base::Result<void> JsonReader::finish() const {
    if (!error_.empty()) return base::Error(base::Win32::invalid_parameter, error_);
    std::string found;
    find_unused(*scopes_.front().object, "", found);
    if (!found.empty()) return base::Error(base::Win32::invalid_parameter, "no parameter takes \"" + found + "\"");
    return {};
}

// ---- writer

json& JsonWriter::slot(const char* name) {
    json& place = (*scopes_.back())[name];
    const auto list = next_.find(&place);
    if (list == next_.end() || place.empty()) return place;
    // In the second round only elements that are there have something to write.
    json* element = &place[list->second++ % place.size()];
    for (std::size_t i = 0; i < place.size() && element->is_null() && !pending_.contains(element) && list->second > place.size(); ++i) {
        element = &place[list->second++ % place.size()];
    }
    return *element;
}

void JsonWriter::put(const char* name, json value) {
    json& scope = *scopes_.back();
    const bool known = scope.contains(name);
    json& place = slot(name);
    if (known && &place == &scope[name] && pending_.erase(&place) == 0) {
        // The same name again: an array of fixed size.
        if (!place.is_array()) place = json::array({place});
        place.push_back(std::move(value));
        return;
    }
    pending_.erase(&place);
    place = std::move(value);
}

void JsonWriter::on_number(const char* name, Number& v) {
    if (v.is_signed)
        put(name, static_cast<std::int64_t>(v.value));
    else
        put(name, v.value);
}

void JsonWriter::on_guid(const char* name, base::Guid& v) { put(name, base::to_string(v)); }

void JsonWriter::on_context(const char* name, ndr::ContextHandle& v) { put(name, v.is_null() ? json() : json(name_handle_(v))); }

void JsonWriter::on_fixed_bytes(const char* name, std::span<std::uint8_t> v) { put(name, base::to_hex(std::as_bytes(v))); }

void JsonWriter::on_fixed_chars(const char* name, std::span<char16_t> v) {
    const std::u16string_view whole(v.data(), v.size());
    put(name, base::to_utf8(whole.substr(0, whole.find(u'\0'))));
}

void JsonWriter::on_fixed_string(const char* name, std::span<char> v) {
    const std::string_view whole(v.data(), v.size());
    put(name, std::string(whole.substr(0, whole.find('\0'))));
}

void JsonWriter::on_string(const char* name, ndr::WStr& v) { put(name, base::to_utf8(v.view())); }

void JsonWriter::on_string(const char* name, ndr::AStr& v) { put(name, std::string(v.view())); }

void JsonWriter::on_bytes(const char* name, ndr::Bytes& v) { put(name, {{"hex", base::to_hex(v.view())}}); }

// Characters as text up to their end, with the NULs between the parts of a multi-string as line breaks left to whoever knows better.
void JsonWriter::on_numbers(const char* name, std::vector<std::uint64_t>& values, bool characters) {
    if (!characters) return put(name, values);
    std::u16string text;
    for (const std::uint64_t value : values) text.push_back(static_cast<char16_t>(value));
    while (!text.empty() && text.back() == u'\0') text.pop_back();
    put(name, base::to_utf8(text));
}

void JsonWriter::on_list(const char* name, std::uint32_t& count) {
    json& place = slot(name);
    pending_.erase(&place);
    place = json::array();
    for (std::uint32_t i = 0; i < count; ++i) place.push_back(nullptr);
    next_[&place] = 0;
}

void JsonWriter::on_presence(const char* name, bool& present) {
    json& place = slot(name);
    if (present)
        pending_.insert(&place);
    else
        place = nullptr;
}

void JsonWriter::on_enter(const char* name) {
    json& place = slot(name);
    pending_.erase(&place);
    if (!place.is_object()) place = json::object();
    scopes_.push_back(&place);
}

}  // namespace print_client
