#include "spooler/versioned.h"

#include <gtest/gtest.h>

namespace spooler {
namespace {

TEST(Versioned, CountsChangesAndNotLooks) {
    Version version{1};
    Versioned<int> first(version), second(version);
    EXPECT_EQ(first.with([](int& value) { return value = 1; }), 1);
    EXPECT_EQ(version.load(), 2U);
    EXPECT_EQ(first.with([](const int& value) { return value; }), 1);
    EXPECT_EQ(version.load(), 2U);
    second.with([](int& value) { value = 5; });
    EXPECT_EQ(version.load(), 3U);
    EXPECT_EQ(std::as_const(second).with([](const int& value) { return value; }), 5);
    EXPECT_EQ(version.load(), 3U);
}

TEST(Versioned, CountsAChangeBeforeTheNextLook) {
    Version version{1};
    Versioned<int> state(version);
    state.with([&](int& value) {
        value = 1;
        EXPECT_EQ(version.load(), 1U);                             // while the lock is held nobody else sees the value either
    });
    EXPECT_EQ(state.with([&](const int&) { return version.load(); }), 2U);
}

TEST(Versioned, CountsAChangeThatThrows) {
    Version version{1};
    Versioned<int> state(version);
    EXPECT_THROW(state.with([](int& value) {
        value = 1;
        throw std::bad_alloc();
    }),
                 std::bad_alloc);
    EXPECT_EQ(version.load(), 2U);
}

}  // namespace
}  // namespace spooler
