#include "base/result.h"

#include <array>
#include <cstdio>

namespace base {

std::string Error::to_string() const {
    std::string head;
    if (is_fault()) {
        std::array<char, 32> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "fault 0x%08x", fault_);
        head = buffer.data();
    } else {
        head = win32_name(code_);
    }
    return text_.empty() ? head : head + ": " + text_;
}

}  // namespace base
