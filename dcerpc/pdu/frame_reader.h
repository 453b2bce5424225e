// Cuts the byte stream of a connection into PDUs. Owns the receive buffer; PDUs are handed out in place, so that they can be
// decrypted without a copy. The buffer is small while small PDUs come, so that thousands of idle connections cost little, and large
// while much arrives. Used by both association classes.
#pragma once

#include "dcerpc/pdu/header.h"

#include <memory>

namespace dcerpc {

class FrameReader {
 public:
    enum class Status : std::uint8_t {
        need_more,        // no complete PDU yet
        frame,            // `pdu` is one whole PDU
        bad_version,      // not version 5.0; `header` is as far as it can be trusted
        bad_length,       // frag_length below 16 or above the limit of its PDU type
        bad_drep,         // integer format that does not exist
    };
    struct Frame {
        Status status = Status::need_more;
        PduHeader header;
        base::MutableByteView pdu;                                                 // valid until the next read_space()
    };

    FrameReader();

    // Free space behind what is buffered; never empty.
    [[nodiscard]] base::MutableByteView read_space();
    // `count` bytes of read_space() are filled.
    void commit(std::size_t count);
    // Most bytes of a PDU that carries no security token (request, response, …). Bind family and auth3 have their own limit.
    void set_max_fragment(std::size_t bytes) { max_fragment_ = bytes; }
    // The next PDU. After a bad_… status the stream is lost: it must not be called again.
    [[nodiscard]] Frame next();
    // True when part of a PDU is buffered.
    [[nodiscard]] bool partial() const { return begin_ != end_; }

 private:
    // Makes the buffer `size` bytes large, at least what is buffered, and moves that to its beginning.
    void reallocate(std::size_t size);

    std::unique_ptr<std::byte[]> buffer_;                                          // not initialised
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0, end_ = 0;
    std::size_t last_read_ = 0;
    std::size_t max_fragment_;
};

}  // namespace dcerpc
