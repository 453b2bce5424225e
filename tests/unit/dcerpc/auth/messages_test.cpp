#include "dcerpc/auth/ntlm/messages.h"

#include "auth_support.h"
#include "base/limits.h"

#include <gtest/gtest.h>

namespace dcerpc::ntlm {
namespace {

using auth_test::hex;

// [MS-NLMP] 4.2.4.3
const char* const kSpecChallenge =
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000"
    "060070170000000f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000";
const char* const kSpecAuthenticate =
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c000000"
    "10001000d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d0050005500540045005200"
    "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c0101000000000000000000000000"
    "0000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000"
    "c5dad2544fc9799094ce1ce90bc9d03e";

TEST(NtlmMessages, ReadsTheChallengeOfTheSpecification) {
    const auto message = parse_challenge(hex(kSpecChallenge));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->flags, 0xe28a8233U);
    EXPECT_EQ(hex(message->server_challenge), "0123456789abcdef");
    EXPECT_EQ(message->target_name, u"Server");
    const AvPairs pairs(message->target_info);
    ASSERT_TRUE(pairs.ok());
    ASSERT_TRUE(pairs.find(AvId::nb_domain_name));
    EXPECT_EQ(hex(*pairs.find(AvId::nb_domain_name)), "44006f006d00610069006e00");
    EXPECT_FALSE(pairs.timestamp());
    EXPECT_EQ(pairs.flags(), 0U);
}

TEST(NtlmMessages, ReadsTheAuthenticateOfTheSpecification) {
    const base::ByteBuffer token = hex(kSpecAuthenticate);
    const auto message = parse_authenticate(token);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->flags, 0xe2888235U);
    EXPECT_EQ(message->domain, u"Domain");
    EXPECT_EQ(message->user, u"User");
    EXPECT_EQ(message->workstation, u"COMPUTER");
    EXPECT_EQ(hex(message->encrypted_session_key), "c5dad2544fc9799094ce1ce90bc9d03e");
    EXPECT_EQ(hex(message->nt_response.first(16)), "68cd0ab851e51c96aabc927bebef6a1c");
    EXPECT_EQ(message->lm_response.size(), 24U);
}

TEST(NtlmMessages, EncodingAndParsingAgree) {
    NegotiateMessage negotiate;
    negotiate.flags = flag::kUnicode | flag::kVersion;
    const auto negotiate_again = parse_negotiate(encode(negotiate));
    ASSERT_TRUE(negotiate_again);
    EXPECT_EQ(negotiate_again->flags, negotiate.flags);

    ChallengeMessage challenge;
    challenge.flags = 0x12345678;
    challenge.server_challenge.fill(std::byte{7});
    challenge.target_name = u"SRV";
    append_av_text(challenge.target_info, AvId::nb_computer_name, "SRV");
    append_av(challenge.target_info, AvId::eol, {});
    const auto challenge_again = parse_challenge(encode(challenge));
    ASSERT_TRUE(challenge_again);
    EXPECT_EQ(challenge_again->target_name, challenge.target_name);
    EXPECT_EQ(challenge_again->target_info, challenge.target_info);
    EXPECT_EQ(challenge_again->server_challenge, challenge.server_challenge);

    const base::ByteBuffer response = hex("0102030405"), key = hex("ffee");
    AuthenticateMessage authenticate;
    authenticate.user = u"u\x00e9";
    authenticate.workstation = u"W";
    authenticate.nt_response = response;
    authenticate.encrypted_session_key = key;
    authenticate.mic.fill(std::byte{9});
    const base::ByteBuffer bytes = encode(authenticate);
    const auto authenticate_again = parse_authenticate(bytes);
    ASSERT_TRUE(authenticate_again);
    EXPECT_EQ(authenticate_again->user, authenticate.user);
    EXPECT_TRUE(authenticate_again->domain.empty());
    EXPECT_EQ(authenticate_again->mic, authenticate.mic);
    EXPECT_TRUE(authenticate_again->has_room_for_mic);
    EXPECT_EQ(hex(authenticate_again->nt_response), "0102030405");
}

