// The fuzzing entry points on random input: they must survive it. The real fuzzing runs elsewhere with the same functions.
#include "wire/epm/fuzz_ops.h"
#include "wire/mgmt/fuzz_ops.h"
#include "wire/winspool/fuzz_ops.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

using Entry = int (*)(const std::uint8_t*, std::size_t);

// Bytes as they occur in stubs: mostly zero or small, so that pointers and counts are met.
std::vector<std::uint8_t> noise(std::mt19937& random) {
    std::vector<std::uint8_t> bytes(4 + random() % 400);
    for (std::uint8_t& byte : bytes) {
        const unsigned kind = random() % 8;
        byte = static_cast<std::uint8_t>(kind < 5 ? 0 : kind < 7 ? random() % 4 : random() & 0xFFU);
    }
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(random() & 0xFFU);
    return bytes;
}

class FuzzSmoke : public testing::TestWithParam<Entry> {};

TEST_P(FuzzSmoke, SurvivesNoise) {
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        const std::vector<std::uint8_t> bytes = noise(random);
        ASSERT_EQ(GetParam()(bytes.data(), bytes.size()), 0);
    }
}

TEST_P(FuzzSmoke, SurvivesShortInput) {
    const std::uint8_t bytes[4] = {};
    for (std::size_t size = 0; size <= 4; ++size) EXPECT_EQ(GetParam()(bytes, size), 0);
}

INSTANTIATE_TEST_SUITE_P(Services, FuzzSmoke, testing::Values(wire::winspool::fuzz_ops, wire::epm::fuzz_ops, wire::mgmt::fuzz_ops));

}  // namespace
