// The way of a document that is printed directly: from WritePrinter to the print processor, without a spool file. One writer and one
// delivery share it. Internal to the spooler.
#pragma once

#include "base/async_event.h"
#include "base/bytes.h"
#include "base/guarded.h"
#include "base/result.h"

#include <optional>

namespace spooler {

// Thread-safe; the writer makes one call at a time.
class DirectFeed {
 public:
    // --- The delivery's side -----------------------------------------------------------------------------------------
    // Copies what there is. Nothing: wait for more; 0: the document is complete. Being asked says that the device has all data before.
    std::optional<std::size_t> take(base::MutableByteView into);
    // Somebody wants to know what the device says; answer().
    [[nodiscard]] bool asked() const;
    void answer(base::ByteView said);                              // may be empty
    // The delivery is over, one way or the other; the first call counts.
    void conclude(base::Result<void> outcome);

    // --- The writer's side -------------------------------------------------------------------------------------------
    // Offers `data`, which must stay valid until passed() completes. The caller wakes the delivery.
    void offer(base::ByteView data);
    // Completes when the device has all of what was offered, or with the outcome of a delivery that failed. operation_aborted when the
    // waiting was cancelled; nothing looks at the data any more.
    base::Task<base::Result<void>> passed();
    // What the device has sent back: ask(), wake the delivery, then hear(). As much as fits, 0 when there is nothing (more) now; what does
    // not fit is kept for the next one. The outcome of a delivery that failed; operation_aborted as for passed().
    void ask();
    base::Task<base::Result<std::size_t>> hear(base::MutableByteView into);
    // The document is complete. The caller wakes the delivery.
    void end();
    base::Task<base::Result<void>> outcome();
    // Of a delivery that is over; nothing while it goes on.
    [[nodiscard]] std::optional<base::Result<void>> ended() const;

 private:
    struct State {
        base::ByteView pending;
        bool hungry = false;                                       // asked for more while there was nothing
        bool complete = false;
        bool asked = false;
        base::ByteBuffer said;                                     // at most one answer
        std::optional<base::Result<void>> outcome;
    };
    base::Guarded<State> state_;
    base::AsyncEvent progress_;
};

}  // namespace spooler
