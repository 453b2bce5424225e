// RC4 and HMAC-MD5, which seal and sign every fragment: written here so that both can run over the same bytes at the same time. Each of
// them is one long chain of dependent steps; side by side a processor does two chains in the time of one.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <span>

namespace dcerpc::ntlm {

// A key stream [RFC 6229]. Copying it copies the position, which is how SPNEGO puts it back ([MS-SPNG] 3.2.5.1).
class Rc4 {
 public:
    explicit Rc4(base::ByteView key);  // 1..256 bytes
    Rc4(const Rc4&) = default;
    Rc4& operator=(const Rc4&) = default;
    ~Rc4();
    void apply(base::MutableByteView data);  // encrypts or decrypts in place

 private:
    friend struct Interleaved;
    // 32-bit cells: byte cells make each store wait for the previous load of the same line's part.
    std::array<std::uint32_t, 256> state_{};
    std::uint32_t x_ = 0, y_ = 0;
};

// [RFC 1321]
class Md5 {
 public:
    Md5() = default;
    Md5(const Md5&) = default;
    Md5& operator=(const Md5&) = default;
    ~Md5();
    void update(base::ByteView data);
    // The digest of everything; the object is as new afterwards.
    void finish(std::span<std::byte, 16> out);

 private:
    friend struct Interleaved;
    [[nodiscard]] std::size_t buffered() const { return static_cast<std::size_t>(size_ % 64); }

    std::array<std::uint32_t, 4> state_ = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
    std::uint64_t size_ = 0;             // bytes so far
    std::array<std::byte, 64> block_{};  // the last size_ % 64 of them
};

// HMAC-MD5 [RFC 2104] under one key for many messages: the two padded key blocks are hashed once. One message at a time.
class HmacMd5 {
 public:
    explicit HmacMd5(base::ByteView key);  // at most 64 bytes
    void begin() { work_ = inner_; }
    void update(base::ByteView data) { work_.update(data); }
    void finish(std::span<std::byte, 16> out);

 private:
    friend struct Interleaved;
    Md5 inner_, outer_, work_;  // keyed, keyed, the message being hashed
};

// mac.update(data), then stream.apply(data), in one pass: what a sender does.
void digest_and_encrypt(HmacMd5& mac, Rc4& stream, base::MutableByteView data);
// stream.apply(data), then mac.update(data), in one pass: what a receiver does.
void decrypt_and_digest(HmacMd5& mac, Rc4& stream, base::MutableByteView data);

}  // namespace dcerpc::ntlm
