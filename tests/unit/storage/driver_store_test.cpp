// Driver files on a real file system: what is taken in, what the share shows, what a start repairs.
#include "base/limits.h"
#include "storage/digest.h"
#include "storage/driver_layout.h"
#include "storage/driver_store.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace storage {
namespace {

using base::Win32;
using spooler::DriverFile;
using spooler::DriverQuota;
namespace fs = std::filesystem;

class DriverStoreTest : public ::testing::Test {
 protected:
    DriverStoreTest() { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = DriverStore::open(directory_.path());
        ASSERT_TRUE(opened) << opened.error().text();
        store_ = std::move(*opened);
    }
    std::string share(const std::string& path) const { return directory_.path("drivers/" + path); }
    void write(const std::string& path, const std::string& text) const {
        fs::create_directories(fs::path(share(path)).parent_path());
        std::ofstream(share(path)) << text;
    }
    std::string text(const std::string& path) const {
        std::ifstream file(share(path));
        return file ? std::string(std::istreambuf_iterator<char>(file), {}) : "nothing";
    }
    base::Result<std::vector<spooler::StoredFile>> store(const std::vector<std::string>& paths, DriverQuota quota = {1'000, 2'000, 0}) {
        std::vector<std::string> sources;
        for (const std::string& path : paths) sources.push_back(path.front() == '/' ? path : share(path));
        return threads_.run(store_->store(std::move(sources), quota));
    }
    Win32 store_code(const std::string& path, DriverQuota quota = {1'000, 2'000, 0}) { return base::code_of(store({path}, quota)); }
    // Stores the upload "x64/NAME" and shows it.
    DriverFile install(const std::string& name, const std::string& content) {
        write("x64/" + name, content);
        const auto stored = store({"x64/" + name});
        EXPECT_TRUE(stored);
        DriverFile file{"Windows x64", 3, name, stored->at(0).content, stored->at(0).size, stored->at(0).modified, 1};
        EXPECT_TRUE(threads_.run(store_->publish({file})));
        return file;
    }
    std::size_t contents() const {
        const fs::directory_iterator all(directory_.path("driver_files"));
        return static_cast<std::size_t>(std::distance(fs::begin(all), fs::end(all)));
    }

    TemporaryDirectory directory_;
    test_support::Threads threads_{1};
    std::unique_ptr<DriverStore> store_;
};

TEST_F(DriverStoreTest, TheShareHasEveryEnvironment) {
    for (const char* name : {"x64", "W32X86", "ARM64", "IA64", "WIN40"}) EXPECT_TRUE(fs::is_directory(share(name))) << name;
    EXPECT_EQ(store_->share(), directory_.path("drivers"));
}

TEST_F(DriverStoreTest, StoresAndShows) {
    const DriverFile file = install("oem.dll", "code");
    EXPECT_EQ(file.content, "5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b");
    EXPECT_EQ(file.size, 4U);
    EXPECT_EQ(text("x64/3/oem.dll"), "code");
    EXPECT_TRUE(fs::equivalent(share("x64/3/oem.dll"), directory_.path("driver_files/" + file.content)));
    EXPECT_TRUE(fs::exists(share("x64/oem.dll")));  // the upload belongs to the client
    // Two names, one content.
    install("copy.dll", "code");
    EXPECT_EQ(contents(), 1U);
    const DriverFile second = install("oem.dll", "newer");
    EXPECT_EQ(text("x64/3/oem.dll"), "newer");
    EXPECT_EQ(text("x64/3/copy.dll"), "code");
    EXPECT_TRUE(threads_.run(store_->withdraw({second})));
    EXPECT_TRUE(threads_.run(store_->withdraw({second})));
    EXPECT_FALSE(fs::exists(share("x64/3/oem.dll")));
    EXPECT_TRUE(threads_.run(store_->forget({second.content})));
    EXPECT_EQ(contents(), 1U);
}

TEST_F(DriverStoreTest, NamesMatchInAnyCase) {
    write("x64/{GUID}/OEM.DLL", "code");
    const auto stored = store({"x64/{guid}/oem.dll"});
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->at(0).size, 4U);
}

