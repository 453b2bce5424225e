// A power cut after every durable step of storing and deleting documents: what was acknowledged is there afterwards, nothing else.
#include "spooler/failpoint.h"
#include "storage/spool_dir.h"
#include "storage/sqlite_store.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace storage {
namespace {

using namespace spooler;                                           // NOLINT: the subject

constexpr JobId kJobs = 6;

std::string text_of(JobId id) { return "document " + std::to_string(id) + std::string(3'000 * id, static_cast<char>('a' + id)); }

void acknowledge(int pipe, char what, JobId id) {
    const std::string line = std::string(1, what) + std::to_string(id) + "\n";
    if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
}

// The child's life: stores documents in both ways, then deletes every second one. Tells the parent what is promised.
void store_and_delete(const std::string& directory, int pipe) {
    test_support::Threads threads(1);
    auto opened = SqliteStore::open(directory + "/db");
    auto spool = SpoolDir::open(directory + "/spool", 2);
    if (!opened || !spool) ::_exit(4);
    SqliteStore& store = **opened;
    SpoolFiles& files = **spool;
    const auto commit = [&](Change change) {
        if (!threads.run(store.durable(store.enqueue(std::move(change))))) ::_exit(5);
    };
    commit(PrinterPut{sample_printer(1, "P")});
    for (JobId id = 1; id <= kJobs; ++id) {
        commit(JobPut{sample_job(id, 1, JobState::spooling)});
        const std::string text = text_of(id);
        if (id % 2 == 0) {
            if (!threads.run(files.write_whole(id, base::as_bytes(text)))) ::_exit(6);
        } else {
            auto writer = threads.run(files.create(id));
            if (!writer || !threads.run((*writer)->append(base::as_bytes(text))) || !threads.run((*writer)->publish())) ::_exit(7);
        }
        commit(JobPut{sample_job(id, 1, JobState::spooled)});
        acknowledge(pipe, '+', id);
    }
    for (JobId id = 1; id <= kJobs; id += 2) {
        acknowledge(pipe, '?', id);                                // from here on it may be gone
        commit(JobDelete{id});
        if (!threads.run(files.remove(id))) ::_exit(8);
        acknowledge(pipe, '-', id);
    }
}

struct Promises {
    std::set<JobId> stored, maybe, deleted;
};

// Exit code of the child; fills in what it had promised.
int run_child(const std::string& directory, const std::string& failpoint, Promises& promises) {
    int ends[2];
    if (::pipe(ends) != 0) return -1;
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        failpoint::arm(failpoint);
        store_and_delete(directory, ends[1]);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char buffer[256];
    for (ssize_t count = ::read(ends[0], buffer, sizeof buffer); count > 0; count = ::read(ends[0], buffer, sizeof buffer)) {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    int status = 0;
    if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto id = static_cast<JobId>(std::stoul(line.substr(1)));
        if (line[0] == '+') promises.stored.insert(id);
        if (line[0] == '?') promises.maybe.insert(id);
        if (line[0] == '-') promises.deleted.insert(id);
    }
    return WEXITSTATUS(status);
}

void check_after_restart(const std::string& directory, const Promises& promises, const std::string& where) {
    SCOPED_TRACE(where);
    test_support::Threads threads(1);
    auto store = SqliteStore::open(directory + "/db");
    ASSERT_TRUE(store) << store.error().text();
    auto loaded = (*store)->load();
    ASSERT_TRUE(loaded) << loaded.error().text();
    std::vector<JobId> live;
    for (const JobRecord& record : loaded->jobs) {
        if (record.state == JobState::spooled) live.push_back(record.id);
    }
    auto spool = SpoolDir::open(directory + "/spool", 2);
    ASSERT_TRUE(spool) << spool.error().text();
    auto kept = (*spool)->sweep(live);
    ASSERT_TRUE(kept) << kept.error().text();
    EXPECT_EQ(kept->size(), live.size()) << "a row says spooled, but there is no document";
    std::set<JobId> present;
    for (const StoredDocument& document : *kept) {
        present.insert(document.id);
        auto reader = threads.run((*spool)->open(document.id));
        ASSERT_TRUE(reader);
        std::vector<std::byte> buffer(100'000);
        auto count = threads.run((*reader)->read(base::MutableByteView(buffer)));
        ASSERT_TRUE(count);
        EXPECT_EQ(base::as_text(base::ByteView(buffer.data(), *count)), text_of(document.id));
    }
    for (const JobId id : promises.stored) {
        EXPECT_TRUE(promises.maybe.contains(id) || present.contains(id)) << "acknowledged job " << id << " is lost";
    }
    for (const JobId id : promises.deleted) EXPECT_FALSE(present.contains(id)) << "deleted job " << id << " is back";
    std::size_t directories = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory + "/spool")) {
        directories += entry.is_directory() && entry.path().parent_path().filename() != "spool" ? 1 : 0;
    }
    EXPECT_EQ(directories, present.size()) << "something orphaned stays on disk";
}

class CrashTest : public testing::TestWithParam<std::string> {};

TEST_P(CrashTest, LegalAfterEveryPass) {
    for (int pass = 1;; ++pass) {
        ASSERT_LT(pass, 200);
        const TemporaryDirectory directory;
        const std::string failpoint = GetParam() + ":" + std::to_string(pass);
        Promises promises;
        const int code = run_child(directory.path(), failpoint, promises);
        ASSERT_TRUE(code == 0 || code == failpoint::kExitCode) << failpoint << " ended with " << code;
        check_after_restart(directory.path(), promises, failpoint);
        if (code == 0) {
            EXPECT_GT(pass, 1) << "the failpoint is never reached";
            EXPECT_EQ(promises.stored.size(), kJobs);
            break;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(DurableSteps, CrashTest,
                         testing::Values("spool.mkdir.after", "spool.append.before", "spool.append.after", "spool.fsync.before",
                                         "spool.fsync.after", "spool.rename.after", "spool.dirsync.after", "spool.remove.before",
                                         "spool.remove.after", "store.commit.before", "store.commit.after", "store.migrate.before",
                                         "store.migrate.after"),
                         [](const auto& tested) {
                             std::string name = tested.param;
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

}  // namespace
}  // namespace storage
