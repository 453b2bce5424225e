// The works of PrinterQueue, spread over queue.cpp (queries, printer), queue_jobs.cpp (SetJob, documents) and queue_printing.cpp
// (from the ready list to the port). Internal to the spooler.
#pragma once

#include "spooler/core.h"
#include "spooler/despooler.h"
#include "spooler/queue_state.h"
#include "spooler/versioned.h"

#include <functional>
#include <variant>

namespace spooler {

struct RetryDecision;                                              // spooler/retry_policy.h

// What is left to do after the lock is open again.
struct Effects {
    struct Removed {
        JobId id = 0;
        std::uint64_t size = 0;
    };
    struct Stopped {
        std::shared_ptr<Delivery> delivery;
        Delivery::Stop how = Delivery::Stop::none;
    };
    Ticket ticket = 0;                                             // the last change that was enqueued
    std::vector<Removed> removed;                                  // their files go once the ticket is durable
    std::vector<Stopped> stops;
    std::vector<std::shared_ptr<Delivery>> wakes;
    bool poke = false;
};

class PrinterQueue::Impl {
 public:
    Impl(std::shared_ptr<SpoolerCore> shared, PrinterRecordPtr record, PrinterQueue& queue);

    std::shared_ptr<SpoolerCore> core;
    PrinterQueue& owner;
    boost::asio::any_io_executor strand;
    Versioned<QueueState> state;

    // --- Inside state.with -------------------------------------------------------------------------------------------
    void publish_job(QueueState& now, const Job& job, std::uint32_t change, std::uint32_t fields);
    void publish_printer(QueueState& now, std::uint32_t change, std::uint32_t fields);
    // Counts the texts and the DEVMODE that the job is to have against its owner; not_enough_quota.
    base::Result<void> charge_metadata(const QueueState& now, Job& job, const JobInfo& info, std::string_view status_text);
    // A new document at its place in the queue. printer_deleted, not_enough_quota.
    base::Result<Job*> insert_job(QueueState& now, std::unique_ptr<Job> job);
    // Stores the job if it has a row; 0 otherwise.
    Ticket store_job(const Job& job);
    // Puts them in the place of the job's own; not_enough_quota when those of all jobs are too large.
    base::Result<Ticket> replace_properties(Job& job, JobPropertiesPtr properties);
    void replace_record(QueueState& now, PrinterRecord record, Effects& effects);
    // The record with a new change id; whoever calls stores it.
    std::uint32_t count_change(QueueState& now);
    // SetPrinter changed the record: values that a client put over its mirrors under DsSpooler give way.
    void refresh_mirrors(QueueState& now, const PrinterRecordPtr& before, Effects& effects);
    // One change of printer data, made by `apply` and told to the store as `change`.
    base::Task<base::Result<void>> change_data(std::function<base::Result<void>(PrinterData&)> apply,
                                               std::variant<PrinterDataPut, PrinterDataDelete> change);
    void note_data_change(QueueState& now);
    // Takes the job away, or marks it and stops its delivery, which then takes it away.
    void remove_job(QueueState& now, Job& job, Effects& effects);
    void drop_job(QueueState& now, Job& job, Effects& effects);
    base::Result<void> apply_control(QueueState& now, Job& job, JobControl command, Effects& effects);
    void restart_job(QueueState& now, Job& job, Effects& effects);

    // --- Outside -----------------------------------------------------------------------------------------------------
    // Stops and wakes deliveries, gives quota back, pokes. Does not wait.
    void act(Effects& effects);
    // act(), then waits for the ticket and removes files.
    base::Task<base::Result<void>> settle(Effects effects);
    // The same without anybody waiting for it.
    void settle_in_background(Effects effects);
    [[nodiscard]] SteadyTime now() const { return core->deps.clock.steady_now(); }
    [[nodiscard]] std::uint32_t minute_of_day() const;

    // --- Documents (JobWriter) ---------------------------------------------------------------------------------------
    base::Result<void> check_writable(JobId id) const;             // print_cancelled when the job is gone
    base::Result<void> reserve(JobId id, std::uint64_t bytes, const SpoolSettings& settings);
    void unreserve(JobId id, std::uint64_t bytes);
    void note_written(JobId id, std::uint64_t available);
    base::Result<void> note_pages(JobId id, std::uint32_t total);
    base::Result<Effects> complete(JobId id);
    Effects abort_document(JobId id);

    // --- Printing ----------------------------------------------------------------------------------------------------
    struct Plan {
        std::string port;                                          // empty: nothing can start now
        std::uint32_t priority = 1;
        std::optional<SteadyTime> wake_at;
    };
    void poke();
    Plan plan(QueueState& current, SteadyTime at, std::uint32_t minute);
    void start_on(const std::string& port);
    std::shared_ptr<Delivery> claim(QueueState& current, const std::string& port, SteadyTime at, std::uint32_t minute);
    // The job is on its way to `port` from now on.
    std::shared_ptr<Delivery> begin_delivery(QueueState& current, Job& job, const std::string& port, SteadyTime at);
    void launch(std::shared_ptr<Delivery> delivery);
    void conclude(const std::shared_ptr<Delivery>& delivery, const base::Result<void>& result);
    void conclude_locked(QueueState& current, Job& job, const Delivery& delivery, const base::Result<void>& result, Effects& effects);
    void finish_job(QueueState& current, Job& job, const std::string& port, Effects& effects);
    void fail_delivery(QueueState& current, Job& job, const Delivery& delivery, const base::Error& error, Effects& effects);
    void note_failure(QueueState& current, const RetryDecision& decision, const base::Error& error);
    void fail_direct(QueueState& current, Job& job, const Delivery& delivery, const base::Error& error, Effects& effects);
    static base::Result<void> direct_outcome(const Delivery& delivery, const base::Result<void>& result);
    void interrupt_all(Delivery::Stop how);

    // For the despooler.
    struct Progress {
        std::uint64_t available = 0;
        bool complete = false;
        bool gone = false;
    };
    [[nodiscard]] Progress progress(JobId id) const;
    [[nodiscard]] bool paused(JobId id) const;
    void note_sent(JobId id, std::uint64_t bytes);
    void note_page_printed(JobId id);
    void note_connected(JobId id, const std::string& port);

    // --- Life of the printer -----------------------------------------------------------------------------------------
    void add_handle();
    void drop_handle();
    void retire_if_done();
    void restore(std::vector<JobRecord> records);                  // loaded jobs, already recovered
    void restore_data(PrinterKey key);
    // Takes over what SetPort said of the printer's ports; after a change of them or of the printer's list.
    void look_at_ports();
};

}  // namespace spooler
