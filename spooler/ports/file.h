// "Local Port": each document becomes DIRECTORY/<job id>.prn, complete and durable or not there at all.
// Settings: directory, an absolute path below one of the directories that the configuration allows.
#pragma once

#include "spooler/ports/port_monitor.h"

#include <vector>

namespace spooler {

class FileMonitor final : public PortMonitor {
 public:
    static constexpr std::string_view kName = "Local Port";

    // Off (not_supported everywhere) unless `enabled`. `pool` runs the file operations.
    FileMonitor(bool enabled, std::vector<std::string> allowed_directories, boost::asio::any_io_executor pool)
        : enabled_(enabled), allowed_(std::move(allowed_directories)), pool_(std::move(pool)) {}

    std::string_view name() const override { return kName; }
    // not_supported when file ports are off; access_denied outside the allowed directories, links resolved.
    Result<void> validate(const PortConfig& port) const override;
    // An absolute path is the directory, which must be below an allowed one. Any other name has no part in the path: its documents go to
    // the first allowed directory. "NUL:" is a port of the null monitor. invalid_name for paths of Windows and relative ones.
    Result<PortConfig> named(std::string_view port) const override;
    // path_not_found when the directory does not exist; disk_full, access_denied, write_fault from the session.
    Task<Result<std::unique_ptr<PortSession>>> open(const PortConfig& port, const DocumentInfo& document) override;
    Task<Result<PortStatus>> status(const PortConfig& port) override;
    Task<Result<XcvReply>> xcv(PortConfig* port, const XcvRequest& request) override;

 private:
    bool enabled_;
    std::vector<std::string> allowed_;
    boost::asio::any_io_executor pool_;
};

}  // namespace spooler
