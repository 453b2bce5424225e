#include "server/winspool/levels/info_buffer.h"

#include "base/utf.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace server {
namespace {

constexpr std::size_t kDeviceNameUnits = 32;                       // _DEVMODE.dmDeviceName
constexpr std::size_t kFileInfoBytes = 12;
constexpr std::size_t kRowsAhead = 4;                              // whose memory is asked for while one is written

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

bool is_ascii(std::string_view text) {
    unsigned char any = 0;
    for (const char c : text) any = static_cast<unsigned char>(any | static_cast<unsigned char>(c));
    return any < 0x80;
}

void put_number(std::byte* at, std::uint64_t value, std::size_t size) {
    if constexpr (std::endian::native == std::endian::little) {
        // Nearly every field has four bytes: with a constant size this is one store.
        if (size == 4) std::memcpy(at, &value, 4);
        else std::memcpy(at, &value, size);
        return;
    }
    for (std::size_t i = 0; i < size; ++i) at[i] = static_cast<std::byte>((value >> (8U * i)) & 0xFFU);
}

// Writes the UTF-16LE form without terminator, at most `max_units`; returns the place behind it. Buffer memory is zero already.
std::byte* put_utf16(std::byte* at, std::string_view utf8, std::size_t max_units) {
    if (is_ascii(utf8)) {
        const std::size_t count = std::min(utf8.size(), max_units);
        for (std::size_t i = 0; i < count; ++i) {
            at[2 * i] = static_cast<std::byte>(utf8[i]);
            at[2 * i + 1] = std::byte{0};
        }
        return at + 2 * count;
    }
    const std::u16string wide = base::to_utf16(utf8);
    const std::size_t count = std::min(wide.size(), max_units);
    for (std::size_t i = 0; i < count; ++i) put_number(at + 2 * i, wide[i], 2);
    return at + 2 * count;
}

std::size_t text_units(const Text& text) {
    std::size_t units = 0;
    for (const std::string_view part : text.parts()) units += utf16_units(part);
    return units;
}

void put_text(std::byte* at, const Text& text, std::size_t max_units) {
    const std::byte* start = at;
    for (const std::string_view part : text.parts()) {
        at = put_utf16(at, part, max_units - static_cast<std::size_t>(at - start) / 2);
    }
}

// Places rows. Counts on when the buffer is too small, so that one pass gives both the bytes and the size needed.
class BlockWriter {
 public:
    BlockWriter(base::MutableByteView buffer, std::uint64_t fixed_total)
        : buffer_(buffer), top_(buffer.size() & ~std::size_t{3}), fixed_total_(fixed_total) {}

    [[nodiscard]] std::uint64_t needed() const { return fixed_total_ + round_up(consumed_, 4); }
    [[nodiscard]] bool fits() const { return needed() <= top_; }

    void write(const LevelEntry& level, const void* row, std::size_t index) {
        const std::uint64_t element = static_cast<std::uint64_t>(level.fixed_bytes) * index;
        std::uint64_t at = element;
        for (const FieldEntry& field : level.span()) {
            at = element + round_up(at - element, fixed_alignment_of(field.kind));
            write_field(field, row, element, at);
            at += fixed_size_of(field.kind);
        }
    }

 private:
    void write_field(const FieldEntry& field, const void* row, std::uint64_t element, std::uint64_t at) {
        switch (field.kind) {
            case FieldKind::u16:
            case FieldKind::u32:
            case FieldKind::u64:
            case FieldKind::file_time: put_fixed(at, field.number(row), fixed_size_of(field.kind)); break;
            case FieldKind::system_time: put_system_time(at, field.system_time(row)); break;
            case FieldKind::text: put_fixed(at, place_text(field.text(row), element), 4); break;
            case FieldKind::ansi_text: put_fixed(at, place_ansi(field.text(row), element), 4); break;
            case FieldKind::text_list: put_fixed(at, place_list(field.text_list(row), element), 4); break;
            case FieldKind::blob: put_fixed(at, place_blob(field.blob(row), element), 4); break;
            case FieldKind::files: put_fixed(at, place_files(field.files(row), element), 4); break;
        }
    }

