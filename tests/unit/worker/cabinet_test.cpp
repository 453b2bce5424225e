#include "server/worker/cabinet.h"

#include "base/limits.h"
#include "tests/support/signed_package.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace server::worker {
namespace {

using testing::HasSubstr;

// A cabinet by hand, without compression: libraries would not write the names that these tests need. [MS-CAB] 2.
struct CabinetOptions {
    std::uint16_t flags = 0;
    std::uint16_t attributes = 0x20;
    std::uint32_t claimed_bytes = 0;  // of each file, if not its own
};
std::string make_cabinet(const std::vector<std::pair<std::string, std::string>>& files, const CabinetOptions& options = {}) {
    std::string content;
    base::ByteBuffer entries;
    base::ByteWriter list(entries);
    for (const auto& [name, bytes] : files) {
        list.u32(options.claimed_bytes != 0 ? options.claimed_bytes : static_cast<std::uint32_t>(bytes.size()));
        list.u32(static_cast<std::uint32_t>(content.size()));
        list.u16(0);       // folder
        list.u16(0x5821);  // date, time
        list.u16(0);
        list.u16(options.attributes);
        list.bytes(base::as_bytes(name));
        list.u8(0);
        content += bytes;
    }
    const std::uint32_t names_at = 36 + 8, data_at = names_at + static_cast<std::uint32_t>(entries.size());
    base::ByteBuffer cabinet;
    base::ByteWriter out(cabinet);
    out.bytes(base::as_bytes("MSCF"));
    out.u32(0);
    out.u32(data_at + 8 + static_cast<std::uint32_t>(content.size()));
    out.u32(0);
    out.u32(names_at);
    out.u32(0);
    out.u16(0x0103);  // version 1.3
    out.u16(1);       // folders
    out.u16(static_cast<std::uint16_t>(files.size()));
    out.u16(options.flags);
    out.u32(0);
    out.u32(data_at);
    out.u16(1);  // blocks
    out.u16(0);  // not compressed
    out.bytes(entries);
    out.u32(0);  // no checksum
    out.u16(static_cast<std::uint16_t>(content.size()));
    out.u16(static_cast<std::uint16_t>(content.size()));
    out.bytes(base::as_bytes(content));
    return std::string(base::as_text(cabinet));
}

class CabinetTest : public testing::Test {
 protected:
    base::Result<void> unpack(const std::string& bytes, std::uint64_t room = base::limits::kMaxPackageBytes) {
        test_support::write_text_file(directory_.path("x.cab"), bytes);
        std::filesystem::remove_all(directory_.path("out"));
        std::filesystem::create_directory(directory_.path("out"));
        auto cabinet = storage::open_file(directory_.path("x.cab"), O_RDONLY);
        auto directory = storage::open_directory(directory_.path("out"));
        EXPECT_TRUE(cabinet);
        EXPECT_TRUE(directory);
        return unpack_cabinet(cabinet->number(), directory->number(), room);
    }
    std::string error_of(const std::string& bytes) {
        const auto outcome = unpack(bytes);
        if (outcome) return "(accepted)";
        EXPECT_EQ(outcome.error().code(), base::Win32::invalid_data) << outcome.error().to_string();
        return outcome.error().text();
    }
    storage::TemporaryDirectory directory_;
};

TEST_F(CabinetTest, UnpacksDirectories) {
    ASSERT_TRUE(unpack(make_cabinet({{"a.txt", "one"}, {"sub\\b.txt", "two"}, {"sub/deep\\c.txt", "three"}, {"empty", ""}})));
    const std::filesystem::path out = directory_.path("out");
    EXPECT_EQ(std::filesystem::file_size(out / "a.txt"), 3U);
    EXPECT_EQ(std::filesystem::file_size(out / "sub/b.txt"), 3U);
    EXPECT_EQ(std::filesystem::file_size(out / "sub/deep/c.txt"), 5U);
    EXPECT_EQ(std::filesystem::file_size(out / "empty"), 0U);
}

TEST_F(CabinetTest, NamesStayInside) {
    for (const char* name : {"..\\up.txt", "a\\..\\..\\up.txt", "\\absolute.txt", "/absolute.txt", "c:\\drive.txt", "\\\\host\\share\\x",
                             "a:stream", "nul", "a\\con.txt", "..", ".", "x\x01y"}) {
        EXPECT_NE(error_of(make_cabinet({{name, "x"}})), "(accepted)") << name;
    }
    EXPECT_FALSE(std::filesystem::exists(directory_.path("up.txt")));
}

TEST_F(CabinetTest, OneFileForOneName) {
    EXPECT_THAT(error_of(make_cabinet({{"a.txt", "1"}, {"A.TXT", "2"}})), HasSubstr("'A.TXT' is in it twice"));
    EXPECT_THAT(error_of(make_cabinet({{"a\\b", "1"}, {"a//b", "2"}})), HasSubstr("is in it twice"));
    EXPECT_NE(error_of(make_cabinet({{"a", "1"}, {"a\\b", "2"}})), "(accepted)");
}

TEST_F(CabinetTest, LimitsComeBeforeTheFirstByte) {
    CabinetOptions options;
    options.claimed_bytes = 0x7FFF0000;
    EXPECT_THAT(error_of(make_cabinet({{"bomb", "x"}}, options)), HasSubstr("it unpacks to too much"));
    std::vector<std::pair<std::string, std::string>> files;
    for (std::size_t i = 0; i < base::limits::kMaxPackageFiles; ++i) files.emplace_back("f" + std::to_string(i), "");
    EXPECT_TRUE(unpack(make_cabinet(files)));
    files.emplace_back("one more", "");
    EXPECT_THAT(error_of(make_cabinet(files)), HasSubstr("it unpacks to too much"));
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path("out")));
}

