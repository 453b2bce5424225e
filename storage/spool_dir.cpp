#include "storage/spool_dir.h"

#include "storage/spool_layout.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace storage {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
using spooler::JobId;

namespace {

constexpr std::chrono::milliseconds kFreeSpaceAge{500};

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

struct SpoolDir::State {
    State(const std::string& root, boost::asio::any_io_executor the_pool) : layout(root), pool(std::move(the_pool)) {}

    SpoolLayout layout;
    boost::asio::any_io_executor pool;
    FileDescriptor lock;
    std::atomic<bool> closed{false};                               // the threads are gone
    // Free space as last measured, and when; negative = never. Bytes appended since then.
    std::atomic<std::uint64_t> free{0};
    std::atomic<std::int64_t> measured_ms{-1};
    std::atomic<std::uint64_t> written{0};

    [[nodiscard]] std::uint64_t estimate() const {
        const std::uint64_t total = free.load(std::memory_order_relaxed);
        return total - std::min(total, written.load(std::memory_order_relaxed));
    }
    Result<std::uint64_t> measure() {
        written.store(0, std::memory_order_relaxed);
        TRY(const std::uint64_t bytes, layout.free_bytes());
        free.store(bytes, std::memory_order_relaxed);
        measured_ms.store(now_ms(), std::memory_order_relaxed);
        return estimate();
    }
};

namespace {

using StatePtr = std::shared_ptr<SpoolDir::State>;

Result<void> write_document(SpoolDir::State& state, JobId id, base::ByteView data) {
    Result<void> done = state.layout.write_whole(id, data);
    if (!done) (void)state.layout.remove(id);
    return done;
}

Result<void> cut(const FileDescriptor& file, std::uint64_t size) {
    if (::ftruncate(file.number(), static_cast<off_t>(size)) != 0) return file_error(errno, "ftruncate");
    return {};
}

class DirWriter final : public spooler::SpoolWriter {
 public:
    DirWriter(StatePtr state, JobId id, FileDescriptor file)
        : state_(std::move(state)), id_(id), file_(std::make_shared<FileDescriptor>(std::move(file))) {}
    ~DirWriter() override {
        if (done_) return;
        if (state_->closed.load()) {
            state_->layout.discard(id_);
        } else {
            boost::asio::post(state_->pool, [state = state_, id = id_] { state->layout.discard(id); });
        }
    }

    Task<Result<void>> append(base::ByteView data) override {
        std::function<Result<void>()> work = [state = state_, file = file_, data, offset = size_] {
            Result<void> appended = state->layout.append(file->number(), data, offset);
            // Part of the data may be there: no reader shall take it for the document's.
            if (!appended) (void)cut(*file, offset);
            return appended;
        };
        auto done = co_await base::run_blocking<void>(state_->pool, std::move(work));
        if (done) {
            size_ += data.size();
            state_->written.fetch_add(data.size(), std::memory_order_relaxed);
        } else {
            ragged_ = true;
        }
        co_return done;
    }

    Task<Result<void>> publish() override {
        std::function<Result<void>()> work = [state = state_, file = file_, id = id_, size = size_, ragged = ragged_]() -> Result<void> {
            if (ragged) {
                TRY_VOID(cut(*file, size));
            }
            return state->layout.publish(id, file->number());
        };
        auto done = co_await base::run_blocking<void>(state_->pool, std::move(work));
        if (done) done_ = true;
        co_return done;
    }

    Task<void> discard() override {
        if (std::exchange(done_, true)) co_return;
        std::function<Result<void>()> work = [state = state_, id = id_]() -> Result<void> {
            state->layout.discard(id);
            return {};
        };
        auto done = co_await base::run_blocking<void>(state_->pool, std::move(work));
        static_cast<void>(done);
    }

 private:
    StatePtr state_;
    JobId id_;
    std::shared_ptr<FileDescriptor> file_;
    std::uint64_t size_ = 0;
    bool ragged_ = false;
    bool done_ = false;
};

class DirReader final : public spooler::SpoolReader {
 public:
    DirReader(StatePtr state, FileDescriptor file) : state_(std::move(state)), file_(std::make_shared<FileDescriptor>(std::move(file))) {}

