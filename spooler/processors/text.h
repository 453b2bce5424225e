// "winprint" for plain text on a plain device: line ends become CR LF, a form feed ejects the last page.
#pragma once

#include "base/bytes.h"
#include "spooler/processors/print_processor.h"

namespace spooler {

// TEXT. A lone LF becomes CR LF, CR LF stays, everything else passes. A form feed follows unless the last byte is one; an empty
// document stays empty.
class TextProcessor final : public PrintProcessor {
 public:
    [[nodiscard]] std::string_view name() const override;
    [[nodiscard]] std::vector<std::string> datatypes() const override;
    base::Task<base::Result<void>> process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) override;
};

// The conversion itself, chunk by chunk; keeps what it must know across chunk borders.
class LineEnds {
 public:
    // Replaces `out` with the converted `in`.
    void convert(base::ByteView in, base::ByteBuffer& out);
    [[nodiscard]] bool empty() const { return empty_; }
    [[nodiscard]] bool ends_with_form_feed() const { return previous_ == std::byte{0x0C}; }

 private:
    std::byte previous_{0};
    bool empty_ = true;
};

}  // namespace spooler
