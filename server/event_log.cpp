#include "server/event_log.h"

#include "base/limits.h"
#include "storage/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace server {

using base::Error;
using base::Result;
using base::Task;
using base::Win32;
namespace limits = base::limits;

// Used on the log's own thread only, after open().
class EventLog::Files {
 public:
    Files(std::string directory, Limits bounds) : directory_(std::move(directory)), bounds_(bounds) {}

    Result<void> open() {
        TRY(file_, storage::open_file(path(0), O_RDWR | O_CREAT));
        TRY(size_, whole_lines(file_, path(0)));
        if (::ftruncate(file_.number(), static_cast<off_t>(size_)) != 0) return storage::file_error(errno, path(0));
        return {};
    }

    Result<void> append(const std::vector<std::string>& lines) {
        std::string pending;
        for (const std::string& line : lines) {
            if (size_ + pending.size() + line.size() + 1 > bounds_.file_bytes && size_ + pending.size() != 0) {
                TRY_VOID(write(pending));
                pending.clear();
                TRY_VOID(rotate());
            }
            pending += line;
            pending += '\n';
        }
        return write(pending);
    }

    Result<std::vector<std::string>> last(std::size_t count) {
        std::vector<std::string> newest_first;
        for (std::size_t number = 0; number <= bounds_.files && newest_first.size() < count; ++number) {
            TRY(const std::string text, read(number));
            std::size_t end = text.size();
            while (end > 0 && newest_first.size() < count) {
                const std::size_t before = end < 2 ? std::string::npos : text.rfind('\n', end - 2);
                const std::size_t begin = before == std::string::npos ? 0 : before + 1;
                newest_first.push_back(text.substr(begin, end - 1 - begin));
                end = begin;
            }
        }
        std::reverse(newest_first.begin(), newest_first.end());
        return newest_first;
    }

 private:
    [[nodiscard]] std::string path(std::size_t number) const {
        return directory_ + "/events." + (number == 0 ? "" : std::to_string(number) + ".") + "jsonl";
    }

    // Bytes up to and with the last line feed.
    static Result<std::uint64_t> whole_lines(const storage::FileDescriptor& file, const std::string& name) {
        struct stat info {};
        if (::fstat(file.number(), &info) != 0) return storage::file_error(errno, name);
        auto end = static_cast<std::uint64_t>(info.st_size);
        base::ByteBuffer chunk(4096);
        while (end > 0) {
            const std::uint64_t begin = end - std::min<std::uint64_t>(end, chunk.size());
            const base::MutableByteView room(chunk.data(), static_cast<std::size_t>(end - begin));
            TRY(const std::size_t got, storage::read_at(file.number(), room, begin));
            const std::size_t feed = base::as_text(base::ByteView(chunk.data(), got)).rfind('\n');
            if (feed != std::string_view::npos) return begin + feed + 1;
            end = begin;
        }
        return end;
    }

    Result<void> write(std::string_view text) {
        if (text.empty()) return {};
        Result<void> done = storage::write_at(file_.number(), base::as_bytes(text), size_);
        if (done) done = storage::sync_data(file_.number(), path(0));
        if (!done) {
            // No half lines: the next one starts where this one did.
            if (::ftruncate(file_.number(), static_cast<off_t>(size_)) != 0) return storage::file_error(errno, path(0));
            return done;
        }
        size_ += text.size();
        return {};
    }

    // The oldest falls off the end.
    Result<void> rotate() {
        for (std::size_t number = bounds_.files; number > 0; --number) {
            if (::access(path(number - 1).c_str(), F_OK) != 0) continue;
            TRY_VOID(storage::rename_file(path(number - 1), path(number)));
        }
        TRY(file_, storage::open_file(path(0), O_RDWR | O_CREAT | O_TRUNC));
        size_ = 0;
        TRY(const storage::FileDescriptor directory, storage::open_directory(directory_));
        return storage::sync_all(directory.number(), directory_);
    }

    Result<std::string> read(std::size_t number) {
        auto file = storage::open_file(path(number), O_RDONLY);
        if (!file && file.error().code() == Win32::file_not_found) return std::string();
        if (!file) return std::move(file).error();
        TRY(const std::uint64_t size, whole_lines(*file, path(number)));
        base::ByteBuffer bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, bounds_.file_bytes)));
        TRY(const std::size_t got, storage::read_at(file->number(), bytes, size - bytes.size()));
        return std::string(base::as_text(base::ByteView(bytes.data(), got)));
    }

    const std::string directory_;
    const Limits bounds_;
    storage::FileDescriptor file_;
    std::uint64_t size_ = 0;
};

EventLog::EventLog(std::shared_ptr<Files> files) : files_(std::move(files)) {}

EventLog::~EventLog() { pool_.join(); }

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& directory) {
    return open(directory, Limits{limits::kMaxEventLogFileBytes, limits::kMaxEventLogFiles});
}

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& directory, Limits limits) {
    auto files = std::make_shared<Files>(directory, limits);
    TRY_VOID(files->open());
    return std::unique_ptr<EventLog>(new EventLog(std::move(files)));
}

Task<Result<void>> EventLog::append(std::vector<std::string> lines) {
    const std::shared_ptr<Files> files = files_;
    std::function<Result<void>()> work = [files, batch = std::move(lines)] { return files->append(batch); };
    co_return co_await base::run_blocking<void>(pool_.get_executor(), std::move(work));
}

Task<Result<std::vector<std::string>>> EventLog::last(std::size_t count) {
    const std::shared_ptr<Files> files = files_;
    std::function<Result<std::vector<std::string>>()> work = [files, count] { return files->last(count); };
    co_return co_await base::run_blocking<std::vector<std::string>>(pool_.get_executor(), std::move(work));
}

}  // namespace server
