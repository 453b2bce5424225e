// What nearly every translation unit parses anyway. Precompiled by the GNU build only; the clang build goes without, so that a
// missing #include is still found.
#pragma once

#include "base/async.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>
