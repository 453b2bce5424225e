// DriverFiles on a POSIX file system, below the server's state directory; see driver_layout for the places. One thread of its own: the
// installer works on one driver at a time.
#pragma once

#include "spooler/driver_files.h"

#include <memory>
#include <string>

namespace boost::asio {
class thread_pool;
}

namespace storage {

class DriverLayout;

class DriverStore final : public spooler::DriverFiles {
 public:
    // Creates DIRECTORY/drivers and DIRECTORY/driver_files. Blocking. path_not_found, access_denied, disk_full.
    static base::Result<std::unique_ptr<DriverStore>> open(const std::string& directory);
    // No call may be running.
    ~DriverStore() override;

    [[nodiscard]] const std::string& share() const override;
    base::Task<base::Result<std::vector<spooler::StoredFile>>> store(std::vector<std::string> sources, spooler::DriverQuota quota) override;
    base::Task<base::Result<void>> publish(std::vector<spooler::DriverFile> files) override;
    base::Task<base::Result<void>> withdraw(std::vector<spooler::DriverFile> files) override;
    base::Task<base::Result<void>> forget(std::vector<std::string> contents) override;
    base::Result<std::vector<spooler::DriverFile>> sweep(std::span<const spooler::DriverFile> files) override;

 private:
    DriverStore(std::shared_ptr<DriverLayout> layout, std::unique_ptr<boost::asio::thread_pool> thread);
    template <class T>
    base::Task<base::Result<T>> on_thread(std::function<base::Result<T>()> work);

    std::shared_ptr<DriverLayout> layout_;
    std::unique_ptr<boost::asio::thread_pool> thread_;
};

}  // namespace storage
