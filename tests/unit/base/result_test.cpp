#include "base/guarded.h"
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace base {
namespace {

Result<int> half(int value) {
    if (value % 2 != 0) return Error(Win32::invalid_parameter, "odd");
    return value / 2;
}

Result<int> quarter(int value) {
    TRY(const int first, half(value));
    TRY(const int second, half(first));
    return second;
}

Result<void> must_be_even(int value) {
    TRY_VOID(half(value));
    return {};
}

TEST(Result, CarriesValueOrError) {
    EXPECT_EQ(*quarter(8), 2);
    const auto failed = quarter(6);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Win32::invalid_parameter);
    EXPECT_EQ(failed.error().to_string(), "ERROR_INVALID_PARAMETER: odd");
    EXPECT_EQ(failed.value_or(7), 7);
    EXPECT_TRUE(must_be_even(2));
    EXPECT_FALSE(must_be_even(3));
    EXPECT_EQ(code_of(must_be_even(2)), Win32::success);
    EXPECT_EQ(code_of(must_be_even(3)), Win32::invalid_parameter);
}

TEST(Result, DefaultIsFailureForValuesAndSuccessForVoid) {
    EXPECT_FALSE(Result<int>());
    EXPECT_EQ(Result<int>().error().code(), Win32::gen_failure);
    EXPECT_TRUE(Result<void>());
}

TEST(Result, MovesOnlyOnce) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
    std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 5);
}

TEST(Error, FaultsAreNotOutcomes) {
    const Error fault = Error::fault(0x1c00001a, "context mismatch");
    EXPECT_TRUE(fault.is_fault());
    EXPECT_EQ(fault.fault_status(), 0x1c00001aU);
    EXPECT_EQ(fault.to_string(), "fault 0x1c00001a: context mismatch");
    EXPECT_FALSE(Error(Win32::busy).is_fault());
    EXPECT_EQ(Error(Win32::busy).to_string(), "ERROR_BUSY");
}

TEST(Win32, NamesAndHresults) {
    EXPECT_EQ(win32_name(Win32::invalid_level), "ERROR_INVALID_LEVEL");
    EXPECT_EQ(win32_name(static_cast<Win32>(54321)), "ERROR_54321");
    EXPECT_EQ(hresult_from_win32(Win32::success), 0U);
    EXPECT_EQ(hresult_from_win32(Win32::access_denied), 0x80070005U);
}

TEST(Guarded, SerialisesThreads) {
    Guarded<std::vector<int>> guarded;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&guarded] {
            for (int i = 0; i < 500; ++i) guarded.with([i](std::vector<int>& v) { v.push_back(i); });
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(guarded.with([](const std::vector<int>& v) { return v.size(); }), 2000U);
}

}  // namespace
}  // namespace base
