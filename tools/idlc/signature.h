// Are two functions the same on the wire? Names do not matter; kinds, order, directions, counts and ranges do.
#pragma once

#include "tools/idlc/model.h"

#include <string>

namespace idlc {

// Empty if they are the same; else what differs first: "parameter 3 differs: array of byte, here array of wchar_t".
[[nodiscard]] std::string difference(const Function& first, const Function& second);

}  // namespace idlc
