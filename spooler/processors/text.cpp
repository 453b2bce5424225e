#include "spooler/processors/text.h"

#include "base/limits.h"
#include "base/utf.h"
#include "spooler/processors/winprint.h"

#include <array>

namespace spooler {

using base::Result;
using base::Task;

namespace {

constexpr std::string_view kText = "TEXT";
constexpr std::byte kLf{0x0A};
constexpr std::byte kCr{0x0D};
constexpr std::array<std::byte, 1> kFormFeed = {std::byte{0x0C}};

}  // namespace

void LineEnds::convert(base::ByteView in, base::ByteBuffer& out) {
    out.clear();
    for (const std::byte byte : in) {
        if (byte == kLf && previous_ != kCr) out.push_back(kCr);
        out.push_back(byte);
        previous_ = byte;
    }
    empty_ = empty_ && in.empty();
}

std::string_view TextProcessor::name() const { return kWinprint; }

std::vector<std::string> TextProcessor::datatypes() const { return {std::string(kText)}; }

Task<Result<void>> TextProcessor::process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) {
    if (!base::equal_names(job.datatype, kText))
        co_return base::Error(base::Win32::invalid_datatype, "winprint text: datatype \"" + job.datatype + "\"");
    // Half a chunk in, at most one chunk out: a document of line feeds doubles.
    std::vector<std::byte> chunk(base::limits::kSpoolChunkBytes / 2);
    base::ByteBuffer converted;
    converted.reserve(base::limits::kSpoolChunkBytes);
    LineEnds lines;
    for (;;) {
        const base::MutableByteView room(chunk);
        CO_TRY(const std::size_t count, co_await source.read(room));
        if (count == 0) break;
        lines.convert(base::ByteView(chunk.data(), count), converted);
        const base::ByteView data(converted);
        CO_TRY_VOID(co_await sink.write(data));
    }
    if (!lines.empty() && !lines.ends_with_form_feed()) {
        const base::ByteView form_feed(kFormFeed);
        CO_TRY_VOID(co_await sink.write(form_feed));
    }
    co_return Result<void>();
}

}  // namespace spooler