    void put_fixed(std::uint64_t at, std::uint64_t value, std::size_t size) {
        if (fixed_total_ <= top_) put_number(buffer_.data() + at, value, size);
    }

    void put_system_time(std::uint64_t at, const base::SystemTime& time) {
        const std::uint16_t parts[] = {time.year, time.month, time.day_of_week, time.day, time.hour, time.minute, time.second, time.milliseconds};
        for (const std::uint16_t part : parts) {
            put_fixed(at, part, 2);
            at += 2;
        }
    }

    // Takes `size` bytes below what is taken already. Null when the buffer is too small; the bytes are counted all the same.
    std::byte* take(std::uint64_t size, std::uint64_t alignment) {
        consumed_ = round_up(consumed_ + size, alignment);
        return fits() ? buffer_.data() + (top_ - consumed_) : nullptr;
    }
    [[nodiscard]] std::uint64_t offset_from(const std::byte* place, std::uint64_t element) const {
        return static_cast<std::uint64_t>(place - buffer_.data()) - element;
    }

    std::uint64_t place_text(const Text& text, std::uint64_t element) {
        if (!text.present()) return 0;
        const std::size_t units = text_units(text);
        std::byte* place = take(2 * (units + 1), 2);
        if (place == nullptr) return 0;
        put_text(place, text, units);
        return offset_from(place, element);
    }

    std::uint64_t place_ansi(const Text& text, std::uint64_t element) {
        if (!text.present()) return 0;
        const std::string whole = text.to_string();
        std::byte* place = take(whole.size() + 1, 2);
        if (place == nullptr) return 0;
        for (std::size_t i = 0; i < whole.size(); ++i) {
            place[i] = static_cast<unsigned char>(whole[i]) < 0x80 ? static_cast<std::byte>(whole[i]) : static_cast<std::byte>('?');
        }
        return offset_from(place, element);
    }

    std::uint64_t place_list(const TextList& list, std::uint64_t element) {
        if (!list.present) return 0;
        std::size_t units = list.strings.empty() ? 2 : 1;          // an empty list is two NULs
        for (const std::string& text : list.strings) units += utf16_units(text) + 1;
        std::byte* place = take(2 * units, 2);
        if (place == nullptr) return 0;
        std::byte* at = place;
        for (const std::string& text : list.strings) at = put_utf16(at, text, text.size()) + 2;
        return offset_from(place, element);
    }

    std::uint64_t place_blob(const Blob& blob, std::uint64_t element) {
        if (blob.bytes.empty()) return 0;
        std::byte* place = take(blob.bytes.size(), 4);
        if (place == nullptr) return 0;
        std::memcpy(place, blob.bytes.data(), blob.bytes.size());
        if (blob.device_name.present() && blob.bytes.size() >= 2 * kDeviceNameUnits) {
            std::memset(place, 0, 2 * kDeviceNameUnits);
            put_text(place, blob.device_name, kDeviceNameUnits - 1);
        }
        return offset_from(place, element);
    }

    std::uint64_t place_files(const FileList& list, std::uint64_t element) {
        if (list.files.empty()) return 0;
        std::byte* place = take(kFileInfoBytes * list.files.size(), 4);
        std::byte* at = place;
        for (const FileRow& file : list.files) {
            const std::uint64_t path = place_text(Text(file.path), element);
            if (!fits()) continue;
            put_number(at, path, 4);
            put_number(at + 4, file.type, 4);
            put_number(at + 8, file.version, 4);
            at += kFileInfoBytes;
        }
        return fits() ? offset_from(place, element) : 0;
    }

