#include "storage/row_codec.h"

namespace storage {

namespace {

std::string joined(std::span<const std::string_view> columns) {
    std::string text;
    for (const std::string_view column : columns) {
        if (!text.empty()) text += ',';
        text += column;
    }
    return text;
}

}  // namespace

std::string upsert_sql(std::string_view table, std::span<const std::string_view> columns, std::size_t key_columns) {
    std::string values;
    std::string updates;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        values += (i == 0 ? "?" : ",?") + std::to_string(i + 1);
        if (i < key_columns) continue;
        if (!updates.empty()) updates += ',';
        updates += std::string(columns[i]) + "=excluded." + std::string(columns[i]);
    }
    return "INSERT INTO " + std::string(table) + "(" + joined(columns) + ") VALUES(" + values + ") ON CONFLICT(" +
           joined(columns.first(key_columns)) + ") DO UPDATE SET " + updates;
}

std::string select_sql(std::string_view table, std::span<const std::string_view> columns) {
    return "SELECT " + joined(columns) + " FROM " + std::string(table);
}

std::string encode_list(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        for (const char c : item) {
            if (c == '\\') {
                text += "\\\\";
            } else if (c == '\n') {
                text += "\\n";
            } else {
                text += c;
            }
        }
        text += '\n';
    }
    return text;
}

std::vector<std::string> decode_list(std::string_view text) {
    std::vector<std::string> items;
    std::string item;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') {
            items.push_back(std::move(item));
            item.clear();
        } else if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            item += text[i] == 'n' ? '\n' : text[i];
        } else {
            item += text[i];
        }
    }
    return items;
}

BindCursor& BindCursor::devmode(const spooler::DevModePtr& value) {
    if (value) {
        statement_.bind(++at_, ByteView(*value));
    } else {
        statement_.bind_null(++at_);
    }
    return *this;
}

BindCursor& BindCursor::security(const SecurityPtr& value) {
    if (value) {
        const ByteBuffer bytes = base::to_bytes(*value);
        statement_.bind(++at_, ByteView(bytes));
    } else {
        statement_.bind_null(++at_);
    }
    return *this;
}

BindCursor& BindCursor::sid(const base::Sid& value) {
    ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    base::write_sid(writer, value);
    statement_.bind(++at_, ByteView(bytes));
    return *this;
}

SecurityPtr SharedValues::security(ByteBuffer bytes) {
    std::string key(base::as_text(bytes));
    const auto known = security_.find(key);
    if (known != security_.end()) return known->second;
    Result<base::ParsedDescriptor> parsed = base::parse_security_descriptor(bytes);
    if (!parsed) return nullptr;
    auto made = std::make_shared<const base::SecurityDescriptor>(std::move(parsed->descriptor));
    security_.emplace(std::move(key), made);
    return made;
}

spooler::DevModePtr SharedValues::devmode(ByteBuffer bytes) {
    std::string key(base::as_text(bytes));
    const auto known = devmodes_.find(key);
    if (known != devmodes_.end()) return known->second;
    auto made = std::make_shared<const ByteBuffer>(std::move(bytes));
    devmodes_.emplace(std::move(key), made);
    return made;
}

spooler::DevModePtr ReadCursor::devmode() {
    if (statement_.is_null(at_)) {
        ++at_;
        return nullptr;
    }
    return shared_.devmode(blob());
}

SecurityPtr ReadCursor::security() {
    SecurityPtr value = shared_.security(blob());
    if (!value) bad_ = true;
    return value;
}

base::Sid ReadCursor::sid() {
    const ByteBuffer bytes = blob();
    base::ByteReader reader(bytes);
    const std::optional<base::Sid> value = base::read_sid(reader);
    if (!value || reader.remaining() != 0) {
        bad_ = true;
        return {};
    }
    return *value;
}

Error bad_row(std::string_view family, std::string_view key) {
    return Error(base::Win32::invalid_data,
                 "database: " + std::string(family) + " row \"" + std::string(key) + "\" holds a value that is not legal there");
}

}  // namespace storage
