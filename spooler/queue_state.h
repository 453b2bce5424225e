// The state of one printer queue, reachable only inside Guarded::with: job list, ports, counters. Plain data and plain functions; knows
// neither store nor bus nor clock. Internal to the spooler.
#pragma once

#include "base/async_event.h"
#include "base/user_budget.h"
#include "spooler/job_state.h"
#include "spooler/model/job.h"
#include "spooler/model/port.h"
#include "spooler/model/printer.h"
#include "spooler/printer_data.h"
#include "spooler/scheduler.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace spooler {

struct Delivery;                                                   // spooler/despooler.h
using SteadyTime = std::chrono::steady_clock::time_point;

// What JobWriter and the queue both look at.
struct WriterControl {
    std::atomic<bool> cancelled{false};
};

struct Job {
    JobRecord record;
    std::uint32_t error_status = 0;                                // of the last failed delivery
    std::uint64_t available = 0;                                   // bytes that a reader finds in the file
    std::uint64_t bytes_printed = 0;
    std::uint32_t pages_printed = 0;
    SteadyTime print_start{};
    std::uint32_t time_ms = 0;                                     // of the last delivery, once it ended
    std::uint32_t attempts = 0;
    std::string port;                                              // while printing
    bool deleting = false;                                         // its delivery is being stopped
    bool row_deleted = false;                                      // nothing may be stored any more
    bool direct = false;                                           // goes to the device as it is written; has no spool file
    std::shared_ptr<Delivery> delivery;                            // while printing
    std::shared_ptr<WriterControl> writer;                         // while spooling
    PropertyCharge property_charge;                                // for record.properties
    base::UserBudget::Share metadata;                              // the owner's, for record.info and record.status_text

    [[nodiscard]] std::uint64_t spooled_bytes() const { return direct ? 0 : record.size; }
    [[nodiscard]] bool ready() const;                              // may be a Candidate
    [[nodiscard]] Candidate candidate() const;
    [[nodiscard]] std::uint32_t status() const;
    [[nodiscard]] std::uint32_t own_status() const;                // without what SetJob shows
};

// What this queue knows about one of its ports.
struct PortUse {
    enum class State : std::uint8_t { idle, waiting, active };
    State state = State::idle;
    std::uint32_t failures = 0;                                    // in a row
    SteadyTime not_before{};                                       // rests until then
    std::uint32_t printer_status = 0;                              // of the last failure
    PortCondition told;                                            // by SetPort
};

struct QueueState {
    PrinterRecordPtr record;
    std::shared_ptr<const std::string> name;
    std::vector<std::unique_ptr<Job>> jobs;                        // by record.order
    std::unordered_map<JobId, Job*> by_id;
    ReadyList ready;
    std::map<std::string, PortUse> ports;                          // folded name
    JobId linked_next = 0;                                         // behind the job that finished last
    std::uint32_t spooling = 0, max_spooling = 0, handles = 0, max_handles = 0, total_jobs = 0, total_pages = 0;
    std::uint32_t errors_out_of_paper = 0, errors_not_ready = 0, job_errors = 0, last_error = 0;
    std::uint64_t total_bytes = 0, bytes = 0;
    std::uint64_t event_number = 0;
    base::FileTime up_since;
    SteadyTime timer_at{};                                         // the poke() that is scheduled last
    std::unique_ptr<PrinterData> data;                             // null: nothing stored
    bool branch_office = false;                                    // EnableBranchOfficePrinting
    bool retired = false;                                          // deleted for good

    [[nodiscard]] Job* find(JobId id) const;
    [[nodiscard]] std::size_t index_of(const Job& job) const;      // position - 1
    // Behind the last job of the same or a higher priority. Returns the jobs whose order had to change as well (rare).
    std::vector<Job*> insert_by_priority(std::unique_ptr<Job> job);
    // To a zero-based place; the same for a job that is in the list already.
    std::vector<Job*> move_to(Job& job, std::size_t index);
    std::vector<Job*> place_by_priority(Job& job);
    std::unique_ptr<Job> take(JobId id);                           // out of the list
    // Puts the job into the ready list or takes it off, as its state says.
    void refresh_ready(const Job& job);
    // Applies the transition; the state machine must allow it.
    void move(Job& job, JobEvent event);

    [[nodiscard]] JobView view_of(const Job& job, SteadyTime now) const;
    [[nodiscard]] PrinterView view() const;
    [[nodiscard]] std::uint32_t status() const;
    [[nodiscard]] bool printing() const;
    // The next job, as the printer's settings, its pause and the links say.
    [[nodiscard]] Choice pick(std::uint32_t minute) const;
    // Is there a job that will print without anybody's help?
    [[nodiscard]] bool work_left() const;

 private:
    std::vector<Job*> insert_at(std::size_t index, std::unique_ptr<Job> job);
    [[nodiscard]] bool blocked_by_link(JobId id) const;
};

}  // namespace spooler
