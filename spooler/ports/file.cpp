#include "spooler/ports/file.h"

#include "base/async.h"
#include "base/utf.h"
#include "spooler/ports/null.h"
#include "spooler/ports/settings.h"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace spooler {

using base::Error;
using base::Win32;

namespace {

namespace fs = std::filesystem;

bool is_below(const fs::path& path, const fs::path& root) {
    const auto ends = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return ends.first == root.end();
}

// The directory with all links resolved, checked against the allowed ones. Looks at the disk.
Result<std::string> checked_directory(const PortConfig& port, const std::vector<std::string>& allowed) {
    TRY_VOID(only_settings(port, {"directory"}));
    const fs::path wanted = setting_text(port, "directory");
    if (!wanted.is_absolute()) return bad_port(port, "directory is \"" + wanted.string() + "\", must be an absolute path");
    std::error_code failed;
    const fs::path real = fs::weakly_canonical(wanted, failed);
    if (failed) return Error(Win32::path_not_found, "port \"" + port.name + "\": " + wanted.string() + ": " + failed.message());
    for (const std::string& directory : allowed) {
        std::error_code ignored;
        fs::path root = fs::weakly_canonical(directory, ignored);
        if (!root.has_filename()) root = root.parent_path();       // "/srv/out/" is "/srv/out"
        if (!ignored && is_below(real, root)) return real.string();
    }
    return Error(Win32::access_denied, "port \"" + port.name + "\": directory " + real.string() + " is not below an allowed directory");
}

// One document on its way into the directory. Everything below runs on the pool; the object dies with the last user.
class Output {
 public:
    static Result<std::shared_ptr<Output>> open(const std::string& directory, JobId job) {
        auto output = std::make_shared<Output>();
        output->path_ = directory;
        output->directory_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (output->directory_ < 0) {
            if (errno == ENOENT || errno == ENOTDIR) return Error(Win32::path_not_found, "directory " + directory + " does not exist");
            return output->failure("open");
        }
        output->final_ = std::to_string(job) + ".prn";
        output->temporary_ = "." + output->final_ + ".tmp";
        // A file of an interrupted attempt may be there; whatever it is, it is not followed and not reused.
        (void)::unlinkat(output->directory_, output->temporary_.c_str(), 0);
        output->file_ = ::openat(output->directory_, output->temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
        if (output->file_ < 0) return output->failure("create");
        return output;
    }
    Output() = default;
    ~Output() {
        if (file_ >= 0) ::close(file_);
        if (file_ >= 0 && !done_) (void)::unlinkat(directory_, temporary_.c_str(), 0);
        if (directory_ >= 0) ::close(directory_);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    Result<std::size_t> write(ByteView data) {
        for (;;) {
            const ssize_t count = ::write(file_, data.data(), data.size());
            if (count > 0) return static_cast<std::size_t>(count);
            if (count < 0 && errno != EINTR) return failure("write");
        }
    }
    Result<void> finish() {
        if (::fsync(file_) != 0) return failure("sync");
        if (::renameat(directory_, temporary_.c_str(), directory_, final_.c_str()) != 0) return failure("rename");
        done_ = true;
        if (::fsync(directory_) != 0) return failure("sync directory");
        return {};
    }

 private:
    [[nodiscard]] Error failure(const std::string& doing) const { return base::error_from_errno(errno, doing + " " + path_ + "/" + final_); }

    std::string path_, final_, temporary_;
    int directory_ = -1;
    int file_ = -1;
    bool done_ = false;
};
using OutputPtr = std::shared_ptr<Output>;

class FileSession final : public PortSession {
 public:
    FileSession(OutputPtr output, boost::asio::any_io_executor pool) : output_(std::move(output)), pool_(std::move(pool)) {}

    Task<Result<std::size_t>> write(ByteView data) override {
        std::function<Result<std::size_t>()> work = [output = output_, data] { return output->write(data); };
        co_return co_await base::run_blocking<std::size_t>(pool_, std::move(work));
    }
    Task<Result<std::size_t>> read(std::span<std::byte> /*into*/) override { co_return std::size_t{0}; }
    Task<Result<void>> finish() override {
        std::function<Result<void>()> work = [output = output_] { return output->finish(); };
        co_return co_await base::run_blocking<void>(pool_, std::move(work));
    }

 private:
    OutputPtr output_;
    boost::asio::any_io_executor pool_;
};

Error switched_off(const PortConfig& port) {
    return Error(Win32::not_supported, "port \"" + port.name + "\": file ports are switched off in the configuration");
}

}  // namespace

Result<void> FileMonitor::validate(const PortConfig& port) const {
    if (!enabled_) return switched_off(port);
    TRY_VOID(checked_directory(port, allowed_));
    return {};
}

Result<PortConfig> FileMonitor::named(std::string_view port) const {
    PortConfig config;
    config.name = port;
    if (base::equal_names(port, "NUL:") || base::equal_names(port, "NUL")) {
        config.monitor = NullMonitor::kName;
        return config;
    }
    config.monitor = kName;
    if (!enabled_) return switched_off(config);
    const bool path = port.find_first_of("/\\") != std::string_view::npos;
    if (path && port.front() != '/') return Error(Win32::invalid_name, "port \"" + config.name + "\": not an absolute path");
    if (!path && allowed_.empty()) return Error(Win32::access_denied, "no directory is allowed");
    config.settings["directory"] = path ? config.name : allowed_.front();
    return config;
}

Task<Result<std::unique_ptr<PortSession>>> FileMonitor::open(const PortConfig& port, const DocumentInfo& document) {
    if (!enabled_) co_return switched_off(port);
    const boost::asio::any_io_executor pool = pool_;
    std::function<Result<OutputPtr>()> work = [port, allowed = allowed_, job = document.job]() -> Result<OutputPtr> {
        TRY(const std::string directory, checked_directory(port, allowed));
        return Output::open(directory, job);
    };
    auto output = co_await base::run_blocking<OutputPtr>(pool, std::move(work));
    if (!output) co_return std::move(output).error();
    co_return std::unique_ptr<PortSession>(std::make_unique<FileSession>(std::move(output).value(), pool));
}

Task<Result<PortStatus>> FileMonitor::status(const PortConfig& /*port*/) { co_return PortStatus(); }

Task<Result<XcvReply>> FileMonitor::xcv(PortConfig* /*port*/, const XcvRequest& request) {
    co_return Error(Win32::not_supported, "Xcv command \"" + request.command + "\"");
}

}  // namespace spooler
