// The bounds of base/limits.h against one another. Each of them is tested at and past its edge, by name, where it is enforced. Those in
// milliseconds are not: a test that waited for them would be slow, so their tests set shorter ones; kKeepAliveIdleMs is the kernel's to
// keep, and kWriteBurstBytes bounds work between two writes, which nobody outside can see.
#include "base/limits.h"

#include <gtest/gtest.h>

namespace {

using namespace base::limits;

TEST(Limits, WhatIsPartOfSomethingFitsIntoIt) {
    EXPECT_LE(kMinFragmentBytes, kMaxFragmentBytes);
    EXPECT_LE(kMaxUnauthenticatedStubBytes, kMaxStubBytes);
    EXPECT_LE(kMaxStubBytes, kMaxStubBytesInFlight);
    EXPECT_LE(kMaxReplyBytes, kMaxArenaBytes) << "ReadPrinter fills its reply in the arena";
    EXPECT_LE(kReplyHighWaterBytes, kMaxQueuedReplyBytes);
    EXPECT_LE(kMaxReplyBytes, kMaxQueuedReplyBytes);
    EXPECT_LE(kMaxQueuedReplyBytes + kMaxStubBytesInFlight, kMaxBufferedBytes) << "one connection cannot use up what all have";
    EXPECT_LE(kMaxConnectionsPerAddress, kMaxConnections);
    EXPECT_LE(kMaxHandlesPerGroup, kMaxHandlesPerUser);
    EXPECT_LE(kMaxSubscriptionsPerGroup, kMaxSubscriptions);
    EXPECT_LE(kMaxExclusiveQueue, kMaxCallsPerConnection);
    EXPECT_LE(kMaxWriteBytes, kMaxStubBytes) << "a WritePrinter that is taken whole";
    EXPECT_LE(kMaxWriteBytes, kMaxReplyBytes);
    EXPECT_LE(kLogLinesPerMinute, kLogLinesPerMinuteInTotal);
    EXPECT_LE(kMaxDataValueBytes, kMaxPrinterDataBytes);
    EXPECT_LE(kMaxJobPropertyBytes, kMaxJobPropertiesBytes);
    EXPECT_LE(kMaxJobPropertiesBytes, kMaxAllJobPropertiesBytes);
    EXPECT_LE(kMaxGroupCommit, kMaxQueuedChanges);
    EXPECT_LE(kLingerMs, kAuthenticationTimeoutMs);
    EXPECT_LE(kMaxFlushDelayMs, kWriteTimeoutMs) << "no longer than any peer may keep a place";
    EXPECT_LE(kUnauthenticatedIdleMs, kFragmentTimeoutMs);
    EXPECT_LE(kWriteBurstBytes, kFreeBufferBytes);
    EXPECT_GT(kKeepAliveIdleMs, 0U);
}

}  // namespace