// Each prefix lies in a heap block of exactly its size, so that the sanitizer sees any read past the end.
TEST(NtlmMessages, EveryTruncationIsRejected) {
    const base::ByteBuffer challenge = hex(kSpecChallenge), authenticate = hex(kSpecAuthenticate);
    for (std::size_t size = 0; size < challenge.size(); ++size) {
        const base::ByteBuffer cut(challenge.begin(), challenge.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(parse_challenge(cut)) << size;
    }
    for (std::size_t size = 0; size < authenticate.size(); ++size) {
        const base::ByteBuffer cut(authenticate.begin(), authenticate.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(parse_authenticate(cut)) << size;
    }
    const base::ByteBuffer negotiate = encode(NegotiateMessage{flag::kUnicode});
    for (std::size_t size = 0; size < 16; ++size) {
        const base::ByteBuffer cut(negotiate.begin(), negotiate.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(parse_negotiate(cut)) << size;
    }
}

TEST(NtlmMessages, FieldsOutsideTheMessageAreRejected) {
    // Offsets and sizes of all six fields, driven to their limits one after the other.
    for (std::size_t field = 12; field < 60; field += 8) {
        for (const std::uint32_t offset : {0xFFFFFFFFU, 0xFFFFFFF0U, 0x80000000U, 0U, 63U, 233U}) {
            base::ByteBuffer token = hex(kSpecAuthenticate);
            base::ByteWriter writer(token);
            writer.patch_u16(field, 4);
            writer.patch_u32(field + 4, offset);
            EXPECT_FALSE(parse_authenticate(token)) << field << " " << offset;
        }
        base::ByteBuffer token = hex(kSpecAuthenticate);
        base::ByteWriter(token).patch_u16(field, 0xFFFE);
        EXPECT_FALSE(parse_authenticate(token)) << field;
    }
}

TEST(NtlmMessages, OddAndOverlongNamesAreRejected) {
    base::ByteBuffer token = hex(kSpecAuthenticate);
    base::ByteWriter(token).patch_u16(36, 7);                                      // user name of 7 bytes
    EXPECT_FALSE(parse_authenticate(token));

    AuthenticateMessage message;
    message.user = std::u16string(256, u'a');
    EXPECT_TRUE(parse_authenticate(encode(message)));
    message.user += u'a';
    EXPECT_FALSE(parse_authenticate(encode(message)));
}

TEST(NtlmMessages, TokensAreBounded) {
    base::ByteBuffer token = hex(kSpecAuthenticate);
    token.resize(base::limits::kMaxAuthTokenBytes);                                // slack behind the payload
    EXPECT_TRUE(parse_authenticate(token));
    token.resize(base::limits::kMaxAuthTokenBytes + 1);
    EXPECT_FALSE(parse_authenticate(token));
}

TEST(NtlmMessages, OtherTypesAreRejected) {
    EXPECT_FALSE(parse_negotiate(hex(kSpecChallenge)));
    EXPECT_FALSE(parse_challenge(hex(kSpecAuthenticate)));
    EXPECT_FALSE(parse_authenticate(hex(kSpecChallenge)));
    EXPECT_FALSE(parse_negotiate(base::as_bytes("NTLMSSPX\x01\0\0\0\0\0\0\0")));
}

TEST(AvPairs, NeedAnEndMarkAndWholeValues) {
    EXPECT_FALSE(AvPairs(hex("")).ok());
    EXPECT_FALSE(AvPairs(hex("0000")).ok());
    EXPECT_FALSE(AvPairs(hex("00000100aa")).ok());                                 // end mark with a value
    EXPECT_FALSE(AvPairs(hex("0100040041")).ok());
    EXPECT_FALSE(AvPairs(hex("010002004100")).ok());
    EXPECT_TRUE(AvPairs(hex("00000000")).ok());
    const base::ByteBuffer bytes = hex("010002004100" "0600040002000000" "07000800" "0000000000000001" "00000000" "ffff");
    const AvPairs pairs(bytes);
    ASSERT_TRUE(pairs.ok());
    EXPECT_EQ(pairs.flags(), kAvFlagMicProvided);
    EXPECT_EQ(pairs.timestamp(), std::uint64_t{1} << 56U);
    EXPECT_EQ(pairs.without_eol().size(), 26U);
    EXPECT_FALSE(pairs.find(AvId::dns_tree_name));
}

TEST(AvPairs, ShortFlagsAndTimestampsCountAsAbsent) {
    const base::ByteBuffer bytes = hex("060001000207000400aaaaaaaa00000000");
    const AvPairs pairs(bytes);
    ASSERT_TRUE(pairs.ok());
    EXPECT_EQ(pairs.flags(), 0U);
    EXPECT_FALSE(pairs.timestamp());
}

}  // namespace
}  // namespace dcerpc::ntlm
