#include "dcerpc/auth/ntlm/sealing.h"

#include "base/log.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace dcerpc::ntlm {
namespace {

constexpr std::size_t kBlockBytes = 64;

template <class T>
void wipe_object(T& object) {
    base::wipe(std::as_writable_bytes(std::span(&object, 1)));
}

constexpr std::uint64_t swapped(std::uint64_t value) { return std::endian::native == std::endian::big ? __builtin_bswap64(value) : value; }

// --- MD5 ---------------------------------------------------------------------------------------------------------------------------

using Words = std::array<std::uint32_t, 16>;

constexpr std::array<std::uint32_t, 64> kSines = {  // floor(2^32 * |sin(i + 1)|), [RFC 1321] 3.4
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501, 0x698098D8, 0x8B44F7AF, 0xFFFF5BB1,
    0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821, 0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453,
    0xD8A1E681, 0xE7D3FBC8, 0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A, 0xFFFA3942,
    0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70, 0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05,
    0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665, 0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D,
    0x85845DD1, 0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391};

constexpr std::array<std::array<int, 4>, 4> kShifts = {{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

constexpr std::size_t word_of(std::size_t step) {
    switch (step / 16) {
        case 0:
            return step;
        case 1:
            return (5 * step + 1) % 16;
        case 2:
            return (3 * step + 5) % 16;
        default:
            return (7 * step) % 16;
    }
}

Words load_words(const std::byte* at) {
    Words words;
    std::memcpy(words.data(), at, kBlockBytes);
    if constexpr (std::endian::native == std::endian::big) {
        for (std::uint32_t& word : words) word = __builtin_bswap32(word);
    }
    return words;
}

template <std::size_t Step>
[[gnu::always_inline]] inline void md5_step(std::uint32_t& a, std::uint32_t b, std::uint32_t c, std::uint32_t d, const Words& words) {
    constexpr std::size_t kRound = Step / 16;
    std::uint32_t sum = a + words[word_of(Step)] + kSines[Step];
    if constexpr (kRound == 0) {
        sum += d ^ (b & (c ^ d));
    } else if constexpr (kRound == 1) {
        // The two halves have no bit in common, so they may be added one after the other: what is known early is added early.
        sum += c & ~d;
        sum += b & d;
    } else if constexpr (kRound == 2) {
        sum += (c ^ d) ^ b;
    } else {
        sum += c ^ (b | ~d);
    }
    a = b + std::rotl(sum, kShifts[kRound][Step % 4]);
}

// `between(i)` runs after step i.
template <class Between, std::size_t... Four>
[[gnu::always_inline]] inline void md5_block(std::array<std::uint32_t, 4>& state, const Words& words, Between& between,
                                             std::index_sequence<Four...> /*unused*/) {
    auto [a, b, c, d] = state;
    ((md5_step<4 * Four>(a, b, c, d, words), between(4 * Four), md5_step<4 * Four + 1>(d, a, b, c, words), between(4 * Four + 1),
      md5_step<4 * Four + 2>(c, d, a, b, words), between(4 * Four + 2), md5_step<4 * Four + 3>(b, c, d, a, words), between(4 * Four + 3)),
     ...);
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

constexpr std::make_index_sequence<16> kFours;

struct Nothing {
    [[gnu::always_inline]] void operator()(std::size_t /*step*/) const {}
};

void md5_blocks(std::array<std::uint32_t, 4>& state, const std::byte* at, std::size_t count) {
    std::array<std::uint32_t, 4> local = state;
    Nothing nothing;
    for (; count > 0; --count, at += kBlockBytes) md5_block(local, load_words(at), nothing, kFours);
    state = local;
}

// --- RC4 ---------------------------------------------------------------------------------------------------------------------------

// The generator with its position in registers.
struct KeyStream {
    std::uint32_t* cells;
    std::uint32_t x, y;

    [[gnu::always_inline]] std::uint32_t next() {
        x = (x + 1U) & 0xFFU;
        const std::uint32_t a = cells[x];
        y = (y + a) & 0xFFU;
        const std::uint32_t b = cells[y];
        cells[x] = b;
        cells[y] = a;
        return cells[(a + b) & 0xFFU];
    }
};

[[gnu::always_inline]] inline void xor_word(std::byte* at, std::uint64_t stream) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= swapped(stream);
    std::memcpy(at, &word, sizeof word);
}

}  // namespace

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
    KeyStream key{state_.data(), x_, y_};
    std::byte* at = data.data();
    std::byte* const end = at + data.size();
    // Eight key bytes at a time, so that the data is touched once per word.
    for (; end - at >= 8; at += 8) {
        std::uint64_t stream = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) stream |= static_cast<std::uint64_t>(key.next()) << shift;
        xor_word(at, stream);
    }
    for (; at != end; ++at) *at ^= static_cast<std::byte>(key.next());
    x_ = key.x;
    y_ = key.y;
}

Md5::~Md5() {
    wipe_object(state_);
    wipe_object(block_);
}

