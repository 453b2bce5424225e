#include "base/guid.h"

#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

constexpr std::string_view kText = "9940ca8e-512f-4c58-88a9-61098d6896bd";

TEST(Guid, ParsesAndPrints) {
    const auto guid = parse_guid(kText);
    ASSERT_TRUE(guid.has_value());
    EXPECT_EQ(guid->data1, 0x9940ca8eU);
    EXPECT_EQ(guid->data2, 0x512f);
    EXPECT_EQ(guid->data3, 0x4c58);
    EXPECT_EQ(guid->data4[0], 0x88);
    EXPECT_EQ(guid->data4[7], 0xbd);
    EXPECT_EQ(to_string(*guid), kText);
    EXPECT_EQ(to_braced_upper(*guid), "{9940CA8E-512F-4C58-88A9-61098D6896BD}");
    EXPECT_EQ(parse_guid("{9940CA8E-512F-4C58-88A9-61098D6896BD}"), guid);
}

TEST(Guid, RejectsOtherTexts) {
    for (const std::string_view text :
         {"", "{}", "9940ca8e-512f-4c58-88a9-61098d6896b", "9940ca8e-512f-4c58-88a9-61098d6896bdd", "9940ca8e512f-4c58-88a9-61098d6896bd0",
          "9940ca8e-512f-4c58-88a9-61098d6896bg", "{9940ca8e-512f-4c58-88a9-61098d6896bd", "9940ca8e-512f-4c58-88a9-61098d6896bd}",
          "(9940ca8e-512f-4c58-88a9-61098d6896bd)", "99-0ca8e-512f-4c58-88a9-61098d6896bd", " 9940ca8e-512f-4c58-88a9-61098d6896b",
          "9940ca8e-512f-4c58-88a9-61098d68+6bd", "{-9940ca8e-512f-4c58-88a961098d6896bd}"}) {
        EXPECT_FALSE(parse_guid(text).has_value()) << text;
    }
}

TEST(Guid, WireForm) {
    const Guid guid = *parse_guid(kText);
    ByteBuffer buffer;
    ByteWriter writer(buffer);
    write_guid(writer, guid);
    EXPECT_EQ(to_hex(buffer), "8eca40992f51584c88a961098d6896bd");
    ByteReader reader(buffer);
    EXPECT_EQ(read_guid(reader), guid);
    EXPECT_TRUE(reader.ok());

    ByteBuffer big;
    ASSERT_TRUE(from_hex("9940ca8e512f4c5888a961098d6896bd", big));
    ByteReader big_reader(big, ByteOrder::big);
    EXPECT_EQ(read_guid(big_reader), guid);
}

TEST(Guid, TruncatedReadsAsNil) {
    const ByteBuffer buffer(15, std::byte{0xFF});
    ByteReader reader(buffer);
    EXPECT_TRUE(read_guid(reader).is_nil());
    EXPECT_FALSE(reader.ok());
}

TEST(Guid, RandomIsVersion4AndUnique) {
    std::set<Guid> seen;
    for (int i = 0; i < 100; ++i) {
        const Guid guid = random_guid();
        EXPECT_EQ(guid.data3 >> 12U, 4);
        EXPECT_EQ(guid.data4[0] >> 6U, 2);
        EXPECT_TRUE(seen.insert(guid).second);
    }
}

TEST(Guid, HashSpreads) {
    std::set<std::size_t> hashes;
    Guid guid = *parse_guid(kText);
    for (std::uint32_t i = 0; i < 100; ++i) {
        guid.data1 = i;
        hashes.insert(GuidHash()(guid));
    }
    for (std::uint8_t i = 0; i < 100; ++i) {
        guid.data4[7] = i;
        hashes.insert(GuidHash()(guid));
    }
    EXPECT_GE(hashes.size(), 199U);
    EXPECT_EQ(GuidHash()(guid), GuidHash()(Guid(guid)));
}

}  // namespace
}  // namespace base
