// What nearly every unit test parses.
#pragma once

#include "base/precompiled.h"
#include "tests/support/run_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
