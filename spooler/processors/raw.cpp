#include "spooler/processors/raw.h"

#include "base/limits.h"
#include "base/utf.h"
#include "spooler/processors/winprint.h"

#include <array>
#include <optional>

namespace spooler {

using base::Result;
using base::Task;

namespace {

constexpr std::string_view kRaw = "RAW";
constexpr std::string_view kRawFormFeed = "RAW [FF appended]";
constexpr std::string_view kRawAuto = "RAW [FF auto]";
constexpr std::string_view kXpsPass = "XPS_PASS";
constexpr std::array<std::byte, 1> kFormFeed = {std::byte{0x0C}};

struct Copied {
    std::optional<std::byte> last;                                 // of the document; nothing when it is empty
};

Task<Result<Copied>> copy(DocumentSource& source, DocumentSink& sink) {
    std::vector<std::byte> chunk(base::limits::kSpoolChunkBytes);
    Copied copied;
    for (;;) {
        const base::MutableByteView room(chunk);
        CO_TRY(const std::size_t count, co_await source.read(room));
        if (count == 0) break;
        const base::ByteView data(chunk.data(), count);
        copied.last = data.back();
        CO_TRY_VOID(co_await sink.write(data));
    }
    co_return copied;
}

}  // namespace

std::string_view RawProcessor::name() const { return kWinprint; }

std::vector<std::string> RawProcessor::datatypes() const {
    return {std::string(kRaw), std::string(kRawFormFeed), std::string(kRawAuto)};
}

Task<Result<void>> RawProcessor::process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) {
    const bool always = base::equal_names(job.datatype, kRawFormFeed);
    const bool automatic = base::equal_names(job.datatype, kRawAuto);
    if (!always && !automatic && !base::equal_names(job.datatype, kRaw))
        co_return base::Error(base::Win32::invalid_datatype, "winprint raw: datatype \"" + job.datatype + "\"");
    CO_TRY(const Copied copied, co_await copy(source, sink));
    const bool missing = copied.last.has_value() && *copied.last != kFormFeed[0];
    if (always || (automatic && missing)) {
        const base::ByteView form_feed(kFormFeed);
        CO_TRY_VOID(co_await sink.write(form_feed));
    }
    co_return Result<void>();
}

std::string_view XpsPassProcessor::name() const { return kWinprint; }

std::vector<std::string> XpsPassProcessor::datatypes() const { return {std::string(kXpsPass)}; }

Task<Result<void>> XpsPassProcessor::process(const ProcessorJob& job, DocumentSource& source, DocumentSink& sink) {
    if (!base::equal_names(job.datatype, kXpsPass))
        co_return base::Error(base::Win32::invalid_datatype, "winprint xps: datatype \"" + job.datatype + "\"");
    CO_TRY_VOID(co_await copy(source, sink));
    co_return Result<void>();
}

}  // namespace spooler
