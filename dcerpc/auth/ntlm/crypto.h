// The old algorithms NTLMv2 is made of. RC4 and MD4 are our own, because OpenSSL 3 keeps them in a provider that is often absent;
// MD5 comes from OpenSSL. Used by the NTLM mechanisms and by whoever needs an NT hash.
#pragma once

#include "base/bytes.h"
#include "dcerpc/auth/secret.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace dcerpc::ntlm {

// A key stream [RFC 6229]. Copying it copies the position, which is how SPNEGO puts it back ([MS-SPNG] 3.2.5.1).
class Rc4 {
 public:
    explicit Rc4(base::ByteView key);                                              // 1..256 bytes
    Rc4(const Rc4&) = default;
    Rc4& operator=(const Rc4&) = default;
    ~Rc4();
    void apply(base::MutableByteView data);                                        // encrypts or decrypts in place

 private:
    // 32-bit cells: byte cells make each store wait for the previous load of the same line's part.
    std::array<std::uint32_t, 256> state_{};
    std::uint32_t x_ = 0, y_ = 0;
};

[[nodiscard]] Secret16 md4(base::ByteView data);                                   // [RFC 1320]

// False when OpenSSL refuses MD5 (FIPS configuration): then NTLM cannot be spoken at all.
[[nodiscard]] bool md5_available();
// The following need md5_available().
[[nodiscard]] Secret16 md5(std::initializer_list<base::ByteView> pieces);

// HMAC-MD5 [RFC 2104] under one key for many messages: the two padded key blocks are hashed once. One message at a time.
class HmacMd5 {
 public:
    explicit HmacMd5(base::ByteView key);                                          // at most 64 bytes
    HmacMd5(HmacMd5&&) noexcept;
    HmacMd5& operator=(HmacMd5&&) noexcept;
    ~HmacMd5();
    void begin();
    void update(base::ByteView data);
    void finish(std::span<std::byte, 16> out);

 private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

[[nodiscard]] Secret16 hmac_md5(base::ByteView key, std::initializer_list<base::ByteView> pieces);

enum class Side : std::uint8_t { client, server };
// [MS-NLMP] 3.4.5.2 SIGNKEY and 3.4.5.3 SEALKEY with extended session security and 128 bit; `side` is the sender.
[[nodiscard]] Secret16 sign_key(const Secret16& exported_session_key, Side side);
[[nodiscard]] Secret16 seal_key(const Secret16& exported_session_key, Side side);

// [MS-NLMP] 3.3.2 NTOWFv2 from the NT hash; user is folded to upper case here, domain is not.
[[nodiscard]] Secret16 ntowf_v2(const Secret16& nt_hash, std::u16string_view user, std::u16string_view domain);

}  // namespace dcerpc::ntlm
