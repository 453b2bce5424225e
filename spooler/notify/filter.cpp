#include "spooler/notify/filter.h"

namespace spooler {

FilterMatch match(const NotifyFilter& filter, const Event& event) {
    FilterMatch found;
    if (filter.printer != 0) {
        // A printer handle hears of its own printer and jobs only; server-wide changes belong to server handles.
        const bool own = (event.object == EventObject::printer || event.object == EventObject::job) && event.printer == filter.printer;
        if (!own) return found;
    }
    found.changes = event.change & filter.changes;
    if (event.object == EventObject::printer) found.fields = event.fields & filter.printer_fields;
    if (event.object == EventObject::job) found.fields = event.fields & filter.job_fields;
    return found;
}

}  // namespace spooler
