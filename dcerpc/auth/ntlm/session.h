// Signing and sealing with NTLM keys: extended session security, connection oriented [MS-NLMP] 3.4. Both sides of a context use it.
#pragma once

#include "base/result.h"
#include "dcerpc/auth/ntlm/crypto.h"
#include "dcerpc/auth/security_context.h"

#include <optional>

namespace dcerpc::ntlm {

inline constexpr std::size_t kSignatureSize = 16;  // [MS-NLMP] 2.2.2.9.2

class Session {
 public:
    // `own` is the side that this process plays. `negotiated` are the final NTLM flags: with kKeyExchange checksums are encrypted,
    // without kSeal privacy is refused.
    Session(const Secret16& exported_session_key, std::uint32_t negotiated, Side own);

    base::Result<void> protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature);
    base::Result<void> unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature);
    // For SPNEGO: the RC4 state is put back, the sequence number stays advanced.
    base::Result<base::ByteBuffer> make_mic(base::ByteView data);
    base::Result<void> verify_mic(base::ByteView data, base::ByteView mic);

 private:
    struct Direction {
        HmacMd5 mac;
        Rc4 stream;
        std::uint32_t sequence = 0;
    };
    using Checksum = std::array<std::byte, 8>;

    static Direction direction(const Secret16& exported_session_key, Side sender);
    // HMAC over sequence number and pieces, then encrypted when key exchange was negotiated. `body()` hashes the body and, for privacy,
    // ciphers it.
    template <class Body>
    Checksum checksum(Direction& direction, const ProtectedParts& parts, Body body);

    bool key_exchange_;
    bool may_seal_;
    Direction sending_;
    Direction receiving_;
};

}  // namespace dcerpc::ntlm
