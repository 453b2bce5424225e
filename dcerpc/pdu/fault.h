// fault PDU [C706] 12.6.4.7, [MS-RPCE] 2.2.2.8. cancel and orphaned are bare common headers and need no code of their own.
#pragma once

#include "dcerpc/pdu/header.h"

namespace dcerpc {

struct FaultPdu {
    std::uint32_t alloc_hint = 0;
    std::uint16_t context_id = 0;
    std::uint8_t cancel_count = 0;
    std::uint32_t status = 0;
};

// Stub data and extended error information are ignored, as [MS-RPCE] 2.2.2.8 asks.
[[nodiscard]] std::optional<FaultPdu> parse_fault(const PduHeader& header, base::ByteView pdu);
// The 16 bytes behind the common header.
void write_fault(PduWriter& writer, const FaultPdu& fault);
// False for the statuses that a server must not send ([MS-RPCE] 3.3.3.5.1).
[[nodiscard]] bool may_send_status(std::uint32_t status);

}  // namespace dcerpc
