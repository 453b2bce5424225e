#include "dcerpc/auth/ntlm/crypto.h"

#include "auth_support.h"
#include "dcerpc/auth/ntlm/messages.h"
#include "dcerpc/auth/ntlm/session.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace dcerpc::ntlm {
namespace {

using auth_test::hex;

std::string md4_hex(std::string_view text) { return hex(md4(base::as_bytes(text)).view()); }

TEST(Md4, Rfc1320Vectors) {
    EXPECT_EQ(md4_hex(""), "31d6cfe0d16ae931b73c59d7e0c089c0");
    EXPECT_EQ(md4_hex("a"), "bde52cb31de33e46245e05fbdbd6fb24");
    EXPECT_EQ(md4_hex("abc"), "a448017aaf21d8525fc10ae87aa6729d");
    EXPECT_EQ(md4_hex("message digest"), "d9130a8164549fe818874806e1c7014b");
    EXPECT_EQ(md4_hex("abcdefghijklmnopqrstuvwxyz"), "d79e1c308aa5bbcdeea8ed63df412da9");
    EXPECT_EQ(md4_hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), "043f8582f241db351ce627e153e7f0e4");
    EXPECT_EQ(md4_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
              "e33b4ddc9c38f2199c3e7b164fcc0536");
}

TEST(Rc4, Rfc6229Vectors) {
    // 128-bit key 0102…10: key stream at offsets 0, 16, 240 and 4096.
    Rc4 cipher(hex("0102030405060708090a0b0c0d0e0f10"));
    base::ByteBuffer stream(4112);
    cipher.apply(stream);
    const base::ByteView view(stream);
    EXPECT_EQ(hex(view.first(32)), "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c");
    EXPECT_EQ(hex(view.subspan(240, 16)), "065902e4b620f6cc36c8589f66432f2b");
    EXPECT_EQ(hex(view.subspan(4096, 16)), "a36a4c301ae8ac13610ccbc12256cacc");
    // 40-bit key
    Rc4 short_key(hex("0102030405"));
    base::ByteBuffer zeros(16);
    short_key.apply(zeros);
    EXPECT_EQ(hex(zeros), "b2396305f03dc027ccc3524a0a1118a8");
}

TEST(Rc4, PiecesOfAnySizeGiveTheSameStream) {
    const base::ByteBuffer key = hex("0f0e0d0c0b0a09080706050403020100");
    base::ByteBuffer whole(1000);
    Rc4(key).apply(whole);
    for (std::size_t piece = 1; piece < 40; ++piece) {
        base::ByteBuffer parts(1000);
        Rc4 cipher(key);
        for (std::size_t at = 0; at < parts.size(); at += piece) {
            cipher.apply(base::MutableByteView(parts).subspan(at, std::min(piece, parts.size() - at)));
        }
        ASSERT_EQ(parts, whole) << piece;
    }
}

TEST(Md5, Rfc1321Vectors) {
    const auto md5_hex = [](std::string_view text) { return hex(md5({base::as_bytes(text)}).view()); };
    EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5_hex("a"), "0cc175b9c0f1b6a831c399e269772661");
    EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    EXPECT_EQ(md5_hex("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
    EXPECT_EQ(md5_hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), "d174ab98d277d9f5a5611c2c9f419d9f");
    EXPECT_EQ(md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
              "57edf4a22be3c955ac49da2e2107b67a");
}

// Bytes that follow no pattern of the algorithms under test.
base::ByteBuffer noise(std::size_t size) {
    base::ByteBuffer bytes(size);
    std::uint32_t state = 12345;
    for (std::byte& one : bytes) {
        state = state * 1664525U + 1013904223U;
        one = static_cast<std::byte>(state >> 24U);
    }
    return bytes;
}

TEST(Md5, AgreesWithOpenSslAtEveryLengthAndInPieces) {
    const base::ByteBuffer data = noise(300);
    for (std::size_t size = 0; size <= data.size(); ++size) {
        const base::ByteView message = base::ByteView(data).first(size);
        std::array<std::byte, 16> expected{}, digest{};
        ASSERT_EQ(EVP_Q_digest(nullptr, "MD5", nullptr, message.data(), size, reinterpret_cast<unsigned char*>(expected.data()), nullptr),
                  1);
        Md5 hash;
        const std::size_t piece = 1 + size % 71;
        for (std::size_t at = 0; at < size; at += piece) hash.update(message.subspan(at, std::min(piece, size - at)));
        hash.finish(digest);
        ASSERT_EQ(hex(digest), hex(expected)) << size;
    }
}

