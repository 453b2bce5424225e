#include "spooler/notify/filter.h"

namespace spooler {

namespace {

using namespace printer_change;                                    // NOLINT: a table of these names follows

constexpr std::uint32_t kJobBits = kAddJob | kSetJob | kDeleteJob | kWriteJob;
constexpr std::uint32_t kPrinterHandleBits = kSetPrinter | kDeletePrinter | kSetDriver | kJobBits;
constexpr std::uint32_t kServerOnlyBits = kAddForm | kSetForm | kDeleteForm | kAddPort | kConfigurePort | kDeletePort | kAddProcessor |
                                          kDeleteProcessor | kServer | kAddDriver | kDeleteDriver;
// Of printers, and therefore subject to the category.
constexpr std::uint32_t kPrinterBits = kAddPrinter | kFailedConnection | kPrinterHandleBits;

}  // namespace

EventFilter normalize(EventFilter filter) {
    filter.changes &= filter.printer != 0 ? kPrinterHandleBits : kPrinterBits | kServerOnlyBits;
    const bool only_3d = (filter.category & notify_category::k3d) != 0 && (filter.category & notify_category::kAll) == 0;
    if (only_3d) {
        filter.changes &= kServerOnlyBits;
        filter.printer_fields = 0;
        filter.job_fields = 0;
    }
    return filter;
}

bool hears_printers(const EventFilter& normalized) {
    return (normalized.changes & kPrinterBits) != 0 || normalized.printer_fields != 0 || normalized.job_fields != 0;
}

Passed apply(const EventFilter& filter, const Event& event) {
    Passed passed;
    const bool of_printer = event.object == EventObject::printer || event.object == EventObject::job;
    if (filter.printer != 0 && (!of_printer || filter.printer != event.printer)) return passed;
    passed.changes = event.change & filter.changes;
    if (event.object == EventObject::printer) passed.fields = event.fields & filter.printer_fields;
    if (event.object == EventObject::job) passed.fields = event.fields & filter.job_fields;
    return passed;
}

}  // namespace spooler
