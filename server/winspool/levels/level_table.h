// Tables of the INFO levels [MS-RPRN] 2.2.2: which fields a level has, in wire order. One table yields required size, bytes, the size of
// the fixed part and the reader of tests and probe. Used by the *_levels files; info_buffer writes and reads what they describe.
#pragma once

#include "base/bytes.h"
#include "base/filetime.h"
#include "base/result.h"

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace server {

// A string of a reply: up to six UTF-8 pieces, written one after the other without being joined first; or absent (offset 0).
// Views only: the row (or what it keeps alive) owns the characters.
class Text {
 public:
    static constexpr std::size_t kMaxParts = 6;
    constexpr Text() = default;                                    // absent
    constexpr Text(std::string_view whole) : parts_{whole}, count_(1), present_(true) {}                // NOLINT: conversion is the point
    Text(const std::string& whole) : Text(std::string_view(whole)) {}                                   // NOLINT
    constexpr Text(const char* whole) : Text(std::string_view(whole)) {}                                // NOLINT
    template <class... Parts>
    static constexpr Text joined(const Parts&... parts) {
        static_assert(sizeof...(parts) <= kMaxParts);
        Text text;
        ((text.parts_[text.count_++] = std::string_view(parts)), ...);
        text.present_ = true;
        return text;
    }
    // Absent when `whole` is empty: for members where Windows returns a NULL pointer.
    static Text unless_empty(std::string_view whole) { return whole.empty() ? Text() : Text(whole); }

    [[nodiscard]] constexpr bool present() const { return present_; }
    [[nodiscard]] std::span<const std::string_view> parts() const { return {parts_.data(), count_}; }
    [[nodiscard]] std::string to_string() const;

 private:
    std::array<std::string_view, kMaxParts> parts_{};
    std::size_t count_ = 0;
    bool present_ = false;
};

// A list of strings, each NUL-terminated, with one more NUL behind the last; absent when `present` is false.
struct TextList {
    std::span<const std::string> strings;
    bool present = false;
};

// Opaque bytes on a 4-byte boundary; empty = absent. With `device_name`, the first 32 characters (_DEVMODE.dmDeviceName) are replaced
// by it, cut to 31 characters and padded with NULs.
struct Blob {
    base::ByteView bytes;
    Text device_name;
};

// _DRIVER_FILE_INFO [MS-RPRN] 2.2.2.4.9.
struct FileRow {
    std::string path;
    std::uint32_t type = 0;
    std::uint32_t version = 0;
};
struct FileList {
    std::span<const FileRow> files;
};

enum class FieldKind : std::uint8_t { u16, u32, u64, system_time, file_time, text, ansi_text, text_list, blob, files };

// Bytes that a field takes in the fixed part, and its alignment there.
[[nodiscard]] constexpr std::size_t fixed_size_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::u16: return 2;
        case FieldKind::u64: return 8;
        case FieldKind::file_time: return 8;
        case FieldKind::system_time: return 16;
        default: return 4;
    }
}
[[nodiscard]] constexpr std::size_t fixed_alignment_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::u16: return 2;
        case FieldKind::system_time: return 2;
        case FieldKind::u64: return 8;
        default: return 4;
    }
}

// One field without its row type. Exactly the getter that belongs to `kind` is set.
struct FieldEntry {
    std::string_view name;
    FieldKind kind = FieldKind::u32;
    std::uint64_t (*number)(const void* row) = nullptr;            // u16, u32, u64, file_time
    base::SystemTime (*system_time)(const void* row) = nullptr;
    Text (*text)(const void* row) = nullptr;                       // text, ansi_text
    TextList (*text_list)(const void* row) = nullptr;
    Blob (*blob)(const void* row) = nullptr;
    FileList (*files)(const void* row) = nullptr;
};

// The same, bound to a row type, so that a table cannot mix rows.
template <class Row>
struct Field : FieldEntry {};

namespace detail {
template <class T>
struct RowOf;
template <class Row, class Value>
struct RowOf<Value Row::*> {
    using type = Row;
};
template <class Row, class Value>
struct RowOf<Value (*)(const Row&)> {
    using type = Row;
};
template <auto Get>
using RowType = typename RowOf<std::remove_const_t<decltype(Get)>>::type;

template <auto Get>
std::uint64_t number(const void* row) {
    return static_cast<std::uint64_t>(std::invoke(Get, *static_cast<const RowType<Get>*>(row)));
}
template <auto Get>
std::uint64_t ticks(const void* row) {
    const base::FileTime time = std::invoke(Get, *static_cast<const RowType<Get>*>(row));
    return time.ticks;
}
template <auto Get, class Value>
Value value(const void* row) {
    return std::invoke(Get, *static_cast<const RowType<Get>*>(row));
}
template <auto Get>
base::SystemTime system_time(const void* row) {
    const base::FileTime time = std::invoke(Get, *static_cast<const RowType<Get>*>(row));
    return base::to_system_time(time);
}
template <auto Get>
constexpr Field<RowType<Get>> number_field(std::string_view name, FieldKind kind) {
    Field<RowType<Get>> field;
    field.name = name;
    field.kind = kind;
    field.number = &number<Get>;
    return field;
}
}  // namespace detail

