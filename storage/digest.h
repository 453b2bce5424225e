// SHA-256 of files, the name under which their bytes are kept. Used by driver_layout and the memory implementation for tests.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace storage {

class Sha256 {
 public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(base::ByteView data);
    // Lower-case hex; gen_failure when the library failed on the way. Once.
    base::Result<std::string> finish();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

// Of a whole file, from its beginning.
[[nodiscard]] base::Result<std::string> sha256_of(int descriptor);
[[nodiscard]] bool is_sha256(std::string_view text);  // 64 lower-case hex digits

}  // namespace storage
