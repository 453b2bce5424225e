#include "spooler/retry_policy.h"

#include <gtest/gtest.h>

namespace {

using base::Error;
using base::Win32;
using spooler::DeliveryFailure;
using spooler::RetryAction;

TEST(RetryPolicy, ActionPerError) {
    const struct {
        Win32 code;
        RetryAction action;
    } kRows[] = {
        {Win32::connection_refused, RetryAction::retry},  {Win32::host_unreachable, RetryAction::retry},
        {Win32::timeout, RetryAction::retry},             {Win32::connection_aborted, RetryAction::retry},
        {Win32::broken_pipe, RetryAction::retry},         {Win32::busy, RetryAction::retry},
        {Win32::disk_full, RetryAction::retry},           {Win32::gen_failure, RetryAction::retry},
        {Win32::access_denied, RetryAction::pause_queue}, {Win32::unknown_port, RetryAction::pause_queue},
        {Win32::invalid_datatype, RetryAction::hold_job}, {Win32::spool_file_not_found, RetryAction::fail_job},
    };
    for (const auto& row : kRows) {
        const DeliveryFailure failure{Error(row.code), 1, false};
        EXPECT_EQ(spooler::decide(failure, spooler::SpoolSettings()).action, row.action) << base::win32_name(row.code);
    }
}

TEST(RetryPolicy, DelaysDoubleUpToTheLimit) {
    spooler::SpoolSettings settings;
    settings.retry_initial_ms = 100;
    settings.retry_max_ms = 1000;
    const std::int64_t kExpected[] = {100, 200, 400, 800, 1000, 1000};
    for (std::uint32_t i = 0; i < std::size(kExpected); ++i) {
        const DeliveryFailure failure{Error(Win32::timeout), i + 1, false};
        EXPECT_EQ(spooler::decide(failure, settings).delay.count(), kExpected[i]) << i;
    }
    const DeliveryFailure late{Error(Win32::timeout), 4'000'000'000U, false};
    EXPECT_EQ(spooler::decide(late, settings).delay.count(), 1000);
}

TEST(RetryPolicy, TextTellsThatADocumentIsSentAgain) {
    const DeliveryFailure middle{Error(Win32::connection_aborted), 1, true};
    EXPECT_NE(spooler::decide(middle, spooler::SpoolSettings()).text.find("again from the beginning"), std::string::npos);
    const DeliveryFailure off{Error(Win32::connection_refused), 1, false};
    const auto decision = spooler::decide(off, spooler::SpoolSettings());
    EXPECT_EQ(decision.text.find("beginning"), std::string::npos);
    EXPECT_EQ(decision.job_status, spooler::job_status::kOffline);
    EXPECT_EQ(decision.printer_status, spooler::printer_status::kOffline);
}

}  // namespace
