// A directory of its own for one test; it goes with everything in it. In memory where the system has such a place: unit tests are
// about order and content, and a real disk makes hundreds of syncs slow.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace storage {

class TemporaryDirectory {
 public:
    enum class Place { memory, disk };

    explicit TemporaryDirectory(Place place = Place::memory) {
        const bool memory = place == Place::memory && ::access("/dev/shm", W_OK) == 0;
        const std::filesystem::path parent = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
        std::string pattern = (parent / "winspoold-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) std::abort();
        root_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string path(const std::string& name = {}) const { return name.empty() ? root_ : root_ + "/" + name; }

 private:
    std::string root_;
};

}  // namespace storage