    Task<Result<std::size_t>> read(base::MutableByteView into) override {
        // The descriptor survives rename and removal; a removed document shows as one without a name.
        struct stat status {};
        if (::fstat(file_->number(), &status) != 0 || status.st_nlink == 0) co_return Error(Win32::spool_file_not_found, "document was removed");
        if (position_ >= static_cast<std::uint64_t>(status.st_size)) co_return std::size_t{0};
        const std::size_t cached = read_cached(into);
        if (cached > 0) co_return advance(cached);
        std::function<Result<std::size_t>()> work = [file = file_, into, position = position_] {
            return read_at(file->number(), into, position);
        };
        auto count = co_await base::run_blocking<std::size_t>(state_->pool, std::move(work));
        if (!count) co_return std::move(count).error();
        co_return advance(*count);
    }
    [[nodiscard]] std::uint64_t position() const override { return position_; }
    void seek(std::uint64_t position) override { position_ = position; }

 private:
    // What the page cache has, without ever waiting for the disk: most documents are printed right after they were written.
    [[nodiscard]] std::size_t read_cached(base::MutableByteView into) const {
        iovec part{into.data(), into.size()};
        const ssize_t count = ::preadv2(file_->number(), &part, 1, static_cast<off_t>(position_), RWF_NOWAIT);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    std::size_t advance(std::size_t count) {
        position_ += count;
        return count;
    }

    StatePtr state_;
    std::shared_ptr<FileDescriptor> file_;
    std::uint64_t position_ = 0;
};

}  // namespace

SpoolDir::SpoolDir(std::shared_ptr<State> state, std::unique_ptr<boost::asio::thread_pool> threads)
    : state_(std::move(state)), threads_(std::move(threads)) {}

SpoolDir::~SpoolDir() {
    state_->closed.store(true);
    threads_->join();
}

Result<std::unique_ptr<SpoolDir>> SpoolDir::open(const std::string& root, std::size_t threads) {
    auto pool = std::make_unique<boost::asio::thread_pool>(std::max<std::size_t>(threads, 1));
    auto state = std::make_shared<State>(root, pool->get_executor());
    Result<void> prepared = state->layout.prepare();
    if (!prepared) {
        const Error& error = prepared.error();
        return Error(error.code() == Win32::file_not_found ? Win32::path_not_found : error.code(), "spool directory " + root + ": " + error.text());
    }
    TRY(state->lock, state->layout.lock());
    return std::unique_ptr<SpoolDir>(new SpoolDir(std::move(state), std::move(pool)));
}

Task<Result<std::unique_ptr<spooler::SpoolWriter>>> SpoolDir::create(JobId id) {
    const StatePtr state = state_;
    std::function<Result<FileDescriptor>()> work = [state, id] { return state->layout.create(id); };
    auto file = co_await base::run_blocking<FileDescriptor>(state->pool, std::move(work));
    if (!file) co_return std::move(file).error();
    co_return std::unique_ptr<spooler::SpoolWriter>(std::make_unique<DirWriter>(state, id, std::move(file).value()));
}

Task<Result<void>> SpoolDir::write_whole(JobId id, base::ByteView data) {
    const StatePtr state = state_;
    std::function<Result<void>()> work = [state, id, data] { return write_document(*state, id, data); };
    auto done = co_await base::run_blocking<void>(state->pool, std::move(work));
    if (done) state->written.fetch_add(data.size(), std::memory_order_relaxed);
    co_return done;
}

Task<Result<std::unique_ptr<spooler::SpoolReader>>> SpoolDir::open(JobId id) {
    const StatePtr state = state_;
    std::function<Result<FileDescriptor>()> work = [state, id] { return state->layout.open(id); };
    auto file = co_await base::run_blocking<FileDescriptor>(state->pool, std::move(work));
    if (!file) co_return std::move(file).error();
    co_return std::unique_ptr<spooler::SpoolReader>(std::make_unique<DirReader>(state, std::move(file).value()));
}

Task<Result<void>> SpoolDir::remove(JobId id) {
    const StatePtr state = state_;
    std::function<Result<void>()> work = [state, id] { return state->layout.remove(id); };
    co_return co_await base::run_blocking<void>(state->pool, std::move(work));
}

Task<Result<std::uint64_t>> SpoolDir::free_bytes() {
    const StatePtr state = state_;
    const std::int64_t measured = state->measured_ms.load(std::memory_order_relaxed);
    if (measured >= 0 && now_ms() - measured < kFreeSpaceAge.count()) co_return state->estimate();
    std::function<Result<std::uint64_t>()> work = [state] { return state->measure(); };
    co_return co_await base::run_blocking<std::uint64_t>(state->pool, std::move(work));
}

Result<std::vector<spooler::StoredDocument>> SpoolDir::sweep(std::span<const JobId> live) { return state_->layout.sweep(live); }

}  // namespace storage
