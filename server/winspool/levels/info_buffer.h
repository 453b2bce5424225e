// The custom-marshaled blocks of Get* and Enum* replies [MS-RPRN] 2.2.2.1: fixed parts first, variable data packed downwards from the end
// of the caller's buffer, 32-bit offsets from the start of each element, little-endian on every interface. Only this file knows
// ERROR_INSUFFICIENT_BUFFER, pcbNeeded and pcReturned.
#pragma once

#include "dcerpc/ndr/types.h"
#include "server/winspool/levels/level_table.h"

#include <optional>
#include <vector>

namespace server {

// Where a query puts its answer. `returned` is null for Get* operations.
struct InfoReply {
    ndr::Bytes* buffer = nullptr;      // the [in,out] buffer of the reply: absent iff the client sent none
    std::uint32_t buffer_bytes = 0;    // cbBuf
    std::uint32_t* needed = nullptr;
    std::uint32_t* returned = nullptr;
};

// Writes `count` rows of `row_bytes` each. needed = exact size, on success and on failure. insufficient_buffer: the buffer stays zero and
// returned is 0. invalid_user_buffer: cbBuf without a buffer. outofmemory: more than 4 GiB would be needed.
[[nodiscard]] base::Result<void> write_rows(const LevelEntry& level, const void* rows, std::size_t row_bytes, std::size_t count,
                                            const InfoReply& reply);

// The bare string of the directory calls: at the start of the buffer, no offset, rounded to whole characters.
[[nodiscard]] base::Result<void> write_string(const Text& text, const InfoReply& reply);

template <class Out>
[[nodiscard]] InfoReply info_reply(ndr::Bytes& buffer, std::uint32_t buffer_bytes, Out& out) {
    InfoReply reply;
    reply.buffer = &buffer;
    reply.buffer_bytes = buffer_bytes;
    reply.needed = &out.pcbNeeded;
    if constexpr (requires { out.pcReturned; }) reply.returned = &out.pcReturned;
    return reply;
}

template <class Row>
[[nodiscard]] base::Result<void> write_info(const Level<Row>& level, std::span<const Row> rows, const InfoReply& reply) {
    return write_rows(level, rows.data(), sizeof(Row), rows.size(), reply);
}

// UTF-16 code units of a UTF-8 string as base::to_utf16 makes them, without terminator.
[[nodiscard]] std::size_t utf16_units(std::string_view utf8);

// --- Reading, for probe and tests ------------------------------------------------------------------------------------------------

struct InfoValue {
    std::string_view name;
    FieldKind kind = FieldKind::u32;
    std::uint64_t number = 0;                                      // numbers; FILETIME ticks
    base::SystemTime time;
    bool present = false;                                          // strings, lists, blobs, files: offset not 0
    std::string text;                                              // UTF-8
    std::vector<std::string> texts;
    base::ByteBuffer bytes;                                        // blobs, up to the end of the block: their size is their own affair
    std::vector<FileRow> files;
};

// Element `index` of a reply. invalid_data on any offset or string that leaves the buffer, overlaps the fixed parts or is misaligned.
[[nodiscard]] base::Result<std::vector<InfoValue>> read_row(const LevelEntry& level, base::ByteView buffer, std::size_t index,
                                                            std::size_t count);

}  // namespace server
