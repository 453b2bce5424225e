#include "dcerpc/pdu/header.h"

#include "dcerpc/pdu/fault.h"
#include "dcerpc/pdu/request.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

base::ByteBuffer hex(std::string_view text) {
    base::ByteBuffer bytes;
    EXPECT_TRUE(base::from_hex(text, bytes));
    return bytes;
}

TEST(PduHeader, ReadsBothByteOrders) {
    const auto little = read_header(hex("05000b17100000007400280002000000"));
    ASSERT_TRUE(little);
    EXPECT_TRUE(little->is(PduType::bind));
    EXPECT_TRUE(little->has(pfc::kConcMpx));
    EXPECT_TRUE(little->has(pfc::kHeaderSign));
    EXPECT_EQ(little->frag_length, 0x74);
    EXPECT_EQ(little->auth_length, 0x28);
    EXPECT_EQ(little->call_id, 2U);
    EXPECT_EQ(little->order(), base::ByteOrder::little);

    const auto big = read_header(hex("05000003000000000074002800000002"));
    ASSERT_TRUE(big);
    EXPECT_EQ(big->frag_length, 0x74);
    EXPECT_EQ(big->auth_length, 0x28);
    EXPECT_EQ(big->call_id, 2U);
    EXPECT_EQ(big->order(), base::ByteOrder::big);
    EXPECT_TRUE(big->valid_drep());
}

TEST(PduHeader, EveryTruncationIsNoHeader) {
    const auto whole = hex("05000b17100000007400280002000000");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(read_header(base::ByteView(whole).first(size))) << size;
    }
}

TEST(PduHeader, WritesWhatItReads) {
    for (const auto order : {base::ByteOrder::little, base::ByteOrder::big}) {
        base::ByteBuffer bytes;
        bytes.resize(3);                                                           // a PDU may begin anywhere in its buffer
        PduWriter writer(bytes, order);
        PduHeader header;
        header.type = 18;
        header.drep = drep_of(order);
        header.auth_length = 0x0102;
        header.call_id = 0x01020304;
        write_header(writer, header);
        patch_frag_length(writer);
        const auto back = read_header(base::ByteView(bytes).subspan(3));
        ASSERT_TRUE(back);
        EXPECT_EQ(back->frag_length, 16);
        EXPECT_EQ(back->auth_length, 0x0102);
        EXPECT_EQ(back->call_id, 0x01020304U);
        EXPECT_EQ(back->drep, drep_of(order));
    }
}

TEST(PduHeader, UnknownIntegerFormatIsInvalid) {
    PduHeader header;
    header.drep[0] = 0x20;
    EXPECT_FALSE(header.valid_drep());
}

TEST(RequestPdu, ObjectUuidMovesTheStub) {
    const auto plain = hex("050000031000000018000000010000001000000002000700");
    auto header = read_header(plain);
    ASSERT_TRUE(header);
    auto request = parse_request(*header, plain);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->alloc_hint, 16U);
    EXPECT_EQ(request->context_id, 2);
    EXPECT_EQ(request->opnum, 7);
    EXPECT_FALSE(request->object);
    EXPECT_EQ(request->stub_offset, 24U);

    const auto object = hex("0500008310000000280000000100000010000000020007008eca40992f51584c88a961098d6896bd");
    header = read_header(object);
    request = parse_request(*header, object);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->stub_offset, 40U);
    EXPECT_EQ(base::to_string(*request->object), "9940ca8e-512f-4c58-88a9-61098d6896bd");
    for (std::size_t size = 16; size < object.size(); ++size) {
        EXPECT_FALSE(parse_request(*header, base::ByteView(object).first(size))) << size;
    }
}

TEST(ResponsePdu, RoundTripAndTruncation) {
    base::ByteBuffer bytes;
    PduWriter writer(bytes);
    PduHeader header;
    header.type = 2;
    write_header(writer, header);
    write_response(writer, {100, 3, 1});
    ASSERT_EQ(bytes.size(), 24U);
    const auto back = parse_response(header, bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->alloc_hint, 100U);
    EXPECT_EQ(back->context_id, 3);
    EXPECT_EQ(back->cancel_count, 1);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(parse_response(header, base::ByteView(bytes).first(size))) << size;
    }
}

TEST(FaultPdu, RoundTripAndTruncation) {
    base::ByteBuffer bytes;
    PduWriter writer(bytes);
    PduHeader header;
    header.type = 3;
    write_header(writer, header);
    write_fault(writer, {32, 1, 0, 0x1C00001A});
    ASSERT_EQ(bytes.size(), 32U);
    const auto back = parse_fault(header, bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->status, 0x1C00001AU);
    EXPECT_EQ(back->context_id, 1);
    for (std::size_t size = 0; size < 28; ++size) {
        EXPECT_FALSE(parse_fault(header, base::ByteView(bytes).first(size))) << size;
    }
}

// [MS-RPCE] 3.3.3.5.1
TEST(FaultPdu, KnowsTheStatusesThatMustNotBeSent) {
    EXPECT_FALSE(may_send_status(0));
    EXPECT_FALSE(may_send_status(0x80000001));
    EXPECT_FALSE(may_send_status(0xC0000005));
    EXPECT_FALSE(may_send_status(0xC0000420));
    EXPECT_TRUE(may_send_status(5));
    EXPECT_TRUE(may_send_status(0x1C010003));
}

}  // namespace
}  // namespace dcerpc
