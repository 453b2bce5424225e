// Common header of every connection-oriented PDU and the constants around it [C706] 12.6.3.1, [MS-RPCE] 2.2.2.
#pragma once

#include "base/guid.h"

#include <array>
#include <cstdint>
#include <optional>

namespace dcerpc {

enum class PduType : std::uint8_t {
    request = 0,
    response = 2,
    fault = 3,
    bind = 11,
    bind_ack = 12,
    bind_nak = 13,
    alter_context = 14,
    alter_context_resp = 15,
    auth3 = 16,
    shutdown = 17,
    cancel = 18,
    orphaned = 19,
};

// pfc_flags. 0x04 is header signing in the bind family and auth3, pending cancel everywhere else ([MS-RPCE] 2.2.2.3).
namespace pfc {
inline constexpr std::uint8_t kFirst = 0x01, kLast = 0x02, kHeaderSign = 0x04, kPendingCancel = 0x04, kConcMpx = 0x10,
                              kDidNotExecute = 0x20, kMaybe = 0x40, kObjectUuid = 0x80;
}

inline constexpr std::size_t kPduHeaderBytes = 16;
inline constexpr std::size_t kSecTrailerBytes = 8;
inline constexpr std::uint8_t kRpcVersion = 5, kRpcVersionMinor = 0;
inline constexpr std::array<std::uint8_t, 4> kLittleEndianDrep{0x10, 0, 0, 0};     // little-endian, ASCII, IEEE
inline constexpr std::array<std::uint8_t, 4> kBigEndianDrep{0x00, 0, 0, 0};

struct PduHeader {
    std::uint8_t version = kRpcVersion;
    std::uint8_t version_minor = kRpcVersionMinor;
    std::uint8_t type = 0;                                                         // PduType, or a number that we do not know
    std::uint8_t flags = pfc::kFirst | pfc::kLast;
    std::array<std::uint8_t, 4> drep = kLittleEndianDrep;
    std::uint16_t frag_length = 0;                                                 // bytes of the whole PDU
    std::uint16_t auth_length = 0;                                                 // bytes of auth_value, sec_trailer not included
    std::uint32_t call_id = 0;

    [[nodiscard]] bool is(PduType wanted) const { return type == static_cast<std::uint8_t>(wanted); }
    [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] bool is_single() const { return has(pfc::kFirst) && has(pfc::kLast); }
    // Byte order of all integers of the PDU. Only meaningful when valid_drep().
    [[nodiscard]] base::ByteOrder order() const { return (drep[0] & 0xF0U) == 0x10U ? base::ByteOrder::little : base::ByteOrder::big; }
    [[nodiscard]] bool valid_drep() const { return (drep[0] >> 4U) <= 1U; }
};

// Reads the first 16 bytes; nothing when there are fewer. Judges nothing.
[[nodiscard]] std::optional<PduHeader> read_header(base::ByteView pdu);

// Writes integers in a chosen byte order: a client may be told to send big-endian.
class PduWriter {
 public:
    explicit PduWriter(base::ByteBuffer& buffer, base::ByteOrder order = base::ByteOrder::little)
        : buffer_(buffer), start_(buffer.size()), order_(order) {}

    // Bytes since construction: offsets inside the PDU.
    [[nodiscard]] std::size_t size() const { return buffer_.size() - start_; }
    void u8(std::uint8_t value) { buffer_.push_back(static_cast<std::byte>(value)); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void guid(const base::Guid& value);
    void bytes(base::ByteView view) { base::append(buffer_, view); }
    void zeros(std::size_t count) { buffer_.resize(buffer_.size() + count); }
    void align(std::size_t alignment) { zeros((alignment - (size() & (alignment - 1))) & (alignment - 1)); }
    void patch_u16(std::size_t at, std::uint16_t value);
    [[nodiscard]] base::ByteOrder order() const { return order_; }
    [[nodiscard]] base::MutableByteView written() { return base::MutableByteView(buffer_).subspan(start_); }

 private:
    void number(std::uint32_t value, std::size_t size);

    base::ByteBuffer& buffer_;
    std::size_t start_;
    base::ByteOrder order_;
};

inline constexpr const std::array<std::uint8_t, 4>& drep_of(base::ByteOrder order) {
    return order == base::ByteOrder::little ? kLittleEndianDrep : kBigEndianDrep;
}

// The 16 bytes; frag_length and auth_length as given (patch_frag_length fixes the first one later).
void write_header(PduWriter& writer, const PduHeader& header);
// Sets frag_length to everything written so far.
void patch_frag_length(PduWriter& writer);

}  // namespace dcerpc
