#include "base/utf.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::string_literals;

constexpr const char* kBad = "\xEF\xBF\xBD";                       // U+FFFD

TEST(Utf, RoundTripsAllPlanes) {
    const std::u16string text = u"A\u00E4\u20AC\U0001F5A8\uFFFF\U0010FFFF\U00010000";
    const std::string utf8 = to_utf8(text);
    EXPECT_EQ(utf8, "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x96\xA8\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xF0\x90\x80\x80");
    EXPECT_EQ(to_utf16(utf8), text);
}

TEST(Utf, KeepsNulCharacters) {
    EXPECT_EQ(to_utf8(u"a\0b"s), "a\0b"s);
    EXPECT_EQ(to_utf16("a\0b"s), u"a\0b"s);
}

TEST(Utf, LoneSurrogatesAreReplaced) {
    const auto unit = [](unsigned value) { return static_cast<char16_t>(value); };
    EXPECT_EQ(to_utf8(std::u16string{unit(0xD800)}), kBad);
    EXPECT_EQ(to_utf8(std::u16string{unit(0xDC00)}), kBad);
    EXPECT_EQ(to_utf8(std::u16string{unit(0xD800), u'x'}), std::string(kBad) + "x");
    EXPECT_EQ(to_utf8(std::u16string{unit(0xDC00), unit(0xD800)}), std::string(kBad) + kBad);
    EXPECT_EQ(to_utf8(std::u16string{unit(0xD800), unit(0xD800), unit(0xDC00)}), std::string(kBad) + "\xF0\x90\x80\x80");
}

TEST(Utf, InvalidUtf8IsReplacedOncePerMaximalPart) {
    // The sequences and counts follow Unicode's recommendation on maximal subparts.
    const struct {
        std::string text;
        std::u16string expected;
    } cases[] = {
        {"\x80", u"\uFFFD"},
        {"\xC0\xAF", u"\uFFFD\uFFFD"},                             // overlong '/'
        {"\xC1\xBF", u"\uFFFD\uFFFD"},
        {"\xE0\x80\xAF", u"\uFFFD\uFFFD\uFFFD"},                   // overlong
        {"\xED\xA0\x80", u"\uFFFD\uFFFD\uFFFD"},                   // surrogate
        {"\xF4\x90\x80\x80", u"\uFFFD\uFFFD\uFFFD\uFFFD"},         // above U+10FFFF
        {"\xF5\x80\x80\x80", u"\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"\xF0\x80\x80\xAF", u"\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"\xE2\x82", u"\uFFFD"},                                   // truncated
        {"\xF0\x9F\x96", u"\uFFFD"},
        {"\xE2\x82x", u"\uFFFDx"},
        {"\xF0\x9F\xC3\xA4", u"\uFFFD\u00E4"},
        {"\xFF\xFE", u"\uFFFD\uFFFD"},
        {"a\xC3", u"a\uFFFD"},
    };
    for (const auto& c : cases) EXPECT_EQ(to_utf16(c.text), c.expected) << to_hex(as_bytes(c.text));
}

TEST(Utf, WireFormIgnoresAnOddByte) {
    ByteBuffer bytes;
    append_utf16_le(bytes, u"A\u20AC");
    EXPECT_EQ(to_hex(bytes), "4100ac20");
    EXPECT_EQ(utf16_from_le(bytes), u"A\u20AC");
    bytes.push_back(std::byte{0x41});
    EXPECT_EQ(utf16_from_le(bytes), u"A\u20AC");
    EXPECT_EQ(utf16_from_le({}), u"");
}

TEST(Fold, PairsLowerWithUpperCase) {
    const struct {
        std::u16string lower, upper;
    } cases[] = {
        {u"azAZ09[`{", u"AZAZ09[`{"},
        {u"\u00E0\u00F6\u00F8\u00FE\u00FF", u"\u00C0\u00D6\u00D8\u00DE\u0178"},
        {u"\u00F7\u00D7\u00DF\u00B5", u"\u00F7\u00D7\u00DF\u00B5"},          // ÷ × ß µ stay
        {u"\u0101\u0100\u012F\u0133\u0137", u"\u0100\u0100\u012E\u0132\u0136"},
        {u"\u0130\u0131\u0138\u0149\u017F", u"\u0130\u0131\u0138\u0149\u017F"},
        {u"\u013A\u0148\u014B\u0177", u"\u0139\u0147\u014A\u0176"},
        {u"\u017A\u017E\u0178", u"\u0179\u017D\u0178"},
        {u"\u03AC\u03AD\u03AF\u03B1\u03C2\u03C3\u03C9\u03CB\u03CC\u03CD\u03CE",
         u"\u0386\u0388\u038A\u0391\u03A3\u03A3\u03A9\u03AB\u038C\u038E\u038F"},
        {u"\u0390\u03B0", u"\u0390\u03B0"},
        {u"\u0430\u044F\u0450\u045F\u0461\u048B\u04C2\u04CF\u04D1", u"\u0410\u042F\u0400\u040F\u0460\u048A\u04C1\u04C0\u04D0"},
        {u"\u0482\u0483", u"\u0482\u0483"},
        {u"\u0561\u0586\u0587", u"\u0531\u0556\u0587"},
        {u"\u1EA1\u1EBF\u1E96", u"\u1EA0\u1EBE\u1E96"},
        {u"\uFF41\uFF5A\uFF21", u"\uFF21\uFF3A\uFF21"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(to_utf8(fold(c.lower)), to_utf8(c.upper));
        EXPECT_EQ(fold(fold(c.lower)), fold(c.lower));
    }
}

TEST(Fold, IsIdempotentForEveryCharacter) {
    int changed = 0;
    for (unsigned value = 0; value < 0x10000; ++value) {
        const auto c = static_cast<char16_t>(value);
        ASSERT_EQ(fold(fold(c)), fold(c)) << value;
        if (fold(c) != c) ++changed;
    }
    EXPECT_GT(changed, 400);
}

TEST(Names, CompareWithoutCase) {
    EXPECT_TRUE(equal_names("B\xC3\xBCro-Drucker", "b\xC3\x9CRO-DRUCKER"));
    EXPECT_TRUE(equal_names(u"\\\\srv\\Laser", u"\\\\SRV\\laser"));
    EXPECT_FALSE(equal_names("Laser", "Laser "));
    EXPECT_FALSE(equal_names("Laser", "Lase"));
    EXPECT_FALSE(equal_names("", "x"));
    EXPECT_TRUE(equal_names("", ""));
    EXPECT_EQ(fold_utf8("b\xC3\xBCro"), "B\xC3\x9CRO");
}

}  // namespace
}  // namespace base
