#include "dcerpc/pdu/frame_reader.h"

#include "base/limits.h"

#include <algorithm>

namespace dcerpc {
namespace {

// Room for the presentation contexts beside the largest token.
constexpr std::size_t kMaxTokenPduBytes = base::limits::kMaxAuthTokenBytes + 8192;
constexpr std::size_t kSmallBytes = 4U << 10U;  // most calls but WritePrinter
constexpr std::size_t kLargeBytes = 64U << 10U;
static_assert(kLargeBytes >= 2 * kMaxTokenPduBytes, "a partial PDU and room for its rest must fit");

// Tokens cannot be spread over fragments, so their PDUs may exceed the negotiated size.
bool carries_token(const PduHeader& header) {
    return header.is(PduType::bind) || header.is(PduType::bind_ack) || header.is(PduType::alter_context) ||
           header.is(PduType::alter_context_resp) || header.is(PduType::auth3);
}

}  // namespace

FrameReader::FrameReader() : max_fragment_(base::limits::kMaxFragmentBytes) {}

void FrameReader::reallocate(std::size_t size) {
    std::unique_ptr<std::byte[]> larger(new std::byte[size]);  // make_unique would fill it with zeros
    std::copy(buffer_.get() + begin_, buffer_.get() + end_, larger.get());
    buffer_ = std::move(larger);
    capacity_ = size;
    end_ -= begin_;
    begin_ = 0;
}

base::MutableByteView FrameReader::read_space() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
        // A read that filled the small buffer left something behind; one that would have fitted into it was probably the last for now.
        const std::size_t wanted = last_read_ < kSmallBytes ? kSmallBytes : kLargeBytes;
        if (capacity_ != wanted) reallocate(wanted);
    } else if (capacity_ < kLargeBytes) {
        reallocate(kLargeBytes);
    } else if (capacity_ - begin_ < kMaxTokenPduBytes || end_ == capacity_) {
        std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get());
        end_ -= begin_;
        begin_ = 0;
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

void FrameReader::commit(std::size_t count) {
    last_read_ = std::min(count, capacity_ - end_);
    end_ += last_read_;
}

FrameReader::Frame FrameReader::next() {
    Frame frame;
    const base::MutableByteView buffered(buffer_.get() + begin_, end_ - begin_);
    const auto header = read_header(buffered);
    if (!header) return frame;
    frame.header = *header;
    if (header->version != kRpcVersion || header->version_minor != kRpcVersionMinor) {
        frame.status = Status::bad_version;
    } else if (!header->valid_drep()) {
        frame.status = Status::bad_drep;
    } else if (header->frag_length < kPduHeaderBytes ||
               header->frag_length > (carries_token(*header) ? kMaxTokenPduBytes : max_fragment_)) {
        frame.status = Status::bad_length;
    } else if (buffered.size() >= header->frag_length) {
        frame.status = Status::frame;
        frame.pdu = buffered.first(header->frag_length);
        begin_ += header->frag_length;
    }
    return frame;
}

}  // namespace dcerpc
