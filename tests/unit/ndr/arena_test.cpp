#include "dcerpc/ndr/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace {

TEST(Arena, GivesZeroedAlignedObjects) {
    ndr::Arena arena;
    auto* byte = arena.alloc<std::uint8_t>();
    auto* wide = arena.alloc<std::uint64_t>(3);
    ASSERT_NE(byte, nullptr);
    ASSERT_NE(wide, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide) % alignof(std::uint64_t), 0U);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(wide[i], 0U);
}

TEST(Arena, ObjectsDoNotOverlap) {
    ndr::Arena arena;
    std::vector<std::uint32_t*> blocks;
    for (std::uint32_t i = 0; i < 2000; ++i) {
        blocks.push_back(arena.alloc<std::uint32_t>(1 + i % 7));
        ASSERT_NE(blocks.back(), nullptr);
        for (std::uint32_t k = 0; k <= i % 7; ++k) blocks.back()[k] = i;
    }
    for (std::uint32_t i = 0; i < 2000; ++i) {
        for (std::uint32_t k = 0; k <= i % 7; ++k) ASSERT_EQ(blocks[i][k], i);
    }
}

TEST(Arena, CopiesTextWithTerminator) {
    ndr::Arena arena;
    const ndr::WStr wide = arena.copy(std::u16string_view(u"Büro"));
    const ndr::AStr narrow = arena.copy(std::string_view("office"));
    EXPECT_EQ(wide.view(), u"Büro");
    EXPECT_TRUE(wide.present);
    EXPECT_EQ(wide.data[wide.size], u'\0');
    EXPECT_EQ(narrow.view(), "office");
    EXPECT_EQ(narrow.data[narrow.size], '\0');
}

TEST(Arena, EmptyIsNotAbsent) {
    ndr::Arena arena;
    EXPECT_TRUE(arena.copy(std::u16string_view()).present);
    EXPECT_TRUE(arena.copy(base::ByteView()).present);
    EXPECT_TRUE(arena.zeroed(0).present);
    EXPECT_TRUE(arena.array<int>(0).present);
    EXPECT_FALSE(ndr::WStr::absent().present);
}

TEST(Arena, StopsAtItsLimitForGood) {
    ndr::Arena arena(10'000);
    EXPECT_NE(arena.alloc<char>(5000), nullptr);
    EXPECT_FALSE(arena.failed());
    EXPECT_EQ(arena.alloc<char>(9000), nullptr);
    EXPECT_TRUE(arena.failed());
    EXPECT_LE(arena.used_bytes(), 10'000U);
    EXPECT_FALSE(arena.zeroed(20'000).present);
    EXPECT_FALSE(arena.array<std::uint64_t>(0xFFFFFFFF).present);
}

TEST(Arena, TheLastByteOfTheLimitIsUsable) {
    ndr::Arena arena(10'000);
    EXPECT_NE(arena.alloc<char>(10'000), nullptr);
    EXPECT_FALSE(arena.failed());
    EXPECT_EQ(arena.alloc<char>(), nullptr);
    EXPECT_TRUE(arena.failed());
    EXPECT_EQ(ndr::Arena(10'000).alloc<char>(10'001), nullptr);
}

TEST(Arena, HugeCountDoesNotOverflow) {
    ndr::Arena arena;
    EXPECT_EQ(arena.alloc<std::uint64_t>(SIZE_MAX / 4), nullptr);
    EXPECT_TRUE(arena.failed());
    EXPECT_EQ(arena.used_bytes(), 0U);
}

TEST(Arena, SmallObjectsShareBlocks) {
    ndr::Arena arena;
    for (int i = 0; i < 100; ++i) ASSERT_NE(arena.alloc<std::uint64_t>(), nullptr);
    EXPECT_LE(arena.used_bytes(), 4096U);
}

}  // namespace
