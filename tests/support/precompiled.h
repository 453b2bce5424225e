// What nearly every unit test parses. GNU builds only, as idl/base/precompiled.h.
#pragma once

#include "base/precompiled.h"
#include "tests/support/run_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
