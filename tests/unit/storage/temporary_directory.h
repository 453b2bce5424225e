// A directory of its own for one test; it goes with everything in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace storage {

class TemporaryDirectory {
 public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "winspoold-test-XXXXXX").string();
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