TEST_F(CabinetTest, TheDisksRoomComesBeforeTheFirstByte) {
    const std::string cabinet = make_cabinet({{"a", "123"}, {"b", "4567"}});
    EXPECT_EQ(base::code_of(unpack(cabinet, 6)), base::Win32::disk_full);
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path("out")));
    EXPECT_TRUE(unpack(cabinet, 7));
}

TEST_F(CabinetTest, DamagedCabinets) {
    EXPECT_THAT(error_of(""), HasSubstr("not a cabinet file"));
    EXPECT_THAT(error_of("MZ this is a program"), HasSubstr("not a cabinet file"));
    EXPECT_NE(error_of(make_cabinet({})), "(accepted)");
    const std::string good = make_cabinet({{"a.txt", "content"}, {"b.txt", "more"}});
    ASSERT_TRUE(unpack(good));
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_NE(error_of(good.substr(0, size)), "(accepted)") << size;
    CabinetOptions options;
    options.claimed_bytes = 100;
    EXPECT_THAT(error_of(make_cabinet({{"a.txt", "short"}}, options)), HasSubstr("'a.txt' is damaged"));
    // Whatever a changed byte does, nothing lands outside.
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bytes = good;
        bytes[i] = static_cast<char>(bytes[i] ^ 0x2F);
        static_cast<void>(base::code_of(unpack(bytes)));
    }
    std::size_t others = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
        if (entry.path().filename() != "x.cab" && entry.path().filename() != "out") ++others;
    }
    EXPECT_EQ(others, 0U);
}

TEST_F(CabinetTest, OldCodePageAndUtf8Names) {
    CabinetOptions utf8;
    utf8.attributes = 0xA0;
    ASSERT_TRUE(unpack(make_cabinet({{"Gr\xC3\xBC\xC3\x9F"
                                      "e",
                                      "x"}},
                                    utf8)));
    EXPECT_TRUE(std::filesystem::exists(directory_.path("out/Grüße")));
    ASSERT_TRUE(
        unpack(make_cabinet({{"Gr\xFC\xDF"
                              "e",
                              "x"}})));
    EXPECT_TRUE(std::filesystem::exists(directory_.path("out/Grüße")));
}

// A reply cannot carry such a name: the file on disk would be another one than that of the answer.
TEST_F(CabinetTest, NamesAreText) {
    CabinetOptions utf8;
    utf8.attributes = 0xA0;
    for (const char* name : {"a\xFF.dll", "cut\xC3", "\xED\xA0\x80.dll"})
        EXPECT_THAT(error_of(make_cabinet({{name, "x"}}, utf8)), HasSubstr("it holds the name"));
}

TEST_F(CabinetTest, PackRefusesLinksAndNothing) {
    std::filesystem::create_directory(directory_.path("in"));
    const auto pack = [&] {
        auto directory = PackageDirectory::open(directory_.path("in"));
        auto cabinet = storage::open_file(directory_.path("y.cab"), O_WRONLY | O_CREAT | O_TRUNC);
        EXPECT_TRUE(directory);
        EXPECT_TRUE(cabinet);
        return base::code_of(pack_cabinet(*directory, cabinet->number()));
    };
    EXPECT_EQ(pack(), base::Win32::invalid_data);
    test_support::write_text_file(directory_.path("in/a"), "x");
    EXPECT_EQ(pack(), base::Win32::success);
    std::filesystem::create_symlink("/etc/passwd", directory_.path("in/link"));
    EXPECT_EQ(pack(), base::Win32::invalid_data);
}

}  // namespace
}  // namespace server::worker
