// The spooler's Store in one SQLite file: WAL, synchronous=FULL, foreign keys on, one writer thread with group commit.
// One process per database; the daemon's composition root owns the object.
#pragma once

#include "spooler/store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace storage {

struct SqliteStoreOptions {
    std::chrono::milliseconds lock_timeout{1'000};                 // for a predecessor that is just ending
    std::chrono::milliseconds retry_first{100};                    // after a failed commit; doubles up to retry_longest
    std::chrono::milliseconds retry_longest{5'000};
    // For tests: runs on the writer thread before each commit; an error makes that commit fail.
    std::function<base::Result<void>()> before_commit;
};

class SqliteStore final : public spooler::Store {
 public:
    // Creates or upgrades the database. sharing_violation when another process has it, not_supported when it is newer than the
    // program, invalid_data when it is damaged or not ours, path_not_found, access_denied.
    static base::Result<std::unique_ptr<SqliteStore>> open(const std::string& path, SqliteStoreOptions options = {});
    // Tries once to commit what is left, then closes. No durable() may be waiting.
    ~SqliteStore() override;

    base::Result<spooler::Snapshot> load() override;
    spooler::Ticket enqueue(spooler::Change change) override;
    base::Task<base::Result<void>> durable(spooler::Ticket ticket) override;
    [[nodiscard]] base::Result<void> accepting() const override;
    base::Task<base::Result<void>> flush() override;

    // For metrics.
    struct Statistics {
        std::uint64_t commits = 0, failed_commits = 0, changes = 0, rejected = 0, waiting = 0;
    };
    [[nodiscard]] Statistics statistics() const;

    class Writer;                                                  // implementation

 private:
    explicit SqliteStore(std::unique_ptr<Writer> writer);
    std::unique_ptr<Writer> writer_;
};

}  // namespace storage