// The interleaved passes must give what the two algorithms give one after the other, wherever block boundaries fall.
TEST(Sealing, InterleavedEqualsSeparate) {
    const base::ByteBuffer key = hex("0f0e0d0c0b0a09080706050403020100");
    for (std::size_t before = 0; before < 70; before += 3) {
        for (const std::size_t size : {0, 1, 7, 35, 36, 37, 63, 64, 65, 100, 127, 128, 129, 191, 192, 200, 640, 5807}) {
            const base::ByteBuffer header = noise(before), plain = noise(size);
            HmacMd5 mac(key), fused(key);
            Rc4 stream(key), fused_out(key), fused_in(key);
            std::array<std::byte, 16> expected{}, sent{}, received{};
            mac.begin();
            mac.update(header);
            mac.update(plain);
            mac.finish(expected);
            base::ByteBuffer sealed = plain, body = plain;
            stream.apply(sealed);

            fused.begin();
            fused.update(header);
            digest_and_encrypt(fused, fused_out, body);
            fused.finish(sent);
            ASSERT_EQ(hex(sent), hex(expected)) << before << ' ' << size;
            ASSERT_EQ(body, sealed) << before << ' ' << size;
            fused.begin();
            fused.update(header);
            decrypt_and_digest(fused, fused_in, body);
            fused.finish(received);
            ASSERT_EQ(hex(received), hex(expected)) << before << ' ' << size;
            ASSERT_EQ(body, plain) << before << ' ' << size;
            // Both key streams stand where the plain one stands.
            base::ByteBuffer next(16), next_out(16), next_in(16);
            stream.apply(next);
            fused_out.apply(next_out);
            fused_in.apply(next_in);
            ASSERT_EQ(next_out, next);
            ASSERT_EQ(next_in, next);
        }
    }
}

TEST(HmacMd5, Rfc2202Vectors) {
    const auto mac = [](base::ByteView key, std::string_view text) { return hex(hmac_md5(key, {base::as_bytes(text)}).view()); };
    EXPECT_EQ(mac(base::ByteBuffer(16, std::byte{0x0b}), "Hi There"), "9294727a3638bb1c13f48ef8158bfc9d");
    EXPECT_EQ(mac(base::as_bytes("Jefe"), "what do ya want for nothing?"), "750c783e6ab0b503eaa86e310a5db738");
    EXPECT_EQ(mac(base::ByteBuffer(16, std::byte{0xaa}), std::string(50, '\xdd')), "56be34521d144c88dbb8c733f0e8b3f6");
}

TEST(HmacMd5, OneKeyServesManyMessages) {
    HmacMd5 mac(base::as_bytes("Jefe"));
    for (int i = 0; i < 3; ++i) {
        std::array<std::byte, 16> out{};
        mac.begin();
        mac.update(base::as_bytes("what do ya want "));
        mac.update(base::as_bytes("for nothing?"));
        mac.finish(out);
        EXPECT_EQ(hex(out), "750c783e6ab0b503eaa86e310a5db738");
    }
}

// [MS-NLMP] 4.2.1 and 4.2.4
class SpecVectors : public ::testing::Test {
 protected:
    Secret16 nt_hash = nt_hash_from_password(u"Password");
    Secret16 exported{base::ByteBuffer(16, std::byte{0x55})};
    base::ByteBuffer temp =
        hex("01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
            "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000");
    NtlmAttempt attempt() {
        response = hex("68cd0ab851e51c96aabc927bebef6a1c");
        base::append(response, temp);
        NtlmAttempt result;
        result.user = u"User";
        result.domain = u"Domain";
        const base::ByteBuffer challenge = hex("0123456789abcdef");
        std::copy(challenge.begin(), challenge.end(), result.server_challenge.begin());
        result.nt_response = response;
        return result;
    }
    base::ByteBuffer response;
};

