#include "dcerpc/auth/ntlm/session.h"

#include "dcerpc/auth/ntlm/messages.h"

#include <algorithm>

namespace dcerpc::ntlm {

namespace {

constexpr std::uint32_t kSignatureVersion = 1;

base::Error refused(const char* text) { return {base::Win32::access_denied, text}; }

std::array<std::byte, 4> le32(std::uint32_t value) {
    return {static_cast<std::byte>(value & 0xFFU), static_cast<std::byte>((value >> 8U) & 0xFFU),
            static_cast<std::byte>((value >> 16U) & 0xFFU), static_cast<std::byte>(value >> 24U)};
}

Side other(Side side) { return side == Side::client ? Side::server : Side::client; }

}  // namespace

Session::Direction Session::direction(const Secret16& exported_session_key, Side sender) {
    return Direction{HmacMd5(sign_key(exported_session_key, sender).view()), Rc4(seal_key(exported_session_key, sender).view()), 0};
}

Session::Session(const Secret16& exported_session_key, std::uint32_t negotiated, Side own)
    : key_exchange_((negotiated & flag::kKeyExchange) != 0),
      may_seal_((negotiated & flag::kSeal) != 0),
      sending_(direction(exported_session_key, own)),
      receiving_(direction(exported_session_key, other(own))) {}

template <class Body>
Session::Checksum Session::checksum(Direction& direction, const ProtectedParts& parts, Body body) {
    direction.mac.begin();
    direction.mac.update(le32(direction.sequence));
    direction.mac.update(parts.header);
    body();
    direction.mac.update(parts.trailer);
    std::array<std::byte, 16> digest{};
    direction.mac.finish(digest);
    Checksum result{};
    std::copy_n(digest.begin(), result.size(), result.begin());
    base::wipe(digest);
    // The key stream is used for the body first and for the checksum after it, on both sides ([MS-NLMP] 3.4.3).
    if (key_exchange_) direction.stream.apply(result);
    return result;
}

base::Result<void> Session::protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) {
    if (signature.size() != kSignatureSize) return refused("NTLM signature of bad length");
    if (protection == Protection::privacy && !may_seal_) return refused("NTLM sealing was not negotiated");
    const Checksum sum = checksum(sending_, parts, [&] {
        if (protection == Protection::privacy)
            digest_and_encrypt(sending_.mac, sending_.stream, parts.body);
        else
            sending_.mac.update(parts.body);
    });

    const auto version = le32(kSignatureVersion), sequence = le32(sending_.sequence);
    std::copy(version.begin(), version.end(), signature.begin());
    std::copy(sum.begin(), sum.end(), signature.begin() + 4);
    std::copy(sequence.begin(), sequence.end(), signature.begin() + 12);
    ++sending_.sequence;
    return {};
}

base::Result<void> Session::unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) {
    if (signature.size() != kSignatureSize) return refused("NTLM signature of bad length");
    if (protection == Protection::privacy && !may_seal_) return refused("NTLM sealing was not negotiated");
    const Checksum sum = checksum(receiving_, parts, [&] {
        if (protection == Protection::privacy)
            decrypt_and_digest(receiving_.mac, receiving_.stream, parts.body);
        else
            receiving_.mac.update(parts.body);
    });

    std::array<std::byte, kSignatureSize> expected{};
    const auto version = le32(kSignatureVersion), sequence = le32(receiving_.sequence);
    std::copy(version.begin(), version.end(), expected.begin());
    std::copy(sum.begin(), sum.end(), expected.begin() + 4);
    std::copy(sequence.begin(), sequence.end(), expected.begin() + 12);
    if (!base::equal_constant_time(expected, signature)) return refused("NTLM signature does not match");
    ++receiving_.sequence;
    return {};
}

base::Result<base::ByteBuffer> Session::make_mic(base::ByteView data) {
    const Rc4 before = sending_.stream;
    base::ByteBuffer mic(kSignatureSize);
    const ProtectedParts parts{data, {}, {}};
    auto made = protect(Protection::integrity, parts, mic);
    sending_.stream = before;
    if (!made) return std::move(made).error();
    return mic;
}

base::Result<void> Session::verify_mic(base::ByteView data, base::ByteView mic) {
    const Rc4 before = receiving_.stream;
    const ProtectedParts parts{data, {}, {}};
    auto verified = unprotect(Protection::integrity, parts, mic);
    receiving_.stream = before;
    return verified;
}

}  // namespace dcerpc::ntlm
