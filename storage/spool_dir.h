// Spool files on a POSIX file system: ROOT/<fan-out>/<job id>/data, "data.tmp" until it is published. One process per root.
// Every blocking call runs on threads of its own; a handful of them lets concurrent publishers share the journal's commits.
#pragma once

#include "spooler/spool_files.h"

#include <memory>
#include <string>

namespace boost::asio {
class thread_pool;
}

namespace storage {

class SpoolDir final : public spooler::SpoolFiles {
 public:
    // Creates the root (its parent must exist) and the fan-out directories, durably. sharing_violation when another process has the
    // root; path_not_found, access_denied, disk_full. Blocking.
    static base::Result<std::unique_ptr<SpoolDir>> open(const std::string& root, std::size_t threads = 8);
    // No call may be running; writers that still live discard their documents when they die.
    ~SpoolDir() override;

    base::Task<base::Result<std::unique_ptr<spooler::SpoolWriter>>> create(spooler::JobId id) override;
    base::Task<base::Result<void>> write_whole(spooler::JobId id, base::ByteView data) override;
    base::Task<base::Result<std::unique_ptr<spooler::SpoolReader>>> open(spooler::JobId id) override;
    base::Task<base::Result<void>> remove(spooler::JobId id) override;
    // At most half a second old; bytes written since are taken off.
    base::Task<base::Result<std::uint64_t>> free_bytes() override;
    base::Result<std::vector<spooler::StoredDocument>> sweep(std::span<const spooler::JobId> live) override;

    struct State;                                                  // implementation

 private:
    SpoolDir(std::shared_ptr<State> state, std::unique_ptr<boost::asio::thread_pool> threads);
    std::shared_ptr<State> state_;
    std::unique_ptr<boost::asio::thread_pool> threads_;            // not in the state: it must not die on one of its own threads
};

}  // namespace storage
