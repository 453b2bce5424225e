// Common pieces of the rows_* files: SQL from a list of columns, cursors that bind and read them in order, and the shared values.
// Every read is checked: for a value that the column cannot legally hold a safe one stands in and the column is marked bad.
#pragma once

#include "base/filetime.h"
#include "base/security_descriptor.h"
#include "spooler/model/devmode.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace storage {

using SecurityPtr = std::shared_ptr<const base::SecurityDescriptor>;

// "INSERT INTO t(a,b) VALUES(?1,?2) ON CONFLICT(a) DO UPDATE SET b=excluded.b": unlike REPLACE it keeps the rows that refer to it.
[[nodiscard]] std::string upsert_sql(std::string_view table, std::span<const std::string_view> columns, std::size_t key_columns);
[[nodiscard]] std::string select_sql(std::string_view table, std::span<const std::string_view> columns);

// Every item followed by a line feed; line feeds and backslashes inside are escaped.
[[nodiscard]] std::string encode_list(const std::vector<std::string>& items);
[[nodiscard]] std::vector<std::string> decode_list(std::string_view text);

// Binds one value per call, in column order.
class BindCursor {
 public:
    explicit BindCursor(Statement& statement) : statement_(statement) {}
    BindCursor& number(std::uint64_t value) {
        statement_.bind(++at_, static_cast<std::int64_t>(value));
        return *this;
    }
    BindCursor& integer(std::int64_t value) {
        statement_.bind(++at_, value);
        return *this;
    }
    BindCursor& text(std::string_view value) {
        statement_.bind(++at_, value);
        return *this;
    }
    BindCursor& blob(ByteView value) {
        statement_.bind(++at_, value);
        return *this;
    }
    BindCursor& null() {
        statement_.bind_null(++at_);
        return *this;
    }
    BindCursor& devmode(const spooler::DevModePtr& value);
    // Null is bound as NULL, which the NOT NULL column refuses.
    BindCursor& security(const SecurityPtr& value);
    BindCursor& sid(const base::Sid& value);

 private:
    Statement& statement_;
    int at_ = 0;
};

// Logs rows that hold values which are not legal there. The rows stay on disk as they are until something changes the object. After
// kMaxLines lines the rest is only counted, in one line by finish().
class DamageReport {
 public:
    static constexpr std::size_t kMaxLines = 100;
    // `name`: how the operator knows the object; `todo`: what happens now and what to do.
    void add(std::string_view family, std::string_view key, std::string_view name, std::string_view columns, std::string_view todo);
    void finish();
    [[nodiscard]] std::size_t rows() const { return rows_; }

 private:
    std::size_t rows_ = 0;
};

// Equal descriptors and device modes of thousands of rows become one object each.
class SharedValues {
 public:
    // Null when the bytes are no security descriptor with a DACL: all that we write have one, and without it everything is allowed.
    SecurityPtr security(ByteBuffer bytes);
    // Null when the bytes are no DEVMODE.
    spooler::DevModePtr devmode(ByteBuffer bytes);
    DamageReport damage;

 private:
    std::unordered_map<std::string, SecurityPtr> security_;
    std::unordered_map<std::string, spooler::DevModePtr> devmodes_;
};

// Reads one value per call, in column order.
class ReadCursor {
 public:
    ReadCursor(const Statement& statement, SharedValues& shared) : statement_(statement), shared_(shared) {}

    std::int64_t integer() { return statement_.integer(at_++); }
    std::uint64_t u64() { return static_cast<std::uint64_t>(integer()); }
    template <class Number>
    Number number(std::int64_t most = std::numeric_limits<Number>::max(), Number otherwise = Number{}) {
        const std::int64_t value = integer();
        if (value < static_cast<std::int64_t>(std::numeric_limits<Number>::min()) || value > most) {
            fail();
            return otherwise;
        }
        return static_cast<Number>(value);
    }
    std::uint32_t u32(std::uint32_t otherwise = 0) { return number<std::uint32_t>(std::numeric_limits<std::uint32_t>::max(), otherwise); }
    bool boolean(bool otherwise = false) { return number<std::uint8_t>(1, otherwise ? 1 : 0) != 0; }
    std::string text() { return statement_.text(at_++); }
    std::vector<std::string> list() { return decode_list(text()); }
    ByteBuffer blob() { return statement_.blob(at_++); }
    base::FileTime time() { return base::FileTime{u64()}; }
    spooler::DevModePtr devmode();                                 // null when bad
    SecurityPtr security(SecurityPtr (*otherwise)());
    base::Sid sid();                                               // Administrators when bad
    // The column read last is not legal.
    void fail() { bad_ |= std::uint64_t{1} << static_cast<unsigned>(at_ - 1); }
    [[nodiscard]] bool bad() const { return bad_ != 0; }
    // "security,devmode"
    [[nodiscard]] std::string bad_columns(std::span<const std::string_view> columns) const;

 private:
    const Statement& statement_;
    SharedValues& shared_;
    int at_ = 0;
    std::uint64_t bad_ = 0;                                        // bit n: column n
};

}  // namespace storage
