// What follows when a document could not be delivered: one table from Win32 codes to actions, back-off, status bits and text.
#pragma once

#include "base/result.h"
#include "spooler/context.h"

#include <chrono>
#include <string>

namespace spooler {

enum class RetryAction : std::uint8_t {
    retry,         // the same job again, from the beginning, after `delay`; the port rests meanwhile
    hold_job,      // the job waits for an operator, the next ones go on
    pause_queue,   // nothing can print until an administrator mends and resumes
    fail_job,      // it cannot print any more
};

struct RetryDecision {
    RetryAction action = RetryAction::retry;
    std::chrono::milliseconds delay{0};
    std::uint32_t job_status = 0;                                  // JOB_STATUS_* to show
    std::uint32_t printer_status = 0;                              // PRINTER_STATUS_* to show
    std::string text;                                              // status text of the job
};

struct DeliveryFailure {
    base::Error error;
    std::uint32_t failures = 1;                                    // of this port in a row, this one included
    bool data_sent = false;                                        // the device already had the beginning
};

// Delays double from settings.retry_initial_ms up to settings.retry_max_ms.
[[nodiscard]] RetryDecision decide(const DeliveryFailure& failure, const SpoolSettings& settings);

}  // namespace spooler
