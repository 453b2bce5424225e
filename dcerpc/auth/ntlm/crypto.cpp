#include "dcerpc/auth/ntlm/crypto.h"

#include "base/log.h"
#include "base/utf.h"
#include "dcerpc/auth/account_source.h"

#include <openssl/evp.h>

#include <bit>
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
    constexpr std::array<std::uint8_t, 48> kOrder = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,   //
                                                     0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,   //
                                                     0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
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

// --- MD5 through OpenSSL -----------------------------------------------------------------------------------------------------------

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MdContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Fetched once: a fetch per message costs more than hashing a fragment. Lives as long as the process.
const EVP_MD* md5_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
    return algorithm;
}

MdContext started_md5() {
    MdContext context(EVP_MD_CTX_new());
    WSP_CHECK(context != nullptr && EVP_DigestInit_ex2(context.get(), md5_algorithm(), nullptr) == 1);
    return context;
}

void add(EVP_MD_CTX* context, base::ByteView data) {
    WSP_CHECK(EVP_DigestUpdate(context, data.data(), data.size()) == 1);
}

void finish_md5(EVP_MD_CTX* context, std::span<std::byte, 16> out) {
    unsigned int size = 0;
    WSP_CHECK(EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(out.data()), &size) == 1 && size == out.size());
}

}  // namespace

// --- RC4 ---------------------------------------------------------------------------------------------------------------------------

Rc4::Rc4(base::ByteView key) {
    WSP_CHECK(!key.empty() && key.size() <= 256);
    for (std::uint32_t i = 0; i < 256; ++i) state_[i] = i;
    std::uint32_t j = 0;
    for (std::uint32_t i = 0; i < 256; ++i) {
        j = (j + state_[i] + std::to_integer<std::uint32_t>(key[i % key.size()])) & 0xFFU;
        std::swap(state_[i], state_[j]);
    }
}

Rc4::~Rc4() { wipe_object(state_); }

void Rc4::apply(base::MutableByteView data) {
    std::uint32_t* const state = state_.data();
    std::uint32_t x = x_, y = y_;
    const auto next = [&]() -> std::uint32_t {
        x = (x + 1U) & 0xFFU;
        const std::uint32_t a = state[x];
        y = (y + a) & 0xFFU;
        const std::uint32_t b = state[y];
        state[x] = b;
        state[y] = a;
        return state[(a + b) & 0xFFU];
    };
    std::byte* at = data.data();
    std::byte* const end = at + data.size();
    // Eight key bytes at a time, so that the data is touched once per word.
    for (; end - at >= 8; at += 8) {
        std::uint64_t stream = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) stream |= static_cast<std::uint64_t>(next()) << shift;
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        if constexpr (std::endian::native == std::endian::big) stream = __builtin_bswap64(stream);
        word ^= stream;
        std::memcpy(at, &word, sizeof word);
    }
    for (; at != end; ++at) *at ^= static_cast<std::byte>(next());
    x_ = x;
    y_ = y;
}

// --- digests -----------------------------------------------------------------------------------------------------------------------

Secret16 md4(base::ByteView data) {
    Md4State state = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
    std::size_t at = 0;
    for (; data.size() - at >= 64; at += 64) md4_block(state, data.data() + at);

    std::array<std::byte, 128> tail{};                                             // rest, 0x80, zeros, length in bits
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

bool md5_available() { return md5_algorithm() != nullptr; }

Secret16 md5(std::initializer_list<base::ByteView> pieces) {
    const MdContext context = started_md5();
    for (const base::ByteView piece : pieces) add(context.get(), piece);
    Secret16 digest;
    finish_md5(context.get(), std::span<std::byte, 16>(digest.writable()));
    return digest;
}

struct HmacMd5::Contexts {
    MdContext inner, outer, work;                                                  // keyed, keyed, the message being hashed
};

HmacMd5::HmacMd5(base::ByteView key) : contexts_(std::make_unique<Contexts>()) {
    WSP_CHECK(key.size() <= 64);
    std::array<std::byte, 64> block{};
    const auto keyed = [&](std::byte pad) {
        block.fill(pad);
        for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
        MdContext context = started_md5();
        add(context.get(), block);
        return context;
    };
    contexts_->inner = keyed(std::byte{0x36});
    contexts_->outer = keyed(std::byte{0x5C});
    contexts_->work.reset(EVP_MD_CTX_new());
    WSP_CHECK(contexts_->work != nullptr);
    wipe_object(block);
}

HmacMd5::HmacMd5(HmacMd5&&) noexcept = default;
HmacMd5& HmacMd5::operator=(HmacMd5&&) noexcept = default;
HmacMd5::~HmacMd5() = default;                                                     // OpenSSL cleanses digest contexts

void HmacMd5::begin() { WSP_CHECK(EVP_MD_CTX_copy_ex(contexts_->work.get(), contexts_->inner.get()) == 1); }

void HmacMd5::update(base::ByteView data) { add(contexts_->work.get(), data); }

void HmacMd5::finish(std::span<std::byte, 16> out) {
    finish_md5(contexts_->work.get(), out);
    WSP_CHECK(EVP_MD_CTX_copy_ex(contexts_->work.get(), contexts_->outer.get()) == 1);
    add(contexts_->work.get(), out);
    finish_md5(contexts_->work.get(), out);
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
    bytes.reserve(2 * password.size());                                            // no reallocation may leave a copy behind
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
