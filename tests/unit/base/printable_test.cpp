#include "base/printable.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Printable, LeavesTextAlone) {
    EXPECT_EQ(printable(""), "");
    EXPECT_EQ(printable("C:\\Grüße \"x\" = €"), "C:\\Grüße \"x\" = €");
}

TEST(Printable, EscapesWhatMovesTheCursorOrHides) {
    EXPECT_EQ(printable("a\x1B[2Jb"), "a\\u001b[2Jb");
    EXPECT_EQ(printable("a\nb\r\tc\x7F"), "a\\nb\\r\\tc\\u007f");
    EXPECT_EQ(printable("\xC2\x9B"
                        "31m"),
              "\\u009b31m");
    EXPECT_EQ(printable("exe.\xE2\x80\xAEtxt"), "exe.\\u202etxt");
    EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\u0000b");
    EXPECT_EQ(printable("\xFF"), "\xEF\xBF\xBD") << "no text: the sign for that";
}

}  // namespace
}  // namespace base
