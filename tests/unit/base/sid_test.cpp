#include "base/sid.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Sid, ParsesAndPrints) {
    for (const std::string_view text : {"S-1-1-0", "S-1-5-32-544", "S-1-5-21-4294967295-0-1-1000", "S-1-15-2-1", "S-1-4294967295-7",
                                        "S-1-0x010000000000-3", "S-1-0xFFFFFFFFFFFF-3", "S-1-5", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15"}) {
        const auto sid = parse_sid(text);
        ASSERT_TRUE(sid.has_value()) << text;
        EXPECT_EQ(to_string(*sid), text);
    }
    EXPECT_EQ(parse_sid("S-1-0x5-32-544"), well_known::administrators());
}

TEST(Sid, RejectsOtherTexts) {
    for (const std::string_view text :
         {"", "S", "S-1", "S-1-", "S-2-5-32", "s-1-5-32", "S-1-5-", "S-1-5--1", "S-1-5-32-", "S-1-5-4294967296", "S-1-5-+1", "S-1-5- 1",
          "S-1-5-0x20", "S-1-281474976710656-1", "S-1-0x1000000000000-1", "S-1-0x-1", "S-1-5-32x", "S-1--5", "xS-1-5",
          "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"}) {
        EXPECT_FALSE(parse_sid(text).has_value()) << text;
    }
}

TEST(Sid, WireFormIsExact) {
    ByteBuffer buffer;
    ByteWriter writer(buffer);
    write_sid(writer, well_known::administrators());
    EXPECT_EQ(to_hex(buffer), "01020000000000052000000020020000");
    EXPECT_EQ(buffer.size(), well_known::administrators().size());
    ByteReader reader(buffer);
    EXPECT_EQ(read_sid(reader), well_known::administrators());
    EXPECT_EQ(reader.remaining(), 0U);
}

TEST(Sid, EveryTruncationIsRefused) {
    ByteBuffer buffer;
    ByteWriter writer(buffer);
    write_sid(writer, *parse_sid("S-1-5-21-1-2-3-500"));
    for (std::size_t length = 0; length < buffer.size(); ++length) {
        ByteReader reader(ByteView(buffer).first(length));
        EXPECT_FALSE(read_sid(reader).has_value()) << length;
        EXPECT_FALSE(reader.ok());
    }
}

TEST(Sid, RefusesBadRevisionAndCount) {
    ByteBuffer buffer(8 + 4 * 255);
    buffer[0] = std::byte{1};
    buffer[1] = std::byte{15};
    ByteReader fifteen(buffer);
    EXPECT_TRUE(read_sid(fifteen).has_value());
    buffer[1] = std::byte{16};
    ByteReader sixteen(buffer);
    EXPECT_FALSE(read_sid(sixteen).has_value());
    buffer[1] = std::byte{255};
    ByteReader many(buffer);
    EXPECT_FALSE(read_sid(many).has_value());
    buffer[0] = std::byte{2};
    buffer[1] = std::byte{1};
    ByteReader revision(buffer);
    EXPECT_FALSE(read_sid(revision).has_value());
}

TEST(Sid, ChildAppendsOneNumber) {
    const Sid domain = *parse_sid("S-1-5-21-1-2-3");
    EXPECT_EQ(to_string(domain.child(500)), "S-1-5-21-1-2-3-500");
    EXPECT_EQ(to_string(domain), "S-1-5-21-1-2-3");
    const Sid full = *parse_sid("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15");
    EXPECT_DEATH(static_cast<void>(full.child(1)), "internal check failed");
}

TEST(Sid, WellKnownOnes) {
    EXPECT_EQ(to_string(well_known::everyone()), "S-1-1-0");
    EXPECT_EQ(to_string(well_known::creator_owner()), "S-1-3-0");
    EXPECT_EQ(to_string(well_known::creator_group()), "S-1-3-1");
    EXPECT_EQ(to_string(well_known::network()), "S-1-5-2");
    EXPECT_EQ(to_string(well_known::anonymous()), "S-1-5-7");
    EXPECT_EQ(to_string(well_known::authenticated_users()), "S-1-5-11");
    EXPECT_EQ(to_string(well_known::local_system()), "S-1-5-18");
    EXPECT_EQ(to_string(well_known::administrators()), "S-1-5-32-544");
    EXPECT_EQ(to_string(well_known::users()), "S-1-5-32-545");
    EXPECT_EQ(to_string(well_known::print_operators()), "S-1-5-32-550");
    EXPECT_EQ(to_string(well_known::all_app_packages()), "S-1-15-2-1");
}

}  // namespace
}  // namespace base
