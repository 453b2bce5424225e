// request and response [C706] 12.6.4.9-10: the fixed part before the stub.
#pragma once

#include "dcerpc/pdu/header.h"

namespace dcerpc {

inline constexpr std::size_t kRequestFixedBytes = 24;                              // with the common header, without object UUID
inline constexpr std::size_t kObjectUuidBytes = 16;
inline constexpr std::size_t kResponseFixedBytes = 24;

struct RequestPdu {
    std::uint32_t alloc_hint = 0;
    std::uint16_t context_id = 0;
    std::uint16_t opnum = 0;
    std::optional<base::Guid> object;
    std::size_t stub_offset = kRequestFixedBytes;                                  // from the start of the PDU
};

struct ResponsePdu {
    std::uint32_t alloc_hint = 0;
    std::uint16_t context_id = 0;
    std::uint8_t cancel_count = 0;
};

// Nothing when the PDU is shorter than its fixed part.
[[nodiscard]] std::optional<RequestPdu> parse_request(const PduHeader& header, base::ByteView pdu);
[[nodiscard]] std::optional<ResponsePdu> parse_response(const PduHeader& header, base::ByteView pdu);

// The part behind the common header. The flags of the header must say whether there is an object.
void write_request(PduWriter& writer, const RequestPdu& request);
void write_response(PduWriter& writer, const ResponsePdu& response);

}  // namespace dcerpc
