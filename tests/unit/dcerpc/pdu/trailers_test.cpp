// Security trailer and verification trailer.
#include "dcerpc/pdu/auth_trailer.h"
#include "dcerpc/pdu/verification.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

base::ByteBuffer signed_request(std::size_t stub, std::size_t pad, std::size_t token) {
    base::ByteBuffer bytes(24 + stub + pad);
    PduWriter writer(bytes);
    write_auth_trailer(writer, {10, 6, static_cast<std::uint8_t>(pad), 77, 0});
    writer.zeros(token);
    return bytes;
}

PduHeader header_for(std::size_t token) {
    PduHeader header;
    header.auth_length = static_cast<std::uint16_t>(token);
    return header;
}

TEST(AuthTrailer, OffsetComesFromTheLengths) {
    const auto bytes = signed_request(20, 12, 16);
    const auto trailer = read_auth_trailer(header_for(16), bytes, 24);
    ASSERT_TRUE(trailer);
    EXPECT_EQ(trailer->type, 10);
    EXPECT_EQ(trailer->level, 6);
    EXPECT_EQ(trailer->context_id, 77U);
    EXPECT_EQ(trailer->offset, 56U);
    EXPECT_EQ(trailer->pad_length, 12);
}

TEST(AuthTrailer, MayNotReachIntoTheFixedPart) {
    const auto bytes = signed_request(0, 0, 16);
    EXPECT_TRUE(read_auth_trailer(header_for(16), bytes, 24));
    EXPECT_FALSE(read_auth_trailer(header_for(17), bytes, 24));
    EXPECT_FALSE(read_auth_trailer(header_for(0xffff), bytes, 24));
    EXPECT_FALSE(read_auth_trailer(header_for(16), base::ByteView(bytes).first(16), 24));
}

TEST(AuthTrailer, PaddingMayNotExceedTheBody) {
    auto bytes = signed_request(3, 13, 16);
    EXPECT_TRUE(read_auth_trailer(header_for(16), bytes, 24));
    bytes[24 + 16 + 2] = std::byte{17};
    EXPECT_FALSE(read_auth_trailer(header_for(16), bytes, 24));
    bytes[24 + 16 + 2] = std::byte{16};
    EXPECT_TRUE(read_auth_trailer(header_for(16), bytes, 24)) << "a body of nothing but padding is odd, not dangerous";
}

TEST(AuthTrailer, PaddingAlignsToSixteen) {
    for (std::size_t size = 0; size < 64; ++size) {
        EXPECT_EQ((size + auth_padding(size)) % 16, 0U);
        EXPECT_LT(auth_padding(size), 16U);
    }
}

VerificationFacts facts() {
    VerificationFacts facts;
    facts.client_offered_header_signing = true;
    facts.abstract_syntax = {{0x76f03f96, 0xcdfd, 0x44fc, {0xa2, 0x2c, 0x64, 0x95, 0x0a, 0x00, 0x12, 0x09}}, 1, 0};
    facts.transfer_syntax = kNdr64;
    facts.call_id = 5;
    facts.context_id = 1;
    facts.opnum = 20;
    return facts;
}

base::ByteBuffer stub_with_trailer(std::size_t size, const VerificationFacts& with) {
    base::ByteBuffer stub(size, std::byte{0x33});
    append_verification_trailer(stub, with);
    return stub;
}

Verification check(base::ByteView stub, const VerificationFacts& with) { return check_verification_trailer(stub, with).outcome; }

TEST(VerificationTrailer, FoundAndCutOffBehindAnyStub) {
    for (std::size_t size = 0; size < 70; ++size) {
        const auto result = check_verification_trailer(stub_with_trailer(size, facts()), facts());
        EXPECT_EQ(result.outcome, Verification::valid) << size;
        EXPECT_EQ(result.stub_size, (size + 3) / 4 * 4) << size;
    }
}

