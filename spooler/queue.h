// PrinterQueue: settings, job list and state of one printer. Everything that prints or lists jobs goes through here.
#pragma once

#include "base/guarded.h"
#include "spooler/access.h"
#include "spooler/job_writer.h"
#include "spooler/model/job.h"
#include "spooler/model/printer.h"
#include "spooler/printer_data.h"
#include "spooler/port_catalog.h"
#include "spooler/spool_files.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace spooler {

struct SpoolerCore;                                                // spooler/core.h: what queues share
struct QueueState;                                                 // spooler/queue_state.h
class PrinterQueue;
using PrinterQueuePtr = std::shared_ptr<PrinterQueue>;

// Counts as an open handle as long as it lives: a printer pending deletion goes away with its last use.
class QueueUse {
 public:
    QueueUse() = default;
    explicit QueueUse(PrinterQueuePtr queue);
    QueueUse(QueueUse&& other) noexcept = default;
    QueueUse& operator=(QueueUse&& other) noexcept;
    ~QueueUse();
    [[nodiscard]] const PrinterQueuePtr& queue() const { return queue_; }

 private:
    PrinterQueuePtr queue_;
};

// Thread-safe. Queries return at once; changes complete when durable.
class PrinterQueue : public PortWaiter, public std::enable_shared_from_this<PrinterQueue> {
 public:
    // Made by Catalog only.
    PrinterQueue(std::shared_ptr<SpoolerCore> core, PrinterRecordPtr record);
    ~PrinterQueue() override;
    PrinterQueue(const PrinterQueue&) = delete;
    PrinterQueue& operator=(const PrinterQueue&) = delete;

    // --- Queries -----------------------------------------------------------------------------------------------------
    [[nodiscard]] PrinterId id() const { return id_; }
    [[nodiscard]] PrinterView view() const;
    // Gets what view() needs into the cache, ahead of time; for long lists.
    void prefetch() const;
    [[nodiscard]] PrinterRecordPtr record() const;
    [[nodiscard]] std::uint32_t change_id() const;
    [[nodiscard]] bool pending_deletion() const;
    // In queue order. `first` zero-based; at most `count`.
    [[nodiscard]] std::vector<JobView> jobs(std::uint32_t first = 0, std::uint32_t count = 0xFFFFFFFF) const;
    [[nodiscard]] std::optional<JobView> job(JobId id) const;

    // --- Documents ---------------------------------------------------------------------------------------------------
    // printer_deleted when pending deletion; invalid_datatype; invalid_parameter for an output file; not_enough_quota when the queue is
    // full or the owner's jobs have too large descriptions; no_spool_space below the disk reserve. On a DIRECT printer, and for a document of a port, the document has its port from here
    // to its end: busy when any document of any printer holds it, invalid_printer_state when paused or offline.
    base::Task<base::Result<JobWriterPtr>> start_document(NewDocument document);
    // Own read pointer at the beginning, follows a growing document. invalid_parameter when the job is unknown.
    base::Task<base::Result<std::unique_ptr<SpoolReader>>> open_document(JobId id);

    // --- Jobs (SetJob); invalid_parameter when the job is unknown -----------------------------------------------------
    base::Task<base::Result<void>> control_job(JobId id, JobControl command);
    // invalid_datatype, unknown_printprocessor, invalid_priority (beyond 99), invalid_parameter (times beyond a day), not_enough_quota (as
    // for start_document).
    base::Task<base::Result<void>> change_job(JobId id, JobChange change);
    // Places `next` right behind `id` and prints nothing between them; next 0 takes the link away.
    base::Task<base::Result<void>> link_job(JobId id, JobId next);

    // --- Named properties of jobs; invalid_parameter when the job is unknown -------------------------------------------
    // As check_property and with_property say; not_enough_quota also when those of all jobs are too large.
    base::Task<base::Result<void>> set_job_property(JobId id, JobProperty property);
    base::Task<base::Result<void>> delete_job_property(JobId id, std::string name);        // not_found
    // Those that were set, and "Spool File Contents" of XPS documents; null: none.
    [[nodiscard]] base::Result<JobPropertiesPtr> job_properties(JobId id) const;

    // --- Printer data (queue_data.cpp); keys as parse_key_path() takes them -----------------------------------------------
    // What is stored, else a mirror of SetPrinter or a predefined value. invalid_parameter for an empty key, except with the name of a
    // predefined value; see PrinterData, predefined_value().
    [[nodiscard]] base::Result<DataEntryPtr> data(std::string_view key, std::string_view name) const;
    struct DataList {
        DataExtent extent;
        std::vector<DataEntryPtr> values;                          // as many as extent.count, or none
    };
    // Every value under a key but predefined ones that nobody stored; the values come only if `wanted` says so of their sizes. One
    // consistent look.
    [[nodiscard]] base::Result<DataList> data_values(std::string_view key, const std::function<bool(const DataExtent&)>& wanted) const;
    // The value at a place of data_values() of PrinterDriverData, with the sizes of all of them; no_more_items.
    struct DataItem {
        DataExtent extent;
        DataEntryPtr value;
    };
    [[nodiscard]] base::Result<DataItem> driver_data_at(std::uint32_t index) const;
    [[nodiscard]] base::Result<std::vector<std::string>> data_keys(std::string_view key) const;    // empty: the root
    // "ChangeID": invalid_parameter. Each is a change of the printer: the change id grows.
    base::Task<base::Result<void>> set_data(std::string key, DataValue value);
    base::Task<base::Result<void>> remove_data(std::string key, std::string name);
    base::Task<base::Result<void>> remove_data_key(std::string key);

    // --- Printer -----------------------------------------------------------------------------------------------------
    base::Task<base::Result<void>> pause();                        // SetPrinter commands 1, 2, 3
    base::Task<base::Result<void>> resume();
    base::Task<base::Result<void>> purge();
    base::Task<base::Result<void>> publish(PublishAction action);  // level 7; update while unpublished: file_not_found

    // Looks whether something can print now. Called by whoever changed something; cheap when nothing can.
    void poke();

    class Impl;                                                    // for the spooler itself: spooler/queue_impl.h
    [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
    void port_granted(const std::string& port) override;
    base::Result<JobWriterPtr> start_direct(JobInfoPtr info, const PrinterRecord& printer, const std::string& wanted);

    const PrinterId id_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace spooler