TEST_F(DriverStoreTest, NamesInAnotherCaseAreLookedForAmongALimitedNumber) {
    const auto looked_for = [this](const std::string& name) {
        const auto stored = store({"x64/full/" + name});
        return stored ? std::string("found") : stored.error().text();
    };
    write("x64/full/OEM.DLL", "code");
    fs::create_directory(share("x64/full"));
    const storage::FileDescriptor directory(::open(share("x64/full").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Links to one file: no space is taken, and it is quick.
    for (std::size_t i = 1; i < base::limits::kMaxUploadEntries; ++i) {
        ASSERT_EQ(::symlinkat("x", directory.number(), ("f" + std::to_string(i)).c_str()), 0);
    }
    EXPECT_EQ(looked_for("oem.dll"), "found");
    EXPECT_TRUE(looked_for("other.dll").ends_with("does not exist")) << looked_for("other.dll");
    ASSERT_EQ(::symlinkat("x", directory.number(), "one more"), 0);
    EXPECT_NE(looked_for("other.dll").find("too many to look for one in another case"), std::string::npos) << looked_for("other.dll");
    EXPECT_EQ(looked_for("OEM.DLL"), "found");
}

TEST_F(DriverStoreTest, ModificationTimesAreKept) {
    write("x64/oem.dll", "code");
    const timespec times[2] = {{1'000, 0}, {1'600'000'000, 500}};
    ASSERT_EQ(::utimensat(AT_FDCWD, share("x64/oem.dll").c_str(), times, 0), 0);
    const auto stored = store({"x64/oem.dll"});
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->at(0).modified.ticks, (1'600'000'000ULL + 11'644'473'600ULL) * 10'000'000ULL + 5ULL);
}

// The clock's nanoseconds end in 2262, and whoever uploads a file chooses its time.
TEST_F(DriverStoreTest, TimesFarAwayStayInOrder) {
    const auto modified = [&](std::time_t seconds) {
        write("x64/oem.dll", "code");
        const timespec times[2] = {{1'000, 0}, {seconds, 0}};
        EXPECT_EQ(::utimensat(AT_FDCWD, share("x64/oem.dll").c_str(), times, 0), 0);
        const auto stored = store({"x64/oem.dll"});
        return stored ? stored->at(0).modified.ticks : 0;
    };
    struct stat status {};
    const std::uint64_t far = modified(13'569'465'600);
    ASSERT_EQ(::stat(share("x64/oem.dll").c_str(), &status), 0);  // as far as this file system goes
    EXPECT_EQ(far, (static_cast<std::uint64_t>(status.st_mtim.tv_sec) + 11'644'473'600ULL) * 10'000'000ULL);
    EXPECT_GT(far, modified(1'600'000'000));
    EXPECT_GT(modified(1'600'000'000), modified(-1'000'000'000));
}

TEST_F(DriverStoreTest, NothingButPlainFilesInside) {
    write("x64/plain.dll", "code");
    ASSERT_EQ(::symlink("/etc/passwd", share("x64/link.dll").c_str()), 0);
    ASSERT_EQ(::symlink("plain.dll", share("x64/near.dll").c_str()), 0);
    ASSERT_EQ(::symlink("/etc", share("x64/etc").c_str()), 0);
    ASSERT_EQ(::symlink("..", share("x64/up").c_str()), 0);
    ASSERT_EQ(::mkfifo(share("x64/pipe.dll").c_str(), 0600), 0);
    for (const char* path : {"x64/link.dll", "x64/LINK.dll", "x64/near.dll", "x64/etc/passwd", "x64/up/x64/plain.dll", "x64/pipe.dll",
                             "x64", "x64/../x64/plain.dll", "x64//plain.dll", "x64/./plain.dll", "/etc/passwd"}) {
        EXPECT_EQ(store_code(path), Win32::access_denied) << path;
    }
    EXPECT_EQ(store_code("x64/none.dll"), Win32::file_not_found);
    EXPECT_EQ(store_code("x64/plain.dll/more"), Win32::file_not_found);
    EXPECT_EQ(contents(), 0U);
    EXPECT_EQ(store_code("x64/plain.dll"), Win32::success);
}

TEST_F(DriverStoreTest, Quotas) {
    write("x64/a", std::string(1'000, 'a'));
    write("x64/b", std::string(1'000, 'b'));
    write("x64/c", "c");
    write("x64/big", std::string(1'001, 'd'));
    EXPECT_EQ(store_code("x64/big"), Win32::not_enough_quota);
    EXPECT_EQ(base::code_of(store({"x64/a", "x64/b", "x64/c"})), Win32::not_enough_quota);
    EXPECT_EQ(contents(), 0U);  // also of the files that did fit
    EXPECT_EQ(store_code("x64/a", {1'000, 1'000, ~std::uint64_t{0}}), Win32::disk_full);
    EXPECT_EQ(base::code_of(store({"x64/a", "x64/b"})), Win32::success);
    EXPECT_EQ(contents(), 2U);
    // A failure leaves alone what was there before.
    EXPECT_EQ(base::code_of(store({"x64/a", "x64/none"})), Win32::file_not_found);
    EXPECT_EQ(contents(), 2U);
}

TEST_F(DriverStoreTest, AStartMakesTheShareAfterTheRows) {
    const DriverFile kept = install("kept.dll", "kept");
    const DriverFile hidden = install("hidden.dll", "hidden");
    const DriverFile damaged = install("damaged.dll", "damaged");
    install("row-less.dll", "row-less");
    fs::remove(share("x64/3/hidden.dll"));
    fs::remove(share("x64/3/damaged.dll"));
    write("x64/3/damaged.dll", "another");
    write("x64/3/planted.dll", "planted");
    write("ARM64/2/planted.dll", "planted");
    ASSERT_EQ(::symlink("/etc/passwd", share("x64/3/planted-link.dll").c_str()), 0);
    std::ofstream(directory_.path("driver_files/incoming")) << "half a file";
    reopen();
    const std::vector<DriverFile> rows{kept, hidden, damaged};
    const auto lost = store_->sweep(rows);
    ASSERT_TRUE(lost);
    EXPECT_TRUE(lost->empty());
    EXPECT_EQ(text("x64/3/kept.dll"), "kept");
    EXPECT_EQ(text("x64/3/hidden.dll"), "hidden");
    EXPECT_EQ(text("x64/3/damaged.dll"), "damaged");
    for (const char* gone : {"x64/3/row-less.dll", "x64/3/planted.dll", "ARM64/2/planted.dll", "x64/3/planted-link.dll"}) {
        EXPECT_FALSE(fs::exists(fs::symlink_status(share(gone)))) << gone;
    }
    EXPECT_TRUE(fs::exists(share("x64/kept.dll")));  // uploads are not the start's affair
    EXPECT_EQ(contents(), 3U);
    EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(DriverStoreTest, LostContentsAreReportedOrComeBackFromTheShare) {
    const DriverFile whole = install("whole.dll", "whole");
    const DriverFile gone = install("gone.dll", "gone");
    const DriverFile wrong = install("wrong.dll", "wrong");
    for (const DriverFile& file : {whole, gone, wrong}) fs::remove(directory_.path("driver_files/" + file.content));
    fs::remove(share("x64/3/gone.dll"));
    fs::remove(share("x64/3/wrong.dll"));
    write("x64/3/wrong.dll", "WRONG");
    reopen();
    const std::vector<DriverFile> rows{whole, gone, wrong};
    const auto lost = store_->sweep(rows);
    ASSERT_TRUE(lost);
    EXPECT_EQ(*lost, (std::vector<DriverFile>{gone, wrong}));
    EXPECT_TRUE(fs::exists(directory_.path("driver_files/" + whole.content)));
}

TEST_F(DriverStoreTest, RowsThatNameNoPlaceTouchNothing) {
    DriverFile bad = install("good.dll", "good");
    for (const char* name : {"../../escape", "", "a/b", ".."}) {
        bad.name = name;
        EXPECT_EQ(base::code_of(threads_.run(store_->publish({bad}))), Win32::invalid_data);
        EXPECT_EQ(base::code_of(threads_.run(store_->withdraw({bad}))), Win32::invalid_data);
    }
    EXPECT_FALSE(fs::exists(directory_.path("escape")));
    // A planted link does not lead the server out of the share.
    fs::remove_all(share("x64/3"));
    fs::create_directory(directory_.path("elsewhere"));
    ASSERT_EQ(::symlink(directory_.path("elsewhere").c_str(), share("x64/3").c_str()), 0);
    bad.name = "good.dll";
    EXPECT_EQ(base::code_of(threads_.run(store_->publish({bad}))), Win32::access_denied);
    EXPECT_TRUE(fs::is_empty(directory_.path("elsewhere")));
}

TEST_F(DriverStoreTest, StartsWithSomethingElseInTheShare) {
    const DriverFile file = install("oem.dll", "code");
    fs::create_directory(directory_.path("elsewhere"));
    fs::permissions(directory_.path("elsewhere"), fs::perms::owner_all);
    fs::remove_all(share("W32X86"));
    ASSERT_EQ(::symlink(directory_.path("elsewhere").c_str(), share("W32X86").c_str()), 0);
    fs::remove_all(share("ARM64"));
    std::ofstream(share("ARM64")) << "no directory";
    reopen();
    const std::vector<DriverFile> rows{file};
    const auto lost = store_->sweep(rows);
    ASSERT_TRUE(lost);
    EXPECT_TRUE(lost->empty());
    EXPECT_EQ(text("x64/3/oem.dll"), "code");
    EXPECT_EQ(fs::status(directory_.path("elsewhere")).permissions(), fs::perms::owner_all);
    DriverFile other = file;
    other.environment = "Windows NT x86";
    EXPECT_EQ(base::code_of(threads_.run(store_->publish({other}))), Win32::access_denied);
    EXPECT_TRUE(fs::is_empty(directory_.path("elsewhere")));
}

TEST_F(DriverStoreTest, NeedsItsDirectory) {
    EXPECT_EQ(base::code_of(DriverStore::open(directory_.path("missing/deeper"))), Win32::path_not_found);
}

}  // namespace
}  // namespace storage