void Md5::update(base::ByteView data) {
    const std::size_t begun = buffered();
    size_ += data.size();
    if (begun != 0) {
        const std::size_t part = std::min(kBlockBytes - begun, data.size());
        std::copy_n(data.begin(), part, block_.begin() + static_cast<std::ptrdiff_t>(begun));
        if (begun + part < kBlockBytes) return;
        md5_blocks(state_, block_.data(), 1);
        data = data.subspan(part);
    }
    md5_blocks(state_, data.data(), data.size() / kBlockBytes);
    const base::ByteView rest = data.subspan(data.size() - data.size() % kBlockBytes);
    std::copy(rest.begin(), rest.end(), block_.begin());
}

void Md5::finish(std::span<std::byte, 16> out) {
    const std::uint64_t bits = swapped(size_ * 8U);
    constexpr std::array<std::byte, kBlockBytes> kPadding = {std::byte{0x80}};
    const std::size_t begun = buffered();
    update(base::ByteView(kPadding).first(begun < 56 ? 56 - begun : 120 - begun));
    update(std::as_bytes(std::span(&bits, 1)));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>((state_[i / 4] >> (8U * (i % 4))) & 0xFFU);
    *this = Md5();
}

HmacMd5::HmacMd5(base::ByteView key) {
    WSP_CHECK(key.size() <= kBlockBytes);
    std::array<std::byte, kBlockBytes> block{};
    const auto keyed = [&](Md5& digest, std::byte pad) {
        block.fill(pad);
        for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
        digest.update(block);
    };
    keyed(inner_, std::byte{0x36});
    keyed(outer_, std::byte{0x5C});
    wipe_object(block);
}

void HmacMd5::finish(std::span<std::byte, 16> out) {
    work_.finish(out);
    work_ = outer_;
    work_.update(out);
    work_.finish(out);
}

// --- both at once ------------------------------------------------------------------------------------------------------------------

struct Interleaved {
    // Hashes `count` blocks from `hashed` while the key stream goes over as many from `ciphered`; they are the same blocks, or `ciphered`
    // is ahead. Blocks of the hash begin at block boundaries of the message, so md5 must have nothing buffered.
    static void blocks(Md5& md5, Rc4& rc4, const std::byte* hashed, std::byte* ciphered, std::size_t count) {
        struct Cipher {
            KeyStream key;
            std::byte* at;
            std::uint64_t stream = 0;
            [[gnu::always_inline]] void operator()(std::size_t step) {
                stream |= static_cast<std::uint64_t>(key.next()) << (8U * (step % 8));
                if (step % 8 != 7) return;
                xor_word(at + step - 7, stream);
                stream = 0;
            }
        };
        Cipher cipher{{rc4.state_.data(), rc4.x_, rc4.y_}, ciphered};
        std::array<std::uint32_t, 4> state = md5.state_;
        md5.size_ += count * kBlockBytes;
        for (; count > 0; --count, hashed += kBlockBytes, cipher.at += kBlockBytes) {
            const Words words = load_words(hashed);  // before the cipher changes them
            md5_block(state, words, cipher, kFours);
        }
        md5.state_ = state;
        rc4.x_ = cipher.key.x;
        rc4.y_ = cipher.key.y;
    }

    // Bytes before the next block boundary of the message.
    static std::size_t head(const HmacMd5& mac, std::size_t size) {
        return std::min((kBlockBytes - mac.work_.buffered()) % kBlockBytes, size);
    }
    static Md5& digest(HmacMd5& mac) { return mac.work_; }
};

void digest_and_encrypt(HmacMd5& mac, Rc4& stream, base::MutableByteView data) {
    const base::MutableByteView head = data.first(Interleaved::head(mac, data.size()));
    const std::size_t count = (data.size() - head.size()) / kBlockBytes;
    const base::MutableByteView body = data.subspan(head.size(), count * kBlockBytes), tail = data.subspan(head.size() + body.size());
    mac.update(head);
    stream.apply(head);
    Interleaved::blocks(Interleaved::digest(mac), stream, body.data(), body.data(), count);
    mac.update(tail);
    stream.apply(tail);
}

void decrypt_and_digest(HmacMd5& mac, Rc4& stream, base::MutableByteView data) {
    const base::MutableByteView head = data.first(Interleaved::head(mac, data.size()));
    const std::size_t count = (data.size() - head.size()) / kBlockBytes;
    const base::MutableByteView body = data.subspan(head.size(), count * kBlockBytes), tail = data.subspan(head.size() + body.size());
    stream.apply(head);
    mac.update(head);
    if (count > 0) {
        // The cipher stays one block ahead of the hash.
        stream.apply(body.first(kBlockBytes));
        Interleaved::blocks(Interleaved::digest(mac), stream, body.data(), body.data() + kBlockBytes, count - 1);
        mac.update(body.last(kBlockBytes));
    }
    stream.apply(tail);
    mac.update(tail);
}

}  // namespace dcerpc::ntlm
