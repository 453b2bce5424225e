#include "base/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace base {
namespace {

ByteBuffer bytes_of(std::initializer_list<int> values) {
    ByteBuffer out;
    for (const int value : values) out.push_back(static_cast<std::byte>(value));
    return out;
}

TEST(ByteReader, ReadsBothByteOrders) {
    const ByteBuffer bytes = bytes_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
    ByteReader little(bytes);
    EXPECT_EQ(little.u8(), 1);
    EXPECT_EQ(little.u16(), 0x0302);
    EXPECT_EQ(little.u32(), 0x07060504U);
    EXPECT_EQ(little.u64(), 0x0F0E0D0C0B0A0908ULL);
    EXPECT_TRUE(little.ok());
    EXPECT_EQ(little.remaining(), 0U);

    ByteReader big(bytes, ByteOrder::big);
    EXPECT_EQ(big.u8(), 1);
    EXPECT_EQ(big.u16(), 0x0203);
    EXPECT_EQ(big.u32(), 0x04050607U);
    EXPECT_EQ(big.u64(), 0x08090A0B0C0D0E0FULL);
}

TEST(ByteReader, ChangesOrderInTheMiddle) {
    const ByteBuffer bytes = bytes_of({1, 2, 1, 2});
    ByteReader reader(bytes);
    EXPECT_EQ(reader.u16(), 0x0201);
    reader.set_order(ByteOrder::big);
    EXPECT_EQ(reader.u16(), 0x0102);
    EXPECT_EQ(reader.order(), ByteOrder::big);
}

TEST(ByteReader, FailureIsStickyAndKeepsThePosition) {
    const ByteBuffer bytes = bytes_of({1, 2, 3});
    ByteReader reader(bytes);
    EXPECT_EQ(reader.u16(), 0x0201);
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.position(), 2U);
    EXPECT_EQ(reader.u8(), 0);                                     // one byte is there, but the reader has failed
    EXPECT_TRUE(reader.view(0).empty());
    EXPECT_EQ(reader.position(), 2U);
}

TEST(ByteReader, HugeCountsDoNotOverflow) {
    const ByteBuffer bytes = bytes_of({1, 2, 3});
    ByteReader reader(bytes);
    reader.skip(1);
    EXPECT_TRUE(reader.view(SIZE_MAX).empty());
    EXPECT_FALSE(reader.ok());
    ByteReader other(bytes);
    other.skip(1);
    other.skip(SIZE_MAX - 1);
    EXPECT_FALSE(other.ok());
}

TEST(ByteReader, ViewsAndAlignment) {
    const ByteBuffer bytes = bytes_of({1, 2, 3, 4, 5, 6, 7, 8});
    ByteReader reader(bytes);
    const ByteView view = reader.view(3);
    ASSERT_EQ(view.size(), 3U);
    EXPECT_EQ(view[2], std::byte{3});
    reader.align(4);
    EXPECT_EQ(reader.position(), 4U);
    reader.align(4);
    EXPECT_EQ(reader.position(), 4U);
    reader.skip(1);
    reader.align(8);
    EXPECT_EQ(reader.position(), 8U);
    EXPECT_TRUE(reader.ok());
    reader.align(16);
    EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, FailByHand) {
    const ByteBuffer bytes = bytes_of({1});
    ByteReader reader(bytes);
    reader.fail();
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_FALSE(reader.ok());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
    ByteBuffer buffer;
    ByteWriter writer(buffer);
    writer.u8(0xAB);
    writer.align(4);
    writer.u16(0xBEEF);
    writer.u16_be(0xBEEF);
    writer.u32(0xDEADBEEF);
    writer.u64(0x0123456789ABCDEFULL);
    EXPECT_EQ(to_hex(buffer), "ab000000" "efbe" "beef" "efbeadde" "efcdab8967452301");
    writer.patch_u16(4, 0x1122);
    writer.patch_u32(8, 0x33445566);
    EXPECT_EQ(to_hex(ByteView(buffer).subspan(4, 8)), "2211beef66554433");
    EXPECT_EQ(writer.size(), 20U);
}

TEST(Hex, RoundTripAndRejects) {
    ByteBuffer out;
    ASSERT_TRUE(from_hex("00fFA5", out));
    EXPECT_EQ(to_hex(out), "00ffa5");
    ASSERT_TRUE(from_hex("", out));
    EXPECT_TRUE(out.empty());
    out = bytes_of({7});
    EXPECT_FALSE(from_hex("0", out));
    EXPECT_FALSE(from_hex("0g", out));
    EXPECT_FALSE(from_hex(" 1", out));
    EXPECT_FALSE(from_hex("0x", out));
    EXPECT_EQ(out, bytes_of({7}));                                 // untouched on failure
}

TEST(ConstantTime, ComparesContentAndLength) {
    EXPECT_TRUE(equal_constant_time({}, {}));
    EXPECT_TRUE(equal_constant_time(as_bytes("secret"), as_bytes("secret")));
    EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secreT")));
    EXPECT_FALSE(equal_constant_time(as_bytes("Secret"), as_bytes("secret")));
    EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secre")));
}

TEST(Wipe, ClearsEverything) {
    ByteBuffer secret = bytes_of({1, 2, 3, 4});
    wipe(secret);
    EXPECT_TRUE(std::all_of(secret.begin(), secret.end(), [](std::byte b) { return b == std::byte{0}; }));
    wipe({});
    EXPECT_EQ(secret.size(), 4U);
}

TEST(Random, FillsAndDiffers) {
    ByteBuffer first(64), second(64);
    random_bytes(first);
    random_bytes(second);
    EXPECT_NE(first, second);                                      // equal with probability 2^-512
    EXPECT_FALSE(std::all_of(first.begin(), first.end(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(Views, TextAndBytes) {
    EXPECT_EQ(as_text(as_bytes("abc")), "abc");
    ByteBuffer buffer;
    append(buffer, as_bytes("ab"));
    append(buffer, {});
    append(buffer, as_bytes("c"));
    EXPECT_EQ(as_text(buffer), "abc");
}

}  // namespace
}  // namespace base
