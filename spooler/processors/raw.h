// "winprint" for documents that are already in the printer's language: the bytes go through as they are, with a form feed at the
// end when the datatype asks for one (semantics of [MS-RPRN] 2.2.4.8 datatypes).
#pragma once

#include "spooler/processors/print_processor.h"

namespace spooler {

// RAW: byte exact. RAW [FF appended]: a form feed always follows. RAW [FF auto]: one follows unless the last byte is one already;
// an empty document stays empty.
class RawProcessor final : public PrintProcessor {
 public:
    [[nodiscard]] std::string_view name() const override;
    [[nodiscard]] std::vector<std::string> datatypes() const override;
    base::Task<base::Result<void>> process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) override;
};

// XPS_PASS: byte exact.
class XpsPassProcessor final : public PrintProcessor {
 public:
    [[nodiscard]] std::string_view name() const override;
    [[nodiscard]] std::vector<std::string> datatypes() const override;
    base::Task<base::Result<void>> process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) override;
};

}  // namespace spooler