TEST_F(SpecVectors, NtHashAndNtowf) {
    EXPECT_EQ(hex(nt_hash.view()), "a4f49c406510bdcab6824ee7c30fd852");  // 4.2.2.1.2
    EXPECT_EQ(hex(ntowf_v2(nt_hash, u"User", u"Domain").view()), "0c868a403bfd7a93a3001ef22ef02e3f");
    EXPECT_EQ(hex(ntowf_v2(nt_hash, u"uSER", u"Domain").view()), "0c868a403bfd7a93a3001ef22ef02e3f");
    EXPECT_NE(hex(ntowf_v2(nt_hash, u"User", u"DOMAIN").view()), "0c868a403bfd7a93a3001ef22ef02e3f");
}

TEST_F(SpecVectors, ResponseVerifiesAndGivesSessionBaseKey) {
    Secret16 key;
    EXPECT_TRUE(verify_ntlmv2_with_hash(nt_hash, attempt(), key));
    EXPECT_EQ(hex(key.view()), "8de40ccadbc14a82f15cb0ad0de95ca3");
    NtlmAttempt other = attempt();
    other.server_challenge[0] ^= std::byte{1};
    EXPECT_FALSE(verify_ntlmv2_with_hash(nt_hash, other, key));
    EXPECT_FALSE(verify_ntlmv2_with_hash(nt_hash_from_password(u"password"), attempt(), key));
    other = attempt();
    other.nt_response = base::ByteView(response).first(15);
    EXPECT_FALSE(verify_ntlmv2_with_hash(nt_hash, other, key));
}

TEST_F(SpecVectors, ResponseWithoutDomainVerifies) {
    NtlmAttempt sent = attempt();
    const Secret16 key = ntowf_v2(nt_hash, u"User", u"");
    const Secret16 proof = hmac_md5(key.view(), {base::ByteView(sent.server_challenge), base::ByteView(temp)});
    std::copy(proof.view().begin(), proof.view().end(), response.begin());
    Secret16 base_key;
    EXPECT_TRUE(verify_ntlmv2_with_hash(nt_hash, sent, base_key));
    EXPECT_EQ(hex(base_key.view()), hex(hmac_md5(key.view(), {proof.view()}).view()));
}

TEST_F(SpecVectors, KeyExchangeAndSessionKeys) {
    Secret16 encrypted = exported;
    Rc4(hex("8de40ccadbc14a82f15cb0ad0de95ca3")).apply(encrypted.writable());
    EXPECT_EQ(hex(encrypted.view()), "c5dad2544fc9799094ce1ce90bc9d03e");
    EXPECT_EQ(hex(seal_key(exported, Side::client).view()), "59f600973cc4960a25480a7c196e4c58");
    EXPECT_EQ(hex(sign_key(exported, Side::client).view()), "4788dc861b4782f35d43fd98fe1a2d39");
}

TEST_F(SpecVectors, SealedMessage) {
    Session client(exported, 0xe28a8233U, Side::client);
    base::ByteBuffer data = hex("50006c00610069006e007400650078007400"), signature(16);
    const ProtectedParts parts{{}, data, {}};
    ASSERT_TRUE(client.protect(Protection::privacy, parts, signature));
    EXPECT_EQ(hex(data), "54e50165bf1936dc996020c1811b0f06fb5f");
    EXPECT_EQ(hex(signature), "010000007fb38ec5c55d497600000000");

    Session server(exported, 0xe28a8233U, Side::server);
    ASSERT_TRUE(server.unprotect(Protection::privacy, parts, signature));
    EXPECT_EQ(hex(data), "50006c00610069006e007400650078007400");
}

TEST_F(SpecVectors, WithoutKeyExchangeTheChecksumIsNotEncrypted) {
    Session client(exported, 0xe28a8233U & ~flag::kKeyExchange, Side::client);
    base::ByteBuffer data = hex("50006c00610069006e007400650078007400"), signature(16);
    ASSERT_TRUE(client.protect(Protection::integrity, ProtectedParts{{}, data, {}}, signature));
    EXPECT_EQ(hex(signature),
              "010000007035285"
              "1f256430900000000");
}

}  // namespace
}  // namespace dcerpc::ntlm
