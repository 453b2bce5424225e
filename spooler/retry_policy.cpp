#include "spooler/retry_policy.h"

#include <algorithm>

namespace spooler {
namespace {

using base::Win32;

struct Row {
    Win32 code;
    RetryAction action;
    std::uint32_t job_status, printer_status;
    const char* text;
};

constexpr std::uint32_t kJobOffline = job_status::kOffline, kJobError = job_status::kError,
                        kJobIntervention = job_status::kError | job_status::kUserIntervention;
constexpr std::uint32_t kOffline = printer_status::kOffline, kError = printer_status::kError,
                        kIntervention = printer_status::kError | printer_status::kUserIntervention;

constexpr Row kRows[] = {
    {Win32::connection_refused, RetryAction::retry, kJobOffline, kOffline, "The printer refuses the connection"},
    {Win32::host_unreachable, RetryAction::retry, kJobOffline, kOffline, "The printer cannot be reached"},
    {Win32::network_unreachable, RetryAction::retry, kJobOffline, kOffline, "The printer's network cannot be reached"},
    {Win32::timeout, RetryAction::retry, kJobOffline, kOffline, "The printer does not answer"},
    {Win32::dev_not_exist, RetryAction::retry, kJobOffline, kOffline, "The device is not connected"},
    {Win32::path_not_found, RetryAction::retry, kJobError, kError, "The port's directory does not exist"},
    {Win32::busy, RetryAction::retry, 0, printer_status::kBusy, "The printer is busy"},
    {Win32::sharing_violation, RetryAction::retry, 0, printer_status::kBusy, "The printer is in use"},
    {Win32::connection_aborted, RetryAction::retry, kJobError, kError, "The printer closed the connection"},
    {Win32::graceful_disconnect, RetryAction::retry, kJobError, kError, "The printer closed the connection"},
    {Win32::broken_pipe, RetryAction::retry, kJobError, kError, "The printer closed the connection"},
    {Win32::access_denied, RetryAction::pause_queue, kJobIntervention, kIntervention, "The server may not use the port"},
    {Win32::unknown_port, RetryAction::pause_queue, kJobIntervention, kIntervention, "The printer's port does not exist"},
    {Win32::unknown_print_monitor, RetryAction::pause_queue, kJobIntervention, kIntervention, "The port has no monitor"},
    {Win32::invalid_datatype, RetryAction::hold_job, kJobIntervention, 0, "No print processor for the datatype"},
    {Win32::unknown_printprocessor, RetryAction::hold_job, kJobIntervention, 0, "The print processor does not exist"},
    {Win32::not_supported, RetryAction::hold_job, kJobIntervention, 0, "The document cannot be printed here"},
    {Win32::invalid_data, RetryAction::hold_job, kJobIntervention, 0, "The document is damaged"},
    {Win32::spool_file_not_found, RetryAction::fail_job, kJobError, 0, "The document's data is gone"},
};
constexpr Row kOther{Win32::gen_failure, RetryAction::retry, kJobError, kError, "The printer reports an error"};

const Row& row_of(Win32 code) {
    const auto* at = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.code == code; });
    return at == std::end(kRows) ? kOther : *at;
}

std::chrono::milliseconds back_off(std::uint32_t failures, const SpoolSettings& settings) {
    std::uint64_t delay = std::max<std::uint64_t>(settings.retry_initial_ms, 1);
    for (std::uint32_t i = 1; i < failures && delay < settings.retry_max_ms; ++i) delay *= 2;
    return std::chrono::milliseconds(std::min<std::uint64_t>(delay, std::max(settings.retry_max_ms, settings.retry_initial_ms)));
}

}  // namespace

RetryDecision decide(const DeliveryFailure& failure, const SpoolSettings& settings) {
    const Row& row = row_of(failure.error.code());
    RetryDecision decision;
    decision.action = row.action;
    decision.job_status = row.job_status;
    decision.printer_status = row.printer_status;
    decision.text = std::string(row.text) + " (" + base::win32_name(failure.error.code()) + ")";
    if (row.action == RetryAction::retry) {
        decision.delay = back_off(failure.failures, settings);
        if (failure.data_sent) {
            decision.text += " in the middle of the document; it is sent again from the beginning";
        } else {
            decision.text += "; trying again";
        }
    }
    return decision;
}

}  // namespace spooler
