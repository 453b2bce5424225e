// sec_trailer: the security trailer at the end of a PDU [MS-RPCE] 2.2.2.11.
#pragma once

#include "dcerpc/pdu/header.h"

namespace dcerpc {

struct AuthTrailer {
    std::uint8_t type = 0;
    std::uint8_t level = 0;
    std::uint8_t pad_length = 0;                                                   // bytes of the body that only align the trailer
    std::uint32_t context_id = 0;
    std::size_t offset = 0;                                                        // of the trailer in the PDU: end of the body
};

// The trailer of a PDU with auth_length > 0 whose fixed part ends at `body_offset`. The offset is computed from the lengths; nothing
// when it would lie inside the fixed part or the padding is longer than the body.
[[nodiscard]] std::optional<AuthTrailer> read_auth_trailer(const PduHeader& header, base::ByteView pdu, std::size_t body_offset);

// Appends the 8 bytes; the token follows. Padding is the caller's business.
void write_auth_trailer(PduWriter& writer, const AuthTrailer& trailer);

// Bytes that bring a body of `size` bytes to the 16-byte alignment of the trailer.
[[nodiscard]] constexpr std::size_t auth_padding(std::size_t size) { return (16 - (size & 15U)) & 15U; }

}  // namespace dcerpc
