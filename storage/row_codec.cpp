#include "storage/row_codec.h"

#include "base/log.h"

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

void DamageReport::add(std::string_view family, std::string_view key, std::string_view name, std::string_view columns,
                       std::string_view todo) {
    if (++rows_ > kMaxLines) return;
    base::log::error("database row holds a value that is not legal there",
                     {{"table", family}, {"key", key}, {"name", name}, {"columns", columns}, {"todo", todo}});
}

void DamageReport::finish() {
    if (rows_ <= kMaxLines) return;
    base::log::error("more damaged database rows are not listed", {{"suppressed", static_cast<std::uint64_t>(rows_ - kMaxLines)},
                                                                   {"todo", "restore the database from a backup"}});
}

SecurityPtr SharedValues::security(ByteBuffer bytes) {
    std::string key(base::as_text(bytes));
    const auto known = security_.find(key);
    if (known != security_.end()) return known->second;
    Result<base::ParsedDescriptor> parsed = base::parse_security_descriptor(bytes);
    if (!parsed || !parsed->dacl_present) return nullptr;
    auto made = std::make_shared<const base::SecurityDescriptor>(std::move(parsed->descriptor));
    security_.emplace(std::move(key), made);
    return made;
}

spooler::DevModePtr SharedValues::devmode(ByteBuffer bytes) {
    std::string key(base::as_text(bytes));
    const auto known = devmodes_.find(key);
    if (known != devmodes_.end()) return known->second;
    Result<spooler::DevModePtr> parsed = spooler::parse_devmode(bytes);
    if (!parsed || (*parsed)->size() != bytes.size()) return nullptr;
    devmodes_.emplace(std::move(key), *parsed);
    return std::move(parsed).value();
}

spooler::DevModePtr ReadCursor::devmode() {
    if (statement_.is_null(at_)) {
        ++at_;
        return nullptr;
    }
    spooler::DevModePtr value = shared_.devmode(blob());
    if (!value) fail();
    return value;
}

SecurityPtr ReadCursor::security(SecurityPtr (*otherwise)()) {
    SecurityPtr value = shared_.security(blob());
    if (value) return value;
    fail();
    return otherwise();
}

base::Sid ReadCursor::sid() {
    const ByteBuffer bytes = blob();
    base::ByteReader reader(bytes);
    const std::optional<base::Sid> value = base::read_sid(reader);
    if (value && reader.remaining() == 0) return *value;
    fail();
    return base::well_known::administrators();
}

std::string ReadCursor::bad_columns(std::span<const std::string_view> columns) const {
    std::string names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if ((bad_ >> i & 1U) == 0) continue;
        if (!names.empty()) names += ',';
        names += columns[i];
    }
    return names;
}

}  // namespace storage
