#include "dcerpc/pdu/bind.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

constexpr SyntaxId kPar{{0x76f03f96, 0xcdfd, 0x44fc, {0xa2, 0x2c, 0x64, 0x95, 0x0a, 0x00, 0x12, 0x09}}, 1, 0};

base::ByteBuffer with_header(PduType type, base::ByteOrder order) {
    base::ByteBuffer bytes;
    PduWriter writer(bytes, order);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(type);
    header.drep = drep_of(order);
    write_header(writer, header);
    return bytes;
}

BindPdu windows_like_bind() {
    BindPdu bind;
    bind.max_xmit_frag = bind.max_recv_frag = 5840;
    bind.group_id = 0x12345678;
    bind.contexts = {{0, kPar, {kNdr20}}, {1, kPar, {kNdr64}}, {2, kPar, {feature_syntax(3)}}};
    return bind;
}

// The layout of [C706] 12.6.4.3, byte by byte.
TEST(BindPdu, KnownBytes) {
    base::ByteBuffer bytes = with_header(PduType::bind, base::ByteOrder::little);
    BindPdu bind;
    bind.max_xmit_frag = bind.max_recv_frag = 5840;
    bind.contexts = {{1, kPar, {kNdr64}}};
    PduWriter writer(bytes);
    write_bind(writer, bind);
    EXPECT_EQ(base::to_hex(base::ByteView(bytes).subspan(16)),
              "d016d0160000000001000000"
              "01000100963ff076fdcdfc44a22c64950a00120901000000"
              "33057171babe37498319b5dbef9ccc3601000000");
}

TEST(BindPdu, RoundTripInBothByteOrders) {
    for (const auto order : {base::ByteOrder::little, base::ByteOrder::big}) {
        base::ByteBuffer bytes = with_header(PduType::bind, order);
        PduWriter writer(bytes, order);
        write_bind(writer, windows_like_bind());
        const auto back = parse_bind(bytes, order);
        ASSERT_TRUE(back);
        EXPECT_EQ(back->max_xmit_frag, 5840);
        EXPECT_EQ(back->group_id, 0x12345678U);
        ASSERT_EQ(back->contexts.size(), 3U);
        EXPECT_EQ(back->contexts[0].abstract_syntax, kPar);
        EXPECT_EQ(back->contexts[1].context_id, 1);
        EXPECT_EQ(back->contexts[1].transfer_syntaxes, std::vector<SyntaxId>{kNdr64});
        EXPECT_FALSE(feature_bits(back->contexts[0]));
        EXPECT_EQ(feature_bits(back->contexts[2]), 3);
    }
}

TEST(BindPdu, EveryTruncationFails) {
    base::ByteBuffer bytes = with_header(PduType::bind, base::ByteOrder::little);
    PduWriter writer(bytes);
    write_bind(writer, windows_like_bind());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(parse_bind(base::ByteView(bytes).first(size), base::ByteOrder::little)) << size;
    }
    EXPECT_TRUE(parse_bind(bytes, base::ByteOrder::little));
}

TEST(BindPdu, HostileCounts) {
    base::ByteBuffer bytes = with_header(PduType::bind, base::ByteOrder::little);
    PduWriter writer(bytes);
    write_bind(writer, windows_like_bind());
    auto many_elements = bytes;
    many_elements[24] = std::byte{0xff};
    EXPECT_FALSE(parse_bind(many_elements, base::ByteOrder::little));
    auto many_syntaxes = bytes;
    many_syntaxes[30] = std::byte{0xff};
    EXPECT_FALSE(parse_bind(many_syntaxes, base::ByteOrder::little));
}

TEST(BindAckPdu, RoundTripAndTruncation) {
    for (const std::string_view address : {"", "135", "49152", "\\PIPE\\spoolss"}) {
        BindAckPdu ack;
        ack.max_xmit_frag = 4280;
        ack.max_recv_frag = 5840;
        ack.group_id = 9;
        ack.secondary_address = address;
        ack.answers = {{ContextResult::acceptance, 0, kNdr64},
                       {ContextResult::provider_rejection, 2, {}},
                       {ContextResult::negotiate_ack, 3, {}}};
        base::ByteBuffer bytes = with_header(PduType::bind_ack, base::ByteOrder::little);
        bytes.clear();
        PduWriter writer(bytes);
        write_header(writer, PduHeader{});
        write_bind_ack(writer, ack);
        EXPECT_EQ(bytes.size() % 4, 0U);
        const auto back = parse_bind_ack(bytes, base::ByteOrder::little);
        ASSERT_TRUE(back) << address;
        EXPECT_EQ(back->secondary_address, address);
        EXPECT_EQ(back->max_xmit_frag, 4280);
        ASSERT_EQ(back->answers.size(), 3U);
        EXPECT_EQ(back->answers[0].transfer_syntax, kNdr64);
        EXPECT_EQ(back->answers[1].reason, 2);
        EXPECT_EQ(back->answers[2].result, ContextResult::negotiate_ack);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(parse_bind_ack(base::ByteView(bytes).first(size), base::ByteOrder::little)) << size;
        }
    }
}

TEST(BindAckPdu, SecondaryAddressLongerThanThePdu) {
    base::ByteBuffer bytes = with_header(PduType::bind_ack, base::ByteOrder::little);
    base::ByteWriter writer(bytes);
    writer.zeros(8);
    writer.u16(0xffff);
    writer.zeros(64);
    EXPECT_FALSE(parse_bind_ack(bytes, base::ByteOrder::little));
}

TEST(BindNakPdu, NamesTheSupportedVersion) {
    base::ByteBuffer bytes;
    PduWriter writer(bytes);
    write_header(writer, PduHeader{});
    write_bind_nak(writer, NakReason::protocol_version_not_supported);
    EXPECT_EQ(base::to_hex(base::ByteView(bytes).subspan(16)), "0400010500000000");
    EXPECT_EQ(parse_bind_nak(bytes, base::ByteOrder::little), NakReason::protocol_version_not_supported);
    EXPECT_FALSE(parse_bind_nak(base::ByteView(bytes).first(17), base::ByteOrder::little));
}

TEST(BindFeatures, OnlyTheExactPrefixAndVersionCount) {
    ContextElement element{0, kPar, {feature_syntax(1)}};
    EXPECT_EQ(feature_bits(element), 1);
    element.transfer_syntaxes[0].major = 2;
    EXPECT_FALSE(feature_bits(element));
    element.transfer_syntaxes[0] = feature_syntax(1);
    element.transfer_syntaxes[0].uuid.data3 = 0x4541;
    EXPECT_FALSE(feature_bits(element));
    element.transfer_syntaxes = {feature_syntax(1), kNdr20};
    EXPECT_FALSE(feature_bits(element)) << "must stand alone in its element";
}

}  // namespace
}  // namespace dcerpc
