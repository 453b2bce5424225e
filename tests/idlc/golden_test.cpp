// Golden tests of idlc, run from the root of the repository.
//   golden/: sample.idl and sample.ops must give exactly the texts in golden/expected/.
//   errors/: every file says in its first line what idlc must say about it: "// expect: 4:12: message".
// `test_idlc --update` writes what idlc gives now; look at the difference before you commit it.
#include "tools/idlc/compiler.h"
#include "tools/idlc/source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr const char* kGolden = "tests/idlc/golden";
constexpr const char* kErrors = "tests/idlc/errors";
constexpr std::string_view kExpect = "// expect: ";

bool g_update = false;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::vector<fs::path> files_in(const fs::path& directory) {
    std::vector<fs::path> result;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.is_regular_file()) result.push_back(entry.path());
    }
    std::sort(result.begin(), result.end());
    return result;
}

TEST(IdlcGolden, SampleGivesTheExpectedTexts) {
    const idlc::Output output = idlc::compile({"sample", std::string(kGolden) + "/sample.ops", {std::string(kGolden) + "/sample.idl"}, 2});
    const fs::path expected = fs::path(kGolden) / "expected";
    std::vector<std::string> names;
    for (const idlc::GeneratedFile& file : output.files) {
        names.push_back(file.name + ".txt");
        if (g_update) write(expected / names.back(), file.text);
        EXPECT_EQ(read(expected / names.back()), file.text) << file.name;
    }
    if (g_update) write(expected / "status.txt", output.status);
    EXPECT_EQ(read(expected / "status.txt"), output.status);
    names.push_back("status.txt");
    std::sort(names.begin(), names.end());
    std::vector<std::string> present;
    for (const fs::path& path : files_in(expected)) present.push_back(path.filename().string());
    EXPECT_EQ(present, names);
}

TEST(IdlcGolden, SameInputSameText) {
    const idlc::Request request{"winspool", "idl/winspool.ops", {"idl/ms-par.idl", "idl/ms-rprn.idl"}, 6};
    const idlc::Output first = idlc::compile(request);
    const idlc::Output second = idlc::compile(request);
    ASSERT_EQ(first.files.size(), second.files.size());
    for (std::size_t i = 0; i < first.files.size(); ++i) EXPECT_EQ(first.files[i].text, second.files[i].text);
}

// 75 operations of MS-PAR and 84 of MS-RPRN that we serve, 67 of them the same.
TEST(IdlcGolden, WinspoolHasAllOperations) {
    const idlc::Output output = idlc::compile({"winspool", "idl/winspool.ops", {"idl/ms-par.idl", "idl/ms-rprn.idl"}, 1});
    std::istringstream lines(output.status);
    int all = 0;
    int twins = 0;
    int par = 0;
    for (std::string line; std::getline(lines, line); ++all) {
        const bool in_par = line.find("par=-") == std::string::npos;
        const bool in_rprn = line.find("rprn=-") == std::string::npos;
        par += in_par ? 1 : 0;
        twins += in_par && in_rprn ? 1 : 0;
    }
    EXPECT_EQ(all, 92);
    EXPECT_EQ(par, 75);
    EXPECT_EQ(twins, 67);
}

// An .ops file of errors/ is about the two interfaces of twins.idl.
std::string message_for(const fs::path& path) {
    idlc::Request request{"test", "", {path.string()}, 1};
    if (path.extension() == ".ops") request = {"test", path.string(), {std::string(kErrors) + "/twins.idl"}, 1};
    try {
        (void)idlc::compile(request);
        return "no error";
    } catch (const idlc::CompileError& error) {
        std::string text = error.what();
        const std::string directory = std::string(kErrors) + "/";
        if (text.rfind(directory, 0) == 0) text.erase(0, directory.size());
        const std::string own = path.filename().string() + ":";
        if (text.rfind(own, 0) == 0) text.erase(0, own.size());
        return text;
    }
}

TEST(IdlcErrors, MessagesAreAsExpected) {
    int count = 0;
    for (const fs::path& path : files_in(kErrors)) {
        if (path.filename() == "twins.idl") continue;
        ++count;
        std::string text = read(path);
        const std::string message = message_for(path);
        const std::size_t end = text.find('\n');
        if (g_update) {
            text = std::string(kExpect) + message + text.substr(end);
            write(path, text);
        }
        EXPECT_EQ(text.substr(0, text.find('\n')), std::string(kExpect) + message) << path;
    }
    EXPECT_GT(count, 20);
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    for (int i = 1; i < argc; ++i) g_update = g_update || std::string_view(argv[i]) == "--update";
    return RUN_ALL_TESTS();
}
