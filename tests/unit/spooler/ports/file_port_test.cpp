#include "spooler/ports/file.h"

#include "spooler/ports/registry.h"
#include "tests/support/run_task.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace spooler {
namespace {

using base::Win32;
namespace fs = std::filesystem;

class FilePortTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "winspoold-ports-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
        fs::create_directory(root_ / "out");
        fs::create_directory(root_ / "secret");
    }
    void TearDown() override { fs::remove_all(root_); }

    FileMonitor monitor(bool enabled = true) { return FileMonitor(enabled, {(root_ / "out").string() + "/"}, threads_.io().get_executor()); }
    [[nodiscard]] PortConfig port(const std::string& directory) const {
        PortConfig config;
        config.name = "FILES:";
        config.monitor = "Local Port";
        config.settings = {{"directory", directory}};
        return config;
    }
    [[nodiscard]] PortConfig out() const { return port((root_ / "out").string()); }
    std::unique_ptr<PortSession> open(FileMonitor& files, JobId job) {
        DocumentInfo document;
        document.job = job;
        auto session = threads_.run(files.open(out(), document));
        EXPECT_TRUE(session) << session.error().text();
        return session ? std::move(session).value() : nullptr;
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        std::ifstream file(root_ / "out" / name);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    [[nodiscard]] std::size_t files_in_out() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(root_ / "out"), fs::directory_iterator()));
    }

    fs::path root_;
    test_support::Threads threads_{2};
};

TEST_F(FilePortTest, DocumentAppearsWhenItIsComplete) {
    FileMonitor files = monitor();
    auto session = open(files, 17);
    EXPECT_EQ(threads_.run(session->write(base::as_bytes("Hello "))).value_or(0), 6U);
    EXPECT_EQ(threads_.run(session->write(base::as_bytes("file"))).value_or(0), 4U);
    EXPECT_FALSE(fs::exists(root_ / "out" / "17.prn"));
    EXPECT_TRUE(threads_.run(session->finish()));
    EXPECT_EQ(content("17.prn"), "Hello file");
    session.reset();
    EXPECT_EQ(files_in_out(), 1U);
}

TEST_F(FilePortTest, AbortedDocumentLeavesNothing) {
    FileMonitor files = monitor();
    auto session = open(files, 17);
    EXPECT_TRUE(threads_.run(session->write(base::as_bytes("half"))));
    session.reset();
    EXPECT_EQ(files_in_out(), 0U);
}

TEST_F(FilePortTest, SecondAttemptReplacesTheFirst) {
    FileMonitor files = monitor();
    for (const std::string text : {"first attempt", "second"}) {
        auto session = open(files, 17);
        EXPECT_TRUE(threads_.run(session->write(base::as_bytes(text))));
        EXPECT_TRUE(threads_.run(session->finish()));
    }
    EXPECT_EQ(content("17.prn"), "second");
    EXPECT_EQ(files_in_out(), 1U);
}

TEST_F(FilePortTest, LinkInPlaceOfTheTemporaryFileIsNotFollowed) {
    std::ofstream(root_ / "secret" / "victim") << "untouched";
    fs::create_symlink(root_ / "secret" / "victim", root_ / "out" / ".17.prn.tmp");
    FileMonitor files = monitor();
    auto session = open(files, 17);
    EXPECT_TRUE(threads_.run(session->write(base::as_bytes("x"))));
    EXPECT_TRUE(threads_.run(session->finish()));
    std::ifstream victim(root_ / "secret" / "victim");
    std::string text;
    victim >> text;
    EXPECT_EQ(text, "untouched");
    EXPECT_EQ(content("17.prn"), "x");
}

TEST_F(FilePortTest, OnlyAllowedDirectories) {
    FileMonitor files = monitor();
    EXPECT_TRUE(files.validate(out()));
    fs::create_directories(root_ / "out" / "deeper");
    EXPECT_TRUE(files.validate(port((root_ / "out" / "deeper").string())));
    EXPECT_EQ(base::code_of(files.validate(port((root_ / "secret").string()))), Win32::access_denied);
    EXPECT_EQ(base::code_of(files.validate(port((root_ / "out/../secret").string()))), Win32::access_denied);
    EXPECT_EQ(base::code_of(files.validate(port((root_ / "outside").string()))), Win32::access_denied);
    fs::create_directory_symlink(root_ / "secret", root_ / "out" / "link");
    EXPECT_EQ(base::code_of(files.validate(port((root_ / "out" / "link").string()))), Win32::access_denied);
    EXPECT_EQ(base::code_of(files.validate(port("relative"))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(files.validate(port(""))), Win32::invalid_parameter);
}

TEST_F(FilePortTest, DirectoryIsCheckedAgainAtEachDocument) {
    FileMonitor files = monitor();
    ASSERT_TRUE(files.validate(out()));
    fs::remove(root_ / "out");
    const DocumentInfo document;
    EXPECT_EQ(base::code_of(threads_.run(files.open(out(), document))), Win32::path_not_found);
    const PortConfig deeper = port((root_ / "out" / "deeper").string());
    fs::create_directory(root_ / "out");
    fs::create_directory_symlink(root_ / "secret", root_ / "out" / "deeper");
    EXPECT_EQ(base::code_of(threads_.run(files.open(deeper, document))), Win32::access_denied);
}

TEST_F(FilePortTest, SwitchedOffByDefault) {
    FileMonitor files = monitor(false);
    EXPECT_EQ(base::code_of(files.validate(out())), Win32::not_supported);
    const DocumentInfo document;
    EXPECT_EQ(base::code_of(threads_.run(files.open(out(), document))), Win32::not_supported);
    const MonitorRegistry registry{MonitorSettings()};
    EXPECT_EQ(base::code_of(registry.find("Local Port")->validate(out())), Win32::not_supported);
}

TEST(Registry, FindsMonitorsInAnyCase) {
    const MonitorRegistry registry{MonitorSettings()};
    ASSERT_TRUE(registry.find("standard tcp/ip port"));
    EXPECT_EQ(registry.find("standard tcp/ip port")->name(), "Standard TCP/IP Port");
    EXPECT_TRUE(registry.find("Null Port"));
    EXPECT_FALSE(registry.find("LPR Port"));
    EXPECT_EQ(registry.monitors().size(), 3U);
}

TEST(NullPort, TakesEverything) {
    test_support::Threads threads(1);
    const MonitorRegistry registry{MonitorSettings()};
    const PortMonitorPtr null = registry.find("Null Port");
    PortConfig port;
    port.name = "NUL:";
    EXPECT_TRUE(null->validate(port));
    const DocumentInfo document;
    auto session = threads.run(null->open(port, document));
    ASSERT_TRUE(session);
    EXPECT_EQ(threads.run((*session)->write(base::as_bytes("abc"))).value_or(0), 3U);
    EXPECT_TRUE(threads.run((*session)->finish()));
    const XcvRequest request{"MonitorUI", {}, 0};
    EXPECT_EQ(base::code_of(threads.run(null->xcv(&port, request))), Win32::not_supported);
    port.settings["host"] = "x";
    EXPECT_EQ(base::code_of(null->validate(port)), Win32::invalid_parameter);
}

}  // namespace
}  // namespace spooler
