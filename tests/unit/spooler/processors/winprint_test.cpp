#include "spooler/processors/winprint.h"

#include "spooler/processors.h"
#include "spooler/processors/text.h"
#include "tests/support/run_task.h"

#include <gtest/gtest.h>

#include <optional>

namespace spooler {
namespace {

using base::Result;
using base::Task;
using base::Win32;

// Gives a text in pieces of a fixed size; then its end or an error.
class TextSource final : public DocumentSource {
 public:
    TextSource(std::string text, std::size_t piece, Win32 at_end = Win32::success) : text_(std::move(text)), piece_(piece), at_end_(at_end) {}
    Task<Result<std::size_t>> read(base::MutableByteView into) override {
        const std::size_t count = std::min({piece_, into.size(), text_.size() - at_});
        if (count == 0 && at_end_ != Win32::success) co_return base::Error(at_end_);
        const base::ByteView bytes = base::as_bytes(std::string_view(text_).substr(at_, count));
        std::copy(bytes.begin(), bytes.end(), into.begin());
        at_ += count;
        co_return count;
    }

 private:
    std::string text_;
    std::size_t piece_;
    std::size_t at_ = 0;
    Win32 at_end_;
};

class TextSink final : public DocumentSink {
 public:
    explicit TextSink(std::size_t fail_after = std::string::npos) : fail_after_(fail_after) {}
    Task<Result<void>> write(base::ByteView data) override {
        if (text.size() + data.size() > fail_after_) co_return base::Error(Win32::connection_aborted);
        largest = std::max(largest, data.size());
        text += base::as_text(data);
        co_return Result<void>();
    }
    std::string text;
    std::size_t largest = 0;

 private:
    std::size_t fail_after_;
};

class Winprint : public testing::Test {
 protected:
    std::string print(const std::string& datatype, const std::string& text, std::size_t piece = 3) {
        const PrintProcessorPtr processor = processors_.object("winprint", datatype);
        EXPECT_TRUE(processor) << datatype;
        if (!processor) return "";
        ProcessorJob job;
        job.datatype = datatype;
        TextSource source(text, piece);
        TextSink sink;
        EXPECT_TRUE(threads_.run(processor->process(job, source, sink)));
        return sink.text;
    }
    test_support::Threads threads_{1};
    Processors processors_{winprint_processors()};
};

TEST_F(Winprint, ListsItsDatatypesInWindowsOrderWithoutEmf) {
    ASSERT_EQ(processors_.list().size(), 1U);
    EXPECT_EQ(processors_.list()[0].name, "winprint");
    EXPECT_EQ(processors_.list()[0].datatypes, (std::vector<std::string>{"RAW", "RAW [FF appended]", "RAW [FF auto]", "TEXT", "XPS_PASS"}));
}

TEST_F(Winprint, RawIsByteExact) {
    const std::string text("\0\n\r\x0C\xFF%-12345X", 14);
    EXPECT_EQ(print("RAW", text), text);
    EXPECT_EQ(print("raw", text), text);
    EXPECT_EQ(print("XPS_PASS", text), text);
    EXPECT_EQ(print("RAW", ""), "");
    EXPECT_EQ(print("XPS_PASS", ""), "");
}

TEST_F(Winprint, FormFeedAppendedAlways) {
    EXPECT_EQ(print("RAW [FF appended]", "abc"), "abc\f");
    EXPECT_EQ(print("RAW [FF appended]", "abc\f"), "abc\f\f");
    EXPECT_EQ(print("RAW [FF appended]", ""), "\f");
}

TEST_F(Winprint, FormFeedAutoOnlyWhenMissing) {
    EXPECT_EQ(print("RAW [FF auto]", "abc"), "abc\f");
    EXPECT_EQ(print("RAW [FF auto]", "abc\f"), "abc\f");
    EXPECT_EQ(print("RAW [FF auto]", "a\fbc"), "a\fbc\f");
    EXPECT_EQ(print("RAW [FF auto]", ""), "");
}

TEST_F(Winprint, TextGetsCarriageReturns) {
    for (std::size_t piece = 1; piece < 6; ++piece) {
        EXPECT_EQ(print("TEXT", "a\nb\r\nc\n\nd\re", piece), "a\r\nb\r\nc\r\n\r\nd\re\f");
    }
    EXPECT_EQ(print("TEXT", "page\f"), "page\f");
    EXPECT_EQ(print("TEXT", "\n"), "\r\n\f");
    EXPECT_EQ(print("TEXT", ""), "");
}

TEST_F(Winprint, TextOfLineFeedsStaysWithinAChunk) {
    ProcessorJob job;
    job.datatype = "TEXT";
    TextSource source(std::string(300'000, '\n'), 1'000'000);
    TextSink sink;
    ASSERT_TRUE(threads_.run(processors_.object("winprint", "TEXT")->process(job, source, sink)));
    EXPECT_EQ(sink.text.size(), 600'001U);
    EXPECT_LE(sink.largest, 65'536U);
}

TEST_F(Winprint, ErrorsOfEitherSideEndTheDocument) {
    for (const std::string datatype : {"RAW", "RAW [FF auto]", "TEXT", "XPS_PASS"}) {
        ProcessorJob job;
        job.datatype = datatype;
        const PrintProcessorPtr processor = processors_.object("winprint", datatype);
        TextSource cancelled("abc", 2, Win32::print_cancelled);
        TextSink sink;
        EXPECT_EQ(base::code_of(threads_.run(processor->process(job, cancelled, sink))), Win32::print_cancelled) << datatype;
        EXPECT_EQ(sink.text, "abc") << "nothing may be appended to a cancelled document";
        TextSource source("abcdef", 2);
        TextSink broken(3);
        EXPECT_EQ(base::code_of(threads_.run(processor->process(job, source, broken))), Win32::connection_aborted) << datatype;
    }
}

TEST_F(Winprint, ForeignDatatypeIsRefused) {
    ProcessorJob job;
    job.datatype = "NT EMF 1.008";
    for (const PrintProcessorPtr& processor : winprint_processors()) {
        TextSource source("x", 1);
        TextSink sink;
        EXPECT_EQ(base::code_of(threads_.run(processor->process(job, source, sink))), Win32::invalid_datatype);
        EXPECT_EQ(sink.text, "");
    }
    EXPECT_FALSE(processors_.object("winprint", "NT EMF 1.008"));
}

}  // namespace
}  // namespace spooler
