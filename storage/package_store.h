// Driver packages on a POSIX file system: ROOT/<id>/… and ROOT/.staging/<n>/… (private), and the cabinets in print$,
// DRIVERS/<environment>/PCC/<id>.cab. Crash rules as for documents (ARCHITECTURE section 12): files are on stable storage before anybody
// makes a row of them; at start what has no row goes.
#pragma once

#include "spooler/package_files.h"

#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class thread_pool;
}

namespace storage {

class PackageStore final : public spooler::PackageFiles {
 public:
    struct Settings {
        std::string root;                               // made when missing; its parent must exist
        std::string drivers;                            // what is exported as print$
        std::function<std::uint64_t()> min_free_bytes;  // the disk's reserve; asked each time
    };
    static base::Result<std::unique_ptr<PackageStore>> open(Settings settings);
    // No call may be running; staging areas that still live are removed when they die.
    ~PackageStore() override;

    base::Task<base::Result<spooler::StagingPtr>> stage() override;
    base::Task<base::Result<std::string>> copy_upload(spooler::StagingPtr staging, std::string environment,
                                                      spooler::UploadPath path) override;
    base::Task<base::Result<std::string>> copy_local(spooler::StagingPtr staging, std::string path) override;
    base::Task<base::Result<std::vector<std::string>>> list(spooler::StagingPtr staging) override;
    base::Task<base::Result<std::uint64_t>> room() override;
    base::Task<base::Result<bool>> complete(spooler::PackagePlace place) override;
    base::Task<base::Result<void>> keep_only(spooler::StagingPtr staging, std::vector<std::string> files) override;
    base::Task<base::Result<void>> publish(spooler::StagingPtr staging, spooler::PackagePlace place) override;
    base::Task<base::Result<void>> remove(std::string id) override;
    [[nodiscard]] std::string path_of(std::string_view id, std::string_view file) const override;
    base::Result<std::vector<std::string>> sweep(std::span<const spooler::PackagePlace> live) override;

    struct State;  // implementation

 private:
    PackageStore(std::shared_ptr<State> state, std::unique_ptr<boost::asio::thread_pool> threads);
    std::shared_ptr<State> state_;
    std::unique_ptr<boost::asio::thread_pool> threads_;
};

}  // namespace storage
