// The daemon's side of package reading: one sandboxed winspool-worker process per request. Implements spooler::PackageReader.
#pragma once

#include "base/async.h"
#include "base/async_event.h"
#include "base/guarded.h"
#include "base/limits.h"
#include "server/worker_protocol.h"
#include "spooler/package_reader.h"

#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class thread_pool;
}

namespace server {

struct PackageWorkerSettings {
    std::string program;                                           // path of winspool-worker
    std::vector<std::string> trust_files, trust_directories;       // PEM
    bool allow_sha1 = false;
    std::uint32_t timeout_ms = base::limits::kWorkerTimeoutMs;
};

// "winspool-worker" beside the running program.
[[nodiscard]] std::string default_worker_program();

// Any thread. At most kMaxWorkers processes run at a time, further calls wait their turn. A worker that takes longer than timeout_ms is killed;
// one that crashes, is killed by its limits or answers nonsense is an error of the package (invalid_data). A worker that cannot be started:
// file_not_found or access_denied. Cancelling a call kills its worker.
class PackageWorker final : public spooler::PackageReader {
 public:
    explicit PackageWorker(PackageWorkerSettings settings);
    ~PackageWorker() override;
    base::Task<base::Result<spooler::DriverPackage>> read(std::string directory, std::string inf_name) override;
    base::Task<base::Result<void>> unpack(std::string cabinet, std::string directory, std::uint64_t room) override;
    base::Task<base::Result<void>> pack(std::string directory, std::string cabinet) override;

 private:
    struct Turns;
    class Turn;
    base::Task<base::Result<WorkerReply>> run(WorkerRequest request);
    // The roles whose answer says nothing but success. `room`: bytes that may be written, 0 where none are asked for.
    base::Task<base::Result<void>> run_on_cabinet(WorkerRequest::Role role, std::string cabinet, std::string directory, std::uint64_t room);
    base::Task<base::Result<WorkerReply>> run_in_turn(WorkerRequest request);
    void log_warnings(const std::vector<std::string>& warnings);

    PackageWorkerSettings settings_;
    std::shared_ptr<Turns> turns_;
    std::unique_ptr<boost::asio::thread_pool> decoder_;            // of answers
};

}  // namespace server