    base::MutableByteView buffer_;
    std::uint64_t top_;
    std::uint64_t fixed_total_;
    std::uint64_t consumed_ = 0;
};

base::Result<void> finish(std::uint64_t needed, std::size_t count, const InfoReply& reply) {
    if (needed > 0xFFFFFFFFU) return base::Error(base::Win32::outofmemory, "reply of more than 4 GiB");
    *reply.needed = static_cast<std::uint32_t>(needed);
    if (needed > reply.buffer_bytes) return base::Error(base::Win32::insufficient_buffer);
    if (needed > 0 && !reply.buffer->present) return base::Error(base::Win32::invalid_user_buffer);
    if (reply.returned != nullptr) *reply.returned = static_cast<std::uint32_t>(count);
    return {};
}

base::MutableByteView destination(const InfoReply& reply) {
    *reply.needed = 0;
    if (reply.returned != nullptr) *reply.returned = 0;
    if (reply.buffer_bytes == 0 || !reply.buffer->present) return {};
    return reply.buffer->span().first(std::min<std::size_t>(reply.buffer->size, reply.buffer_bytes));
}

}  // namespace

std::string Text::to_string() const {
    std::string whole;
    for (const std::string_view part : parts()) whole += part;
    return whole;
}

std::size_t utf16_units(std::string_view utf8) { return is_ascii(utf8) ? utf8.size() : base::to_utf16(utf8).size(); }

base::Result<void> write_rows(const LevelEntry& level, const void* rows, std::size_t row_bytes, std::size_t count, const InfoReply& reply) {
    const base::MutableByteView buffer = destination(reply);
    if (reply.buffer_bytes != 0 && !reply.buffer->present) return base::Error(base::Win32::invalid_user_buffer);
    BlockWriter writer(buffer, static_cast<std::uint64_t>(level.fixed_bytes) * count);
    const auto* row = static_cast<const std::byte*>(rows);
    for (std::size_t i = 0; i < count; ++i) {
        if (level.prefetch != nullptr && i + kRowsAhead < count) level.prefetch(row + (i + kRowsAhead) * row_bytes);
        writer.write(level, row + i * row_bytes, i);
    }
    auto result = finish(writer.needed(), count, reply);
    // Nothing of a partly written reply leaves the server.
    if (!result && !buffer.empty()) std::memset(buffer.data(), 0, buffer.size());
    return result;
}

base::Result<void> write_string(const Text& text, const InfoReply& reply) {
    const base::MutableByteView buffer = destination(reply);
    if (reply.buffer_bytes != 0 && !reply.buffer->present) return base::Error(base::Win32::invalid_user_buffer);
    const std::size_t units = text_units(text);
    TRY_VOID(finish(2 * (static_cast<std::uint64_t>(units) + 1), 1, reply));
    put_text(buffer.data(), text, units);
    return {};
}

// --- Reading ---------------------------------------------------------------------------------------------------------------------

namespace {

class BlockReader {
 public:
    BlockReader(base::ByteView buffer, std::size_t fixed_total, std::size_t element)
        : buffer_(buffer), fixed_total_(fixed_total), element_(element) {}

    [[nodiscard]] bool ok() const { return ok_; }

    InfoValue read(const FieldEntry& field, std::size_t at) {
        InfoValue value;
        value.name = field.name;
        value.kind = field.kind;
        switch (field.kind) {
            case FieldKind::system_time: value.time = system_time(at); return value;
            case FieldKind::u16:
            case FieldKind::u32:
            case FieldKind::u64:
            case FieldKind::file_time: value.number = number(at, fixed_size_of(field.kind)); return value;
            default: break;
        }
        const std::uint64_t offset = number(at, 4);
        value.present = offset != 0;
        if (value.present) read_variable(value, offset);
        return value;
    }

    // `count` comes from the field behind: the array itself does not say where it ends.
    void read_files(InfoValue& value, std::uint64_t count) {
        auto at = static_cast<std::size_t>(value.number);
        if (!value.present || count > buffer_.size() / kFileInfoBytes) return;
        for (; ok_ && count > 0; --count, at += kFileInfoBytes) {
            FileRow file;
            std::size_t path = 0;
            if (!locate(number(at, 4), 2, path)) return;
            file.path = base::to_utf8(string(path));
            file.type = static_cast<std::uint32_t>(number(at + 4, 4));
            file.version = static_cast<std::uint32_t>(number(at + 8, 4));
            value.files.push_back(std::move(file));
        }
    }