TEST(VerificationTrailer, AbsentIsFine) {
    for (std::size_t size = 0; size < 300; size += 7) {
        const base::ByteBuffer stub(size, std::byte{0x8a});
        const auto result = check_verification_trailer(stub, facts());
        EXPECT_EQ(result.outcome, Verification::absent);
        EXPECT_EQ(result.stub_size, size);
    }
}

TEST(VerificationTrailer, EveryFactCounts) {
    const auto stub = stub_with_trailer(24, facts());
    EXPECT_EQ(check(stub, facts()), Verification::valid);
    auto wrong = facts();
    wrong.client_offered_header_signing = false;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch) << "the flag was stripped from the bind";
    wrong = facts();
    wrong.abstract_syntax.major = 2;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch);
    wrong = facts();
    wrong.transfer_syntax = kNdr20;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch);
    wrong = facts();
    wrong.drep = kBigEndianDrep;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch);
    wrong = facts();
    wrong.call_id = 6;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch);
    wrong = facts();
    wrong.context_id = 0;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch);
    wrong = facts();
    wrong.opnum = 21;
    EXPECT_EQ(check(stub, wrong), Verification::mismatch);
}

TEST(VerificationTrailer, ClientWithoutHeaderSigningMaySayNo) {
    auto without = facts();
    without.client_offered_header_signing = false;
    EXPECT_EQ(check(stub_with_trailer(8, without), facts()), Verification::valid);
}

// Once the signature is there, a cut trailer is an attack, not data.
TEST(VerificationTrailer, EveryTruncationBehindTheSignatureIsAMismatch) {
    const auto stub = stub_with_trailer(24, facts());
    for (std::size_t size = 24 + 8; size < stub.size(); ++size) {
        EXPECT_EQ(check(base::ByteView(stub).first(size), facts()), Verification::mismatch) << size;
    }
}

base::ByteBuffer hand_made(std::initializer_list<std::pair<std::uint16_t, std::size_t>> commands) {
    base::ByteBuffer stub;
    EXPECT_TRUE(base::from_hex("8ae3137102f43671", stub));
    base::ByteWriter writer(stub);
    for (const auto& [command, length] : commands) {
        writer.u16(command);
        writer.u16(static_cast<std::uint16_t>(length));
        writer.zeros(length);
    }
    return stub;
}

TEST(VerificationTrailer, UnknownCommands) {
    EXPECT_EQ(check(hand_made({{0x4000 | 0x0123, 8}}), facts()), Verification::valid) << "ignored";
    EXPECT_EQ(check(hand_made({{0x0123, 8}, {0x4001, 4}}), facts()), Verification::valid);
    EXPECT_EQ(check(hand_made({{0x8000 | 0x4000 | 0x0123, 8}}), facts()), Verification::mismatch) << "must process";
}

TEST(VerificationTrailer, LengthsMustFit) {
    EXPECT_EQ(check(hand_made({{0x4001, 8}}), facts()), Verification::mismatch) << "bitmask is 4 bytes";
    EXPECT_EQ(check(hand_made({{0x4002, 4}}), facts()), Verification::mismatch);
    EXPECT_EQ(check(hand_made({{0x4003, 12}}), facts()), Verification::mismatch);
    EXPECT_EQ(check(hand_made({{0x4123, 6}}), facts()), Verification::mismatch) << "multiples of 4 only";
    EXPECT_EQ(check(hand_made({{0x0001, 4}}), facts()), Verification::mismatch) << "no end";
}

TEST(VerificationTrailer, PaddingBehindIsTolerated) {
    auto stub = stub_with_trailer(24, facts());
    stub.resize(stub.size() + 15);
    EXPECT_EQ(check(stub, facts()), Verification::valid);
    stub.resize(stub.size() + 1);
    EXPECT_EQ(check(stub, facts()), Verification::mismatch);
}

TEST(VerificationTrailer, SignatureInsideTheDataIsLeftAlone) {
    base::ByteBuffer stub(64);
    ASSERT_TRUE(base::from_hex("8ae3137102f43671", stub));
    stub.resize(stub.size() + 400);
    EXPECT_EQ(check(stub, facts()), Verification::absent);
}

}  // namespace
}  // namespace dcerpc
