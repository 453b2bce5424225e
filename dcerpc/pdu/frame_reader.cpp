#include "dcerpc/pdu/frame_reader.h"

#include "base/limits.h"

#include <algorithm>

namespace dcerpc {
namespace {

// Room for the presentation contexts beside the largest token.
constexpr std::size_t kMaxTokenPduBytes = base::limits::kMaxAuthTokenBytes + 8192;
constexpr std::size_t kBufferBytes = 64U << 10U;
static_assert(kBufferBytes >= 2 * kMaxTokenPduBytes, "a partial PDU and room for its rest must fit");

// Tokens cannot be spread over fragments, so their PDUs may exceed the negotiated size.
bool carries_token(const PduHeader& header) {
    return header.is(PduType::bind) || header.is(PduType::bind_ack) || header.is(PduType::alter_context) ||
           header.is(PduType::alter_context_resp) || header.is(PduType::auth3);
}

}  // namespace

FrameReader::FrameReader() : buffer_(kBufferBytes), max_fragment_(base::limits::kMaxFragmentBytes) {}

base::MutableByteView FrameReader::read_space() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (buffer_.size() - begin_ < kMaxTokenPduBytes || end_ == buffer_.size()) {
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
                  buffer_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    return base::MutableByteView(buffer_).subspan(end_);
}

void FrameReader::commit(std::size_t count) { end_ += std::min(count, buffer_.size() - end_); }

FrameReader::Frame FrameReader::next() {
    Frame frame;
    const base::MutableByteView buffered = base::MutableByteView(buffer_).subspan(begin_, end_ - begin_);
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
