// Store and SpoolFiles in memory, with switches for everything that can go wrong on disk. Used by tests only.
#pragma once

#include "base/guarded.h"
#include "spooler/spool_files.h"
#include "spooler/store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace storage {

// Applies changes at once; durable() succeeds unless told otherwise. Thread-safe.
class MemoryStore final : public spooler::Store {
 public:
    MemoryStore();
    explicit MemoryStore(spooler::Snapshot content);
    ~MemoryStore() override;

    base::Result<spooler::Snapshot> load() override;
    spooler::Ticket enqueue(spooler::Change change) override;
    base::Task<base::Result<void>> durable(spooler::Ticket ticket) override;
    [[nodiscard]] base::Result<void> accepting() const override;
    base::Task<base::Result<void>> flush() override;

    // From now on nothing becomes durable: tickets fail with `error` and new changes are refused, but keep their order.
    void fail(base::Error error);
    // What had to wait is written, in order; new changes are accepted again.
    void recover();
    // durable() waits (a slow disk) until release().
    void hold();
    void release();

    // What a restart would find: without the changes that failed or are held back.
    [[nodiscard]] spooler::Snapshot content() const;
    [[nodiscard]] std::optional<spooler::JobRecord> job(spooler::JobId id) const;
    [[nodiscard]] std::optional<spooler::PrinterRecord> printer(spooler::PrinterId id) const;
    // Every change so far in order of enqueue, durable or not.
    [[nodiscard]] std::vector<spooler::Change> changes() const;

    struct State;                                                  // implementation

 private:
    std::unique_ptr<base::Guarded<State>> state_;
};

// Documents in memory. Thread-safe; writers and readers may outlive nothing but this object.
class MemorySpoolFiles final : public spooler::SpoolFiles {
 public:
    MemorySpoolFiles();
    ~MemorySpoolFiles() override;

    base::Task<base::Result<std::unique_ptr<spooler::SpoolWriter>>> create(spooler::JobId id) override;
    base::Task<base::Result<void>> write_whole(spooler::JobId id, base::ByteView data) override;
    base::Task<base::Result<std::unique_ptr<spooler::SpoolReader>>> open(spooler::JobId id) override;
    base::Task<base::Result<void>> remove(spooler::JobId id) override;
    base::Task<base::Result<std::uint64_t>> free_bytes() override;
    base::Result<std::vector<spooler::StoredDocument>> sweep(std::span<const spooler::JobId> live) override;

    // Bytes that fit from now on; appending past them fails with disk_full. free_bytes() reports what is left.
    void set_free_bytes(std::uint64_t bytes);
    // The next append, publish or write_whole fails with `error`, once.
    void fail_next_write(base::Error error);
    [[nodiscard]] std::optional<std::string> published(spooler::JobId id) const;   // content; nothing when absent or temporary
    [[nodiscard]] bool exists(spooler::JobId id) const;                            // published or temporary
    [[nodiscard]] std::size_t count() const;

    struct State;                                                  // implementation

 private:
    std::shared_ptr<base::Guarded<State>> state_;
};

// Applies one change to a snapshot as the database would: keys are ids and folded names, deleting a printer takes its jobs and forms.
void apply_change(spooler::Snapshot& content, const spooler::Change& change);

}  // namespace storage
