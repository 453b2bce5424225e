#include "spooler/model/devmode.h"

#include <gtest/gtest.h>

namespace {

using base::ByteBuffer;
using base::ByteWriter;
using base::Win32;

ByteBuffer sample(std::uint16_t size, std::uint16_t extra, std::size_t bytes, std::uint32_t fields = 0) {
    ByteBuffer buffer(std::max<std::size_t>(bytes, 76));
    ByteWriter writer(buffer);
    writer.patch_u16(68, size);
    writer.patch_u16(70, extra);
    writer.patch_u32(72, fields);
    buffer.resize(bytes);
    return buffer;
}

TEST(DevMode, AcceptsTheFullPublicPartWithAndWithoutExtra) {
    EXPECT_EQ((*spooler::parse_devmode(sample(220, 0, 220)))->size(), 220U);
    EXPECT_EQ((*spooler::parse_devmode(sample(220, 100, 320)))->size(), 320U);
}

TEST(DevMode, TakesOnlyWhatTheSizesName) { EXPECT_EQ((*spooler::parse_devmode(sample(220, 4, 400)))->size(), 224U); }

TEST(DevMode, AcceptsATruncatedOneThatCoversItsFields) {
    EXPECT_TRUE(spooler::parse_devmode(sample(76, 0, 76)));
    EXPECT_TRUE(spooler::parse_devmode(sample(88, 0, 88, 0x100)));
    EXPECT_FALSE(spooler::parse_devmode(sample(88, 0, 88, 0x200)));        // default source ends at 90
}

TEST(DevMode, RefusesBadSizes) {
    const struct {
        std::uint16_t size, extra;
        std::size_t bytes;
    } kBad[] = {{0, 0, 220}, {0xFFFF, 0, 220}, {218, 0, 220}, {72, 0, 220}, {220, 4, 220}, {324, 104, 324}, {220, 0, 216}, {220, 0, 10}, {220, 0, 0}};
    for (const auto& bad : kBad) {
        const auto parsed = spooler::parse_devmode(sample(bad.size, bad.extra, bad.bytes));
        ASSERT_FALSE(parsed) << bad.size << ' ' << bad.extra << ' ' << bad.bytes;
        EXPECT_EQ(parsed.error().code(), Win32::invalid_parameter);
    }
}

TEST(DevMode, DefaultIsValidAndSaysA4OrLetter) {
    const ByteBuffer a4 = spooler::default_devmode("Laser");
    ASSERT_TRUE(spooler::parse_devmode(a4));
    EXPECT_EQ(spooler::read_devmode(a4).paper_size, 9);
    EXPECT_EQ(spooler::read_devmode(a4).copies, 1);
    EXPECT_EQ(spooler::read_devmode(spooler::default_devmode("Laser", 1)).paper_size, 1);
}

TEST(DevMode, DeviceNameIsCutTo31CharactersAndTerminated) {
    const ByteBuffer named = spooler::with_device_name(spooler::default_devmode("x"), std::string(40, 'A'));
    base::ByteReader reader(named);
    for (int i = 0; i < 31; ++i) EXPECT_EQ(reader.u16(), u'A');
    EXPECT_EQ(reader.u16(), 0);
}

TEST(DevMode, DeviceNameKeepsSurrogatePairsWhole) {
    const ByteBuffer named = spooler::with_device_name(spooler::default_devmode("x"), std::string(30, 'A') + "\xF0\x9F\x96\xA8");
    base::ByteReader reader(named);
    reader.skip(60);
    EXPECT_EQ(reader.u16(), 0);
}

}  // namespace
