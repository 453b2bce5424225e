#include "spooler/inf/inf_file.h"

#include "base/limits.h"
#include "base/utf.h"

#include <gtest/gtest.h>

namespace spooler::inf {
namespace {

InfFile parse(std::string_view text) {
    auto file = InfFile::parse(base::as_bytes(text), "test.inf");
    EXPECT_TRUE(file) << file.error().to_string();
    return file ? std::move(file).value() : InfFile();
}

std::string error_of(std::string_view text) {
    const auto file = InfFile::parse(base::as_bytes(text), "test.inf");
    if (file) return "(accepted)";
    EXPECT_EQ(file.error().code(), base::Win32::invalid_printer_driver_manifest);
    return file.error().text();
}

std::string utf16(std::string_view text, base::ByteOrder order, bool mark) {
    std::string bytes;
    const auto put = [&](char16_t c) {
        const char low = static_cast<char>(c & 0xFFU), high = static_cast<char>(c >> 8U);
        bytes.push_back(order == base::ByteOrder::little ? low : high);
        bytes.push_back(order == base::ByteOrder::little ? high : low);
    };
    if (mark) put(0xFEFF);
    for (const char16_t c : base::to_utf16(text)) put(c);
    return bytes;
}

TEST(InfFile, EveryEncodingGivesTheSameText) {
    const std::string text = "[Version]\r\nProvider=\"Müller € Düsseldorf\"\r\n";
    const std::string ansi = "[Version]\r\nProvider=\"M\xFCller \x80 D\xFCsseldorf\"\r\n";
    for (const std::string& bytes :
         {"\xEF\xBB\xBF" + text, ansi, utf16(text, base::ByteOrder::little, true), utf16(text, base::ByteOrder::big, true),
          utf16(text, base::ByteOrder::little, false), utf16(text, base::ByteOrder::big, false), ansi + "\x1A rest of a disk sector"}) {
        EXPECT_EQ(parse(bytes).value("Version", "Provider"), "Müller € Düsseldorf");
    }
}

TEST(InfFile, CommentsQuotesAndContinuations) {
    const InfFile file = parse(
        "; a comment ; and more\n"
        "[One] ; the rest does not count\n"
        "plain = a , b,c ; comment\n"
        "quoted = \"a, b ; c = d\" , \"say \"\"yes\"\"\", \"\"\n"
        "spaces = \"  kept  \"  \n"
        "long = first, \\\n"
        "       second, \\   ; comment after the mark\n"
        "       third\n"
        "\"a key = of its own\" = x\n"
        "file.dll,,,0x20\n"
        "equal = a=b\n"
        "open = \"not closed, at all\n"
        "path = ,,,\\amd64\n"
        "empty =\n");
    EXPECT_EQ(file.find("one", "PLAIN")->values, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(file.find("one", "quoted")->values, (std::vector<std::string>{"a, b ; c = d", "say \"yes\"", ""}));
    EXPECT_EQ(file.value("One", "spaces"), "  kept  ");
    EXPECT_EQ(file.find("one", "long")->values, (std::vector<std::string>{"first", "second", "third"}));
    EXPECT_EQ(file.find("one", "long")->number, 6U);
    EXPECT_EQ(file.value("One", "a key = of its own"), "x");
    EXPECT_EQ(file.value("One", "equal"), "a=b");
    EXPECT_EQ(file.value("One", "open"), "not closed, at all");
    EXPECT_EQ(file.find("one", "path")->values, (std::vector<std::string>{"", "", "", "\\amd64"}));
    EXPECT_EQ(file.find("one", "empty")->values, (std::vector<std::string>{""}));
    EXPECT_EQ(file.find("one", "empty")->value(7), "");
    const Line& bare = file.lines("one").at(5);
    EXPECT_EQ(bare.key, "");
    EXPECT_EQ(bare.values, (std::vector<std::string>{"file.dll", "", "", "0x20"}));
    EXPECT_EQ(bare.number, 10U);
    EXPECT_EQ(file.find("one", "nothing"), nullptr);
}

TEST(InfFile, SectionsOfOneNameAreOne) {
    const InfFile file = parse("[a]\nx=1\n[b]\ny=2\n[A]\nx=3\nz=4\n[\"quoted name\"]\nq=5\n");
    EXPECT_EQ(file.lines("a").size(), 3U);
    EXPECT_EQ(file.values("A", "X"), (std::vector<std::string>{"1", "3"}));
    EXPECT_EQ(file.value("a", "x"), "1");
    EXPECT_EQ(file.value("quoted name", "q"), "5");
    EXPECT_TRUE(file.has("B"));
    EXPECT_FALSE(file.has("c"));
    EXPECT_TRUE(file.lines("c").empty());
}

TEST(InfFile, StringsReplaceTokens) {
    const InfFile file = parse(
        "[Version]\nProvider=%MFG%\n%mfg% Laser = x, %Comma%, 100%%, %11%\\a.dll, %unknown%, 5%\n"
        "[Strings]\nMfg=\"Neutral\"\nComma=\"a,b\"\nOnlyHere=yes\n"
        "[Strings.0409]\nMfg=\"English\"\n[Strings.0407]\nMfg=\"Deutsch\"\n[Other]\nk=%onlyhere%\n");
    EXPECT_EQ(file.value("Version", "Provider"), "English");
    const Line* line = file.find("Version", "English Laser");
    ASSERT_NE(line, nullptr);
    EXPECT_EQ(line->values, (std::vector<std::string>{"x", "a,b", "100%", "%11%\\a.dll", "%unknown%", "5%"}));
    EXPECT_EQ(file.value("Other", "k"), "yes");
}

TEST(InfFile, RefusesWithFileAndLine) {
    EXPECT_EQ(error_of("\n\ntext = 1\n[a]\n"), "test.inf:3: text before the first section: this is no INF file");
    EXPECT_EQ(error_of("[a]\n[b\n"), "test.inf:2: a section name without ']'");
    EXPECT_EQ(error_of("[ ]\n"), "test.inf:1: a section without a name");
    EXPECT_EQ(error_of("[" + std::string(300, 'a') + "]\n"), "test.inf:1: the section's name is too long");
    EXPECT_EQ(error_of(std::string("[a]\nx=\0y\n", 9)), "test.inf: a zero character: this is no text file");
}

// Each limit at and past its edge.
TEST(InfFile, Limits) {
    namespace limits = base::limits;
    EXPECT_EQ(error_of("[a]\n" + std::string(limits::kMaxInfLines - 1, '\n')), "(accepted)");
    EXPECT_NE(error_of("[a]\n" + std::string(limits::kMaxInfLines, '\n')).find("too many lines"), std::string::npos);
    EXPECT_EQ(error_of("[a]\nx=" + std::string(limits::kMaxInfLineChars - 2, 'v')), "(accepted)");
    EXPECT_EQ(error_of("[a]\nx=" + std::string(limits::kMaxInfLineChars - 1, 'v')), "test.inf:2: the line is too long");
    EXPECT_EQ(error_of("[a]\nx=" + std::string(limits::kMaxInfValues - 1, ',')), "(accepted)");
    EXPECT_EQ(error_of("[a]\nx=" + std::string(limits::kMaxInfValues, ',')), "test.inf:2: too many values in one line");
    EXPECT_NE(error_of("[a]\n;" + std::string(limits::kMaxInfBytes, 'v')).find("larger than any INF file"), std::string::npos);
    std::string sections;
    for (std::size_t i = 0; i < limits::kMaxInfSections; ++i) sections += "[s" + std::to_string(i) + "]\n";
    EXPECT_EQ(error_of(sections), "(accepted)");
    EXPECT_NE(error_of(sections + "[more]\n").find("too many sections"), std::string::npos);
    // A "billion laughs" of strings.
    std::string bomb = "[Strings]\nx=\"" + std::string(limits::kMaxInfLineChars - 16, 'v') + "\"\n[a]\n";
    std::string line = "k=%x%";
    for (int i = 0; i < 1000; ++i) line += ",%x%";
    for (int i = 0; i < 10; ++i) bomb += line + "\n";
    EXPECT_NE(error_of(bomb).find("the strings make the file too large"), std::string::npos);
}

}  // namespace
}  // namespace spooler::inf
