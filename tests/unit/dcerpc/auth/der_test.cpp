#include "dcerpc/auth/der.h"

#include "auth_support.h"

#include <gtest/gtest.h>

namespace dcerpc::der {
namespace {

using auth_test::hex;

TEST(Der, LengthsRoundTripAtEverySizeBoundary) {
    for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
        const base::ByteBuffer content(size, std::byte{0x5A});
        const base::ByteBuffer bytes = encode(kOctetString, content);
        const auto element = only(bytes, kOctetString);
        ASSERT_TRUE(element) << size;
        EXPECT_EQ(element->content.size(), size);
        EXPECT_EQ(element->whole.size(), bytes.size());
        EXPECT_FALSE(only(base::ByteView(bytes).first(bytes.size() - 1), kOctetString)) << size;
    }
    EXPECT_EQ(hex(base::ByteView(encode(kSequence, base::ByteBuffer(128))).first(3)), "308180");
    EXPECT_EQ(hex(base::ByteView(encode(kSequence, base::ByteBuffer(256))).first(4)), "30820100");
}

TEST(Der, RefusesWhatItDoesNotSpeak) {
    EXPECT_FALSE(Reader(hex("")).next());
    EXPECT_FALSE(Reader(hex("30")).next());
    EXPECT_FALSE(Reader(hex("3080")).next());                                      // indefinite length
    EXPECT_FALSE(Reader(hex("30800000")).next());
    EXPECT_FALSE(Reader(hex("1f0100")).next());                                    // high tag number
    EXPECT_FALSE(Reader(hex("308500000000010a")).next());                          // length of five bytes
    EXPECT_FALSE(Reader(hex("3084ffffffff00")).next());
    EXPECT_FALSE(Reader(hex("30820001")).next());
}

TEST(Der, AcceptsLengthsWithLeadingZeros) {
    const base::ByteBuffer bytes = hex("04820001aa");
    const auto element = only(bytes, kOctetString);
    ASSERT_TRUE(element);
    EXPECT_EQ(hex(element->content), "aa");
}

TEST(Der, NextWithTagLeavesOtherElementsAlone) {
    const base::ByteBuffer bytes = hex("0401aa0a0101");
    Reader reader(bytes);
    EXPECT_FALSE(reader.next(kEnumerated));
    ASSERT_TRUE(reader.next(kOctetString));
    const auto last = reader.next(kEnumerated);
    ASSERT_TRUE(last);
    EXPECT_EQ(hex(last->whole), "0a0101");
    EXPECT_TRUE(reader.empty());
    EXPECT_FALSE(only(bytes, kOctetString));                                       // something follows
}

}  // namespace
}  // namespace dcerpc::der
