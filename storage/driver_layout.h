// Driver files on disk and the blocking steps on them, in the order that survives a power cut. Contents lie below BASE/driver_files by
// their SHA-256 and never change; BASE/drivers is the share, whose installed files are hard links to them. Used by driver_store on its
// pool.
#pragma once

#include "spooler/driver_files.h"
#include "storage/posix_file.h"

#include <string>
#include <string_view>
#include <vector>

namespace storage {

class DriverLayout {
 public:
    explicit DriverLayout(std::string base);

    [[nodiscard]] const std::string& share() const { return share_; }
    [[nodiscard]] std::string content_path(std::string_view content) const;
    // Where an installed file is shown; empty when the row names no place in the share.
    [[nodiscard]] std::string shown_path(const spooler::DriverFile& file) const;

    // Creates the directories and opens the base.
    base::Result<void> prepare();
    // See DriverFiles for these.
    base::Result<std::vector<spooler::StoredFile>> store(const std::vector<std::string>& sources, const spooler::DriverQuota& quota);
    base::Result<void> publish(const std::vector<spooler::DriverFile>& files) const;
    base::Result<void> withdraw(const std::vector<spooler::DriverFile>& files) const;
    base::Result<void> forget(const std::vector<std::string>& contents) const;
    base::Result<std::vector<spooler::DriverFile>> sweep(std::span<const spooler::DriverFile> files) const;

    // Opens a plain file below the base for reading without following any link; each part is looked for in any case.
    [[nodiscard]] base::Result<FileDescriptor> open_source(const std::string& path) const;

 private:
    struct Intake {
        std::uint64_t bytes = 0;
        std::vector<std::string> fresh;  // contents that were not there before
    };
    [[nodiscard]] base::Result<spooler::StoredFile> copy_in(int source, const std::string& name, const spooler::DriverQuota& quota,
                                                            Intake& intake) const;
    base::Result<void> keep(const FileDescriptor& file, const std::string& temporary, const std::string& content) const;
    base::Result<void> link_into_share(const spooler::DriverFile& file) const;
    base::Result<bool> restore(const spooler::DriverFile& file) const;
    base::Result<void> clean_share(std::span<const spooler::DriverFile> files) const;
    base::Result<void> clean_contents(std::span<const spooler::DriverFile> files) const;
    base::Result<void> check_free(std::uint64_t bytes, std::uint64_t min_free) const;

    std::string base_, share_, contents_;
    FileDescriptor base_directory_;
};

}  // namespace storage
