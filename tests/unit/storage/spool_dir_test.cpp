#include "storage/spool_dir.h"

#include "storage/spool_layout.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

namespace storage {
namespace {

using base::Result;
using base::Win32;
using spooler::JobId;

class SpoolDirTest : public testing::Test {
 protected:
    void SetUp() override { open(); }
    void open() {
        files_.reset();
        Result<std::unique_ptr<SpoolDir>> opened = SpoolDir::open(root(), 2);
        ASSERT_TRUE(opened) << opened.error().text();
        files_ = std::move(opened).value();
    }
    std::unique_ptr<spooler::SpoolWriter> create(JobId id) {
        auto writer = threads_.run(files_->create(id));
        EXPECT_TRUE(writer);
        return std::move(writer).value();
    }
    std::string read_all(spooler::SpoolReader& reader, std::size_t chunk = 1000) {
        std::string text;
        std::vector<std::byte> buffer(chunk);
        for (;;) {
            const auto count = threads_.run(reader.read(base::MutableByteView(buffer)));
            EXPECT_TRUE(count) << count.error().text();
            if (!count || *count == 0) return text;
            text += base::as_text(base::ByteView(buffer.data(), *count));
        }
    }
    std::string content(JobId id) {
        auto reader = threads_.run(files_->open(id));
        EXPECT_TRUE(reader);
        return reader ? read_all(**reader) : "";
    }
    // Files and directories below the fan-out directories.
    std::size_t entries() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) {
            count += entry.path().lexically_relative(root()).string().find('/') != std::string::npos ? 1 : 0;
        }
        return count;
    }
    void wait_for_empty() const {
        for (int i = 0; i < 2'000 && entries() != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    [[nodiscard]] std::string root() const { return directory_.path("spool"); }

    TemporaryDirectory directory_;
    test_support::Threads threads_{2};
    std::unique_ptr<SpoolDir> files_;
};

TEST_F(SpoolDirTest, DocumentIsReadWhileItGrowsAndAcrossPublish) {
    auto writer = create(5);
    EXPECT_TRUE(threads_.run(writer->append(base::as_bytes("Hello, "))));
    auto reader = threads_.run(files_->open(5));
    ASSERT_TRUE(reader);
    EXPECT_EQ(read_all(**reader), "Hello, ");
    EXPECT_TRUE(threads_.run(writer->append(base::as_bytes("printer"))));
    EXPECT_TRUE(threads_.run(writer->publish()));
    EXPECT_EQ(read_all(**reader), "printer");
    EXPECT_EQ((*reader)->position(), 14U);
    (*reader)->seek(7);
    EXPECT_EQ(read_all(**reader, 3), "printer");
    writer.reset();
    EXPECT_EQ(content(5), "Hello, printer");
}

TEST_F(SpoolDirTest, UnpublishedDocumentGoesWithItsWriter) {
    auto writer = create(5);
    EXPECT_TRUE(threads_.run(writer->append(base::as_bytes("x"))));
    writer.reset();
    wait_for_empty();
    EXPECT_EQ(entries(), 0U);
    auto other = create(6);
    threads_.run(other->discard());
    EXPECT_EQ(entries(), 0U);
    EXPECT_EQ(base::code_of(threads_.run(files_->open(6))), Win32::spool_file_not_found);
}

TEST_F(SpoolDirTest, WriterMayOutliveTheSpool) {
    auto writer = create(5);
    EXPECT_TRUE(threads_.run(writer->append(base::as_bytes("x"))));
    files_.reset();
    writer.reset();
    EXPECT_EQ(entries(), 0U);
}

TEST_F(SpoolDirTest, WholeDocumentInOneStep) {
    const std::string text(4096, 'z');
    EXPECT_TRUE(threads_.run(files_->write_whole(77, base::as_bytes(text))));
    EXPECT_EQ(content(77), text);
    EXPECT_TRUE(threads_.run(files_->write_whole(78, {})));
    EXPECT_EQ(content(78), "");
}

TEST_F(SpoolDirTest, RemovedDocumentIsGoneForItsReadersToo) {
    EXPECT_TRUE(threads_.run(files_->write_whole(77, base::as_bytes("abc"))));
    auto reader = threads_.run(files_->open(77));
    ASSERT_TRUE(reader);
    EXPECT_TRUE(threads_.run(files_->remove(77)));
    std::vector<std::byte> buffer(10);
    EXPECT_EQ(base::code_of(threads_.run((*reader)->read(base::MutableByteView(buffer)))), Win32::spool_file_not_found);
    EXPECT_TRUE(threads_.run(files_->remove(77)));
    EXPECT_EQ(entries(), 0U);
}

TEST_F(SpoolDirTest, RemovingWhileSpoolingMakesPublishFail) {
    auto writer = create(9);
    EXPECT_TRUE(threads_.run(writer->append(base::as_bytes("abc"))));
    EXPECT_TRUE(threads_.run(files_->remove(9)));
    EXPECT_FALSE(threads_.run(writer->publish()));
    writer.reset();
    wait_for_empty();
    EXPECT_EQ(entries(), 0U);
}

TEST_F(SpoolDirTest, LargeDocumentKeepsEveryByte) {
    std::string text(9'000'001, '\0');
    std::iota(text.begin(), text.end(), '\0');
    auto writer = create(3);
    for (std::size_t at = 0; at < text.size(); at += 65'536) {
        const std::string_view part = std::string_view(text).substr(at, 65'536);
        ASSERT_TRUE(threads_.run(writer->append(base::as_bytes(part))));
    }
    EXPECT_TRUE(threads_.run(writer->publish()));
    auto reader = threads_.run(files_->open(3));
    ASSERT_TRUE(reader);
    EXPECT_EQ(read_all(**reader, 65'536), text);
}

TEST_F(SpoolDirTest, SweepKeepsLiveDocumentsOnly) {
    for (const JobId id : {1U, 2U, 64U, 70'000U, spooler::kMaxJobId}) {
        EXPECT_TRUE(threads_.run(files_->write_whole(id, base::as_bytes("12345"))));
    }
    auto unfinished = create(4);
    std::filesystem::create_directory(root() + "/00/junk");
    std::ofstream(root() + "/00/junk/file") << "x";
    std::filesystem::create_directory(root() + "/ff/1");           // right name, wrong place
    const std::vector<JobId> live = {spooler::kMaxJobId, 2, 4, 9};
    Result<std::vector<spooler::StoredDocument>> kept = files_->sweep(live);
    ASSERT_TRUE(kept);
    std::vector<JobId> ids;
    for (const spooler::StoredDocument& document : *kept) {
        ids.push_back(document.id);
        EXPECT_EQ(document.size, 5U);
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, (std::vector<JobId>{2, spooler::kMaxJobId}));
    EXPECT_EQ(entries(), 4U);
}

TEST_F(SpoolDirTest, ManyWritersAtOnce) {
    std::vector<std::future<Result<void>>> running;
    const std::string text(4096, 'q');
    for (JobId id = 1; id <= 200; ++id) running.push_back(threads_.start(files_->write_whole(id, base::as_bytes(text))));
    for (auto& one : running) EXPECT_TRUE(one.get());
    EXPECT_EQ(content(200), text);
}

TEST_F(SpoolDirTest, FreeBytesAreThoseOfTheFileSystem) {
    const auto first = threads_.run(files_->free_bytes());
    ASSERT_TRUE(first);
    EXPECT_GT(*first, 0U);
    EXPECT_LE(*first, std::filesystem::space(root()).capacity);
    EXPECT_TRUE(threads_.run(files_->write_whole(1, base::as_bytes(std::string(100'000, 'x')))));
    const auto second = threads_.run(files_->free_bytes());
    ASSERT_TRUE(second);
    EXPECT_LE(*second, std::filesystem::space(root()).capacity);
}

TEST_F(SpoolDirTest, RootBelongsToOneProcess) {
    EXPECT_EQ(base::code_of(SpoolDir::open(root())), Win32::sharing_violation);
    open();
    EXPECT_EQ(base::code_of(SpoolDir::open("/nonexistent-directory/spool")), Win32::path_not_found);
}

TEST(SpoolDirOnDisk, DocumentsGoThroughTheFileSystemsCache) {
    const TemporaryDirectory directory(TemporaryDirectory::Place::disk);
    test_support::Threads threads(1);
    auto files = SpoolDir::open(directory.path("spool"));
    ASSERT_TRUE(files);
    const std::string text(200'000, 'd');
    EXPECT_TRUE(threads.run((*files)->write_whole(1, base::as_bytes(text))));
    auto reader = threads.run((*files)->open(1));
    ASSERT_TRUE(reader);
    std::string back;
    std::vector<std::byte> buffer(65'536);
    for (;;) {
        const auto count = threads.run((*reader)->read(base::MutableByteView(buffer)));
        ASSERT_TRUE(count);
        if (*count == 0) break;
        back += base::as_text(base::ByteView(buffer.data(), *count));
    }
    EXPECT_EQ(back, text);
}

TEST(SpoolLayout, ConsecutiveJobsShareADirectory) {
    EXPECT_EQ(SpoolLayout::fan_out(64), SpoolLayout::fan_out(127));
    EXPECT_NE(SpoolLayout::fan_out(63), SpoolLayout::fan_out(64));
    EXPECT_LT(SpoolLayout::fan_out(spooler::kMaxJobId), kFanOut);
    EXPECT_EQ(SpoolLayout("/s").data_path(65), "/s/01/65/data");
}

TEST(GroupSync, ConcurrentCallersAllSucceed) {
    const TemporaryDirectory directory;
    const Result<FileDescriptor> descriptor = open_directory(directory.path());
    ASSERT_TRUE(descriptor);
    GroupSync sync;
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 50; ++k) good += sync.sync(descriptor->number(), "d") ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good.load(), 400);
    EXPECT_EQ(base::code_of(GroupSync().sync(-1, "d")), Win32::write_fault);
}

}  // namespace
}  // namespace storage
