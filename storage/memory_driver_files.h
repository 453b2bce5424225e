// DriverFiles in memory, with uploads that a test places and switches for what can go wrong. Used by tests only.
#pragma once

#include "base/guarded.h"
#include "spooler/driver_files.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace storage {

// Thread-safe. The state directory is "/state", the share "/state/drivers".
class MemoryDriverFiles final : public spooler::DriverFiles {
 public:
    MemoryDriverFiles();
    ~MemoryDriverFiles() override;

    [[nodiscard]] const std::string& share() const override { return share_; }
    base::Task<base::Result<std::vector<spooler::StoredFile>>> store(std::vector<std::string> sources, spooler::DriverQuota quota) override;
    base::Task<base::Result<void>> publish(std::vector<spooler::DriverFile> files) override;
    base::Task<base::Result<void>> withdraw(std::vector<spooler::DriverFile> files) override;
    base::Task<base::Result<void>> forget(std::vector<std::string> contents) override;
    base::Result<std::vector<spooler::DriverFile>> sweep(std::span<const spooler::DriverFile> files) override;

    // Puts a file below the share, "x64/oem.dll", as a client does over SMB.
    void upload(const std::string& path, const std::string& content, std::uint64_t modified = 1);
    // What a client finds at "x64/3/oem.dll"; nothing when there is no such file.
    [[nodiscard]] std::optional<std::string> shown(const std::string& path) const;
    [[nodiscard]] std::size_t contents() const;
    // How many sources have been looked at.
    [[nodiscard]] std::size_t reads() const;
    // What the latest store() was allowed to take.
    [[nodiscard]] spooler::DriverQuota last_quota() const;
    // The next publish() fails, once.
    void fail_next_publish(base::Error error);
    // A content is damaged or gone, as a broken disk leaves it.
    void lose(const std::string& path);
    // Bytes that fit from now on.
    void set_free_bytes(std::uint64_t bytes);

    struct State;  // implementation

 private:
    std::string share_ = "/state/drivers";
    std::unique_ptr<base::Guarded<State>> state_;
};

}  // namespace storage
