#include "storage/sqlite_store.h"

#include "base/async_event.h"
#include "base/events.h"
#include "base/limits.h"
#include "base/log.h"
#include "spooler/failpoint.h"
#include "storage/migrations.h"
#include "storage/rows.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace storage {

using base::Task;
using base::Win32;
using spooler::Change;
using spooler::Ticket;

namespace {

// Somebody in durable(). `result` is set under the writer's mutex before the event.
struct Waiter {
    base::AsyncEvent event;
    std::optional<Result<void>> result;
};
using WaiterPtr = std::shared_ptr<Waiter>;

struct Rejected {
    std::size_t index;                                             // in the batch
    Error error;
};

// A change that the schema refuses will be refused for ever; everything else may go better next time.
bool is_permanent(const Error& error) { return error.code() == Win32::invalid_parameter; }

// What callers see of a failed commit: a full disk or a write fault.
Error outward(const Error& error) {
    const Win32 code = error.code() == Win32::disk_full ? Win32::disk_full : Win32::write_fault;
    return Error(code, "database: " + error.text());
}

Result<void> prepare_connection(Database& database, const std::string& path, const SqliteStoreOptions& options) {
    TRY_VOID(database.execute("PRAGMA busy_timeout=" + std::to_string(options.lock_timeout.count())));
    // Exclusive: one daemon per database, and no shared memory for the log's index.
    TRY_VOID(database.execute("PRAGMA locking_mode=EXCLUSIVE"));
    TRY(Statement mode, database.prepare("PRAGMA journal_mode=WAL"));
    TRY(const bool row, mode.step());
    if (!row || mode.text(0) != "wal") return Error(Win32::gen_failure, "database " + path + ": no write-ahead log possible");
    mode.reset();
    TRY_VOID(database.execute("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=2000"));
    // A read alone would not take the exclusive lock of a database that is already in WAL mode.
    TRY(Transaction lock, Transaction::begin(database));
    return lock.commit();
}

}  // namespace

// The database, its thread and the changes on their way to it.
class SqliteStore::Writer {
 public:
    Writer(Database database, Rows rows, SqliteStoreOptions options)
        : database_(std::move(database)), rows_(std::move(rows)), options_(std::move(options)) {
        thread_ = std::thread([this] { run(); });
    }
    ~Writer() {
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    Result<spooler::Snapshot> load() {
        const std::scoped_lock lock(database_mutex_);
        return Rows::load(database_);
    }

    Ticket enqueue(Change change) {
        Ticket ticket = 0;
        {
            const std::scoped_lock lock(mutex_);
            queue_.push_back(std::move(change));
            ticket = ++last_;
        }
        wake_.notify_one();
        return ticket;
    }

    [[nodiscard]] Ticket last() const {
        const std::scoped_lock lock(mutex_);
        return last_;
    }

    // The outcome if it is known; otherwise a waiter that will learn it.
    std::optional<Result<void>> outcome(Ticket ticket, WaiterPtr& waiter) {
        const std::scoped_lock lock(mutex_);
        const auto rejected = rejected_.find(ticket);
        if (rejected != rejected_.end()) return Result<void>(rejected->second);
        if (ticket <= committed_) return Result<void>();
        if (failure_) return Result<void>(*failure_);
        waiter = std::make_shared<Waiter>();
        waiters_.emplace(ticket, waiter);
        return std::nullopt;
    }

    // What the waiter has learnt; it is forgotten. Without a result the wait was cancelled.
    Result<void> collect(Ticket ticket, const WaiterPtr& waiter) {
        const std::scoped_lock lock(mutex_);
        if (waiter->result) return *waiter->result;
        const auto range = waiters_.equal_range(ticket);
        for (auto at = range.first; at != range.second; ++at) {
            if (at->second != waiter) continue;
            waiters_.erase(at);
            break;
        }
        return Error(Win32::operation_aborted, "cancelled while waiting for the database");
    }

    [[nodiscard]] Result<void> accepting() const {
        const std::scoped_lock lock(mutex_);
        if (failure_) return *failure_;
        if (queue_.size() > base::limits::kMaxQueuedChanges) return Error(Win32::busy, "database: too many changes wait");
        return {};
    }

    [[nodiscard]] Statistics statistics() const {
        const std::scoped_lock lock(mutex_);
        Statistics copy = statistics_;
        copy.waiting = queue_.size();
        return copy;
    }

 private:
    using Lock = std::unique_lock<std::mutex>;

    void run() {
        std::chrono::milliseconds pause = options_.retry_first;
        Lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            // New changes go to the other end of the deque, so these stay where they are while the lock is open.
            std::vector<const Change*> batch;
            const std::size_t count = std::min(queue_.size(), base::limits::kMaxGroupCommit);
            batch.reserve(count);
            for (std::size_t i = 0; i < count; ++i) batch.push_back(&queue_[i]);
            lock.unlock();
            std::vector<Rejected> rejected;
            Result<void> written = write(batch, rejected);
            lock.lock();
            if (written) {
                pause = options_.retry_first;
                finish_batch(lock, count, rejected);
                continue;
            }
            fail(lock, outward(written.error()));
            if (stopping_) return;
            wake_.wait_for(lock, pause, [this] { return stopping_; });
            pause = std::min(pause * 2, options_.retry_longest);
        }
    }

    Result<void> write(const std::vector<const Change*>& batch, std::vector<Rejected>& rejected) {
        const std::scoped_lock lock(database_mutex_);
        Result<void> done = write_fast(batch);
        if (done || !is_permanent(done.error())) return done;
        return write_carefully(batch, rejected);
    }

