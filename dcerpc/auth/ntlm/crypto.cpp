#include "dcerpc/auth/ntlm/crypto.h"

#include "base/log.h"
#include "base/utf.h"
#include "dcerpc/auth/account_source.h"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <memory>
#include <string_view>
#include <utility>

namespace dcerpc::ntlm {

namespace {

template <class T>
void wipe_object(T& object) {
    base::wipe(std::as_writable_bytes(std::span(&object, 1)));
}

// --- MD4 ---------------------------------------------------------------------------------------------------------------------------

using Md4State = std::array<std::uint32_t, 4>;

constexpr std::uint32_t kMd4Round2 = 0x5A827999U, kMd4Round3 = 0x6ED9EBA1U;

std::uint32_t load_le32(const std::byte* at) {
    return std::to_integer<std::uint32_t>(at[0]) | (std::to_integer<std::uint32_t>(at[1]) << 8U) |
           (std::to_integer<std::uint32_t>(at[2]) << 16U) | (std::to_integer<std::uint32_t>(at[3]) << 24U);
}

void md4_block(Md4State& state, const std::byte* block) {
    constexpr std::array<std::uint8_t, 48> kOrder = {0, 1, 2, 3,  4, 5,  6, 7,  8, 9, 10, 11, 12, 13, 14, 15,  //
                                                     0, 4, 8, 12, 1, 5,  9, 13, 2, 6, 10, 14, 3,  7,  11, 15,  //
                                                     0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5,  13, 3,  11, 7,  15};
    constexpr std::array<std::array<int, 4>, 3> kShift = {{{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}}};
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = load_le32(block + 4 * i);

    auto [a, b, c, d] = state;
    for (std::size_t step = 0; step < kOrder.size(); ++step) {
        const std::size_t round = step / 16;
        std::uint32_t sum = a + words[kOrder[step]];
        if (round == 0) {
            sum += (b & c) | (~b & d);
        } else if (round == 1) {
            sum += ((b & c) | (b & d) | (c & d)) + kMd4Round2;
        } else {
            sum += (b ^ c ^ d) + kMd4Round3;
        }
        const std::uint32_t rotated = std::rotl(sum, kShift[round][step % 4]);
        a = d;
        d = c;
        c = b;
        b = rotated;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    wipe_object(words);
}

}  // namespace

// --- digests -----------------------------------------------------------------------------------------------------------------------

Secret16 md4(base::ByteView data) {
    Md4State state = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
    std::size_t at = 0;
    for (; data.size() - at >= 64; at += 64) md4_block(state, data.data() + at);

    std::array<std::byte, 128> tail{};  // rest, 0x80, zeros, length in bits
    const std::size_t rest = data.size() - at;
    for (std::size_t i = 0; i < rest; ++i) tail[i] = data[at + i];
    tail[rest] = std::byte{0x80};
    const std::size_t tail_size = rest < 56 ? 64 : 128;
    const std::uint64_t bits = static_cast<std::uint64_t>(data.size()) * 8U;
    for (std::size_t i = 0; i < 8; ++i) tail[tail_size - 8 + i] = static_cast<std::byte>((bits >> (8U * i)) & 0xFFU);
    for (std::size_t block = 0; block < tail_size; block += 64) md4_block(state, tail.data() + block);

    Secret16 digest;
    for (std::size_t i = 0; i < Secret16::kSize; ++i) {
        digest.writable()[i] = static_cast<std::byte>((state[i / 4] >> (8U * (i % 4))) & 0xFFU);
    }
    wipe_object(tail);
    wipe_object(state);
    return digest;
}

bool md5_available() {
    struct FreeAlgorithm {
        void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    };
    static const bool available = std::unique_ptr<EVP_MD, FreeAlgorithm>(EVP_MD_fetch(nullptr, "MD5", nullptr)) != nullptr;
    return available;
}

Secret16 md5(std::initializer_list<base::ByteView> pieces) {
    Md5 hash;
    for (const base::ByteView piece : pieces) hash.update(piece);
    Secret16 digest;
    hash.finish(std::span<std::byte, 16>(digest.writable()));
    return digest;
}

Secret16 hmac_md5(base::ByteView key, std::initializer_list<base::ByteView> pieces) {
    HmacMd5 hmac(key);
    hmac.begin();
    for (const base::ByteView piece : pieces) hmac.update(piece);
    Secret16 digest;
    hmac.finish(std::span<std::byte, 16>(digest.writable()));
    return digest;
}

// --- key derivation ----------------------------------------------------------------------------------------------------------------

namespace {
// The constants are hashed with their terminating NUL.
Secret16 derived(const Secret16& key, std::string_view magic) {
    return md5({key.view(), base::as_bytes(magic), base::as_bytes(std::string_view("\0", 1))});
}
}  // namespace

Secret16 sign_key(const Secret16& exported_session_key, Side side) {
    return derived(exported_session_key, side == Side::client ? "session key to client-to-server signing key magic constant"
                                                              : "session key to server-to-client signing key magic constant");
}

Secret16 seal_key(const Secret16& exported_session_key, Side side) {
    return derived(exported_session_key, side == Side::client ? "session key to client-to-server sealing key magic constant"
                                                              : "session key to server-to-client sealing key magic constant");
}

Secret16 ntowf_v2(const Secret16& nt_hash, std::u16string_view user, std::u16string_view domain) {
    base::ByteBuffer name;
    base::append_utf16_le(name, base::fold(user));
    base::append_utf16_le(name, domain);
    return hmac_md5(nt_hash.view(), {base::ByteView(name)});
}

}  // namespace dcerpc::ntlm

namespace dcerpc {

Secret16 nt_hash_from_password(std::u16string_view password) {
    base::ByteBuffer bytes;
    bytes.reserve(2 * password.size());  // no reallocation may leave a copy behind
    base::append_utf16_le(bytes, password);
    Secret16 hash = ntlm::md4(bytes);
    base::wipe(bytes);
    return hash;
}

bool verify_ntlmv2_with_hash(const Secret16& nt_hash, const NtlmAttempt& attempt, Secret16& session_base_key) {
    if (attempt.nt_response.size() < Secret16::kSize) return false;
    const base::ByteView proof = attempt.nt_response.first(Secret16::kSize);
    const base::ByteView challenge = attempt.nt_response.subspan(Secret16::kSize);

    // Both variants are always computed, so that time does not tell which one, if any, was right.
    const Secret16 key_with_domain = ntlm::ntowf_v2(nt_hash, attempt.user, attempt.domain);
    const Secret16 key_without = ntlm::ntowf_v2(nt_hash, attempt.user, {});
    const base::ByteView server_challenge = attempt.server_challenge;
    const bool with_domain = ntlm::hmac_md5(key_with_domain.view(), {server_challenge, challenge}).equals(proof);
    const bool without = ntlm::hmac_md5(key_without.view(), {server_challenge, challenge}).equals(proof);
    const Secret16& key = with_domain ? key_with_domain : key_without;
    session_base_key = ntlm::hmac_md5(key.view(), {proof});
    return with_domain || without;
}

base::TokenPtr anonymous_token() {
    auto token = std::make_shared<base::Token>();
    token->user = "ANONYMOUS LOGON";
    token->user_sid = base::well_known::anonymous();
    token->groups = {base::well_known::network()};
    token->anonymous = true;
    return token;
}

}  // namespace dcerpc