// Field makers. `Get` is a data member, a const member function or a function taking the row.
template <auto Get>
constexpr auto u16(std::string_view name) {
    return detail::number_field<Get>(name, FieldKind::u16);
}
template <auto Get>
constexpr auto u32(std::string_view name) {
    return detail::number_field<Get>(name, FieldKind::u32);
}
template <auto Get>
constexpr auto u64(std::string_view name) {
    return detail::number_field<Get>(name, FieldKind::u64);
}
// `Get` gives a base::FileTime; written as FILETIME or as SYSTEMTIME.
template <auto Get>
constexpr auto filetime(std::string_view name) {
    Field<detail::RowType<Get>> field;
    field.name = name;
    field.kind = FieldKind::file_time;
    field.number = &detail::ticks<Get>;
    return field;
}
template <auto Get>
constexpr auto systemtime(std::string_view name) {
    Field<detail::RowType<Get>> field;
    field.name = name;
    field.kind = FieldKind::system_time;
    field.system_time = &detail::system_time<Get>;
    return field;
}
template <auto Get>
constexpr auto str(std::string_view name) {
    Field<detail::RowType<Get>> field;
    field.name = name;
    field.kind = FieldKind::text;
    field.text = &detail::value<Get, Text>;
    return field;
}
// Written as bytes, one per character: the keyword of _FORM_INFO_2.
template <auto Get>
constexpr auto ansi_str(std::string_view name) {
    auto field = str<Get>(name);
    field.kind = FieldKind::ansi_text;
    return field;
}
template <auto Get>
constexpr auto multi_str(std::string_view name) {
    Field<detail::RowType<Get>> field;
    field.name = name;
    field.kind = FieldKind::text_list;
    field.text_list = &detail::value<Get, TextList>;
    return field;
}
template <auto Get>
constexpr auto blob(std::string_view name) {
    Field<detail::RowType<Get>> field;
    field.name = name;
    field.kind = FieldKind::blob;
    field.blob = &detail::value<Get, Blob>;
    return field;
}
template <auto Get>
constexpr auto files(std::string_view name) {
    Field<detail::RowType<Get>> field;
    field.name = name;
    field.kind = FieldKind::files;
    field.files = &detail::value<Get, FileList>;
    return field;
}

namespace detail {
template <class Row, std::uint64_t Value>
std::uint64_t constant(const void* /*row*/) {
    return Value;
}
}  // namespace detail
namespace detail {
template <class Row>
void prefetch(const void* row) {
    static_cast<const Row*>(row)->prefetch();
}
}  // namespace detail

// A number that is the same in every row.
template <class Row, std::uint64_t Value>
constexpr Field<Row> u32_constant(std::string_view name) {
    Field<Row> field;
    field.name = name;
    field.number = &detail::constant<Row, Value>;
    return field;
}
template <class Row, std::uint64_t Value>
constexpr Field<Row> u16_constant(std::string_view name) {
    Field<Row> field = u32_constant<Row, Value>(name);
    field.kind = FieldKind::u16;
    return field;
}

// A table of fields with its level number. The address arithmetic of an array of Field<Row> is that of FieldEntry (no members added).
struct LevelEntry {
    std::uint32_t number = 0;
    std::uint32_t fixed_bytes = 0;                                 // of one element, a multiple of 4
    const FieldEntry* fields = nullptr;
    std::size_t field_count = 0;
    void (*prefetch)(const void* row) = nullptr;                   // gets into the cache what the getters will look at; null: nothing

    [[nodiscard]] std::span<const FieldEntry> span() const { return {fields, field_count}; }
};

// Whether the fields, each on its natural boundary, fill exactly `fixed_bytes` after rounding up to 4.
template <class Row, std::size_t N>
[[nodiscard]] constexpr bool layout_matches(const Field<Row> (&table)[N], std::size_t fixed_bytes) {
    std::size_t at = 0;
    for (const auto& field : table) {
        const std::size_t alignment = fixed_alignment_of(field.kind);
        at = (at + alignment - 1) / alignment * alignment;
        at += fixed_size_of(field.kind);
    }
    return (at + 3) / 4 * 4 == fixed_bytes;
}

template <class Row>
struct Level : LevelEntry {
    static_assert(sizeof(Field<Row>) == sizeof(FieldEntry));
    // `fixed_size_bytes` is the size that the spec gives; a table that does not fill it does not compile.
    template <std::size_t N>
    consteval Level(std::uint32_t level, std::uint32_t fixed_size_bytes, const Field<Row> (&table)[N])
        : LevelEntry{level, fixed_size_bytes, table, N} {
        if constexpr (requires(const Row& row) { row.prefetch(); }) prefetch = &detail::prefetch<Row>;
        if (!layout_matches(table, fixed_size_bytes)) throw "the fields do not fill the fixed part";
    }
};

// Higher levels mostly continue lower ones: `head` followed by `tail`.
template <class Row, std::size_t N>
struct FieldTable {
    Field<Row> fields[N]{};
};
template <class Row, std::size_t N, std::size_t M>
[[nodiscard]] constexpr FieldTable<Row, N + M> extend(const Field<Row> (&head)[N], const Field<Row> (&tail)[M]) {
    FieldTable<Row, N + M> table;
    for (std::size_t i = 0; i < N; ++i) table.fields[i] = head[i];
    for (std::size_t i = 0; i < M; ++i) table.fields[N + i] = tail[i];
    return table;
}

// invalid_level when the object has no such level.
template <class Row, std::size_t N>
[[nodiscard]] base::Result<const Level<Row>*> find_level(const Level<Row> (&levels)[N], std::uint32_t number) {
    for (const Level<Row>& level : levels) {
        if (level.number == number) return &level;
    }
    return base::Error(base::Win32::invalid_level, "no level " + std::to_string(number));
}

}  // namespace server
