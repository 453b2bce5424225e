// One security context of a connection: (auth_type, auth_level, auth_context_id) of [MS-RPCE] 3.3.1.5.2. The association feeds it
// the tokens of bind, alter_context and auth3, then lets it sign or seal each PDU in the order in which it travels. No I/O here.
#pragma once

#include "base/access_check.h"
#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace dcerpc {

inline constexpr std::uint8_t kAuthTypeNone = 0, kAuthTypeSpnego = 9, kAuthTypeNtlm = 10, kAuthTypeKerberos = 16;

enum class AuthState : std::uint8_t {
    more,      // send `token`, expect another one
    complete,  // send `token` if it is not empty; identity() and the per-PDU functions work from now on
    failed,    // the context is dead; nothing about the reason goes to the peer
    pending,   // seam for providers that block (Kerberos): no token yet. Nothing returns it today; an association that meets it
               // fails the context. The provider will run on the blocking pool, and the driver will re-enter with its AuthStep.
};

// The outcome of one leg. `reason`, `user` and `workstation` are for the log (UTF-8, as the client says it, not yet believed).
struct AuthStep {
    AuthState state = AuthState::failed;
    base::ByteBuffer token;
    std::string reason;                                                            // of a failure, e.g. "wrong password"
    std::string user;                                                              // "DOMAIN\\alice" when known
    std::string workstation;
};

enum class Protection : std::uint8_t {
    integrity,  // auth levels call, packet, integrity: sign
    privacy,    // auth level privacy: sign everything, encrypt the body
};

// The pieces of one PDU. With header signing ([MS-RPCE] 3.3.1.5.2.2) `header` is everything before the body (common header and the
// fixed part of request/response incl. object UUID), `trailer` the 8 bytes of sec_trailer; without it both are empty. `body` is stub,
// verification trailer and auth padding. frag_length and auth_length are final before protect() is called. Without header signing
// NTLM covers the body only.
struct ProtectedParts {
    base::ByteView header;
    base::MutableByteView body;                                                    // encrypted or decrypted in place at privacy
    base::ByteView trailer;
};

// Acceptor or initiator side. Used from one strand only. After any failure (of step, protect or unprotect) the context must be dropped:
// the key streams of the two sides no longer agree.
class SecurityContext {
 public:
    SecurityContext() = default;
    SecurityContext(const SecurityContext&) = delete;
    SecurityContext& operator=(const SecurityContext&) = delete;
    virtual ~SecurityContext() = default;

    // Takes the peer's token and gives ours. An initiator is started with an empty token. Calling it after `complete` or `failed` fails.
    virtual AuthStep step(base::ByteView token) = 0;

    [[nodiscard]] virtual bool complete() const = 0;
    // Who the peer is; null before completion and on the initiator side.
    [[nodiscard]] virtual base::TokenPtr identity() const = 0;
    // "ntlmssp" or "kerberos", for the log; "spnego" until a mechanism is chosen.
    [[nodiscard]] virtual std::string_view mechanism() const = 0;

    // Bytes of auth_value in a protected PDU. Constant for the life of a complete context (NTLM: 16).
    [[nodiscard]] virtual std::size_t signature_size(Protection protection) const = 0;
    // Signs (and encrypts parts.body). `signature` has signature_size() bytes. Call in send order: consumes one sequence number.
    // access_denied when the context is not complete or was negotiated without signing (anonymous, level connect).
    virtual base::Result<void> protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) = 0;
    // (Decrypts parts.body and) verifies. Call in receive order. access_denied on any mismatch; the body is garbage then.
    virtual base::Result<void> unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) = 0;
};

// A security package that SPNEGO can wrap: additionally makes and checks the mechListMIC.
class Mechanism : public SecurityContext {
 public:
    // False when the context has no keys worth the name (anonymous) or did not negotiate signing: then no mechListMIC is possible.
    [[nodiscard]] virtual bool can_sign() const = 0;
    // True when the peer proved that it knows about MICs, so that a missing mechListMIC is an attack ([MS-SPNG] 3.1.5.1 note 8).
    [[nodiscard]] virtual bool peer_requires_mech_list_mic() const = 0;
    // Signature over `data`. NTLM: the RC4 state is put back afterwards, the sequence number advances ([MS-SPNG] 3.2.5.1).
    virtual base::Result<base::ByteBuffer> make_mic(base::ByteView data) = 0;
    virtual base::Result<void> verify_mic(base::ByteView data, base::ByteView mic) = 0;
};

}  // namespace dcerpc
