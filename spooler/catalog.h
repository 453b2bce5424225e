// The set of printers: name or share name → PrinterQueue; adding, renaming and deleting printers.
#pragma once

#include "spooler/model/printer.h"
#include "spooler/queue.h"
#include "spooler/versioned.h"

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spooler {

// Thread-safe. Names and share names live in one name space and compare without case.
class Catalog {
 public:
    explicit Catalog(std::shared_ptr<SpoolerCore> core);
    ~Catalog();

    using List = std::vector<PrinterQueuePtr>;
    // All printers that are not pending deletion, ordered by name. A shared immutable list: no copy per query.
    [[nodiscard]] std::shared_ptr<const List> list() const;
    // By name or share name; null when unknown or pending deletion. A name wins over another printer's share name.
    [[nodiscard]] PrinterQueuePtr find(std::string_view name) const;
    [[nodiscard]] PrinterQueuePtr find(PrinterId id) const;        // pending deletion included
    [[nodiscard]] std::size_t size() const;
    // Is any printer using this port, also one pending deletion?
    [[nodiscard]] bool uses_port(std::string_view port) const;

    // Checks in the order that conformance tests expect: invalid_printer_name, printer_already_exists, unknown_port,
    // unknown_printer_driver, unknown_printprocessor, invalid_separator_file, invalid_datatype, invalid_priority,
    // printer_not_shareable; invalid_parameter for times beyond a day.
    base::Task<base::Result<PrinterQueuePtr>> add(NewPrinter printer);
    // SetPrinter levels 2, 3, 4, 5, 6, 8: the same checks for what is present. The change id grows once.
    base::Task<base::Result<void>> change(PrinterQueuePtr queue, PrinterChange change);
    // Pending deletion: the names are free at once, jobs that can still print do so, and the printer goes when they are done and the
    // last handle is closed. Jobs that cannot print then (paused, held, kept, failed, printer paused) go with it.
    base::Task<base::Result<void>> remove(PrinterQueuePtr queue);

    // --- For the spooler itself --------------------------------------------------------------------------------------
    PrinterQueuePtr load(PrinterRecord record);                    // at start, before anything else
    void start_ids(PrinterId next);
    void forget(PrinterId id);                                     // a printer is gone for good
    [[nodiscard]] std::vector<PrinterQueuePtr> all() const;        // pending deletion included
    void clear();

 private:
    struct State;
    base::Result<void> check_new(NewPrinter& printer) const;
    base::Result<void> check_change(const PrinterRecord& now, PrinterChange& change) const;
    [[nodiscard]] PrinterRecord record_of(NewPrinter printer) const;
    base::Result<void> take_names(const PrinterQueuePtr& queue, const PrinterChange& change);
    void drop_old_names(const PrinterQueuePtr& queue);
    base::Result<void> check_ports(const std::vector<std::string>& ports) const;
    base::Result<void> check_processing(const std::string& processor, std::string& datatype) const;
    static base::Result<void> check_raw(std::uint32_t attributes, const std::string& datatype);

    std::weak_ptr<SpoolerCore> core_;
    std::unique_ptr<Versioned<State>> state_;
};

}  // namespace spooler
