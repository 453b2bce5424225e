// What nearly every translation unit parses anyway. A missing #include shows in a build with CMAKE_DISABLE_PRECOMPILE_HEADERS.
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