 private:
    void read_variable(InfoValue& value, std::uint64_t offset) {
        const std::size_t alignment = value.kind == FieldKind::ansi_text ? 1 : value.kind == FieldKind::blob || value.kind == FieldKind::files ? 4 : 2;
        std::size_t at = 0;
        if (!locate(offset, alignment, at)) return;
        switch (value.kind) {
            case FieldKind::text: value.text = base::to_utf8(string(at)); break;
            case FieldKind::ansi_text: value.text = narrow(at); break;
            case FieldKind::text_list: value.texts = strings(at); break;
            case FieldKind::files: value.number = at; break;
            default: value.bytes.assign(buffer_.begin() + static_cast<std::ptrdiff_t>(at), buffer_.end()); break;
        }
    }

    bool locate(std::uint64_t offset, std::size_t alignment, std::size_t& at) {
        const std::uint64_t place = element_ + offset;
        if (place < fixed_total_ || place >= buffer_.size() || place % alignment != 0) {
            ok_ = false;
            return false;
        }
        at = static_cast<std::size_t>(place);
        return true;
    }

    std::uint64_t number(std::size_t at, std::size_t size) {
        if (at + size > buffer_.size()) {
            ok_ = false;
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = size; i > 0; --i) value = (value << 8U) | std::to_integer<std::uint64_t>(buffer_[at + i - 1]);
        return value;
    }

    base::SystemTime system_time(std::size_t at) {
        base::SystemTime time;
        std::uint16_t* const parts[] = {&time.year, &time.month,  &time.day_of_week, &time.day,
                                        &time.hour, &time.minute, &time.second,      &time.milliseconds};
        for (std::uint16_t* part : parts) {
            *part = static_cast<std::uint16_t>(number(at, 2));
            at += 2;
        }
        return time;
    }

    std::u16string string(std::size_t at) {
        return string_at(at);
    }
    std::u16string string_at(std::size_t& at) {
        std::u16string text;
        while (ok_) {
            const auto unit = static_cast<char16_t>(number(at, 2));
            at += 2;
            if (unit == 0) break;
            text.push_back(unit);
        }
        return text;
    }

    std::string narrow(std::size_t at) {
        std::string text;
        while (ok_) {
            const auto unit = static_cast<char>(number(at++, 1));
            if (unit == '\0') break;
            text.push_back(unit);
        }
        return text;
    }

    std::vector<std::string> strings(std::size_t at) {
        std::vector<std::string> list;
        while (ok_) {
            std::string text = base::to_utf8(string_at(at));
            if (text.empty()) break;
            list.push_back(std::move(text));
        }
        return list;
    }

    base::ByteView buffer_;
    std::size_t fixed_total_;
    std::size_t element_;
    bool ok_ = true;
};

}  // namespace

base::Result<std::vector<InfoValue>> read_row(const LevelEntry& level, base::ByteView buffer, std::size_t index, std::size_t count) {
    if (index >= count || count > buffer.size() / std::max<std::size_t>(level.fixed_bytes, 1)) {
        return base::Error(base::Win32::invalid_data, "more elements than the block can hold");
    }
    const std::size_t element = level.fixed_bytes * index;
    BlockReader reader(buffer, level.fixed_bytes * count, element);
    std::vector<InfoValue> values;
    std::size_t at = 0;
    for (const FieldEntry& field : level.span()) {
        at = static_cast<std::size_t>(round_up(at, fixed_alignment_of(field.kind)));
        values.push_back(reader.read(field, element + at));
        at += fixed_size_of(field.kind);
    }
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
        if (values[i].kind == FieldKind::files) reader.read_files(values[i], values[i + 1].number);
    }
    if (!reader.ok()) return base::Error(base::Win32::invalid_data, "malformed INFO block");
    return values;
}

}  // namespace server
