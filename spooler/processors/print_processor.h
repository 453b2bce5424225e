// Print processors: turn the bytes of a spooled document into the bytes of a device. Several objects may carry the same processor
// name ("winprint": raw and text) and serve different datatypes; spooler/processors.h puts them together.
#pragma once

#include "base/async.h"
#include "base/bytes.h"
#include "spooler/model/devmode.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spooler {

class DocumentSource {
 public:
    virtual ~DocumentSource() = default;
    // Bytes read, 0 at the end of the document. Waits for a document that is still being spooled.
    // print_cancelled when the job is cancelled or its client aborted it.
    virtual base::Task<base::Result<std::size_t>> read(base::MutableByteView into) = 0;
};

class DocumentSink {
 public:
    virtual ~DocumentSink() = default;
    // All of `data` goes to the device, or an error. Waits while the job or the printer is paused.
    virtual base::Task<base::Result<void>> write(base::ByteView data) = 0;
    // A page left for the device (PagesPrinted); optional, for processors that can tell.
    virtual void page_done() {}
};

struct ProcessorJob {
    std::string datatype;                                          // one of datatypes(), in its spelling
    std::string parameters;
    std::uint32_t copies = 1;                                      // from the DEVMODE; only processors that render use it
    DevModePtr devmode;                                            // may be null
};

// Thread-safe and stateless.
class PrintProcessor {
 public:
    virtual ~PrintProcessor() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;                       // "winprint"
    [[nodiscard]] virtual std::vector<std::string> datatypes() const = 0;          // "RAW", "RAW [FF appended]", …
    virtual base::Task<base::Result<void>> process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) = 0;
};
using PrintProcessorPtr = std::shared_ptr<PrintProcessor>;

}  // namespace spooler