    Result<void> write_fast(const std::vector<const Change*>& batch) {
        TRY(Transaction transaction, Transaction::begin(database_));
        for (const Change* change : batch) {
            TRY_VOID(rows_.apply(*change));
        }
        return commit(transaction);
    }

    // One of the changes contradicts the schema: a bug somewhere, but no reason to lose the others or to stop for ever.
    Result<void> write_carefully(const std::vector<const Change*>& batch, std::vector<Rejected>& rejected) {
        TRY(Transaction transaction, Transaction::begin(database_));
        for (std::size_t i = 0; i < batch.size(); ++i) {
            TRY_VOID(database_.execute("SAVEPOINT change"));
            Result<void> applied = rows_.apply(*batch[i]);
            if (!applied) {
                if (!is_permanent(applied.error())) return applied;
                TRY_VOID(database_.execute("ROLLBACK TO change"));
                base::log::error("change refused by the database", {{"kind", static_cast<std::uint64_t>(batch[i]->index())},
                                                                     {"error", applied.error().to_string()}});
                rejected.push_back(Rejected{i, applied.error()});
            }
            TRY_VOID(database_.execute("RELEASE change"));
        }
        return commit(transaction);
    }

    Result<void> commit(Transaction& transaction) {
        if (options_.before_commit) {
            TRY_VOID(options_.before_commit());
        }
        WSP_FAILPOINT("store.commit.before");
        TRY_VOID(transaction.commit());
        WSP_FAILPOINT("store.commit.after");
        return {};
    }

    void finish_batch(Lock& lock, std::size_t count, const std::vector<Rejected>& rejected) {
        for (const Rejected& one : rejected) rejected_.emplace(committed_ + 1 + one.index, one.error);
        // Rejections are bugs and rare; the map must not grow without bound all the same.
        while (rejected_.size() > base::limits::kMaxGroupCommit) rejected_.erase(rejected_.begin());
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
        committed_ += count;
        ++statistics_.commits;
        statistics_.changes += count;
        statistics_.rejected += rejected.size();
        if (failure_ && committed_ >= failed_through_) {
            failure_.reset();
            base::report(base::Event::database_write_resumed, {{"changes_waiting", static_cast<std::uint64_t>(queue_.size())}});
        }
        std::vector<WaiterPtr> done;
        const auto end = waiters_.upper_bound(committed_);
        for (auto at = waiters_.begin(); at != end; ++at) {
            const auto refused = rejected_.find(at->first);
            at->second->result = refused == rejected_.end() ? Result<void>() : Result<void>(refused->second);
            done.push_back(at->second);
        }
        waiters_.erase(waiters_.begin(), end);
        notify(lock, done);
    }

    void fail(Lock& lock, Error error) {
        if (!failure_) base::report(base::Event::database_write_failed, {{"reason", error.to_string()}});
        ++statistics_.failed_commits;
        failed_through_ = last_;
        std::vector<WaiterPtr> done;
        for (auto& entry : waiters_) {
            entry.second->result = Result<void>(error);
            done.push_back(entry.second);
        }
        waiters_.clear();
        failure_ = std::move(error);
        notify(lock, done);
    }

    static void notify(Lock& lock, const std::vector<WaiterPtr>& done) {
        lock.unlock();
        for (const WaiterPtr& waiter : done) waiter->event.set();
        lock.lock();
    }

    std::mutex database_mutex_;                                    // load() against the thread
    Database database_;
    Rows rows_;
    const SqliteStoreOptions options_;

    mutable std::mutex mutex_;                                     // everything below
    std::condition_variable wake_;
    std::deque<Change> queue_;                                     // not committed; the first has ticket committed_ + 1
    Ticket last_ = 0;
    Ticket committed_ = 0;
    Ticket failed_through_ = 0;                                    // last ticket there was when a commit failed
    std::optional<Error> failure_;
    std::map<Ticket, Error> rejected_;
    std::multimap<Ticket, WaiterPtr> waiters_;
    Statistics statistics_;
    bool stopping_ = false;
    std::thread thread_;
};

SqliteStore::SqliteStore(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, SqliteStoreOptions options) {
    TRY(Database database, Database::open(path));
    Result<void> ready = prepare_connection(database, path, options);
    if (!ready) {
        if (ready.error().code() == Win32::sharing_violation)
            return Error(Win32::sharing_violation, "database " + path + " is in use by another process");
        return Error(ready.error().code(), "database " + path + ": " + ready.error().text());
    }
    Result<void> migrated = migrate(database);
    if (!migrated) return Error(migrated.error().code(), path + ": " + migrated.error().text());
    TRY(Rows rows, Rows::prepare(database));
    auto writer = std::make_unique<Writer>(std::move(database), std::move(rows), std::move(options));
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(writer)));
}

Result<spooler::Snapshot> SqliteStore::load() { return writer_->load(); }

Ticket SqliteStore::enqueue(Change change) { return writer_->enqueue(std::move(change)); }

Task<Result<void>> SqliteStore::durable(Ticket ticket) {
    WaiterPtr waiter;
    std::optional<Result<void>> known = writer_->outcome(ticket, waiter);
    if (known) co_return std::move(*known);
    co_await waiter->event.wait();
    co_return writer_->collect(ticket, waiter);
}

Result<void> SqliteStore::accepting() const { return writer_->accepting(); }

Task<Result<void>> SqliteStore::flush() {
    const Ticket last = writer_->last();
    return durable(last);
}

SqliteStore::Statistics SqliteStore::statistics() const { return writer_->statistics(); }

}  // namespace storage
