// Verification trailer behind the stub of a request [MS-RPCE] 2.2.2.13: what the client believes to have sent, inside the
// protected body.
#pragma once

#include "dcerpc/pdu/header.h"
#include "dcerpc/syntax_id.h"

namespace dcerpc {

// What the trailer is compared with.
struct VerificationFacts {
    bool client_offered_header_signing = false;                                    // PFC_SUPPORT_HEADER_SIGN on this connection's bind
    SyntaxId abstract_syntax;                                                      // as negotiated for the context of the request
    SyntaxId transfer_syntax;
    std::array<std::uint8_t, 4> drep = kLittleEndianDrep;                          // of the request
    std::uint32_t call_id = 0;
    std::uint16_t context_id = 0;
    std::uint16_t opnum = 0;
};

enum class Verification : std::uint8_t { absent, valid, mismatch };

struct VerificationResult {
    Verification outcome = Verification::absent;
    std::size_t stub_size = 0;                                                     // without the trailer
};

// Looks for a trailer at the end of `stub` (authentication padding already removed) and checks it. A signature at a 4-byte boundary that
// is not followed by a complete command list up to the end counts as mismatch, as do unknown commands marked "must process".
// The search goes back from the end, over no more than a trailer can span: data further up is not looked at.
[[nodiscard]] VerificationResult check_verification_trailer(base::ByteView stub, const VerificationFacts& facts);

// Appends padding to 4 bytes and a trailer with all three commands.
void append_verification_trailer(base::ByteBuffer& stub, const VerificationFacts& facts);

}  // namespace dcerpc
